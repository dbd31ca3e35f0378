/*
 * Descriptors that come over UNIX sockets (SCM_RIGHTS, unix(7)), on their way to the front end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_PASSED_FDS_H
#define CHARDEV_PASSED_FDS_H

#include "chardev/chardev-internal.h"

#include <sys/types.h>

/* Taken out of one read; the kernel closes what is over it. */
enum { PASSED_FDS_MAX = 16 };

typedef struct PassedFds {
    const Chardev *chr;
    int fds[PASSED_FDS_MAX];
    unsigned count;
    unsigned taken;
} PassedFds;

/* Like read(2), on a socket. When it returns more than 0, @passed has to be delivered. */
ssize_t passed_fds_receive(PassedFds *passed, int sock, void *bytes, size_t len);
/*
 * chardev_deliver(), during which chardev_take_fd() hands them out; those left are closed. @chr
 * may be gone afterwards.
 */
void passed_fds_deliver(PassedFds *passed, Chardev *chr, const uint8_t *bytes, size_t len);

#endif
