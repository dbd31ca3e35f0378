/*
 * Packets: back ends (-netdev), which are the outside, and the guest's network devices (NICs) that
 * are plugged into them.
 *
 * A frame is an Ethernet frame (IEEE 802.3, clause 3) without preamble and check sequence. What a
 * guest sends is handed on at once; what it is to receive waits while it has no buffers, up to a
 * number of frames, and what comes then is dropped and counted.
 *
 * Main loop, BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "qobject/qobject.h"
#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

#define NET_MAC_SIZE  6
#define NET_FRAME_MIN 14   /* bytes: a header and nothing else */
#define NET_FRAME_MAX 1518 /* 1500 and a header with a VLAN tag */

/* ---- for devices ---- */

typedef struct NetNic NetNic;

typedef enum NetTaken {
    NET_TAKEN,
    NET_LATER, /* keep it: net_nic_flush() will tell when to offer it again */
    NET_DROPPED,
} NetTaken;

typedef struct NetNicOps {
    /* @frame is the callee's to read until it returns. */
    NetTaken (*receive)(void *opaque, const uint8_t *frame, size_t length);
    void (*link_changed)(void *opaque);
} NetNicOps;

/* What a NIC is called, and whom it is for; the texts are copied. */
typedef struct NetNicInfo {
    const char *name;   /* for set_link and people */
    const char *model;  /* for people */
    const char *netdev; /* id of its back end; NULL: it is plugged in nowhere */
    const NetNicOps *ops;
    void *opaque;
} NetNicInfo;

/* NULL on error: there is no such back end, or it has another NIC. */
NetNic *net_nic_new(const NetNicInfo *info, const uint8_t *mac, Error **errp);
void net_nic_free(NetNic *nic); /* NULL is fine */
void net_nic_set_mac(NetNic *nic, const uint8_t *mac);
bool net_nic_link_is_up(const NetNic *nic);
/* From the guest; what is too short or too long is dropped. */
void net_nic_send(NetNic *nic, const uint8_t *frame, size_t length);
/* The guest has buffers again: offer what waits. */
void net_nic_flush(NetNic *nic);
/* Forget what waits: the driver it was for is gone. */
void net_nic_purge(NetNic *nic);
/* How many frames to and from the guest were dropped. */
uint64_t net_nic_dropped(const NetNic *nic);

/* "52:54:00:12:34:56", of one station. */
bool net_mac_parse(const char *text, uint8_t *mac, Error **errp);
char *net_mac_format(const uint8_t *mac);
/* 52:54:00:12:34:56, or the next that no NIC has. */
void net_mac_choose(uint8_t *mac);

/* ---- for who makes back ends ---- */

/* "user,id=ID[,KEY=VALUE...]" (hostfwd as often as wanted), or JSON: what netdev_create() takes. */
QDict *netdev_parse(const char *text, bool *is_json, Error **errp);
bool netdev_create(const QDict *options, bool is_json, Error **errp);

#endif
