/*
 * A chardev on named pipes: PATH.in and PATH.out, or one at PATH for both directions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-args.h"
#include "chardev/stream-chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Read-write, so that neither side waits for the other and nobody's leaving ends the stream. */
static int open_fifo(const char *path, const char *suffix)
{
    g_autofree char *name = g_strconcat(path, suffix, NULL);

    return open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static bool pipe_open(Chardev *chr, const QDict *args, Error **errp)
{
    StreamChardev *sc = (StreamChardev *)chr;
    const char *path = chardev_arg_required(args, "path", errp);
    int in, out;

    if (!path) {
        return false;
    }
    in = open_fifo(path, ".in");
    out = open_fifo(path, ".out");
    if (in < 0 || out < 0) {
        if (in >= 0) {
            close(in);
        }
        if (out >= 0) {
            close(out);
        }
        in = out = open_fifo(path, "");
    }
    if (in < 0) {
        error_setg_errno(errp, errno, "Could not open '%s' (nor '%s.in' and '%s.out')", path, path,
                         path);
        return false;
    }
    fd_stream_open(&sc->stream, in, out);
    chardev_set_open(chr, true);
    return true;
}

static char *pipe_filename(Chardev *chr)
{
    return g_strdup("pipe");
}

static void pipe_class_init(ObjectClass *klass, const void *data)
{
    static const char *const options[] = { "path", NULL };
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->options = options;
    cc->open = pipe_open;
    cc->disconnect = NULL; /* there is nobody in particular at the other end */
    cc->filename = pipe_filename;
}

static const TypeInfo pipe_info = {
    .name = "chardev-pipe",
    .parent = TYPE_STREAM_CHARDEV,
    .class_init = pipe_class_init,
};

static void pipe_register(void)
{
    type_register_static(&pipe_info);
}
type_init(pipe_register)
