/*
 * What a front end at a mux is told, in the loop of its port.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/mux.h"

#include <string.h>

/* Tell of @focus if that is news, and true. */
static void tell_focus(MuxPort *port, bool focus)
{
    Chardev *chr = &port->parent_obj;
    bool has;

    pthread_mutex_lock(&chr->lock);
    has = chr->fe_open && port->focus;
    pthread_mutex_unlock(&chr->lock);
    if (has == focus && focus != port->told_focus) {
        port->told_focus = focus;
        chardev_deliver_event(chr, focus ? CHARDEV_FOCUS_IN : CHARDEV_FOCUS_OUT);
    }
}

static void tell_writable(MuxPort *port)
{
    bool due;

    pthread_mutex_lock(&port->parent_obj.lock);
    due = port->is_writable;
    port->is_writable = false;
    pthread_mutex_unlock(&port->parent_obj.lock);
    if (due) {
        chardev_deliver_writable(&port->parent_obj);
    }
}

static size_t take_typed(MuxPort *port, uint8_t *bytes, size_t room)
{
    size_t len;

    pthread_mutex_lock(&port->parent_obj.lock);
    len = MIN(room, port->break_at >= 0 ? (size_t)port->break_at : port->typed->len);
    memcpy(bytes, port->typed->str, len);
    g_string_erase(port->typed, 0, (gssize)len);
    port->break_at -= port->break_at >= 0 ? (ssize_t)len : 0;
    pthread_mutex_unlock(&port->parent_obj.lock);
    return len;
}

static bool has_typed(MuxPort *port)
{
    bool has;

    pthread_mutex_lock(&port->parent_obj.lock);
    has = port->parent_obj.fe_open && (port->typed->len || port->break_at >= 0);
    pthread_mutex_unlock(&port->parent_obj.lock);
    return has;
}

/* Nothing was taken though there is room: a break is next. */
static void deliver_break(MuxPort *port)
{
    pthread_mutex_lock(&port->parent_obj.lock);
    port->break_at = -1;
    pthread_mutex_unlock(&port->parent_obj.lock);
    chardev_deliver_event(&port->parent_obj, CHARDEV_BREAK);
}

static void deliver_typed(MuxPort *port)
{
    uint8_t bytes[4096];
    bool some = false;

    while (has_typed(port)) {
        size_t room = chardev_room(&port->parent_obj);
        size_t len = room ? take_typed(port, bytes, MIN(room, sizeof(bytes))) : 0;

        if (!room) {
            break;
        }
        if (len) {
            chardev_deliver(&port->parent_obj, bytes, len);
        } else {
            deliver_break(port);
        }
        some = true;
    }
    if (some) {
        chardev_accept_input(port->mux->base);
    }
}

/* Also when the next client is there already, the front end hears that the last one went. */
static void tell_state(MuxPort *port)
{
    Chardev *chr = &port->parent_obj;
    bool lost, open;

    pthread_mutex_lock(&chr->lock);
    lost = port->lost;
    pthread_mutex_unlock(&chr->lock);
    if (lost) {
        chardev_set_open(chr, false);
    }
    pthread_mutex_lock(&chr->lock);
    port->lost &= !lost;
    open = port->base_open && !port->lost;
    pthread_mutex_unlock(&chr->lock);
    if (open != chardev_is_open(chr)) {
        chardev_set_open(chr, open);
    }
}

void mux_port_run(void *opaque)
{
    MuxPort *port = opaque;

    tell_state(port);
    tell_focus(port, true);
    tell_writable(port);
    /* What was typed before the focus went. */
    deliver_typed(port);
    tell_focus(port, false);
}
