/*
 * A chardev that several front ends share: the keys, the focus, the way from and to below.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/mux.h"

#include <string.h>

#define CTRL_A 0x01

static bool (*terminate)(const char *id, Error **errp);

void chardev_set_terminate(bool (*fn)(const char *id, Error **errp))
{
    terminate = fn;
}

/* ---- focus ---- */

static void focus_on(MuxChardev *mux, MuxPort *port)
{
    if (mux->focus == port) {
        return;
    }
    if (mux->focus) {
        mux_port_set_focus(mux->focus, false);
    }
    mux->focus = port;
    mux_port_set_focus(port, true);
}

/* The next one that somebody is attached to; that may be the same. */
static void switch_focus(MuxChardev *mux)
{
    unsigned at = 0;

    while (at < mux->n_ports && mux->ports[at] != mux->focus) {
        at++;
    }
    for (unsigned i = 1; i <= mux->n_ports; i++) {
        MuxPort *port = mux->ports[(at + i) % mux->n_ports];

        if (chardev_has_frontend(&port->parent_obj)) {
            focus_on(mux, port);
            return;
        }
    }
}

void mux_port_attached(MuxPort *port)
{
    MuxChardev *mux = port->mux;

    if (!mux->focus) {
        focus_on(mux, port);
    }
    if (chardev_is_open(mux->base)) {
        mux_check_admission(mux);
    }
}

/* ---- keys ---- */

static void say_help(MuxChardev *mux)
{
    mux_say(mux, "\n\r"
                 "C-a h    print this help\n\r"
                 "C-a x    exit emulator\n\r"
                 "C-a t    toggle console timestamps\n\r"
                 "C-a b    send break (magic sysrq)\n\r"
                 "C-a c    switch between console and monitor\n\r"
                 "C-a C-a  sends C-a\n\r");
}

static void leave(MuxChardev *mux)
{
    g_autoptr(Error) err = NULL;

    if (terminate && !terminate(mux->parent_obj.id, &err)) {
        g_autofree char *text = g_strdup_printf("\n\rError: %s\n\r", error_get_pretty(err));

        mux_say(mux, text);
        return;
    }
    mux_say(mux, "QEMU: Terminated\n\r");
}

static void press(MuxChardev *mux, uint8_t key)
{
    switch (key) {
    case 'h':
    case '?':
        say_help(mux);
        break;
    case 'x':
        leave(mux);
        break;
    case 't':
        mux_toggle_stamps(mux);
        break;
    case 'b':
        if (mux->focus) {
            mux_port_type_break(mux->focus);
        }
        break;
    case 'c':
        switch_focus(mux);
        break;
    case CTRL_A:
        if (mux->focus) {
            mux_port_type(mux->focus, &key, 1);
        }
        break;
    default: /* no key of ours: swallowed */
        break;
    }
}

/* ---- the front end of the chardev below ---- */

static size_t base_can_read(void *opaque)
{
    MuxChardev *mux = opaque;

    /* With nobody there the keys still work; who is refused types into nothing. */
    return mux->focus && !mux->refused ? mux_port_room(mux->focus) : 1;
}

/* How many bytes there are before the next Ctrl-a. */
static size_t plain_run(const uint8_t *bytes, size_t len)
{
    const uint8_t *ctrl = memchr(bytes, CTRL_A, len);

    return ctrl ? (size_t)(ctrl - bytes) : len;
}

static void base_read(void *opaque, const uint8_t *bytes, size_t len)
{
    MuxChardev *mux = opaque;
    const uint8_t *end = bytes + (mux->refused ? 0 : len);

    while (bytes < end) {
        size_t run;

        if (mux->after_ctrl) {
            mux->after_ctrl = false;
            press(mux, *bytes++);
            continue;
        }
        run = plain_run(bytes, end - bytes);
        if (run && mux->focus) {
            mux_port_type(mux->focus, bytes, run);
        }
        bytes += run;
        if (bytes < end) {
            mux->after_ctrl = true;
            bytes++;
        }
    }
}

static void base_event(void *opaque, ChardevEvent event)
{
    MuxChardev *mux = opaque;

    mux->after_ctrl = false;
    mux_set_refused(mux, false);
    if (event == CHARDEV_OPENED && !mux_check_admission(mux)) {
        return;
    }
    for (unsigned i = 0; i < mux->n_ports; i++) {
        mux_port_set_open(mux->ports[i], event == CHARDEV_OPENED);
    }
}

static void base_writable(void *opaque)
{
    mux_writable(opaque);
}

static const ChardevFrontend base_frontend = {
    .can_read = base_can_read,
    .read = base_read,
    .event = base_event,
    .writable = base_writable,
};

/* ---- the object ---- */

Chardev *mux_chardev_new(const char *id, Chardev *base)
{
    MuxChardev *mux = (MuxChardev *)object_new(TYPE_CHARDEV_MUX);

    mux->parent_obj.id = g_strdup(id);
    mux->base = base;
    object_ref(OBJECT(base));
    chardev_attach(base, &base_frontend, mux, NULL, &error_abort);
    object_property_add_child(object_get_container("/chardevs"), id, OBJECT(mux));
    return &mux->parent_obj;
}

Chardev *mux_chardev_base(Chardev *chr)
{
    Object *mux = object_dynamic_cast(OBJECT(chr), TYPE_CHARDEV_MUX);

    return mux ? ((MuxChardev *)mux)->base : NULL;
}

static bool mux_has_frontend(const Chardev *chr)
{
    const MuxChardev *mux = (const MuxChardev *)chr;

    for (unsigned i = 0; i < mux->n_ports; i++) {
        if (chardev_has_frontend(&mux->ports[i]->parent_obj)) {
            return true;
        }
    }
    return false;
}

/* Whoever was given a port may attach to it at any time. */
static bool mux_in_use(const Chardev *chr)
{
    return ((const MuxChardev *)chr)->n_ports > 0;
}

static char *mux_filename(Chardev *chr)
{
    return g_strdup("mux");
}

static void mux_close(Chardev *chr)
{
    MuxChardev *mux = (MuxChardev *)chr;

    if (chardev_has_frontend(mux->base)) {
        chardev_detach(mux->base);
    }
    mux->focus = NULL;
    while (mux->n_ports) {
        mux_port_free(mux->ports[--mux->n_ports]);
    }
}

static void mux_init(Object *obj)
{
    mux_output_init((MuxChardev *)CHARDEV(obj));
}

static void mux_finalize(Object *obj)
{
    MuxChardev *mux = (MuxChardev *)CHARDEV(obj);

    object_unref(OBJECT(mux->base));
    mux_output_finish(mux);
}

static void mux_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->echo = true;
    cc->close = mux_close;
    cc->add_port = mux_chardev_add_port;
    cc->has_frontend = mux_has_frontend;
    cc->in_use = mux_in_use;
    cc->filename = mux_filename;
}

static const TypeInfo mux_info = {
    .name = TYPE_CHARDEV_MUX,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(MuxChardev),
    .instance_init = mux_init,
    .instance_finalize = mux_finalize,
    .class_init = mux_class_init,
};

static void mux_register(void)
{
    type_register_static(&mux_info);
}
type_init(mux_register)
