/*
 * Socket addresses: listening, connecting, and their names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_SOCKET_ADDRESS_H
#define CHARDEV_SOCKET_ADDRESS_H

#include "util/error.h"

/* Where to: @path, or @host (may be "": any) and @port. */
typedef struct SocketTarget {
    const char *path;
    const char *host;
    const char *port;
} SocketTarget;

enum { SOCKET_FDS_MAX = 4 };

/*
 * Listen at @target; a name with several addresses is listened to at each of them. A stale UNIX
 * socket in the way is removed; one that somebody listens on is an error, as is any other file.
 * Returns how many sockets were put in @fds, 0 on error. They are non-blocking.
 */
int socket_listen(const SocketTarget *target, int fds[SOCKET_FDS_MAX], Error **errp);
/*
 * Connect, waiting for it: at start-up, or in a worker, where it ends soon once the job is
 * abandoned. A non-blocking descriptor, or -1.
 */
int socket_connect(const SocketTarget *target, Error **errp);
/* Check an inherited descriptor and make it non-blocking: listening or connected, as asked for. */
bool socket_adopt(int fd, bool listening, Error **errp);

bool socket_is_unix(int fd);
/* "PATH" or "HOST:PORT" of this / of the other end; g_free(). "" when it has none. */
char *socket_local_name(int fd);
char *socket_peer_name(int fd);

#endif
