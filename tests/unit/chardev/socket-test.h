/*
 * The other side of a socket.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SOCKET_TEST_H
#define SOCKET_TEST_H

#include <glib.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void send_text(int fd, const char *text)
{
    g_assert_cmpint(send(fd, text, strlen(text), MSG_NOSIGNAL), ==, strlen(text));
}

static inline void assert_end(int fd)
{
    char c;

    g_assert_cmpint(recv(fd, &c, 1, 0), ==, 0);
}

static inline void send_fds(int sock, const char *text, int fd, unsigned count)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(32 * sizeof(int))];
    } control = { .header = { .cmsg_len = CMSG_LEN(count * sizeof(int)),
                              .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS } };
    struct iovec iov = { .iov_base = (char *)text, .iov_len = strlen(text) };
    struct msghdr msg = { .msg_iov = &iov,
                          .msg_iovlen = 1,
                          .msg_control = &control,
                          .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
    int *fds = (int *)CMSG_DATA(&control.header);

    for (unsigned i = 0; i < count; i++) {
        fds[i] = fd;
    }
    g_assert_cmpint(sendmsg(sock, &msg, MSG_NOSIGNAL), ==, iov.iov_len);
}

/* Whether somebody still has the other end of a pipe. */
static inline bool is_held(int reader)
{
    char c;

    return read(reader, &c, 1) < 0 && errno == EAGAIN;
}

#endif
