/*
 * The chardev that keeps what was last written to it, for ringbuf-read and -write.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_RINGBUF_H
#define CHARDEV_RINGBUF_H

#include "chardev/chardev-internal.h"

/* The chardev with this id; NULL with an error: there is none, or it is of another kind. */
Chardev *ringbuf_find(const char *id, Error **errp);
/* Any thread: take up to @max of the oldest bytes. */
GByteArray *ringbuf_take(Chardev *chr, size_t max);

#endif
