/*
 * A chardev whose output goes to a file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-args.h"
#include "chardev/chardev-internal.h"
#include "chardev/file-writer.h"

#include <errno.h>
#include <fcntl.h>

typedef struct FileChardev {
    Chardev parent_obj;
    FileWriter *writer;
} FileChardev;

static bool file_open(Chardev *chr, const QDict *args, Error **errp)
{
    FileChardev *fc = (FileChardev *)chr;
    const char *path = chardev_arg_required(args, "path", errp);
    g_autofree char *what = NULL;
    bool append;
    int flags, fd;

    if (!path || !chardev_arg_bool(args, "append", false, &append, errp)) {
        return false;
    }
    /* Non-blocking only to open it: a FIFO without a reader would keep us here. */
    flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    fd = open(path, flags | (append ? O_APPEND : O_TRUNC), 0666);
    if (fd < 0) {
        error_setg_errno(errp, errno, "Could not open '%s'", path);
        return false;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    what = g_strdup_printf("file '%s' of chardev '%s'", path, chr->id);
    fc->writer = file_writer_new(chr, fd, what);
    chardev_set_open(chr, true);
    return true;
}

static void file_close(Chardev *chr)
{
    FileChardev *fc = (FileChardev *)chr;

    file_writer_close(fc->writer);
    fc->writer = NULL;
}

static ssize_t file_write(Chardev *chr, const void *bytes, size_t len)
{
    return file_writer_write(((FileChardev *)chr)->writer, bytes, len);
}

static char *file_filename(Chardev *chr)
{
    return g_strdup("file");
}

static void file_class_init(ObjectClass *klass, const void *data)
{
    static const char *const options[] = { "path", "append", NULL };
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->options = options;
    cc->open = file_open;
    cc->close = file_close;
    cc->write = file_write;
    cc->filename = file_filename;
}

static const TypeInfo file_info = {
    .name = "chardev-file",
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(FileChardev),
    .class_init = file_class_init,
};

static void file_register(void)
{
    type_register_static(&file_info);
}
type_init(file_register)
