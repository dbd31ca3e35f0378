/*
 * A chardev on a pseudo-terminal, for a terminal program to open.
 *
 * Linux does not say when somebody opens the other side: while nobody has it open, a timer looks,
 * and so does whoever writes: nothing is lost once the other side is open.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/pty.h"
#include "chardev/stream-chardev.h"
#include "chardev/tty.h"
#include "util/timer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define TYPE_PTY "chardev-pty"

#define LOOK_EVERY_NS (200 * NS_PER_MS)

typedef struct PtyChardev {
    StreamChardev parent_obj;
    int master; /* the stream works on duplicates of it; -1: none */
    char *name;
    Timer timer;
} PtyChardev;

static void look_later(PtyChardev *pty)
{
    timer_arm(&pty->timer, clock_now(CLOCK_HOST) + LOOK_EVERY_NS);
}

/* Whether somebody is there, or was and has left something to read. */
static bool somebody_there(PtyChardev *pty)
{
    struct pollfd pfd = { .fd = pty->master, .events = POLLIN };

    return poll(&pfd, 1, 0) == 0 || !(pfd.revents & POLLHUP) || (pfd.revents & POLLIN);
}

static bool pty_look(Chardev *chr)
{
    PtyChardev *pty = (PtyChardev *)chr;
    int fd = somebody_there(pty) ? fcntl(pty->master, F_DUPFD_CLOEXEC, 0) : -1;

    if (fd >= 0) {
        fd_stream_open_locked(&pty->parent_obj.stream, fd, fd);
    }
    return fd >= 0;
}

static void look(void *opaque)
{
    PtyChardev *pty = opaque;
    Chardev *chr = &pty->parent_obj.parent_obj;
    bool open;

    pthread_mutex_lock(&chr->lock);
    open = fd_stream_is_open(&pty->parent_obj.stream) || pty_look(chr);
    pthread_mutex_unlock(&chr->lock);
    if (open) {
        chardev_set_open(chr, true);
    } else {
        look_later(pty);
    }
}

static void pty_lost(Chardev *chr)
{
    PtyChardev *pty = (PtyChardev *)chr;

    fd_stream_close(&pty->parent_obj.stream);
    look_later(pty);
    chardev_set_open(chr, false);
}

/* Opened once and left again, so that the master knows of nobody there. */
static bool set_up_slave(PtyChardev *pty, Error **errp)
{
    char name[64];
    int slave = -1;

    if (grantpt(pty->master) == 0 && unlockpt(pty->master) == 0 &&
        ptsname_r(pty->master, name, sizeof(name)) == 0) {
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    }
    if (slave < 0) {
        error_setg_errno(errp, errno, "cannot set up a pseudo-terminal");
        return false;
    }
    tty_set_raw(slave);
    close(slave);
    pty->name = g_strdup(name);
    return true;
}

static bool pty_open(Chardev *chr, const QDict *args, Error **errp)
{
    PtyChardev *pty = (PtyChardev *)chr;

    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (pty->master < 0) {
        error_setg_errno(errp, errno, "cannot open a pseudo-terminal");
        return false;
    }
    if (!set_up_slave(pty, errp)) {
        return false;
    }
    pty->parent_obj.stream.lost = pty_lost;
    pty->parent_obj.stream.eof_is_loss = true;
    timer_init(&pty->timer, chr->loop, CLOCK_HOST, look, pty);
    look_later(pty);
    return true;
}

static void pty_close(Chardev *chr)
{
    PtyChardev *pty = (PtyChardev *)chr;

    timer_finish(&pty->timer);
    stream_chardev_close(chr);
    if (pty->master >= 0) {
        close(pty->master);
        pty->master = -1;
    }
}

static void pty_leave_loop(Chardev *chr)
{
    timer_finish(&((PtyChardev *)chr)->timer);
    stream_chardev_leave_loop(chr);
}

static void pty_join_loop(Chardev *chr)
{
    PtyChardev *pty = (PtyChardev *)chr;

    timer_init(&pty->timer, chr->loop, CLOCK_HOST, look, pty);
    if (!fd_stream_is_open(&pty->parent_obj.stream)) {
        look_later(pty);
    }
    stream_chardev_join_loop(chr);
}

static char *pty_filename(Chardev *chr)
{
    return g_strconcat("pty:", ((PtyChardev *)chr)->name, NULL);
}

const char *pty_chardev_name(Chardev *chr)
{
    return object_dynamic_cast(OBJECT(chr), TYPE_PTY) ? ((PtyChardev *)chr)->name : NULL;
}

static void pty_init(Object *obj)
{
    ((PtyChardev *)CHARDEV(obj))->master = -1;
}

static void pty_finalize(Object *obj)
{
    g_free(((PtyChardev *)CHARDEV(obj))->name);
}

static void pty_class_init(ObjectClass *klass, const void *data)
{
    static const char *const options[] = { NULL };
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->options = options;
    cc->echo = true;
    cc->open = pty_open;
    cc->close = pty_close;
    cc->look = pty_look;
    cc->leave_loop = pty_leave_loop;
    cc->join_loop = pty_join_loop;
    cc->disconnect = NULL; /* whoever has it open keeps it open */
    cc->filename = pty_filename;
}

static const TypeInfo pty_info = {
    .name = TYPE_PTY,
    .parent = TYPE_STREAM_CHARDEV,
    .instance_size = sizeof(PtyChardev),
    .instance_init = pty_init,
    .instance_finalize = pty_finalize,
    .class_init = pty_class_init,
};

static void pty_register(void)
{
    type_register_static(&pty_info);
}
type_init(pty_register)
