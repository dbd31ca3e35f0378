/*
 * A chardev on socket pairs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fake-chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct Chardev {
    ChardevFrontend fe;
    void *opaque;
    bool attached;
    EventLoop *loop;      /* atomic */
    pthread_mutex_t lock; /* for fd and want_write */
    int fd;               /* -1: nobody is connected */
    bool want_read;
    bool want_write;
};

static void on_readable(void *opaque);
static void on_writable(void *opaque);

Chardev *fake_chardev_new(void)
{
    Chardev *chr = g_new0(Chardev, 1);

    chr->fd = -1;
    chr->loop = main_loop();
    pthread_mutex_init(&chr->lock, NULL);
    return chr;
}

/* Lock held. */
static void update_handlers(Chardev *chr)
{
    if (chr->fd >= 0) {
        event_loop_set_fd(chardev_get_loop(chr), chr->fd, chr->want_read ? on_readable : NULL,
                          chr->want_write ? on_writable : NULL, chr);
    }
}

static void update_reading(Chardev *chr)
{
    bool want = chr->attached && chr->fe.can_read(chr->opaque) > 0;

    pthread_mutex_lock(&chr->lock);
    chr->want_read = want;
    update_handlers(chr);
    pthread_mutex_unlock(&chr->lock);
}

static void hang_up(Chardev *chr)
{
    pthread_mutex_lock(&chr->lock);
    event_loop_set_fd(chardev_get_loop(chr), chr->fd, NULL, NULL, NULL);
    close(chr->fd);
    chr->fd = -1;
    chr->want_write = false;
    pthread_mutex_unlock(&chr->lock);
    if (chr->attached) {
        chr->fe.event(chr->opaque, CHARDEV_CLOSED);
    }
}

static void on_readable(void *opaque)
{
    Chardev *chr = opaque;
    size_t room = MIN(chr->fe.can_read(chr->opaque), 65536);
    uint8_t bytes[65536];
    ssize_t len;

    if (!room) {
        update_reading(chr);
        return;
    }
    len = read(chr->fd, bytes, room);
    if (len > 0) {
        chr->fe.read(chr->opaque, bytes, (size_t)len);
        update_reading(chr);
    } else if (len == 0 || errno != EAGAIN) {
        hang_up(chr);
    }
}

static void on_writable(void *opaque)
{
    Chardev *chr = opaque;

    pthread_mutex_lock(&chr->lock);
    chr->want_write = false;
    update_handlers(chr);
    pthread_mutex_unlock(&chr->lock);
    chr->fe.writable(chr->opaque);
}

int fake_chardev_connect(Chardev *chr)
{
    int size = FAKE_CHARDEV_SOCKET_BUFFER;
    int fds[2];

    if (chr->fd >= 0) {
        hang_up(chr);
    }
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    g_assert_cmpint(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), ==, 0);
    g_assert_cmpint(fcntl(fds[0], F_SETFL, O_NONBLOCK), ==, 0);
    pthread_mutex_lock(&chr->lock);
    chr->fd = fds[0];
    pthread_mutex_unlock(&chr->lock);
    chr->fe.event(chr->opaque, CHARDEV_OPENED);
    update_reading(chr);
    return fds[1];
}

typedef struct ConnectCall {
    Chardev *chr;
    int fd; /* atomic; -1: not yet */
} ConnectCall;

static void connect_call(void *opaque)
{
    ConnectCall *call = opaque;

    g_atomic_int_set(&call->fd, fake_chardev_connect(call->chr));
}

int fake_chardev_connect_soon(Chardev *chr)
{
    ConnectCall call = { .chr = chr, .fd = -1 };

    event_loop_run_once(chardev_get_loop(chr), connect_call, &call);
    while (g_atomic_int_get(&call.fd) < 0) {
        g_usleep(1000);
    }
    return call.fd;
}

void fake_chardev_free(Chardev *chr)
{
    if (chr->fd >= 0) {
        hang_up(chr);
    }
    pthread_mutex_destroy(&chr->lock);
    g_free(chr);
}

/* ---- chardev/chardev.h ---- */

bool chardev_attach(Chardev *chr, const ChardevFrontend *fe, void *opaque, EventLoop *loop,
                    Error **errp)
{
    if (chr->attached) {
        error_setg(errp, "chardev 'fake' is in use");
        return false;
    }
    chr->fe = *fe;
    chr->opaque = opaque;
    chr->attached = true;
    return true;
}

int chardev_take_fd(Chardev *chr)
{
    return -1;
}

bool chardev_is_shared(const Chardev *chr)
{
    return false;
}

bool chardev_leaves_signals(const Chardev *chr)
{
    return false;
}

bool chardev_wants_echo(const Chardev *chr)
{
    return true;
}

/* accept() is never called here. */
void chardev_release(Chardev *client)
{
    g_assert_not_reached();
}

void chardev_detach(Chardev *chr)
{
    chr->attached = false;
    pthread_mutex_lock(&chr->lock);
    chr->want_read = false;
    chr->want_write = false;
    update_handlers(chr);
    pthread_mutex_unlock(&chr->lock);
}

void chardev_set_loop(Chardev *chr, EventLoop *loop)
{
    pthread_mutex_lock(&chr->lock);
    if (chr->fd >= 0) {
        event_loop_set_fd(chr->loop, chr->fd, NULL, NULL, NULL);
    }
    __atomic_store_n(&chr->loop, loop, __ATOMIC_RELEASE);
    update_handlers(chr);
    pthread_mutex_unlock(&chr->lock);
}

EventLoop *chardev_get_loop(const Chardev *chr)
{
    return __atomic_load_n(&chr->loop, __ATOMIC_ACQUIRE);
}

ssize_t chardev_write(Chardev *chr, const void *bytes, size_t len)
{
    ssize_t taken = (ssize_t)len;

    pthread_mutex_lock(&chr->lock);
    if (chr->fd >= 0) {
        taken = send(chr->fd, bytes, len, MSG_NOSIGNAL);
        if (taken < 0 && errno == EAGAIN) {
            taken = 0;
        }
        if (taken >= 0 && (size_t)taken < len) {
            chr->want_write = true;
            update_handlers(chr);
        }
    }
    pthread_mutex_unlock(&chr->lock);
    return taken;
}

static void accept_input(void *opaque)
{
    update_reading(opaque);
}

void chardev_accept_input(Chardev *chr)
{
    event_loop_run_once(chardev_get_loop(chr), accept_input, chr);
}

const char *chardev_id(const Chardev *chr)
{
    return "fake";
}

bool chardev_get_peer(Chardev *chr, ChardevPeer *peer)
{
    return false;
}

bool chardev_has_unread(Chardev *chr)
{
    return false;
}

void chardev_disconnect(Chardev *chr)
{
    pthread_mutex_lock(&chr->lock);
    if (chr->fd >= 0) {
        shutdown(chr->fd, SHUT_RDWR);
        chr->want_read = true; /* to see it */
        update_handlers(chr);
    }
    pthread_mutex_unlock(&chr->lock);
}
