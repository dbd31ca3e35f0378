/*
 * The log of a chardev.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/log.h"
#include "chardev/chardev-args.h"
#include "chardev/file-writer.h"

#include <string.h>

struct ChardevLog {
    int refcount; /* atomic */
    FileWriter *writer;
    pthread_mutex_t lock;
    size_t lost; /* bytes that have found no room, since the log last said so */
};

bool chardev_log_open(Chardev *chr, const QDict *args, Error **errp)
{
    const char *path = chardev_arg(args, "logfile", NULL);
    g_autofree char *what = NULL;
    FileWriter *writer;
    bool append;

    if (!chardev_arg_bool(args, "logappend", false, &append, errp)) {
        return false;
    }
    if (!path) {
        return true;
    }
    what = g_strdup_printf("log file '%s' of chardev '%s'", path, chr->id);
    writer = file_writer_open(NULL, path, append, what, errp);
    if (!writer) {
        return false;
    }
    chr->log = g_new0(ChardevLog, 1);
    chr->log->refcount = 1;
    chr->log->writer = writer;
    pthread_mutex_init(&chr->log->lock, NULL);
    return true;
}

ChardevLog *chardev_log_ref(ChardevLog *log)
{
    if (log) {
        __atomic_add_fetch(&log->refcount, 1, __ATOMIC_RELAXED);
    }
    return log;
}

void chardev_log_unref(ChardevLog *log)
{
    if (log && __atomic_sub_fetch(&log->refcount, 1, __ATOMIC_ACQ_REL) == 0) {
        file_writer_close(log->writer);
        pthread_mutex_destroy(&log->lock);
        g_free(log);
    }
}

/* Lock held: whether nothing is missing any more that the log does not tell of. */
static bool tell_lost(ChardevLog *log)
{
    g_autofree char *note = NULL;

    if (log->lost) {
        note = g_strdup_printf("\n[%zu bytes were lost here]\n", log->lost);
        if (file_writer_write_whole(log->writer, note, strlen(note))) {
            log->lost = 0;
        }
    }
    return !log->lost;
}

void chardev_log_write(ChardevLog *log, const void *bytes, size_t len)
{
    pthread_mutex_lock(&log->lock);
    if (!tell_lost(log)) {
        log->lost += len;
    } else {
        log->lost = len - file_writer_write(log->writer, bytes, len);
    }
    pthread_mutex_unlock(&log->lock);
}
