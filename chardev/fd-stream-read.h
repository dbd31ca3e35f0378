/*
 * What a byte stream's reading and the rest of it know of each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_FD_STREAM_READ_H
#define CHARDEV_FD_STREAM_READ_H

#include "chardev/fd-stream.h"

/* In chr->loop: there is something to read. The stream may be gone afterwards. */
void fd_stream_read(FdStream *s);
/* In chr->loop: the other side sends no more. The stream may be gone afterwards. */
void fd_stream_ended(FdStream *s);
/* In chr->loop, with or without chr->lock: take out of the socket what was only peeked at. */
void fd_stream_take_peeked(FdStream *s);
/* After in_fd was opened, and before somebody else gets it. */
void fd_stream_allow_peeking(FdStream *s, bool on);
/* lost() is due. */
bool fd_stream_take_broken(FdStream *s);

#endif
