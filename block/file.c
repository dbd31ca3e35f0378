/*
 * Host files below block nodes: opening, locking, sizes.
 *
 * Locks are those of open file descriptions (fcntl(2), F_OFD_SETLK), on the whole file: shared by
 * those that read, held alone by one that writes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include "util/fdset.h"
#include "util/worker-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool block_file_lock(BlockFile *file, bool exclusive, Error **errp)
{
    struct flock lock = {
        .l_type = exclusive ? F_WRLCK : F_RDLCK,
        .l_whence = SEEK_SET,
    };
    if (!file->locking || fcntl(file->fd, F_OFD_SETLK, &lock) == 0) {
        return true;
    }
    if (errno == EAGAIN || errno == EACCES) {
        error_setg(errp, "Failed to get %s lock on '%s'",
                   exclusive ? "\"write\"" : "shared \"read\"", file->filename);
        error_append_hint(errp, "Is another process using the image [%s]?\n", file->filename);
        return false;
    }
    /* Where there are no locks (some network file systems), there is nothing to be had. */
    if (errno == ENOLCK || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS) {
        return true;
    }
    error_setg_errno(errp, errno, "Failed to lock '%s'", file->filename);
    return false;
}

static int open_file(const BlockdevOptions *options, bool *writable)
{
    const char *filename = options->u.file.filename;
    *writable = !options->read_only;
    /* Not blocking: a FIFO is refused, not waited for. */
    int fd = fdset_open(filename, (*writable ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0 && *writable && options->auto_read_only &&
        (errno == EACCES || errno == EPERM || errno == EROFS)) {
        *writable = false;
        fd = fdset_open(filename, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    }
    return fd;
}

static bool check_kind(BlockFile *file, Error **errp)
{
    struct stat st;
    if (fstat(file->fd, &st) < 0) {
        error_setg_errno(errp, errno, "Could not stat '%s'", file->filename);
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        error_setg(errp, "'file' driver requires '%s' to be a regular file", file->filename);
        return false;
    }
    if ((uint64_t)st.st_size > INT64_MAX - BLOCK_SECTOR_SIZE) {
        error_setg(errp, "'%s' is too large", file->filename);
        return false;
    }
    file->size = (uint64_t)st.st_size;
    return true;
}

static bool choose_engine(BlockFile *file, const BlockdevOptions *options, Error **errp)
{
    const BlockdevOptionsFile *opts = &options->u.file;
    file->uring = !opts->has_aio || opts->aio == BLOCKDEV_AIO_OPTIONS_IO_URING;
    if (file->uring && !block_uring_available()) {
        if (opts->has_aio) {
            error_setg(errp, "aio=io_uring: this host has no io_uring; aio=threads always works");
            return false;
        }
        file->uring = false;
    }
    /* Parts of blocks are written by workers, and everything else has to take turns with that. */
    if (file->align > BLOCK_SECTOR_SIZE) {
        file->uring = false;
    }
    return true;
}

static void free_file(void *data)
{
    BlockFile *file = data;
    pthread_rwlock_destroy(&file->parts);
    g_free(file->filename);
    g_free(file);
}

BlockFile *block_file_open(const BlockdevOptions *options, bool direct, Error **errp)
{
    const BlockdevOptionsFile *opts = &options->u.file;
    BlockFile *file = g_new0(BlockFile, 1);
    file->filename = g_strdup(opts->filename);
    pthread_rwlock_init(&file->parts, NULL);
    file->locking = !opts->has_locking || opts->locking;
    file->fd = open_file(options, &file->writable);
    if (file->fd < 0) {
        error_setg_errno(errp, errno, "Could not open '%s'", opts->filename);
    } else if (check_kind(file, errp) && (!direct || block_direct_set_up(file, errp)) &&
               choose_engine(file, options, errp) && block_file_lock(file, false, errp)) {
        return file;
    }
    if (file->fd >= 0) {
        close(file->fd);
    }
    free_file(file);
    return NULL;
}

static void close_file(void *data)
{
    BlockFile *file = data;
    close(file->fd);
}

static const WorkerJob close_job = {
    .pool = WORKERS_GUEST,
    .run = close_file,
    .abandon = free_file,
};

void block_file_close(BlockFile *file)
{
    if (file) {
        /* Closing takes its time; whoever opens it next shall not have to wait for that. */
        struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
        fcntl(file->fd, F_OFD_SETLK, &lock);
        worker_submit(&close_job, file);
    }
}

uint64_t block_file_actual_size(const BlockFile *file)
{
    struct stat st;
    return fstat(file->fd, &st) < 0 ? 0 : (uint64_t)st.st_blocks * 512;
}
