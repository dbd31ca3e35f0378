/*
 * The place of one front end at a mux.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/mux.h"

#define TYPE_MUX_PORT "chardev-mux-port"

/* What is typed ahead of a front end that does not read; then the terminal has to wait. */
#define TYPED_MAX (64u << 10)

static MuxPort *port_of(Chardev *chr)
{
    return (MuxPort *)chr;
}

static void kick_locked(MuxPort *port)
{
    if (port->bh) {
        bottom_half_schedule(port->bh);
    }
}

void mux_port_kick(MuxPort *port)
{
    pthread_mutex_lock(&port->parent_obj.lock);
    kick_locked(port);
    pthread_mutex_unlock(&port->parent_obj.lock);
}

/* ---- for the mux ---- */

void mux_port_set_open(MuxPort *port, bool open)
{
    pthread_mutex_lock(&port->parent_obj.lock);
    port->base_open = open;
    port->lost |= !open;
    g_string_truncate(port->typed, 0);
    port->break_at = -1;
    kick_locked(port);
    pthread_mutex_unlock(&port->parent_obj.lock);
}

void mux_port_set_focus(MuxPort *port, bool focus)
{
    pthread_mutex_lock(&port->parent_obj.lock);
    port->focus = focus;
    kick_locked(port);
    pthread_mutex_unlock(&port->parent_obj.lock);
}

void mux_port_type(MuxPort *port, const uint8_t *bytes, size_t len)
{
    pthread_mutex_lock(&port->parent_obj.lock);
    g_string_append_len(port->typed, (const char *)bytes, (gssize)len);
    kick_locked(port);
    pthread_mutex_unlock(&port->parent_obj.lock);
}

void mux_port_type_break(MuxPort *port)
{
    pthread_mutex_lock(&port->parent_obj.lock);
    port->break_at = (ssize_t)port->typed->len;
    kick_locked(port);
    pthread_mutex_unlock(&port->parent_obj.lock);
}

size_t mux_port_room(MuxPort *port)
{
    size_t room;

    pthread_mutex_lock(&port->parent_obj.lock);
    room = TYPED_MAX - MIN(port->typed->len, TYPED_MAX);
    pthread_mutex_unlock(&port->parent_obj.lock);
    return room;
}

/* ---- the class ---- */

/* What a port is told, its own loop has to find out. */
static void port_update(Chardev *chr)
{
    kick_locked(port_of(chr));
}

static void port_leave_loop(Chardev *chr)
{
    bottom_half_destroy(port_of(chr)->bh);
    port_of(chr)->bh = NULL;
}

static void port_join_loop(Chardev *chr)
{
    port_of(chr)->bh = bottom_half_new(chr->loop, mux_port_run, port_of(chr));
    kick_locked(port_of(chr));
}

static void port_attached(Chardev *chr)
{
    mux_port_attached(port_of(chr));
}

static ssize_t port_write(Chardev *chr, const void *bytes, size_t len)
{
    /* What the front end has for a client that is gone is not for the next. */
    return port_of(chr)->lost ? (ssize_t)len : mux_write(port_of(chr), bytes, len);
}

static bool port_get_peer(Chardev *chr, ChardevPeer *peer)
{
    return chardev_get_peer(port_of(chr)->mux->base, peer);
}

static bool port_leaves_signals(const Chardev *chr)
{
    return chardev_leaves_signals(((const MuxPort *)chr)->mux->base);
}

static char *port_filename(Chardev *chr)
{
    return chardev_filename(&port_of(chr)->mux->parent_obj);
}

static void port_init(Object *obj)
{
    MuxPort *port = port_of(CHARDEV(obj));

    port->typed = g_string_new(NULL);
    port->break_at = -1;
}

static void port_finalize(Object *obj)
{
    g_string_free(port_of(CHARDEV(obj))->typed, TRUE);
}

static void port_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->echo = true;
    cc->shared = true;
    cc->write = port_write;
    cc->update = port_update;
    cc->leave_loop = port_leave_loop;
    cc->join_loop = port_join_loop;
    cc->attached = port_attached;
    cc->filename = port_filename;
    cc->get_peer = port_get_peer;
    cc->leaves_signals = port_leaves_signals;
}

static const TypeInfo port_info = {
    .name = TYPE_MUX_PORT,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(MuxPort),
    .instance_init = port_init,
    .instance_finalize = port_finalize,
    .class_init = port_class_init,
};

static void port_register(void)
{
    type_register_static(&port_info);
}
type_init(port_register)

/* ---- life ---- */

Chardev *mux_chardev_add_port(Chardev *chr, Error **errp)
{
    MuxChardev *mux = (MuxChardev *)chr;
    MuxPort *port;

    if (mux->n_ports == MUX_PORTS_MAX) {
        error_setg(errp, "chardev '%s' has too many users; at most %d are accepted", chr->id,
                   MUX_PORTS_MAX);
        return NULL;
    }
    port = (MuxPort *)object_new(TYPE_MUX_PORT);
    port->mux = mux;
    port->parent_obj.id = g_strdup(chr->id);
    port_join_loop(&port->parent_obj);
    port->parent_obj.open = port->base_open = chardev_is_open(mux->base);
    mux->ports[mux->n_ports++] = port;
    return &port->parent_obj;
}

void mux_port_free(MuxPort *port)
{
    if (port->parent_obj.fe) {
        chardev_detach(&port->parent_obj);
    }
    bottom_half_destroy(port->bh);
    port->bh = NULL;
    object_unref(OBJECT(port));
}
