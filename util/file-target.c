/*
 * Files that commands write: beside the target and renamed, or through to what is there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/file-target.h"
#include "util/file-place.h"
#include "util/file-put.h"

#include "util/fdset.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_ATTEMPTS 100
#define FILE_MODE     0666
#define ZEROS_SIZE    4096

struct FileSink {
    int fd;
    bool sparse;          /* a new file: what is skipped reads as zeros */
    bool shared;          /* @fd is others' too */
    GByteArray *bytes;    /* if not NULL they go here instead */
    const char *filename; /* as the user called it, for messages */
    FileCancelledFn *cancelled;
};

/* ---- sinks ---- */

bool file_sink_write(FileSink *sink, const void *bytes, size_t length, Error **errp)
{
    if (sink->shared) {
        return file_put_shared(sink->fd, bytes, length, sink->filename, sink->cancelled, errp);
    }
    if (!sink->bytes) {
        return file_put(sink->fd, bytes, length, sink->filename, sink->cancelled, errp);
    }
    if (sink->cancelled()) {
        return file_set_cancelled(sink->filename, errp);
    }
    g_byte_array_append(sink->bytes, bytes, length);
    return true;
}

bool file_sink_write_zeros(FileSink *sink, uint64_t length, Error **errp)
{
    static const uint8_t zeros[ZEROS_SIZE];

    if (sink->sparse) {
        if (sink->cancelled()) {
            return file_set_cancelled(sink->filename, errp);
        }
        return lseek(sink->fd, (off_t)length, SEEK_CUR) >= 0 ||
               file_set_errno(sink->filename, errno, errp);
    }
    while (length > 0) {
        size_t n = MIN(length, ZEROS_SIZE);

        if (!file_sink_write(sink, zeros, n, errp)) {
            return false;
        }
        length -= n;
    }
    return true;
}

/* ---- beside the target ---- */

/* What can only be told by trying, and means: write through instead. */
static bool is_refusal(int error)
{
    return error == EACCES || error == EPERM || error == EROFS || error == EBUSY || error == EXDEV;
}

/* Mode as a new file's is (umask, default ACL). -1 and errno; else @temp is to be finished. */
static int create_temp(const FilePlace *target, mode_t mode, FilePlace *temp)
{
    int fd = -1;

    *temp = FILE_PLACE_NOWHERE;
    temp->dir = fcntl(target->dir, F_DUPFD_CLOEXEC, 0);
    for (int i = 0; i < TEMP_ATTEMPTS && temp->dir >= 0; i++) {
        g_free(temp->name);
        temp->name = g_strdup_printf(".vitrine-%08x.tmp", g_random_int());
        fd = file_place_create(temp, mode);
        if (fd >= 0 || errno != EEXIST) {
            break;
        }
    }
    return fd;
}

/* As far as we may; a mode is given only together with its owner. */
static void copy_owner_and_mode(int fd, const struct stat *target)
{
    if (fchown(fd, target->st_uid, target->st_gid) == 0) {
        (void)!fchmod(fd, target->st_mode & 07777);
    }
}

/* Everything into the sink's file, and its end where the last hole ends. */
static bool fill(FileSink *sink, const FileContent *content, Error **errp)
{
    if (!content->produce(sink, content->opaque, errp)) {
        return false;
    }
    return ftruncate(sink->fd, lseek(sink->fd, 0, SEEK_CUR)) == 0 ||
           file_set_errno(sink->filename, errno, errp);
}

/* Everything into @temp, and that in place of the target. *@refused: not possible here. */
static bool fill_and_rename(FileSink *sink, const FileContent *content, const FilePlace *temp,
                            const FilePlace *place, const struct stat *target, bool *refused,
                            Error **errp)
{
    if (!fill(sink, content, errp)) {
        close(sink->fd);
        return false;
    }
    if (target) {
        copy_owner_and_mode(sink->fd, target);
    }
    /* Network file systems tell a full disk here at the latest. */
    if (close(sink->fd) < 0 && errno != EINTR) {
        return file_set_errno(sink->filename, errno, errp);
    }
    if (sink->cancelled()) {
        return file_set_cancelled(sink->filename, errp);
    }
    if (renameat(temp->dir, temp->name, place->dir, place->name) == 0) {
        return true;
    }
    /* A foreign file in a sticky directory, a mount point; nothing to write through to without. */
    *refused = target && is_refusal(errno);
    return *refused ? false : file_set_errno(sink->filename, errno, errp);
}

/* @target: NULL when there is none. *@refused: not possible here, nothing has changed. */
static bool write_beside(const FileContent *content, const char *filename, const FilePlace *place,
                         const struct stat *target, FileCancelledFn *cancelled, bool *refused,
                         Error **errp)
{
    FileSink sink = { .sparse = true, .filename = filename, .cancelled = cancelled };
    FilePlace temp;
    bool ok = false;

    sink.fd = create_temp(place, content->mode ? content->mode : FILE_MODE, &temp);
    if (sink.fd >= 0) {
        ok = fill_and_rename(&sink, content, &temp, place, target, refused, errp);
        if (!ok) {
            file_place_remove(&temp);
        }
    } else if (target && is_refusal(errno)) {
        *refused = true;
    } else {
        file_set_errno(filename, errno, errp);
    }
    file_place_finish(&temp);
    return ok;
}

