/*
 * Descriptors that the client of a session sends along: those that have arrived and wait for a
 * request that takes one, and those that have been given a name.
 *
 * A descriptor belongs to the next getfd or add-fd of its session, for clients send it with the
 * request or ahead of it. Of several the first counts, and what comes later replaces it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_MONITOR_FDS_H
#define MONITOR_MONITOR_FDS_H

#include "chardev/chardev.h"
#include "qobject/qobject.h"

typedef struct MonitorFds {
    /* The chardev's thread: */
    int arrived; /* -1: none */
    /* The main thread: */
    GHashTable *named; /* char * -> descriptor + 1; NULL: none */
} MonitorFds;

void monitor_fds_init(MonitorFds *fds);

/* ---- in the chardev's thread ---- */

/* In the front end's read(): keep what came. */
void monitor_fds_collect(MonitorFds *fds, Chardev *chr);
/* A request was read: the descriptor that is its, or -1. @command: NULL if it was a broken one. */
int monitor_fds_for_request(MonitorFds *fds, const char *command);
void monitor_fds_close_arrived(MonitorFds *fds);

/* ---- in the main thread ---- */

/* Name @fd, which becomes the store's if this returns true; one of the same name is closed. */
bool monitor_fds_put(MonitorFds *fds, const char *name, int fd, Error **errp);
/* The named one, which is not there any more afterwards; -1: no such. */
int monitor_fds_take(MonitorFds *fds, const char *name);
void monitor_fds_close_named(MonitorFds *fds);

#endif
