/*
 * Writing all of something to a descriptor, until it is done or cancelled.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/file-put.h"

#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_set_cancelled(const char *filename, Error **errp)
{
    error_setg(errp, "Writing '%s' was cancelled", filename);
    return false;
}

bool file_set_errno(const char *filename, int error, Error **errp)
{
    error_setg_errno(errp, error, "Could not write '%s'", filename);
    return false;
}

bool file_put(int fd, const void *bytes, size_t length, const char *filename,
              FileCancelledFn *cancelled, Error **errp)
{
    const uint8_t *p = bytes;

    while (length > 0) {
        ssize_t n;

        if (cancelled()) {
            return file_set_cancelled(filename, errp);
        }
        n = write(fd, p, length);
        if (n >= 0) {
            p += n;
            length -= n;
        } else if (errno == EAGAIN) {
            poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, FILE_POLL_MS);
        } else if (errno != EINTR) {
            return file_set_errno(filename, errno, errp);
        }
    }
    return true;
}

/*
 * As much as does not block after poll() has said that @fd is writable, whatever its flags: a pipe
 * takes PIPE_BUF bytes then, pipe(7).
 */
static ssize_t write_ready(int fd, const uint8_t *bytes, size_t length)
{
    struct stat st;
    ssize_t n = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n >= 0 || errno != ENOTSOCK) {
        return n;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        length = MIN(length, PIPE_BUF);
    }
    return write(fd, bytes, length);
}

bool file_put_shared(int fd, const void *bytes, size_t length, const char *name,
                     FileCancelledFn *cancelled, Error **errp)
{
    const uint8_t *p = bytes;

    while (length > 0) {
        ssize_t n;

        if (cancelled()) {
            return file_set_cancelled(name, errp);
        }
        if (poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, FILE_POLL_MS) == 0) {
            continue;
        }
        n = write_ready(fd, p, length);
        if (n >= 0) {
            p += n;
            length -= n;
        } else if (errno != EAGAIN && errno != EINTR) {
            return file_set_errno(name, errno, errp);
        }
    }
    return true;
}
