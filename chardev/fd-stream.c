/*
 * A byte stream on one or two descriptors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/fd-stream.h"
#include "chardev/passed-fds.h"
#include "chardev/socket-address.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_MAX = 64 << 10, LITTLE = 4 << 10 };
/* What one client may have before the others get their turn; see looks_worthwhile(). */
enum { READS_AT_ONCE = 16, LUCK_MAX = 8, LOOK_AGAIN_AFTER = 64 };

void fd_stream_init(FdStream *s, Chardev *chr, void (*lost)(Chardev *chr))
{
    *s = (FdStream){ .chr = chr, .in_fd = -1, .out_fd = -1, .lost = lost };
}

/* ---- in the loop ---- */

static bool take_broken(FdStream *s)
{
    bool broken;

    pthread_mutex_lock(&s->chr->lock);
    broken = s->broken;
    pthread_mutex_unlock(&s->chr->lock);
    return broken;
}

static void input_ended(FdStream *s)
{
    if (s->eof_is_loss) {
        s->lost(s->chr);
        return;
    }
    pthread_mutex_lock(&s->chr->lock);
    s->in_eof = true;
    fd_stream_update(s);
    pthread_mutex_unlock(&s->chr->lock);
}

static ssize_t read_some(FdStream *s, PassedFds *passed, uint8_t *bytes, size_t len)
{
    if (s->is_socket) {
        return passed_fds_receive(passed, s->in_fd, bytes, len);
    }
    passed->count = passed->taken = 0;
    return read(s->in_fd, bytes, len);
}

/* Take out of the socket what was only peeked at. */
static void take_peeked(FdStream *s)
{
    uint8_t bytes[LITTLE];

    while (s->peeked) {
        ssize_t n = recv(s->in_fd, bytes, MIN(s->peeked, sizeof(bytes)), MSG_DONTWAIT);

        if (n > 0) {
            s->peeked -= n;
        } else if (n == 0 || errno != EINTR) {
            s->peeked = 0; /* the connection is broken: it is not there any more */
        }
    }
}

/* SO_PEEK_OFF, socket(7): the next peek begins where the last one ended; -1: each at the beginning. */
static bool set_peek_offset(int fd, int offset)
{
    return setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof(offset)) == 0;
}

/*
 * Read what is behind that which was peeked at, and leave it there: whoever takes a request wakes
 * the client that waits for the reply (unix_write_space() of Linux), and on the processor of both
 * that makes two needless switches.
 *
 * Descriptors are not to be peeked at: they would come again, and before their time (Linux looks
 * for them beyond what was asked for). MSG_CTRUNC tells that there are some.
 */
static ssize_t peek_some(FdStream *s, PassedFds *passed, uint8_t *bytes, size_t len)
{
    struct iovec iov = { .iov_base = bytes, .iov_len = len };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    ssize_t n = recvmsg(s->in_fd, &msg, MSG_PEEK | MSG_DONTWAIT);

    if (n <= 0) {
        errno = EAGAIN; /* an end or an error is still there for who takes */
        return -1;
    }
    if (msg.msg_flags & MSG_CTRUNC) {
        take_peeked(s);
        set_peek_offset(s->in_fd, 0);
        return read_some(s, passed, bytes, len);
    }
    s->peeked += n;
    passed->count = passed->taken = 0;
    return n;
}

typedef enum ReadResult {
    READ_LITTLE, /* from a socket: it may be a request whose sender waits for the reply */
    READ_ELSE,
    READ_OVER, /* the stream may be gone */
} ReadResult;

static ReadResult read_once(FdStream *s, bool peek)
{
    PassedFds passed;
    uint8_t bytes[READ_MAX];
    size_t room;
    ssize_t n;

    if (take_broken(s)) {
        s->lost(s->chr);
        return READ_OVER;
    }
    room = MIN(chardev_room(s->chr), sizeof(bytes));
    if (room == 0 || s->in_fd < 0) {
        return READ_ELSE;
    }
    n = peek ? peek_some(s, &passed, bytes, room) : read_some(s, &passed, bytes, room);
    if (n > 0) {
        passed_fds_deliver(&passed, s->chr, bytes, n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        input_ended(s);
        return READ_OVER;
    }
    return n > 0 && n <= LITTLE && s->is_socket ? READ_LITTLE : READ_ELSE;
}

/*
 * A client on this processor has its next request here by the time that the last reply is out: where it
 * was so lately, look before going back to the loop, which saves a third of the system calls. Where it
 * was not, look only now and then whether that has changed.
 */
static bool looks_worthwhile(FdStream *s)
{
    return s->luck > 0 || ++s->unlucky % LOOK_AGAIN_AFTER == 0;
}

static void on_readable(void *opaque)
{
    FdStream *s = opaque;
    ReadResult result = read_once(s, s->may_peek && s->luck > 0);

    if (result == READ_ELSE) {
        s->luck = MAX(s->luck - 1, 0); /* much is not to be read twice for long */
    }
    for (unsigned i = 0; result == READ_LITTLE && i < READS_AT_ONCE && looks_worthwhile(s); i++) {
        result = read_once(s, s->may_peek);
        if (result != READ_OVER) {
            s->luck = result == READ_LITTLE ? MIN(s->luck + 2, LUCK_MAX) : MAX(s->luck - 1, 0);
        }
    }
    if (result != READ_OVER) {
        take_peeked(s);
    }
}

static void on_writable(void *opaque)
{
    FdStream *s = opaque;

    if (take_broken(s)) {
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

static void watch(FdStream *s, int fd, bool read, bool write)
{
    if (read || write) {
        event_loop_set_fd(s->chr->loop, fd, read ? on_readable : NULL, write ? on_writable : NULL,
                          s);
    } else {
        event_loop_watch_hangup(s->chr->loop, fd, on_hangup, s);
    }
}

void fd_stream_update(FdStream *s)
{
    bool read = chardev_wants_input(s->chr) && !s->in_eof;
    bool write = s->want_write || s->broken;

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
    take_peeked(s);
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
    s->want_write = false;
    s->broken = false;
    s->may_peek = s->is_socket && socket_is_unix(in_fd) && set_peek_offset(in_fd, 0);
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
    if (s->may_peek) {
        set_peek_offset(fd, -1);
    }
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
