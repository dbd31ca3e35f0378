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

typedef struct PipeChardev {
    StreamChardev parent_obj;
    int in, out; /* before they are the stream's; -1: none */
} PipeChardev;

static void close_prepared(PipeChardev *pipe)
{
    if (pipe->in >= 0) {
        close(pipe->in);
    }
    if (pipe->out >= 0 && pipe->out != pipe->in) {
        close(pipe->out);
    }
    pipe->in = pipe->out = -1;
}

/* Read-write, so that neither side waits for the other and nobody's leaving ends the stream. */
static int open_fifo(const char *path, const char *suffix)
{
    g_autofree char *name = g_strconcat(path, suffix, NULL);

    return open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static bool pipe_prepare(Chardev *chr, const QDict *args, Error **errp)
{
    PipeChardev *pipe = (PipeChardev *)chr;
    const char *path = chardev_arg_required(args, "path", errp);

    if (!path) {
        return false;
    }
    pipe->in = open_fifo(path, ".in");
    pipe->out = open_fifo(path, ".out");
    if (pipe->in < 0 || pipe->out < 0) {
        close_prepared(pipe);
        pipe->in = pipe->out = open_fifo(path, "");
    }
    if (pipe->in < 0) {
        error_setg_errno(errp, errno, "Could not open '%s' (nor '%s.in' and '%s.out')", path, path,
                         path);
        return false;
    }
    return true;
}

static bool pipe_open(Chardev *chr, const QDict *args, Error **errp)
{
    PipeChardev *pipe = (PipeChardev *)chr;

    fd_stream_open(&pipe->parent_obj.stream, pipe->in, pipe->out);
    pipe->in = pipe->out = -1;
    chardev_set_open(chr, true);
    return true;
}

static void pipe_close(Chardev *chr)
{
    close_prepared((PipeChardev *)chr);
    stream_chardev_close(chr);
}

static void pipe_init(Object *obj)
{
    PipeChardev *pipe = (PipeChardev *)CHARDEV(obj);

    pipe->in = pipe->out = -1;
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
    cc->prepare = pipe_prepare;
    cc->open = pipe_open;
    cc->close = pipe_close;
    cc->disconnect = NULL; /* there is nobody in particular at the other end */
    cc->filename = pipe_filename;
}

static const TypeInfo pipe_info = {
    .name = "chardev-pipe",
    .parent = TYPE_STREAM_CHARDEV,
    .instance_size = sizeof(PipeChardev),
    .instance_init = pipe_init,
    .class_init = pipe_class_init,
};

static void pipe_register(void)
{
    type_register_static(&pipe_info);
}
type_init(pipe_register)
