/*
 * A chardev for the monitor's unit tests: a server whose connections are socket pairs.
 *
 * It implements the part of chardev/chardev.h that a front end uses. Everything but
 * chardev_write() is called in its loop's thread; a test connects while that is the main loop, or
 * by way of fake_chardev_connect_soon().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FAKE_CHARDEV_H
#define FAKE_CHARDEV_H

#include "chardev/chardev.h"

Chardev *fake_chardev_new(void);
void fake_chardev_free(Chardev *chr);
/* Connect a client; the descriptor is its end (blocking). In the chardev's loop. */
int fake_chardev_connect(Chardev *chr);
/* The same from another thread; waits until it has happened. */
int fake_chardev_connect_soon(Chardev *chr);
/* What the kernel buffers of output, roughly. */
#define FAKE_CHARDEV_SOCKET_BUFFER 4096

#endif
