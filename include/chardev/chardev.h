/*
 * Character devices: byte streams to the outside (sockets, ttys, files) for serial ports and
 * monitors.
 *
 * A Chardev has a back end and at most one front end (serial port, monitor); where several share
 * one (mux=on), chardev_for_frontend() gives each a Chardev of its own. It belongs to one event
 * loop at a time, by default the main loop, and calls its front end there; with the main loop,
 * under the BQL. chardev_write() may be called from any thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_CHARDEV_H
#define CHARDEV_CHARDEV_H

#include "qom/object.h"
#include "util/event-loop.h"

#include <sys/types.h>

/* Who connected to a UNIX socket, as the kernel has it (SO_PEERCRED of unix(7)). */
typedef struct ChardevPeer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
} ChardevPeer;

#define TYPE_CHARDEV "chardev" /* abstract; back ends are "chardev-socket", "chardev-pty" ... */

typedef struct Chardev Chardev;

typedef enum ChardevEvent {
    CHARDEV_OPENED, /* the other side is there (at once for stdio, file; on accept for sockets) */
    CHARDEV_CLOSED, /* the other side went away; a server may open again */
    /* Only where chardev_is_shared(): what is typed comes to this front end from now on, or not. */
    CHARDEV_FOCUS_IN,
    CHARDEV_FOCUS_OUT,
    CHARDEV_BREAK, /* a break, in its place among the bytes; there is room for one */
} ChardevEvent;

/* A front end's callbacks, in the chardev's loop. */
typedef struct ChardevFrontend {
    /* How many bytes read() will take now; 0 stops reading until chardev_accept_input(). */
    size_t (*can_read)(void *opaque);
    void (*read)(void *opaque, const uint8_t *bytes, size_t len);
    void (*event)(void *opaque, ChardevEvent event);
    /* Room in the back end again after a short chardev_write(). */
    void (*writable)(void *opaque);
    /*
     * Optional: the other side, a socket's, sends no more; what it has sent may not all have been
     * read if can_read() gave 0. True: it is taken for gone, as it is without this. False: it may
     * still read; nothing more comes until chardev_accept_input(), and then this again in the end.
     */
    bool (*ended)(void *opaque);
    /*
     * Optional: whether whoever is at the other side may be there. Asked in the main loop, and only
     * where chardev_is_shared(), before anything is read: one front end's refusal is for all.
     */
    bool (*admits)(void *opaque);
    /*
     * Optional: a server then serves many clients at once. Each arrives here as a chardev of its
     * own, which is not in the list of them; the front end attaches to it and, when it is CLOSED
     * or done with, gives it back with chardev_release(). The server itself stays in its loop,
     * never opens, and is detached after its clients were released.
     */
    void (*accept)(void *opaque, Chardev *client);
} ChardevFrontend;

/*
 * Make a chardev from parsed arguments: {"backend": "socket", "id": ..., "path": ...,
 * "server": "on", ...} with string values (keyval) and put it at /chardevs/ID. With "mux": "on"
 * that is one for many front ends, and the back end is at /chardevs/ID-base. "logfile": PATH and
 * "logappend": what is written also goes to a file.
 */
Chardev *chardev_new(const QDict *args, Error **errp);
/*
 * From the older one-word syntax of -serial, -monitor and -qmp: "stdio", "pty", "null",
 * "file:PATH", "pipe:PATH", "unix:PATH,server=on,wait=off", "tcp:HOST:PORT,server=on",
 * "chardev:ID", "none" (gives NULL without an error). "mon:" before one of them is mux=on; the
 * monitor is the caller's to add. @id names the new chardev. The result is for one front end.
 */
Chardev *chardev_new_from_legacy(const char *id, const char *text, Error **errp);
Chardev *chardev_find(const char *id); /* NULL: none such */
/*
 * What one more front end of @chr attaches to: @chr itself, or a place of its own where several
 * share it. NULL with an error: there are too many.
 */
Chardev *chardev_for_frontend(Chardev *chr, Error **errp);
/* Whether others have it too, and only the one with the focus is typed at. */
bool chardev_is_shared(const Chardev *chr);
/*
 * What "Ctrl-a x" at the shared terminal called @id calls, in the main loop; false with an error for
 * whoever typed it: not from there. NULL (at first): nothing.
 */
void chardev_set_terminate(bool (*fn)(const char *id, Error **errp));
/*
 * What finds the descriptor that the client of the command that runs has named, for chardevs that
 * are made at run time: the caller's from then on, -1 with an error if there is none.
 */
void chardev_set_take_fd(int (*fn)(const char *name, Error **errp));
const char *chardev_id(const Chardev *chr);
/* As query-chardev shows it: "unix:/path,server=on", "pty:/dev/pts/3"; g_free(). */
char *chardev_filename(const Chardev *chr);
bool chardev_is_open(const Chardev *chr);
bool chardev_has_frontend(const Chardev *chr);
/*
 * For front ends that may be attached with nobody behind them, as a port that the guest has not
 * opened: whether there is. True from chardev_attach() on. BQL held, main loop's chardevs only.
 */
void chardev_set_frontend_open(Chardev *chr, bool open);
/* Whether there is a front end with somebody behind it. BQL held. */
bool chardev_frontend_is_open(const Chardev *chr);
/* False when there is nobody, or nothing is known. In the chardev's loop. */
bool chardev_get_peer(Chardev *chr, ChardevPeer *peer);
/*
 * Whether the other side has yet to take some of what was written: to read it (UNIX sockets), or to
 * receive it (TCP). False where that cannot be known. Any thread.
 */
bool chardev_has_unread(Chardev *chr);
/* Whether a person types there (stdio, pty, sockets): HMP echoes and edits. */
bool chardev_wants_echo(const Chardev *chr);
/* Whether it is a terminal that makes a signal of Ctrl-C: that key never arrives as a byte. */
bool chardev_leaves_signals(const Chardev *chr);

/*
 * Attach a front end; fails when there is one. OPENED is delivered at once, from the loop, when
 * the back end is open. @loop NULL: the main loop.
 */
bool chardev_attach(Chardev *chr, const ChardevFrontend *fe, void *opaque, EventLoop *loop,
                    Error **errp);
/* Detach; no callback runs after it returns (call it in the chardev's loop). */
void chardev_detach(Chardev *chr);
/* Move to another loop; called in the old one, from where no more callbacks come. */
void chardev_set_loop(Chardev *chr, EventLoop *loop);
EventLoop *chardev_get_loop(const Chardev *chr);

/*
 * Write what fits without blocking; returns how many bytes were taken. Fewer than @len: the front
 * end's writable() is called when there is room. With nobody connected everything is taken and
 * dropped. -1: the other side is gone (CLOSED follows).
 */
ssize_t chardev_write(Chardev *chr, const void *bytes, size_t len);
/*
 * In read(): the next of the descriptors that came with these bytes (SCM_RIGHTS, unix(7)), in
 * order; the caller's from now on, close-on-exec. -1: no more. What read() leaves is closed.
 */
int chardev_take_fd(Chardev *chr);
/* can_read() would now return more than it did. Any thread. */
void chardev_accept_input(Chardev *chr);
/*
 * Detach from a client got by accept(), hang up and free it; in its loop, also from its callbacks.
 * Its memory goes when the main loop turns.
 */
void chardev_release(Chardev *client);
/* Hang up on the present client; a server listens for the next. In the chardev's loop. */
void chardev_disconnect(Chardev *chr);

/* Close every chardev: unlink sockets, restore the terminal. At exit. */
void chardevs_cleanup(void);

#endif
