/*
 * A listening socket that hands out connections.
 *
 * It does no locking; its owner sees to it that calls do not overlap. The callback comes in the
 * loop's thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_LISTENER_H
#define CHARDEV_LISTENER_H

#include "util/event-loop.h"

typedef struct SocketListener SocketListener;
/* @fd: a connection, non-blocking; the callee's. */
typedef void ListenerAcceptFn(int fd, void *opaque);

/* @fd is a listening socket and becomes the listener's. It begins disabled. */
SocketListener *listener_new(int fd, ListenerAcceptFn *on_accept, void *opaque);
/* In the loop it is in. A UNIX socket's file is removed if it is still the one made by us. */
void listener_free(SocketListener *l);
/* Remove the file at @path at the end: the socket has just been bound there. */
void listener_own_path(SocketListener *l, const char *path);
int listener_fd(const SocketListener *l);
/* Accept one connection that is there, without waiting; -1 and errno. */
int listener_accept(SocketListener *l);

/* Accept in @loop from now on, any number of connections until disabled; NULL: disable. */
void listener_set_loop(SocketListener *l, EventLoop *loop);

#endif
