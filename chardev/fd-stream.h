/*
 * A byte stream on one or two descriptors: the part that stdio, pty, pipe and socket share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_FD_STREAM_H
#define CHARDEV_FD_STREAM_H

#include "chardev/chardev-internal.h"

/* Embedded in the back end. Under chr->lock. */
typedef struct FdStream {
    Chardev *chr;
    int in_fd; /* -1: closed. Both are non-blocking, and may be the same */
    int out_fd;
    bool is_socket;
    bool eof_is_loss; /* the end of input means that the other side is gone altogether */
    bool in_eof;
    bool end_told; /* since reading was stopped; the front end wants to go on all the same */
    bool want_write;
    bool broken; /* lost() is due */
    /* In chr->loop: how it went lately to look for more input at once. */
    int luck;
    unsigned unlucky;
    bool may_peek;
    bool sends_fds; /* in chr->loop: descriptors have come */
    bool fds_ahead; /* in chr->loop: some were seen that have not been taken */
    size_t peeked;  /* in chr->loop: bytes that were delivered and are still in the socket */
    /* In chr->loop, without the lock: the other side is gone. Calls fd_stream_close(). */
    void (*lost)(Chardev *chr);
} FdStream;

void fd_stream_init(FdStream *s, Chardev *chr, void (*lost)(Chardev *chr));
/* Begin; the descriptors become the stream's. */
void fd_stream_open(FdStream *s, int in_fd, int out_fd);
void fd_stream_open_locked(FdStream *s, int in_fd, int out_fd); /* with chr->lock held */
/* In chr->loop. Closes what is open. */
void fd_stream_close(FdStream *s);
/* End like close, but return the descriptor, which is the only one, open. */
int fd_stream_steal(FdStream *s);

/* In chr->loop; see chardev_get_peer(). */
bool fd_stream_get_peer(const FdStream *s, ChardevPeer *peer);

/* These with chr->lock held. */
static inline bool fd_stream_is_open(const FdStream *s)
{
    return s->out_fd >= 0;
}
ssize_t fd_stream_write(FdStream *s, const void *bytes, size_t len);
bool fd_stream_has_unread(const FdStream *s); /* see chardev_has_unread() */
/* Set the handlers in chr->loop for what is wanted now / take them out. */
void fd_stream_update(FdStream *s);
void fd_stream_leave_loop(FdStream *s);
/* Have lost() called from the loop. */
void fd_stream_break(FdStream *s);

#endif
