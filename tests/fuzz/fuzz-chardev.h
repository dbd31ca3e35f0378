/*
 * A server whose clients are in this process: what fuzz-qmp's sessions read and write.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_FUZZ_CHARDEV_H
#define TESTS_FUZZ_CHARDEV_H

#include "chardev/chardev.h"

/* How a client behaves. */
typedef struct FuzzPace {
    size_t send; /* bytes at a time; 0: all */
    size_t read; /* bytes at a time; 0: all */
} FuzzPace;

/* A server at /chardevs/@id that waits for a front end. */
Chardev *fuzz_server_new(const char *id);
/*
 * Main thread, after a front end was attached: connect to it. What the client gets is appended to
 * @got, which must outlive it; look at it only after fuzz_client_hang_up() or fuzz_client_step().
 */
Chardev *fuzz_client_new(Chardev *server, FuzzPace pace, GString *got);
/*
 * Main thread: in the client's own loop take a piece of what was written for it, and send it a
 * piece of the @len @bytes if there is room; returns how many were taken.
 */
size_t fuzz_client_step(Chardev *client, const void *bytes, size_t len);
/* Main thread: the client goes, and must not be used any more. */
void fuzz_client_hang_up(Chardev *client);

#endif