/* ---- through ---- */

/* -1 with an error, or without one: try again. */
static int make_in_place(const char *filename, FilePlace *made, Error **errp)
{
    int fd = -1;

    if (file_place_find(made, filename)) {
        fd = file_place_create(made, FILE_MODE);
        if (fd >= 0 || errno == EEXIST) {
            return fd;
        }
    }
    file_set_errno(filename, errno, errp);
    return -1;
}

/*
 * Not blocking, not even in open(): a FIFO without a reader says ENXIO, and we come back. Not
 * truncating: what is there stays until there is room for the new.
 */
int file_open_in_place(const char *filename, FilePlace *made, FileCancelledFn *cancelled,
                       Error **errp)
{
    Error *err = NULL;
    int fd = -1;

    while (fd < 0 && !err) {
        struct stat st;

        if (cancelled()) {
            file_set_cancelled(filename, &err);
        } else if ((fd = fdset_open(filename, O_WRONLY | O_NOCTTY | O_NONBLOCK, 0)) >= 0) {
            break;
        } else if (errno == ENOENT && made && !fdset_is_name(filename)) {
            file_place_finish(made);
            fd = make_in_place(filename, made, &err);
        } else if (errno == ENXIO && stat(filename, &st) == 0 && S_ISFIFO(st.st_mode)) {
            g_usleep(FILE_POLL_MS * 1000);
        } else {
            file_set_errno(filename, errno, &err);
        }
    }
    error_propagate(errp, err);
    return fd;
}

/* Whether a regular file can take that many bytes; else an errno. Nothing is touched. */
int file_check_room(int fd, uint64_t length)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && length > limit.rlim_cur) {
        return EFBIG;
    }
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)length) < 0 &&
        (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)) {
        return errno;
    }
    return 0; /* or the file system cannot tell */
}

static bool produce_bytes(FileSink *sink, void *opaque, Error **errp)
{
    const GByteArray *bytes = opaque;

    return file_sink_write(sink, bytes->data, bytes->len, errp);
}

static bool put_content(FileSink *sink, const FileContent *content, Error **errp)
{
    struct stat st;
    int error;

    if (fstat(sink->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        return content->produce(sink, content->opaque, errp);
    }
    error = file_check_room(sink->fd, content->size);
    return error ? file_set_errno(sink->filename, error, errp) : fill(sink, content, errp);
}

/* @content's size is known, and there is something that is written to. */
static bool write_in_place(const FileContent *content, const char *filename,
                           FileCancelledFn *cancelled, Error **errp)
{
    FileSink sink = {
        .shared = fdset_is_name(filename),
        .filename = filename,
        .cancelled = cancelled,
    };
    bool ok;

    sink.fd = file_open_in_place(filename, NULL, cancelled, errp);
    if (sink.fd < 0) {
        return false;
    }
    ok = put_content(&sink, content, errp);
    if (close(sink.fd) < 0 && errno != EINTR && ok) {
        ok = file_set_errno(filename, errno, errp);
    }
    return ok;
}

static bool write_through(const FileContent *content, const char *filename,
                          FileCancelledFn *cancelled, Error **errp)
{
    g_autoptr(GByteArray) bytes = NULL;
    FileSink memory = { .fd = -1, .filename = filename, .cancelled = cancelled };
    FileContent complete = { .produce = produce_bytes };

    if (content->size) {
        return write_in_place(content, filename, cancelled, errp);
    }
    bytes = g_byte_array_new();
    memory.bytes = bytes;
    if (!content->produce(&memory, content->opaque, errp)) {
        return false;
    }
    complete.opaque = bytes;
    complete.size = bytes->len;
    return write_in_place(&complete, filename, cancelled, errp);
}

static bool write_to_place(const char *filename, const FilePlace *place,
                           const FileContent *content, FileCancelledFn *cancelled, Error **errp)
{
    struct stat st;
    bool exists = fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    bool refused = false;

    if (!exists && errno != ENOENT) {
        return file_set_errno(filename, errno, errp);
    }
    if (exists && !S_ISREG(st.st_mode)) {
        return write_through(content, filename, cancelled, errp);
    }
    /* A file that is not ours to write is not ours to replace either. */
    if (exists && faccessat(place->dir, place->name, W_OK, AT_EACCESS) < 0) {
        return file_set_errno(filename, errno, errp);
    }
    return write_beside(content, filename, place, exists ? &st : NULL, cancelled, &refused, errp) ||
           (refused && write_through(content, filename, cancelled, errp));
}

bool file_target_write(const char *filename, const FileContent *content, FileCancelledFn *cancelled,
                       Error **errp)
{
    FilePlace place;
    bool ok;

    if (fdset_is_name(filename)) {
        return write_through(content, filename, cancelled, errp);
    }
    ok = file_place_find(&place, filename)
             ? write_to_place(filename, &place, content, cancelled, errp)
             : file_set_errno(filename, errno, errp);
    file_place_finish(&place);
    return ok;
}

bool file_target_write_fd(int fd, const char *name, const FileContent *content,
                          FileCancelledFn *cancelled, Error **errp)
{
    FileSink sink = { .fd = fd, .shared = true, .filename = name, .cancelled = cancelled };

    return content->produce(&sink, content->opaque, errp);
}
