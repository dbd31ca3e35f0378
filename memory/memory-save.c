/*
 * Saving guest memory to a file: read under the BQL, written by worker threads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory-dump.h"

#include "util/worker-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Long enough for the hand-over to cost nothing, short enough to copy under the BQL. */
#define PIECE_SIZE (256 * 1024)

/* Belongs to the coroutine, and to a worker while a job runs. */
typedef struct Save {
    char *filename;
    int fd; /* -1: not open */
    int os_error;
    size_t length; /* of what is to be written */
    uint8_t piece[PIECE_SIZE];
} Save;

static void save_free(void *opaque)
{
    Save *save = opaque;
    if (save->fd >= 0) {
        close(save->fd);
    }
    g_free(save->filename);
    g_free(save);
}

static void run_open(void *opaque)
{
    Save *save = opaque;
    /* Of a FIFO this waits for a reader, which is why it is done here. */
    save->fd = open(save->filename, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    save->os_error = save->fd < 0 ? errno : 0;
}

static void run_write(void *opaque)
{
    Save *save = opaque;
    size_t done = 0;
    while (done < save->length && !worker_job_abandoned()) {
        ssize_t n = write(save->fd, save->piece + done, save->length - done);
        if (n < 0 && errno != EINTR) {
            save->os_error = errno;
            return;
        }
        done += n > 0 ? (size_t)n : 0;
    }
}

static void run_close(void *opaque)
{
    Save *save = opaque;
    /* Some file systems tell only now that the disk was full. */
    save->os_error = close(save->fd) < 0 ? errno : 0;
    save->fd = -1;
}

static const WorkerJob open_job = { .run = run_open, .abandon = save_free };
static const WorkerJob write_job = { .run = run_write, .abandon = save_free };
static const WorkerJob close_job = { .run = run_close, .abandon = save_free };

/* On false *@save is NULL when it belongs to the worker by now. */
static bool coroutine_fn run_job(const WorkerJob *job, Save **save, const char *failure,
                                 const char *filename, Error **errp)
{
    if (!co_worker_run(job, *save)) {
        const CancelToken *token = coroutine_get_cancel(coroutine_self());
        const char *reason = token ? cancel_token_reason(token) : NULL;
        *save = NULL;
        error_setg(errp, "saving memory to '%s' was cancelled%s%s", filename, reason ? ": " : "",
                   reason ? reason : "");
        return false;
    }
    if ((*save)->os_error) {
        error_setg_errno(errp, (*save)->os_error, "%s '%s'", failure, filename);
        return false;
    }
    return true;
}

static bool coroutine_fn save_pieces(Save **save, const char *filename, uint64_t addr,
                                     uint64_t size, MemoryReadFn *read, void *opaque, Error **errp)
{
    while (size) {
        (*save)->length = MIN(size, PIECE_SIZE);
        if (!read(opaque, addr, (*save)->piece, (*save)->length)) {
            error_setg(errp, "Invalid addr 0x%016" PRIx64 "/size %zu specified", addr,
                       (*save)->length);
            return false;
        }
        addr += (*save)->length;
        size -= (*save)->length;
        if (!run_job(&write_job, save, "Could not write to", filename, errp)) {
            return false;
        }
    }
    return true;
}

bool coroutine_fn memory_save(const char *filename, uint64_t addr, uint64_t size,
                              MemoryReadFn *read, void *opaque, Error **errp)
{
    Save *save = g_new0(Save, 1);
    save->filename = g_strdup(filename);
    save->fd = -1;
    bool ok = run_job(&open_job, &save, "Could not open", filename, errp) &&
              save_pieces(&save, filename, addr, size, read, opaque, errp) &&
              run_job(&close_job, &save, "Could not write to", filename, errp);
    if (save) {
        save_free(save);
    }
    return ok;
}
