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
/* Any thread: take up to @max of the oldest bytes. *@end (or NULL) is for ringbuf_put_back(). */
GByteArray *ringbuf_take(Chardev *chr, size_t max, uint64_t *end);
/*
 * Any thread: nobody got the @len bytes that were taken last and ended at @end. They are back, but
 * for those that were overwritten meanwhile; if others have taken more, they are lost.
 */
void ringbuf_put_back(Chardev *chr, uint64_t end, size_t len);

/* Most that one ringbuf_read_text() takes. */
#define RINGBUF_READ_MAX ((size_t)4 << 20)

/* Spell bytes as text, in any thread. */
typedef char *RingbufSpell(const GByteArray *bytes);

/* Take up to @size bytes, and RINGBUF_READ_MAX, out of the ring buffer @id; as text, g_free(). */
char *coroutine_fn ringbuf_read_text(const char *id, int64_t size, RingbufSpell *spell,
                                     Error **errp);
/* Write what @data (taken) stands for in base64 (RFC 4648, section 4) to the ring buffer @id. */
void coroutine_fn ringbuf_write_base64(const char *id, char *data, Error **errp);

#endif
