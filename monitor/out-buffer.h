/*
 * What one session has written and its client has not yet read.
 *
 * Any thread may write; a write goes to the chardev at once when nothing waits before it. The
 * buffer has a lock of its own, the last in the lock order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_OUT_BUFFER_H
#define MONITOR_OUT_BUFFER_H

#include "chardev/chardev.h"

#include <pthread.h>

typedef struct OutBuffer {
    /* private */
    pthread_mutex_t lock;
    Chardev *chr;   /* NULL once closed */
    GString *bytes; /* NULL: nothing waits */
    size_t head;    /* bytes already taken by the chardev */
    size_t pending; /* atomic copy of what waits */
} OutBuffer;

void out_buffer_init(OutBuffer *out, Chardev *chr);
void out_buffer_finish(OutBuffer *out);
/* Whatever is or will be written is dropped: it is not for the chardev's next client. */
void out_buffer_close(OutBuffer *out);

void out_buffer_write(OutBuffer *out, const char *bytes, size_t len);
/* The same unless something waits and would then be more than @limit: false, nothing written. */
bool out_buffer_try_write(OutBuffer *out, const char *bytes, size_t len, size_t limit);
/* The chardev has room. */
void out_buffer_flush(OutBuffer *out);
size_t out_buffer_pending(const OutBuffer *out);

#endif
