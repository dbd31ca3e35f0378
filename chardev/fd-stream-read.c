/*
 * A byte stream: what comes in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/fd-stream-read.h"
#include "chardev/passed-fds.h"
#include "chardev/socket-address.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_MAX = 64 << 10, LITTLE = 4 << 10 };
/* What one client may have before the others get their turn; see looks_worthwhile(). */
enum { READS_AT_ONCE = 16, LUCK_MAX = 8, LOOK_AGAIN_AFTER = 64 };

void fd_stream_ended(FdStream *s)
{
    pthread_mutex_lock(&s->chr->lock);
    s->end_told = true;
    pthread_mutex_unlock(&s->chr->lock);
    if (chardev_ended(s->chr)) {
        s->lost(s->chr);
    }
}

static void input_ended(FdStream *s, bool failed)
{
    if (s->eof_is_loss && failed) {
        s->lost(s->chr);
        return;
    }
    if (s->eof_is_loss) {
        fd_stream_ended(s);
        return;
    }
    pthread_mutex_lock(&s->chr->lock);
    s->in_eof = true;
    fd_stream_update(s);
    pthread_mutex_unlock(&s->chr->lock);
}

static ssize_t read_some(FdStream *s, PassedFds *passed, uint8_t *bytes, size_t len)
{
    ssize_t n;

    if (!s->is_socket) {
        return read(s->in_fd, bytes, len);
    }
    n = passed_fds_receive(passed, s->in_fd, bytes, len);
    s->sends_fds |= passed->count > 0;
    return n;
}

/* Take out of the socket what was only peeked at. */
void fd_stream_take_peeked(FdStream *s)
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

static bool set_option(int fd, int option, int value)
{
    return setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value)) == 0;
}

/* socket(7): each peek begins where the last one ended; -1: at the beginning. */
static bool set_peek_offset(int fd, int offset)
{
    return set_option(fd, SO_PEEK_OFF, offset);
}

/*
 * Read what is behind that which was peeked at, and leave it there for now: whoever takes a request
 * wakes the client that waits for the reply (unix_write_space() of Linux), and on the processor of
 * both that makes two needless switches.
 *
 * Descriptors are not to be peeked at: they would come again, and before their time (Linux looks
 * for them beyond what was asked for). MSG_CTRUNC tells that there are some.
 */
static ssize_t peek_some(FdStream *s, uint8_t *bytes, size_t len)
{
    struct iovec iov = { .iov_base = bytes, .iov_len = len };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    ssize_t n = recvmsg(s->in_fd, &msg, MSG_PEEK | MSG_DONTWAIT);

    s->fds_ahead = n > 0 && (msg.msg_flags & MSG_CTRUNC);
    if (n <= 0 && s->peeked) {
        errno = EAGAIN; /* an end or an error is still there for who takes */
        return -1;
    }
    s->peeked += n > 0 && !s->fds_ahead ? n : 0;
    return n;
}

/*
 * A read goes on to the end of the first piece that has descriptors, and does not tell where that
 * piece begins: one byte at a time does. Few clients send any, and seldom.
 */
static ssize_t read_up_to_fds(FdStream *s, PassedFds *passed, uint8_t *bytes)
{
    ssize_t n;

    fd_stream_take_peeked(s);
    set_peek_offset(s->in_fd, 0);
    n = read_some(s, passed, bytes, 1);
    s->fds_ahead = n > 0 && !passed->count;
    return n;
}

/*
 * Like read(2). Of a client that is known to send descriptors, what comes back begins with the piece
 * that they were sent with; of others it is not worth reading everything twice. @leave: a quick one.
 */
static ssize_t read_or_peek(FdStream *s, PassedFds *passed, uint8_t *bytes, size_t len, bool leave)
{
    ssize_t n = 0;

    passed->count = passed->taken = 0;
    if (!s->may_peek || !(leave || s->sends_fds)) {
        return read_some(s, passed, bytes, len);
    }
    if (!s->fds_ahead) {
        n = peek_some(s, bytes, len);
    }
    return s->fds_ahead ? read_up_to_fds(s, passed, bytes) : n;
}

void fd_stream_allow_peeking(FdStream *s, bool on)
{
    if (on) {
        /* Bytes that are sent with MSG_OOB would be peeked at in other places than taken. */
        s->may_peek = s->is_socket && socket_is_unix(s->in_fd) &&
                      set_option(s->in_fd, SO_OOBINLINE, 1) && set_peek_offset(s->in_fd, 0);
    } else if (s->may_peek) {
        set_option(s->in_fd, SO_OOBINLINE, 0);
        set_peek_offset(s->in_fd, -1);
        s->may_peek = false;
    }
}

typedef enum ReadResult {
    READ_LITTLE, /* from a socket: it may be a request whose sender waits for the reply */
    READ_ELSE,
    READ_OVER, /* the stream may be gone */
} ReadResult;

static ReadResult read_once(FdStream *s, bool leave)
{
    PassedFds passed;
    uint8_t bytes[READ_MAX];
    size_t room;
    ssize_t n;

    if (fd_stream_take_broken(s)) {
        s->lost(s->chr);
        return READ_OVER;
    }
    room = MIN(chardev_room(s->chr), sizeof(bytes));
    if (room == 0 || s->in_fd < 0) {
        return READ_ELSE;
    }
    n = read_or_peek(s, &passed, bytes, room, leave);
    if (!leave) {
        fd_stream_take_peeked(s);
    }
    if (n > 0) {
        passed_fds_deliver(&passed, s->chr, bytes, n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        input_ended(s, n < 0);
        return READ_OVER;
    }
    return n > 0 && n <= LITTLE && s->is_socket ? READ_LITTLE : READ_ELSE;
}

/*
 * A client on this processor has its next request here by the time that the last reply is out:
 * where it was so lately, look before going back to the loop, which saves a third of the system
 * calls. Where it was not, look only now and then whether that has changed.
 */
static bool looks_worthwhile(FdStream *s)
{
    return s->luck > 0 || ++s->unlucky % LOOK_AGAIN_AFTER == 0;
}

void fd_stream_read(FdStream *s)
{
    ReadResult result = read_once(s, s->luck > 0);

    if (result == READ_ELSE) {
        s->luck = MAX(s->luck - 1, 0); /* much is not to be read twice for long */
    }
    for (unsigned i = 0; result == READ_LITTLE && i < READS_AT_ONCE && looks_worthwhile(s); i++) {
        result = read_once(s, true);
        if (result != READ_OVER) {
            s->luck = result == READ_LITTLE ? MIN(s->luck + 2, LUCK_MAX) : MAX(s->luck - 1, 0);
        }
    }
    if (result != READ_OVER) {
        fd_stream_take_peeked(s);
    }
}
