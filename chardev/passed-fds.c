/*
 * Descriptors that come over UNIX sockets, on their way to the front end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/passed-fds.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the front end that is called just now may take. */
static __thread PassedFds *delivered;

static void keep(PassedFds *passed, const struct cmsghdr *cmsg)
{
    unsigned n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);

    n = MIN(n, PASSED_FDS_MAX - passed->count);
    memcpy(&passed->fds[passed->count], CMSG_DATA(cmsg), n * sizeof(int));
    passed->count += n;
}

ssize_t passed_fds_receive(PassedFds *passed, int sock, void *bytes, size_t len)
{
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(passed->fds))];
    } control;
    struct iovec iov = { .iov_base = bytes, .iov_len = len };
    struct msghdr msg = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    ssize_t n;

    passed->count = passed->taken = 0;
    /* Whoever passed the socket may have made it a blocking one. */
    n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0) {
        return n;
    }
    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
        if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS) {
            keep(passed, cmsg);
        }
    }
    return n;
}

void passed_fds_deliver(PassedFds *passed, Chardev *chr, const uint8_t *bytes, size_t len)
{
    passed->chr = chr;
    delivered = passed;
    chardev_deliver(chr, bytes, len);
    delivered = NULL;
    while (passed->taken < passed->count) {
        close(passed->fds[passed->taken++]);
    }
}

int chardev_take_fd(Chardev *chr)
{
    bool some = delivered && delivered->chr == chr && delivered->taken < delivered->count;

    return some ? delivered->fds[delivered->taken++] : -1;
}
