/*
 * Output of a session, bounded by whoever writes into it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/out-buffer.h"

/* Bytes taken are cut off the front when there are more of them than this. */
#define TRIM_SIZE (64u << 10)

void out_buffer_init(OutBuffer *out, Chardev *chr)
{
    *out = (OutBuffer){ .chr = chr };
    pthread_mutex_init(&out->lock, NULL);
}

/* Lock held. An idle session keeps no buffer. */
static void drop_bytes(OutBuffer *out)
{
    if (out->bytes) {
        g_string_free(out->bytes, TRUE);
        out->bytes = NULL;
    }
    out->head = 0;
    __atomic_store_n(&out->pending, 0, __ATOMIC_RELEASE);
}

void out_buffer_finish(OutBuffer *out)
{
    drop_bytes(out);
    pthread_mutex_destroy(&out->lock);
}

void out_buffer_close(OutBuffer *out)
{
    pthread_mutex_lock(&out->lock);
    out->chr = NULL;
    drop_bytes(out);
    pthread_mutex_unlock(&out->lock);
}

/* Lock held. How many of @len bytes the chardev takes; all when nobody will ever read them. */
static size_t write_now(OutBuffer *out, const char *bytes, size_t len)
{
    ssize_t taken = chardev_write(out->chr, bytes, len);

    return taken < 0 ? len : (size_t)taken;
}

static void write_locked(OutBuffer *out, const char *bytes, size_t len)
{
    size_t taken = out->bytes ? 0 : write_now(out, bytes, len);

    if (taken < len) {
        if (!out->bytes) {
            out->bytes = g_string_sized_new(len - taken);
        }
        g_string_append_len(out->bytes, bytes + taken, (gssize)(len - taken));
        __atomic_store_n(&out->pending, out->bytes->len - out->head, __ATOMIC_RELEASE);
    }
}

void out_buffer_write(OutBuffer *out, const char *bytes, size_t len)
{
    pthread_mutex_lock(&out->lock);
    if (out->chr) {
        write_locked(out, bytes, len);
    }
    pthread_mutex_unlock(&out->lock);
}

bool out_buffer_try_write(OutBuffer *out, const char *bytes, size_t len, size_t limit)
{
    bool fits;

    pthread_mutex_lock(&out->lock);
    fits = !out->chr || !out->pending || out->pending + len <= limit;
    if (out->chr && fits) {
        write_locked(out, bytes, len);
    }
    pthread_mutex_unlock(&out->lock);
    return fits;
}

void out_buffer_flush(OutBuffer *out)
{
    pthread_mutex_lock(&out->lock);
    if (out->chr && out->bytes) {
        out->head += write_now(out, out->bytes->str + out->head, out->bytes->len - out->head);
        if (out->head == out->bytes->len) {
            drop_bytes(out);
        } else {
            if (out->head > TRIM_SIZE && out->head > out->bytes->len / 2) {
                g_string_erase(out->bytes, 0, (gssize)out->head);
                out->head = 0;
            }
            __atomic_store_n(&out->pending, out->bytes->len - out->head, __ATOMIC_RELEASE);
        }
    }
    pthread_mutex_unlock(&out->lock);
}

size_t out_buffer_pending(const OutBuffer *out)
{
    return __atomic_load_n(&out->pending, __ATOMIC_ACQUIRE);
}
