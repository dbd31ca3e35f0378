/*
 * -netdev user: a network inside this process, which libslirp makes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_USER_H
#define NET_USER_H

#include "net-internal.h"

#include "util/timer.h"

#include <libslirp.h>

typedef struct UserNet {
    NetBackend base;
    Slirp *slirp;
    struct in_addr network;
    bool restricted;
    /* What libslirp waits for (user-poll.c). */
    int epoll_fd;
    GHashTable *watched; /* descriptor -> events in the epoll set */
    GArray *polled;      /* struct pollfd: what it last asked for */
    BottomHalf *work;
    Timer deadline;
} UserNet;

/* NULL on error. */
NetBackend *user_net_new(const NetdevUserOptions *options, Error **errp);
/* NULL: it is a back end of another kind. */
UserNet *user_net_of(NetBackend *backend);

/* ---- user-config.c ---- */

/* The texts in @config stay @options' own. */
bool user_net_configure(SlirpConfig *config, const NetdevUserOptions *options, Error **errp);

/* ---- user-forward.c ---- */

/* @rule: [tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT */
bool user_net_forward(UserNet *net, const char *rule, Error **errp);
/* @rule: its first half, up to the '-'. */
bool user_net_forward_end(UserNet *net, const char *rule, Error **errp);

/* ---- user-poll.c ---- */

bool user_poll_init(UserNet *net, Error **errp);
void user_poll_finish(UserNet *net);
/* Something has happened that may change what is waited for. */
void user_poll_kick(UserNet *net);
/* @fd is new, or about to be closed. */
void user_poll_forget(UserNet *net, int fd);

#endif
