/*
 * A chardev on the standard input and output of the process.
 *
 * The end of input is not the end of the stream: what was asked for before is still answered.
 * Other processes share these open files; where that can be avoided (terminals, FIFOs) they are
 * opened again, so that making them non-blocking does not change them under the shell's feet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-args.h"
#include "chardev/file-writer.h"
#include "chardev/stream-chardev.h"
#include "chardev/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct StdioChardev {
    StreamChardev parent_obj;
    FileWriter *writer; /* output is a regular file; NULL: it is the stream's */
    int saved_flags[2]; /* of stdin, stdout; -1: not changed */
    bool signals;       /* the terminal makes them of keys */
} StdioChardev;

static StdioChardev *stdio_user;

static bool is_regular(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static bool can_reopen(int fd)
{
    struct stat st;

    return isatty(fd) || (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode));
}

/* A descriptor of our own for @fd (0 or 1), non-blocking unless it is a regular file. */
static int own_fd(StdioChardev *sc, int fd, Error **errp)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    int own = -1;

    if (can_reopen(fd)) {
        own = open(path,
                   (fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    }
    if (own < 0) {
        int flags = fcntl(fd, F_GETFL);

        own = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (own >= 0 && !is_regular(fd) && !(flags & O_NONBLOCK)) {
            sc->saved_flags[fd] = flags;
            fcntl(fd, F_SETFL, flags | O_NONBLOCK);
        }
    }
    if (own < 0) {
        error_setg_errno(errp, errno, "chardev backend 'stdio' cannot use standard %s",
                         fd == STDIN_FILENO ? "input" : "output");
    }
    return own;
}

static bool stdio_open(Chardev *chr, const QDict *args, Error **errp)
{
    StdioChardev *sc = (StdioChardev *)chr;
    int in, out;
    bool signals;

    if (!chardev_arg_bool(args, "signal", true, &signals, errp)) {
        return false;
    }
    if (stdio_user) {
        error_setg(errp, "cannot use stdio by multiple character devices; chardev '%s' has it",
                   stdio_user->parent_obj.parent_obj.id);
        return false;
    }
    in = own_fd(sc, STDIN_FILENO, errp);
    if (in < 0) {
        return false;
    }
    out = own_fd(sc, STDOUT_FILENO, errp);
    if (out < 0) {
        close(in);
        return false;
    }
    stdio_user = sc;
    if (is_regular(out)) {
        sc->writer = file_writer_new(chr, out, "standard output");
        out = -1;
    }
    sc->signals = signals && isatty(STDIN_FILENO);
    tty_console_enter(STDIN_FILENO, signals);
    fd_stream_open(&sc->parent_obj.stream, in, out);
    chardev_set_open(chr, true);
    return true;
}

static void stdio_close(Chardev *chr)
{
    StdioChardev *sc = (StdioChardev *)chr;

    stream_chardev_close(chr);
    file_writer_close(sc->writer);
    sc->writer = NULL;
    for (int fd = STDIN_FILENO; fd <= STDOUT_FILENO; fd++) {
        if (sc->saved_flags[fd] >= 0) {
            fcntl(fd, F_SETFL, sc->saved_flags[fd]);
            sc->saved_flags[fd] = -1;
        }
    }
    if (stdio_user == sc) {
        tty_console_leave();
        stdio_user = NULL;
    }
}

static ssize_t stdio_write(Chardev *chr, const void *bytes, size_t len)
{
    StdioChardev *sc = (StdioChardev *)chr;

    return sc->writer ? (ssize_t)file_writer_write(sc->writer, bytes, len)
                      : fd_stream_write(&sc->parent_obj.stream, bytes, len);
}

static bool stdio_leaves_signals(const Chardev *chr)
{
    return ((const StdioChardev *)chr)->signals;
}

static char *stdio_filename(Chardev *chr)
{
    return g_strdup("stdio");
}

static void stdio_init(Object *obj)
{
    StdioChardev *sc = (StdioChardev *)CHARDEV(obj);

    sc->saved_flags[0] = sc->saved_flags[1] = -1;
}

static void stdio_class_init(ObjectClass *klass, const void *data)
{
    static const char *const options[] = { "signal", NULL };
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->options = options;
    cc->echo = true;
    cc->open = stdio_open;
    cc->close = stdio_close;
    cc->write = stdio_write;
    cc->disconnect = NULL; /* a terminal stays */
    cc->filename = stdio_filename;
    cc->leaves_signals = stdio_leaves_signals;
}

static const TypeInfo stdio_info = {
    .name = "chardev-stdio",
    .parent = TYPE_STREAM_CHARDEV,
    .instance_size = sizeof(StdioChardev),
    .instance_init = stdio_init,
    .class_init = stdio_class_init,
};

static void stdio_register(void)
{
    type_register_static(&stdio_info);
}
type_init(stdio_register)
