/*
 * The abstract chardev on an FdStream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/stream-chardev.h"

static FdStream *stream_of(Chardev *chr)
{
    return &((StreamChardev *)chr)->stream;
}

void stream_chardev_lost(Chardev *chr)
{
    fd_stream_close(stream_of(chr));
    chardev_set_open(chr, false);
}

void stream_chardev_close(Chardev *chr)
{
    fd_stream_close(stream_of(chr));
}

static ssize_t stream_chardev_write(Chardev *chr, const void *bytes, size_t len)
{
    return fd_stream_write(stream_of(chr), bytes, len);
}

void stream_chardev_update(Chardev *chr)
{
    fd_stream_update(stream_of(chr));
}

void stream_chardev_leave_loop(Chardev *chr)
{
    fd_stream_leave_loop(stream_of(chr));
}

void stream_chardev_join_loop(Chardev *chr)
{
    fd_stream_update(stream_of(chr));
}

static void stream_chardev_disconnect(Chardev *chr)
{
    if (fd_stream_is_open(stream_of(chr))) {
        fd_stream_break(stream_of(chr));
    }
}

static bool stream_chardev_get_peer(Chardev *chr, ChardevPeer *peer)
{
    return fd_stream_get_peer(stream_of(chr), peer);
}

static bool stream_chardev_has_unread(Chardev *chr)
{
    return fd_stream_has_unread(stream_of(chr));
}

static void stream_chardev_init(Object *obj)
{
    fd_stream_init(stream_of(CHARDEV(obj)), CHARDEV(obj), stream_chardev_lost);
}

static void stream_chardev_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->close = stream_chardev_close;
    cc->write = stream_chardev_write;
    cc->update = stream_chardev_update;
    cc->leave_loop = stream_chardev_leave_loop;
    cc->join_loop = stream_chardev_join_loop;
    cc->disconnect = stream_chardev_disconnect;
    cc->get_peer = stream_chardev_get_peer;
    cc->has_unread = stream_chardev_has_unread;
}

static const TypeInfo stream_chardev_info = {
    .name = TYPE_STREAM_CHARDEV,
    .parent = TYPE_CHARDEV,
    .abstract = true,
    .instance_size = sizeof(StreamChardev),
    .instance_init = stream_chardev_init,
    .class_init = stream_chardev_class_init,
};

static void stream_chardev_register(void)
{
    type_register_static(&stream_chardev_info);
}
type_init(stream_chardev_register)
