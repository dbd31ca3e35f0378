/*
 * Saving guest memory to a file: written by worker threads, and read by them too where that needs
 * no lock.
 *
 * In place: whoever asked may have made the file, and have it open.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory-dump.h"

#include "qapi/qmp-cancel.h"
#include "util/file-target.h"
#include "util/worker-pool.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

/* Long enough for the hand-over to cost nothing, short enough to copy under the BQL. */
#define PIECE_SIZE (256 * 1024)

/* Belongs to the coroutine, and to a worker while a job runs. */
typedef struct Save {
    MemorySource source;
    uint64_t addr, left; /* what is still to be read */
    char *filename;
    int fd;         /* -1: not open */
    FilePlace made; /* by us: removed if it does not become whole */
    Error *err;
    size_t length; /* of what is to be written */
    uint8_t piece[PIECE_SIZE];
} Save;

static void run_undo(void *opaque)
{
    Save *save = opaque;
    if (save->made.dir >= 0) {
        file_place_remove(&save->made);
    }
    file_place_finish(&save->made);
    if (save->fd >= 0) {
        close(save->fd);
        save->fd = -1;
    }
}

static void save_free(void *opaque)
{
    Save *save = opaque;
    error_free(save->err);
    g_free(save->filename);
    g_free(save);
}

static const WorkerJob undo_job = { .run = run_undo, .abandon = save_free };

/* Cancelled, in a worker or before there was one: files are closed and removed by workers. */
static void save_abandon(void *opaque)
{
    worker_submit(&undo_job, opaque);
}

static void fail(Save *save, int error)
{
    error_setg_errno(&save->err, error, "Could not write '%s'", save->filename);
}

static void run_open(void *opaque)
{
    Save *save = opaque;
    struct stat st;
    save->fd =
        file_open_in_place(save->filename, &save->made, worker_job_abandoned, &save->err);
    if (save->fd >= 0 && fstat(save->fd, &st) == 0 && S_ISREG(st.st_mode)) {
        int error = file_check_room(save->fd, save->left);
        if (error || ftruncate(save->fd, 0) < 0) {
            fail(save, error ? error : errno);
        }
    }
    if (save->err) {
        run_undo(save);
    }
}

static bool read_piece(Save *save)
{
    save->length = MIN(save->left, PIECE_SIZE);
    if (!save->source.read(save->source.opaque, save->addr, save->piece, save->length)) {
        error_setg(&save->err,
                   "Invalid addr 0x%016" PRIx64 "/size %zu specified: '%s' is cut short",
                   save->addr, save->length, save->filename);
        return false;
    }
    save->addr += save->length;
    save->left -= save->length;
    return true;
}

static bool write_piece(Save *save)
{
    return file_put(save->fd, save->piece, save->length, save->filename, worker_job_abandoned,
                    &save->err);
}

static void run_write(void *opaque)
{
    if (!write_piece(opaque)) {
        run_undo(opaque);
    }
}

static void run_copy(void *opaque)
{
    Save *save = opaque;
    while (save->left && read_piece(save) && write_piece(save)) {
    }
    if (save->err) {
        run_undo(save);
    }
}

static void run_close(void *opaque)
{
    Save *save = opaque;
    int fd = save->fd;
    save->fd = -1;
    /* Some file systems tell only now that the disk was full. */
    if (close(fd) < 0 && errno != EINTR) {
        fail(save, errno);
        run_undo(save);
    }
    file_place_finish(&save->made); /* it is whole, and stays */
}

static const WorkerJob open_job = { .run = run_open, .abandon = save_abandon };
static const WorkerJob write_job = { .run = run_write, .abandon = save_abandon };
static const WorkerJob copy_job = { .run = run_copy, .abandon = save_abandon };
static const WorkerJob close_job = { .run = run_close, .abandon = save_abandon };

/* On false *@save is NULL when it belongs to the worker by now. */
static bool coroutine_fn run_job(const WorkerJob *job, Save **save, const char *filename,
                                 Error **errp)
{
    if (!co_worker_run(job, *save)) {
        *save = NULL;
        qmp_set_cancelled(errp, "saving memory to '%s'", filename);
    }
    return *save && !(*save)->err;
}

static bool coroutine_fn save_pieces(Save **save, const char *filename, Error **errp)
{
    if ((*save)->source.any_thread) {
        return run_job(&copy_job, save, filename, errp);
    }
    while ((*save)->left) {
        if (!read_piece(*save) || !run_job(&write_job, save, filename, errp)) {
            return false;
        }
    }
    return true;
}

bool coroutine_fn memory_save(const char *filename, uint64_t addr, uint64_t size,
                              const MemorySource *source, Error **errp)
{
    Save *save = g_new0(Save, 1);
    bool ok;

    save->source = *source;
    save->addr = addr;
    save->left = size;
    save->filename = g_strdup(filename);
    save->fd = -1;
    save->made = FILE_PLACE_NOWHERE;
    ok = run_job(&open_job, &save, filename, errp) && save_pieces(&save, filename, errp) &&
         run_job(&close_job, &save, filename, errp);
    if (save) {
        error_propagate(errp, g_steal_pointer(&save->err));
        (save->fd >= 0 ? save_abandon : save_free)(save);
    }
    return ok;
}
