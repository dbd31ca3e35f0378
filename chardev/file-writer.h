/*
 * Writing to a regular file in order, without waiting for the disk: a worker does it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_FILE_WRITER_H
#define CHARDEV_FILE_WRITER_H

#include "chardev/chardev-internal.h"

/* How much may wait for the worker. */
enum { FILE_WRITER_MAX = 1 << 20 };

typedef struct FileWriter FileWriter;

/* @fd becomes the writer's. Room after a short write is told to the front end of @chr, if any. */
FileWriter *file_writer_new(Chardev *chr, int fd, const char *what);
/* The same for the file at @path, made if it is not there, emptied unless @append. */
FileWriter *file_writer_open(Chardev *chr, const char *path, bool append, const char *what,
                             Error **errp);
/* Any thread. How many bytes were taken. */
size_t file_writer_write(FileWriter *w, const void *bytes, size_t len);
/* Any thread. All of it or nothing. */
bool file_writer_write_whole(FileWriter *w, const void *bytes, size_t len);
/* What was taken is still written, and then @fd is closed. */
void file_writer_close(FileWriter *w);

#endif
