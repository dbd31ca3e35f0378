/*
 * What the back ends share: the base object, its class, and the way to the front end.
 *
 * Locking: @lock protects what chardev_write() and chardev_accept_input() touch from other
 * threads; it is held around the class's write(), update() and filename(), and never around a
 * call of the front end. Everything else belongs to the thread of @loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_CHARDEV_INTERNAL_H
#define CHARDEV_CHARDEV_INTERNAL_H

#include "chardev/chardev.h"
#include "util/coroutine.h"

#include <pthread.h>

typedef struct ChardevLog ChardevLog;

struct Chardev {
    Object parent_obj;
    char *id;
    pthread_mutex_t lock;
    EventLoop *loop;
    const ChardevFrontend *fe;
    void *fe_opaque;
    bool fe_idle;          /* attached, but nobody uses it; BQL */
    BottomHalf *opened_bh; /* delivers OPENED after attach; NULL: nothing attached */
    bool open;             /* the other side is there */
    bool fe_open;          /* the front end has been told so */
    bool stopped;          /* the front end has no room */
    unsigned accepts;      /* calls of chardev_accept_input() */
    ChardevLog *log;       /* of what is written; NULL: none */
    bool hot;              /* made while the main loop turns, which must not be kept */
};

typedef struct ChardevClass {
    ObjectClass parent_class;
    const char *const *options; /* accepted ones beside "id"; ends with NULL */
    bool echo;                  /* a person may type there */
    bool shared;                /* with other front ends; focus events come */
    /* All but open() and filename() may be NULL. */
    /*
     * First: open files and addresses. Maybe in a worker, where nobody else knows @chr; without
     * its loop. A descriptor that was given as an argument is taken only if this returns true.
     */
    bool (*prepare)(Chardev *chr, const QDict *args, Error **errp);
    /* Then, in the main loop, what does not block (but for what was asked for, if not hot). */
    bool (*open)(Chardev *chr, const QDict *args, Error **errp);
    void (*close)(Chardev *chr); /* at the end, or when prepare() or open() has failed */
    /* @lock held. NULL: everything is taken and dropped. */
    ssize_t (*write)(Chardev *chr, const void *bytes, size_t len);
    /* @lock held, any thread, before a write() while closed: open if the other side has come
     * unnoticed.
     */
    bool (*look)(Chardev *chr);
    /* @lock held: whether to read may have changed. */
    void (*update)(Chardev *chr);
    /* In chr->loop: take everything out of it / put it in again, around a change of loop. */
    void (*leave_loop)(Chardev *chr);
    void (*join_loop)(Chardev *chr);
    void (*disconnect)(Chardev *chr);
    /* A front end has come. */
    void (*attached)(Chardev *chr);
    char *(*filename)(Chardev *chr);
    bool (*get_peer)(Chardev *chr, ChardevPeer *peer);
    bool (*has_unread)(Chardev *chr);           /* @lock held */
    bool (*leaves_signals)(const Chardev *chr); /* chardev_leaves_signals(); NULL: no */
    /* Of what many front ends share: a chardev for one more; whether there is any. */
    Chardev *(*add_port)(Chardev *chr, Error **errp);
    bool (*has_frontend)(const Chardev *chr);
    /* Whether it may not be removed; NULL: while it has a front end. */
    bool (*in_use)(const Chardev *chr);
} ChardevClass;

#define CHARDEV(obj)           OBJECT_CHECK(Chardev, obj, TYPE_CHARDEV)
#define CHARDEV_CLASS(klass)   OBJECT_CLASS_CHECK(ChardevClass, klass, TYPE_CHARDEV)
#define CHARDEV_GET_CLASS(obj) OBJECT_GET_CLASS(ChardevClass, obj, TYPE_CHARDEV)

/*
 * As chardev_new(), with files and addresses opened in a worker. "fd" is the name of a descriptor
 * that the client has sent (chardev_set_take_fd()), and a server does not wait for its first
 * client.
 */
Chardev *coroutine_fn chardev_new_co(const QDict *args, Error **errp);
/* Undo chardev_new_co() or chardev_new(); refused while a front end has it. Main thread. */
bool chardev_remove(const char *id, Error **errp);
/* The name of its pseudo-terminal; NULL: it is on none. As long as @chr lives. */
const char *chardev_pty(Chardev *chr);

/* With @lock held: whether the back end shall read now. */
bool chardev_wants_input(const Chardev *chr);
/* With @lock held: whether the front end has stopped reading, but not to be told of the end. */
bool chardev_wants_end(const Chardev *chr);

/* For back ends, in chr->loop, without the lock. */
void chardev_set_open(Chardev *chr, bool open);
/* How much the front end takes now; 0: reading has been stopped. */
size_t chardev_room(Chardev *chr);
/* The other side sends no more: whether it is gone; if not, reading has been stopped. */
bool chardev_ended(Chardev *chr);
void chardev_deliver(Chardev *chr, const uint8_t *bytes, size_t len);
/* Of focus and breaks; not when it does not know that it is open. */
void chardev_deliver_event(Chardev *chr, ChardevEvent event);
void chardev_deliver_writable(Chardev *chr);

#endif
