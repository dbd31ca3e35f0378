/*
 * The abstract chardev on an FdStream: base of stdio, pty, pipe and socket.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_STREAM_CHARDEV_H
#define CHARDEV_STREAM_CHARDEV_H

#include "chardev/fd-stream.h"

#define TYPE_STREAM_CHARDEV "chardev-stream"

typedef struct StreamChardev {
    Chardev parent_obj;
    FdStream stream;
} StreamChardev;

/* The class's defaults: close, write, update, leave_loop, join_loop, disconnect of the stream. */
void stream_chardev_close(Chardev *chr);
void stream_chardev_update(Chardev *chr);
void stream_chardev_leave_loop(Chardev *chr);
void stream_chardev_join_loop(Chardev *chr);
/* A lost() for those that do not come back. */
void stream_chardev_lost(Chardev *chr);

#endif
