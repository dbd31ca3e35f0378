/*
 * A chardev that several front ends share: one of them has the focus and gets what is typed, all
 * of them write. Keys behind Ctrl-a are the mux's own.
 *
 * Each front end has a port, a chardev of its own which is not in the list of them. The mux is
 * the front end of the chardev below, on the main loop; a port's callbacks come in the loop that
 * the port is in. What was typed waits in the port until its front end takes it.
 *
 * Locking: a port's lock, then @out_lock of the mux, then the lock of the chardev below.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_MUX_H
#define CHARDEV_MUX_H

#include "chardev/chardev-internal.h"

#define TYPE_CHARDEV_MUX "chardev-mux"

/* As many front ends as one chardev may have. */
enum { MUX_PORTS_MAX = 8 };

typedef struct MuxPort MuxPort;

typedef struct MuxChardev {
    Chardev parent_obj;
    Chardev *base; /* a reference */
    /* The main thread: */
    MuxPort *ports[MUX_PORTS_MAX];
    unsigned n_ports;
    MuxPort *focus;  /* NULL: nobody is attached yet */
    bool after_ctrl; /* Ctrl-a was typed: the next is a key of ours */

    pthread_mutex_t out_lock;
    /* With @out_lock; written by the main thread, and read there without it: */
    bool refused; /* who is there may do and see nothing */
    /* With @out_lock: */
    GString *own; /* what the mux itself has to say, before all others */
    bool stamps;
    bool line_begins;
    int64_t stamps_since; /* CLOCK_HOST; 0: not yet */
} MuxChardev;

struct MuxPort {
    Chardev parent_obj;
    MuxChardev *mux;
    /* With the chardev's lock: */
    BottomHalf *bh; /* in the chardev's loop */
    GString *typed;
    ssize_t break_at; /* how much of @typed comes before the break; -1: none is due */
    bool focus;
    bool base_open;   /* somebody is there */
    bool lost;        /* somebody has gone, of which the front end is to be told */
    bool is_writable; /* the front end is to be told */
    /* The port's loop: */
    bool told_focus;
    /* With the mux's out_lock: */
    bool is_short; /* not all of its last write was taken */
};

/* Put a mux called @id on top of @base, whose front end it becomes; at /chardevs/ID. */
Chardev *mux_chardev_new(const char *id, Chardev *base);
/* What @chr stands on; NULL: it is no mux. */
Chardev *mux_chardev_base(Chardev *chr);
/* A port for one more front end. NULL with an error: there are too many. */
Chardev *mux_chardev_add_port(Chardev *mux, Error **errp);

/* ---- between the files of the mux ---- */

/* The port's loop: tell its front end what there is to tell. */
void mux_port_run(void *port);
/* Any thread, without the port's lock: have its loop look at it. */
void mux_port_kick(MuxPort *port);
/* Main thread. */
void mux_port_set_open(MuxPort *port, bool open);
void mux_port_set_focus(MuxPort *port, bool focus);
void mux_port_type(MuxPort *port, const uint8_t *bytes, size_t len);
void mux_port_type_break(MuxPort *port);
size_t mux_port_room(MuxPort *port);
void mux_port_free(MuxPort *port);
/* Main thread: the first front end to come gets the focus; each may refuse who is there. */
void mux_port_attached(MuxPort *port);

/*
 * Main thread (mux-admit.c): whether all front ends admit who is there. If not, that one is hung up
 * on, or may do and see nothing until somebody else comes.
 */
bool mux_check_admission(MuxChardev *mux);

/* ---- output (mux-output.c) ---- */

void mux_output_init(MuxChardev *mux);
void mux_output_finish(MuxChardev *mux);
/* Any thread; as chardev_write(). */
ssize_t mux_write(MuxPort *port, const void *bytes, size_t len);
/* Main thread. */
void mux_set_refused(MuxChardev *mux, bool refused);
/* What the mux has to say; dropped when too much of it waits. */
void mux_say(MuxChardev *mux, const char *text);
void mux_toggle_stamps(MuxChardev *mux);
/* Main thread: there is room below. */
void mux_writable(MuxChardev *mux);

#endif
