/*
 * Terminal modes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/tty.h"

#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static struct {
    int fd;
    bool changed;
    struct termios saved;
} console;

void tty_set_raw(int fd)
{
    struct termios tio;

    if (tcgetattr(fd, &tio) == 0) {
        cfmakeraw(&tio);
        tcsetattr(fd, TCSANOW, &tio);
    }
}

void tty_console_leave(void)
{
    if (console.changed) {
        console.changed = false;
        tcsetattr(console.fd, TCSANOW, &console.saved);
    }
}

void tty_console_enter(int fd, bool signals)
{
    static bool registered;
    struct termios tio;

    if (tcgetattr(fd, &tio) < 0) {
        return;
    }
    console.fd = fd;
    console.saved = tio;
    console.changed = true;
    if (!registered) {
        registered = true;
        atexit(tty_console_leave);
    }
    tio.c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    tio.c_lflag &= ~(ECHO | ECHONL | ICANON | IEXTEN);
    if (!signals) {
        tio.c_lflag &= ~ISIG;
    }
    tio.c_cflag = (tio.c_cflag & ~(CSIZE | PARENB)) | CS8;
    tio.c_cc[VMIN] = 1;
    tio.c_cc[VTIME] = 0;
    tio.c_cc[VSUSP] = _POSIX_VDISABLE;
    tcsetattr(fd, TCSANOW, &tio);
}
