/*
 * Blocking writes that do not stop half-way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/write-all.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

bool write_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;

    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno != EAGAIN) {
                return false;
            }
            /* A terminal shared with a non-blocking chardev is non-blocking for us too. */
            poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
            continue;
        }
        p += n;
        len -= n;
    }
    return true;
}
