/*
 * The chardev on a pseudo-terminal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_PTY_H
#define CHARDEV_PTY_H

#include "chardev/chardev.h"

/* The terminal's name, for a terminal program to open, as long as @chr lives; NULL: no pty. */
const char *pty_chardev_name(Chardev *chr);

#endif
