/*
 * A byte stream on one or two descriptors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/fd-stream.h"
#include "chardev/fd-stream-read.h"
#include "chardev/socket-address.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

void fd_stream_init(FdStream *s, Chardev *chr, void (*lost)(Chardev *chr))
{
    *s = (FdStream){ .chr = chr, .in_fd = -1, .out_fd = -1, .lost = lost };
}

/* ---- in the loop ---- */

bool fd_stream_take_broken(FdStream *s)
{
    bool broken;

    pthread_mutex_lock(&s->chr->lock);
    broken = s->broken;
    pthread_mutex_unlock(&s->chr->lock);
    return broken;
}

static void on_readable(void *opaque)
{
    fd_stream_read(opaque);
}

static void on_writable(void *opaque)
{
    FdStream *s = opaque;

    if (fd_stream_take_broken(s)) {
        s->lost(s->chr);
        return;
    }
    pthread_mutex_lock(&s->chr->lock);
    s->want_write = false;
    fd_stream_update(s);
    pthread_mutex_unlock(&s->chr->lock);
    chardev_deliver_writable(s->chr);
}

static void on_hangup(void *opaque)
{
    FdStream *s = opaque;

    s->lost(s->chr);
}

static void on_end(void *opaque)
{
    fd_stream_ended(opaque);
}

static void watch(FdStream *s, int fd, bool read, bool write)
{
    bool end = s->eof_is_loss && chardev_wants_end(s->chr) && !s->end_told;

    if (read || write) {
        event_loop_set_fd(s->chr->loop, fd, read ? on_readable : NULL, write ? on_writable : NULL,
                          s);
    } else {
        event_loop_watch_hangup(s->chr->loop, fd, on_hangup, end ? on_end : NULL, s);
    }
}

void fd_stream_update(FdStream *s)
{
    bool read = chardev_wants_input(s->chr) && !s->in_eof;
    bool write = s->want_write || s->broken;

    /* Once for each time that reading is stopped: the end stays, and the loop would spin. */
    s->end_told &= !read;
    if (s->in_fd >= 0 && s->in_fd == s->out_fd) {
        watch(s, s->in_fd, read, write);
        return;
    }
    /* A separate input that nobody reads may hang up as it likes. */
    if (s->in_fd >= 0) {
        event_loop_set_fd(s->chr->loop, s->in_fd, read ? on_readable : NULL, NULL, s);
    }
    if (s->out_fd >= 0) {
        watch(s, s->out_fd, false, write);
    }
}

void fd_stream_leave_loop(FdStream *s)
{
    fd_stream_take_peeked(s);
    if (s->in_fd >= 0) {
        event_loop_set_fd(s->chr->loop, s->in_fd, NULL, NULL, NULL);
    }
    if (s->out_fd >= 0 && s->out_fd != s->in_fd) {
        event_loop_set_fd(s->chr->loop, s->out_fd, NULL, NULL, NULL);
    }
}

void fd_stream_open_locked(FdStream *s, int in_fd, int out_fd)
{
    s->in_fd = in_fd;
    s->out_fd = out_fd;
    s->in_eof = false;
    s->end_told = false;
    s->want_write = false;
    s->broken = false;
    s->sends_fds = false;
    s->fds_ahead = false;
    fd_stream_allow_peeking(s, true);
    fd_stream_update(s);
}

void fd_stream_open(FdStream *s, int in_fd, int out_fd)
{
    pthread_mutex_lock(&s->chr->lock);
    fd_stream_open_locked(s, in_fd, out_fd);
    pthread_mutex_unlock(&s->chr->lock);
}

void fd_stream_close(FdStream *s)
{
    pthread_mutex_lock(&s->chr->lock);
    fd_stream_leave_loop(s);
    if (s->in_fd >= 0) {
        close(s->in_fd);
    }
    if (s->out_fd >= 0 && s->out_fd != s->in_fd) {
        close(s->out_fd);
    }
    s->in_fd = -1;
    s->out_fd = -1;
    pthread_mutex_unlock(&s->chr->lock);
}

int fd_stream_steal(FdStream *s)
{
    int fd;

    pthread_mutex_lock(&s->chr->lock);
    g_assert(s->in_fd == s->out_fd);
    fd_stream_leave_loop(s);
    fd = s->out_fd;
    fd_stream_allow_peeking(s, false);
    s->in_fd = -1;
    s->out_fd = -1;
    pthread_mutex_unlock(&s->chr->lock);
    return fd;
}

bool fd_stream_get_peer(const FdStream *s, ChardevPeer *peer)
{
    struct ucred cred;
    socklen_t len = sizeof(cred);

    if (!s->is_socket || s->in_fd < 0 || !socket_is_unix(s->in_fd) ||
        getsockopt(s->in_fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0) {
        return false;
    }
    *peer = (ChardevPeer){ .pid = cred.pid, .uid = cred.uid, .gid = cred.gid };
    return true;
}

/* ---- from any thread, with the lock ---- */

void fd_stream_break(FdStream *s)
{
    s->broken = true;
    if (s->is_socket) {
        /* A full one would not become writable, and so would never tell. */
        shutdown(s->out_fd, SHUT_RDWR);
    }
    fd_stream_update(s);
}

bool fd_stream_has_unread(const FdStream *s)
{
    int bytes;

    return fd_stream_is_open(s) && s->is_socket && ioctl(s->out_fd, SIOCOUTQ, &bytes) == 0 &&
           bytes > 0;
}

static ssize_t write_some(FdStream *s, const uint8_t *bytes, size_t len)
{
    ssize_t n;

    do {
        /* For the others SIGPIPE is ignored by main(). */
        n = s->is_socket ? send(s->out_fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL)
                         : write(s->out_fd, bytes, len);
    } while (n < 0 && errno == EINTR);
    return n;
}

ssize_t fd_stream_write(FdStream *s, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    size_t taken = 0;

    if (!fd_stream_is_open(s)) {
        return (ssize_t)len;
    }
    if (s->broken) {
        return -1;
    }
    while (taken < len) {
        ssize_t n = write_some(s, p + taken, len - taken);

        if (n >= 0) {
            taken += n;
        } else if (errno == EAGAIN) {
            s->want_write = true;
            fd_stream_update(s);
            break;
        } else {
            fd_stream_break(s);
            return -1;
        }
    }
    return (ssize_t)taken;
}
