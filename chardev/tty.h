/*
 * Terminal modes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_TTY_H
#define CHARDEV_TTY_H

#include <stdbool.h>

/* Every byte as it is, for a pty's slave. */
void tty_set_raw(int fd);

/*
 * The terminal that the process was started from: keys one by one and without echo, but lines
 * still end as on a terminal. @signals: Ctrl-C and Ctrl-\ are signals to us. There is no
 * Ctrl-Z: a stopped process would leave the terminal as it is now to the shell. Undone at exit.
 */
void tty_console_enter(int fd, bool signals);
/* Undo it, once; no-op when nothing is to be undone. */
void tty_console_leave(void);

#endif
