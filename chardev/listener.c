/*
 * A listening socket that hands out connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/listener.h"
#include "util/report.h"
#include "util/timer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long to leave clients waiting when there is no descriptor or memory for them. */
#define BACK_OFF_NS (100 * NS_PER_MS)

struct SocketListener {
    int fd;
    ListenerAcceptFn *on_accept;
    void *opaque;
    EventLoop *loop; /* NULL: disabled */
    Timer back_off;
    bool said_full;
    char *path; /* NULL: no file of ours */
    dev_t dev;
    ino_t ino;
};

SocketListener *listener_new(int fd, ListenerAcceptFn *on_accept, void *opaque)
{
    SocketListener *l = g_new0(SocketListener, 1);

    l->fd = fd;
    l->on_accept = on_accept;
    l->opaque = opaque;
    return l;
}

void listener_own_path(SocketListener *l, const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0) {
        l->path = g_canonicalize_filename(path, NULL);
        l->dev = st.st_dev;
        l->ino = st.st_ino;
    }
}

int listener_fd(const SocketListener *l)
{
    return l->fd;
}

static void unlink_own_path(SocketListener *l)
{
    struct stat st;

    if (l->path && lstat(l->path, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_dev == l->dev &&
        st.st_ino == l->ino) {
        unlink(l->path);
    }
}

void listener_free(SocketListener *l)
{
    listener_set_loop(l, NULL);
    unlink_own_path(l);
    close(l->fd);
    g_free(l->path);
    g_free(l);
}

/* ---- accepting ---- */

/* The client may be gone, and others who have the socket may have made it a blocking one. */
int listener_accept(SocketListener *l)
{
    fcntl(l->fd, F_SETFL, fcntl(l->fd, F_GETFL) | O_NONBLOCK);
    return accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static void on_readable(void *opaque);

static void back_off_over(void *opaque)
{
    SocketListener *l = opaque;

    event_loop_set_fd(l->loop, l->fd, on_readable, NULL, l);
}

/* Level-triggered, the loop would spin on a client that cannot be let in. */
static void back_off(SocketListener *l, int err)
{
    if (!l->said_full) {
        l->said_full = true;
        warn_report("cannot accept a connection: %s; trying again until it works", g_strerror(err));
    }
    event_loop_set_fd(l->loop, l->fd, NULL, NULL, NULL);
    timer_arm(&l->back_off, clock_now(CLOCK_HOST) + BACK_OFF_NS);
}

static void on_readable(void *opaque)
{
    SocketListener *l = opaque;
    int fd = listener_accept(l);

    if (fd >= 0) {
        l->said_full = false;
        l->on_accept(fd, l->opaque);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        back_off(l, errno);
    }
}

void listener_set_loop(SocketListener *l, EventLoop *loop)
{
    if (l->loop == loop) {
        return;
    }
    if (l->loop) {
        event_loop_set_fd(l->loop, l->fd, NULL, NULL, NULL);
        timer_finish(&l->back_off);
    }
    l->loop = loop;
    if (loop) {
        timer_init(&l->back_off, loop, CLOCK_HOST, back_off_over, l);
        event_loop_set_fd(loop, l->fd, on_readable, NULL, l);
    }
}
