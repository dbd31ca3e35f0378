/*
 * A chardev whose output goes to a file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-args.h"
#include "chardev/chardev-internal.h"
#include "chardev/file-writer.h"

typedef struct FileChardev {
    Chardev parent_obj;
    FileWriter *writer;
} FileChardev;

static bool file_prepare(Chardev *chr, const QDict *args, Error **errp)
{
    FileChardev *fc = (FileChardev *)chr;
    const char *path = chardev_arg_required(args, "path", errp);
    g_autofree char *what = NULL;
    bool append;

    if (!path || !chardev_arg_bool(args, "append", false, &append, errp)) {
        return false;
    }
    what = g_strdup_printf("file '%s' of chardev '%s'", path, chr->id);
    fc->writer = file_writer_open(chr, path, append, what, errp);
    return fc->writer != NULL;
}

static bool file_open(Chardev *chr, const QDict *args, Error **errp)
{
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
    cc->prepare = file_prepare;
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
