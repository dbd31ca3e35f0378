/*
 * The chardev that keeps what was last written to it, up to its size; the oldest goes first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/ringbuf.h"
#include "chardev/chardev-args.h"
#include "qapi/keyval.h"

#include <string.h>

#define TYPE_RINGBUF "chardev-ringbuf"
/* The older name. */
#define TYPE_MEMORY "chardev-memory"

#define SIZE_DEFAULT ((uint64_t)64 << 10)
#define SIZE_MAX_    ((uint64_t)1 << 30)

typedef struct RingbufChardev {
    Chardev parent_obj;
    size_t size; /* a power of two */
    /* With the chardev's lock; they count all bytes ever. */
    uint8_t *bytes;
    uint64_t written;
    uint64_t taken;
} RingbufChardev;

static bool parse_ring_size(const QDict *args, uint64_t *size, Error **errp)
{
    const char *text = chardev_arg(args, "size", "0");

    if (!parse_size(text, 'B', size, errp)) {
        error_prepend(errp, "Parameter 'size': ");
        return false;
    }
    if (*size == 0) {
        *size = SIZE_DEFAULT;
    }
    if (*size & (*size - 1)) {
        error_setg(errp, "size of %s chardev must be power of two",
                   chardev_arg(args, "backend", ""));
        return false;
    }
    if (*size > SIZE_MAX_) {
        error_setg(errp, "Parameter 'size' expects at most %" G_GUINT64_FORMAT " bytes", SIZE_MAX_);
        return false;
    }
    return true;
}

static bool ringbuf_open(Chardev *chr, const QDict *args, Error **errp)
{
    RingbufChardev *ring = (RingbufChardev *)chr;
    uint64_t size;

    if (!parse_ring_size(args, &size, errp)) {
        return false;
    }
    ring->bytes = g_try_malloc(size);
    if (!ring->bytes) {
        error_setg(errp, "not enough memory for a chardev of %" G_GUINT64_FORMAT " bytes", size);
        return false;
    }
    ring->size = size;
    chardev_set_open(chr, true);
    return true;
}

/* Copy between the ring, at @at, and @bytes; @len is at most the size. */
static void copy(RingbufChardev *ring, uint64_t at, uint8_t *bytes, size_t len, bool in)
{
    size_t offset = at & (ring->size - 1);
    size_t first = MIN(len, ring->size - offset);

    memcpy(in ? ring->bytes + offset : bytes, in ? bytes : ring->bytes + offset, first);
    memcpy(in ? ring->bytes : bytes + first, in ? bytes + first : ring->bytes, len - first);
}

static ssize_t ringbuf_write(Chardev *chr, const void *bytes, size_t len)
{
    RingbufChardev *ring = (RingbufChardev *)chr;
    size_t kept = MIN(len, ring->size);

    copy(ring, ring->written + len - kept, (uint8_t *)bytes + len - kept, kept, true);
    ring->written += len;
    ring->taken = MAX(ring->taken, ring->written - MIN(ring->written, ring->size));
    return (ssize_t)len;
}

GByteArray *ringbuf_take(Chardev *chr, size_t max, uint64_t *end)
{
    RingbufChardev *ring = (RingbufChardev *)chr;
    GByteArray *result = g_byte_array_new();
    size_t len;

    pthread_mutex_lock(&chr->lock);
    len = MIN(max, ring->written - ring->taken);
    if (len) {
        g_byte_array_set_size(result, (guint)len);
        copy(ring, ring->taken, result->data, len, false);
        ring->taken += len;
    }
    if (end) {
        *end = ring->taken;
    }
    pthread_mutex_unlock(&chr->lock);
    return result;
}

void ringbuf_put_back(Chardev *chr, uint64_t end, size_t len)
{
    RingbufChardev *ring = (RingbufChardev *)chr;
    uint64_t oldest;

    pthread_mutex_lock(&chr->lock);
    oldest = ring->written - MIN(ring->written, ring->size);
    if (ring->taken == end) {
        ring->taken = MAX(end - len, oldest);
    }
    pthread_mutex_unlock(&chr->lock);
}

Chardev *ringbuf_find(const char *id, Error **errp)
{
    Chardev *chr = chardev_find(id);

    if (!chr) {
        error_setg(errp, "Device '%.256s' not found", id);
    } else if (!object_dynamic_cast(OBJECT(chr), TYPE_RINGBUF)) {
        error_setg(errp, "%.256s is not a ringbuf device", id);
        chr = NULL;
    }
    return chr;
}

static char *ringbuf_filename(Chardev *chr)
{
    return g_strdup(object_get_typename(OBJECT(chr)) + strlen(TYPE_CHARDEV "-"));
}

static void ringbuf_finalize(Object *obj)
{
    g_free(((RingbufChardev *)CHARDEV(obj))->bytes);
}

static void ringbuf_class_init(ObjectClass *klass, const void *data)
{
    static const char *const options[] = { "size", NULL };
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->options = options;
    cc->open = ringbuf_open;
    cc->write = ringbuf_write;
    cc->filename = ringbuf_filename;
}

static const TypeInfo ringbuf_info = {
    .name = TYPE_RINGBUF,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(RingbufChardev),
    .instance_finalize = ringbuf_finalize,
    .class_init = ringbuf_class_init,
};

static const TypeInfo memory_info = {
    .name = TYPE_MEMORY,
    .parent = TYPE_RINGBUF,
};

static void ringbuf_register(void)
{
    type_register_static(&ringbuf_info);
    type_register_static(&memory_info);
}
type_init(ringbuf_register)
