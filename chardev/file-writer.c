/*
 * Writing to a regular file in order, without waiting for the disk.
 *
 * At most one job at a time is with the worker pool; it writes until there is nothing left.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/file-writer.h"
#include "util/fdset.h"
#include "util/report.h"
#include "util/worker-pool.h"
#include "util/write-all.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct FileWriter {
    int fd;
    char *what;
    int refs; /* atomic: the chardev, the job, a notice on its way */
    pthread_mutex_t lock;
    Chardev *chr; /* NULL once closed */
    GByteArray *pending;
    bool running; /* a job is with the pool */
    bool short_write;
    bool failed; /* said so already */
};

FileWriter *file_writer_open(Chardev *chr, const char *path, bool append, const char *what,
                             Error **errp)
{
    /* Non-blocking only to open it: a FIFO without a reader would keep us here. */
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = fdset_open(path, flags | (append ? O_APPEND : O_TRUNC), 0666);

    if (fd < 0) {
        error_setg_errno(errp, errno, "Could not open '%s'", path);
        return NULL;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return file_writer_new(chr, fd, what);
}

FileWriter *file_writer_new(Chardev *chr, int fd, const char *what)
{
    FileWriter *w = g_new0(FileWriter, 1);

    w->fd = fd;
    w->what = g_strdup(what);
    w->refs = 1;
    pthread_mutex_init(&w->lock, NULL);
    w->chr = chr;
    w->pending = g_byte_array_new();
    return w;
}

static FileWriter *writer_ref(FileWriter *w)
{
    __atomic_add_fetch(&w->refs, 1, __ATOMIC_RELAXED);
    return w;
}

static void writer_unref(void *opaque)
{
    FileWriter *w = opaque;

    if (__atomic_sub_fetch(&w->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        close(w->fd);
        g_byte_array_unref(w->pending);
        pthread_mutex_destroy(&w->lock);
        g_free(w->what);
        g_free(w);
    }
}

/* The chardev, NULL once closed, and its loop, which may change until we are there. */
static Chardev *writer_chardev(FileWriter *w, EventLoop **loop)
{
    Chardev *chr;

    pthread_mutex_lock(&w->lock);
    chr = w->chr;
    *loop = chr ? __atomic_load_n(&chr->loop, __ATOMIC_RELAXED) : NULL;
    pthread_mutex_unlock(&w->lock);
    return chr;
}

static void notice_room(void *opaque)
{
    FileWriter *w = opaque;
    EventLoop *loop;
    Chardev *chr = writer_chardev(w, &loop);

    if (chr && loop != event_loop_current()) {
        event_loop_run_once(loop, notice_room, w);
        return;
    }
    if (chr) {
        chardev_deliver_writable(chr);
    }
    writer_unref(w);
}

/* Take what is pending; NULL and no longer running when that is nothing. */
static GByteArray *take_pending(FileWriter *w)
{
    GByteArray *bytes = NULL;
    EventLoop *notify = NULL;

    pthread_mutex_lock(&w->lock);
    if (w->pending->len) {
        bytes = w->pending;
        w->pending = g_byte_array_new();
    } else {
        w->running = false;
    }
    if (w->short_write && w->chr) {
        w->short_write = false;
        notify = __atomic_load_n(&w->chr->loop, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&w->lock);
    if (notify) {
        event_loop_run_once(notify, notice_room, writer_ref(w));
    }
    return bytes;
}

static void write_pending(void *data)
{
    FileWriter *w = data;
    GByteArray *bytes;

    while ((bytes = take_pending(w))) {
        if (!write_all(w->fd, bytes->data, bytes->len) && !w->failed) {
            w->failed = true;
            error_report("cannot write to %s: %s", w->what, g_strerror(errno));
        }
        g_byte_array_unref(bytes);
    }
}

static const WorkerJob write_job = {
    .pool = WORKERS_GUEST,
    .run = write_pending,
    .abandon = writer_unref,
};

static size_t take(FileWriter *w, const void *bytes, size_t len, bool whole)
{
    size_t taken;
    bool start;

    pthread_mutex_lock(&w->lock);
    taken = MIN(len, FILE_WRITER_MAX - w->pending->len);
    if (whole && taken < len) {
        taken = 0;
    }
    g_byte_array_append(w->pending, bytes, taken);
    w->short_write |= taken < len;
    start = taken && !w->running;
    w->running |= start;
    pthread_mutex_unlock(&w->lock);
    if (start) {
        worker_submit(&write_job, writer_ref(w));
    }
    return taken;
}

size_t file_writer_write(FileWriter *w, const void *bytes, size_t len)
{
    return take(w, bytes, len, false);
}

bool file_writer_write_whole(FileWriter *w, const void *bytes, size_t len)
{
    return take(w, bytes, len, true) == len;
}

void file_writer_close(FileWriter *w)
{
    if (w) {
        pthread_mutex_lock(&w->lock);
        w->chr = NULL;
        pthread_mutex_unlock(&w->lock);
        writer_unref(w);
    }
}
