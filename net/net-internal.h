/*
 * Back ends and NICs: what the files of this folder share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_NET_INTERNAL_H
#define NET_NET_INTERNAL_H

#include "net/net.h"
#include "qapi/qapi-types-net.h"

#include <glib.h>

typedef struct NetBackend NetBackend;

/* What a kind of back ends can do. */
typedef struct NetBackendOps {
    const char *type;
    void (*send)(NetBackend *backend, const uint8_t *frame, size_t length);
    char *(*describe)(const NetBackend *backend); /* for people */
    void (*free)(NetBackend *backend);
} NetBackendOps;

/* Each kind's own begins with it. */
struct NetBackend {
    const NetBackendOps *ops;
    char *id;
    NetNic *nic; /* NULL: nothing is plugged in */
    bool link_down;
    uint64_t dropped; /* frames that came from outside while there was nobody */
};

struct NetNic {
    char *name;
    char *model;
    uint8_t mac[NET_MAC_SIZE];
    const NetNicOps *ops;
    void *opaque;
    NetBackend *backend; /* NULL: none */
    bool link_down;
    GQueue waiting; /* GBytes */
    uint64_t dropped;
};

/* ---- backend.c ---- */

const GPtrArray *net_backends(void); /* NetBackend */
NetBackend *net_backend_find(const char *id);
bool net_backend_create(const Netdev *options, Error **errp);
bool net_backend_delete(const char *id, Error **errp);
/* From outside. */
void net_backend_deliver(NetBackend *backend, const uint8_t *frame, size_t length);

/* ---- nic.c ---- */

const GPtrArray *net_nics(void); /* NetNic */
void net_nic_deliver(NetNic *nic, const uint8_t *frame, size_t length);
/* The one called @name, of a NIC or its back end. */
bool net_set_link(const char *name, bool up, Error **errp);

#endif
