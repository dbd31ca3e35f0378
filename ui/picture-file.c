/*
 * Writing picture files: beside the target and renamed, or through to what is there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/picture-file.h"

#include "ui/image-writer.h"
#include "util/compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLL_MS       50 /* how soon a wait notices that it is cancelled */
#define TEMP_ATTEMPTS 100

typedef bool CancelledFn(void);

typedef struct FileSink {
    ImageSink base;
    int fd;
    const char *filename; /* as the user called it, for messages */
    CancelledFn *cancelled;
} FileSink;

static bool set_cancelled(const char *filename, Error **errp)
{
    error_setg(errp, "Writing '%s' was cancelled", filename);
    return false;
}

static bool set_errno(const char *filename, int error, Error **errp)
{
    error_setg_errno(errp, error, "Could not write '%s'", filename);
    return false;
}

static bool file_sink_write(ImageSink *base, const uint8_t *bytes, size_t length, Error **errp)
{
    FileSink *sink = container_of(base, FileSink, base);

    while (length > 0) {
        ssize_t n;

        if (sink->cancelled()) {
            return set_cancelled(sink->filename, errp);
        }
        n = write(sink->fd, bytes, length);
        if (n >= 0) {
            bytes += n;
            length -= n;
        } else if (errno == EAGAIN) {
            poll(&(struct pollfd){ .fd = sink->fd, .events = POLLOUT }, 1, POLL_MS);
        } else if (errno != EINTR) {
            return set_errno(sink->filename, errno, errp);
        }
    }
    return true;
}

static bool encode(const Frame *frame, ImageFormat format, ImageSink *sink, Error **errp)
{
    switch (format) {
    case IMAGE_FORMAT_PNG:
        return image_write_png(frame, &png_settings_chosen, sink, errp);
    case IMAGE_FORMAT_PPM:
        return image_write_ppm(frame, sink, errp);
    default:
        g_assert_not_reached();
    }
}

/* ---- beside the target ---- */

/* What can only be told by trying, and means: write through instead. */
static bool is_refusal(int error)
{
    return error == EACCES || error == EPERM || error == EROFS || error == EBUSY || error == EXDEV;
}

/* Mode as a new file's is (umask, default ACL). -1 and errno; else *@path is the caller's. */
static int create_temp(const char *filename, char **path)
{
    g_autofree char *dir = g_path_get_dirname(filename);
    int fd = -1;

    for (int i = 0; i < TEMP_ATTEMPTS; i++) {
        g_autofree char *name = g_strdup_printf("%s/.vitrine-%08x.tmp", dir, g_random_int());

        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
        if (fd >= 0) {
            *path = g_steal_pointer(&name);
            return fd;
        }
        if (errno != EEXIST) {
            return -1;
        }
    }
    return -1;
}

/* As far as we may; a mode is given only together with its owner. */
static void copy_owner_and_mode(int fd, const struct stat *target)
{
    if (fchown(fd, target->st_uid, target->st_gid) == 0) {
        (void)!fchmod(fd, target->st_mode & 07777);
    }
}

/* @target: NULL when there is none. *@refused: not possible here, nothing has changed. */
static bool write_beside(const Frame *frame, ImageFormat format, const char *filename,
                         const struct stat *target, CancelledFn *cancelled, bool *refused,
                         Error **errp)
{
    g_autofree char *temp = NULL;
    FileSink sink = { { file_sink_write }, -1, filename, cancelled };
    bool ok = false;

    sink.fd = create_temp(filename, &temp);
    if (sink.fd < 0) {
        *refused = is_refusal(errno);
        return *refused ? false : set_errno(filename, errno, errp);
    }
    if (!encode(frame, format, &sink.base, errp)) {
        close(sink.fd);
        goto out;
    }
    if (target) {
        copy_owner_and_mode(sink.fd, target);
    }
    /* Network file systems tell a full disk here at the latest. */
    if (close(sink.fd) < 0 && errno != EINTR) {
        set_errno(filename, errno, errp);
    } else if (cancelled()) {
        set_cancelled(filename, errp);
    } else if (rename(temp, filename) == 0) {
        ok = true;
    } else if (is_refusal(errno)) {
        *refused = true; /* a foreign file in a sticky directory, a mount point */
    } else {
        set_errno(filename, errno, errp);
    }
out:
    if (!ok) {
        unlink(temp);
    }
    return ok;
}

/* ---- through ---- */

typedef struct MemorySink {
    ImageSink base;
    GByteArray *bytes;
    const char *filename;
    CancelledFn *cancelled;
} MemorySink;

static bool memory_sink_write(ImageSink *base, const uint8_t *bytes, size_t length, Error **errp)
{
    MemorySink *sink = container_of(base, MemorySink, base);

    if (sink->cancelled()) {
        return set_cancelled(sink->filename, errp);
    }
    g_byte_array_append(sink->bytes, bytes, length);
    return true;
}

/*
 * Not blocking, not even in open(): a FIFO without a reader says ENXIO, and we come back. Not
 * truncating: what is there stays until there is room for the new.
 */
static int open_through(const char *filename, CancelledFn *cancelled, Error **errp)
{
    for (;;) {
        int fd = open(filename, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
        struct stat st;

        if (fd >= 0) {
            return fd;
        }
        if (errno != ENXIO || stat(filename, &st) < 0 || !S_ISFIFO(st.st_mode)) {
            set_errno(filename, errno, errp);
            return -1;
        }
        if (cancelled()) {
            set_cancelled(filename, errp);
            return -1;
        }
        g_usleep(POLL_MS * 1000);
    }
}

/* Whether a regular file can take that many bytes; else an errno. Nothing is touched. */
static int check_room(int fd, size_t length)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && length > limit.rlim_cur) {
        return EFBIG;
    }
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, length) < 0 &&
        (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)) {
        return errno;
    }
    return 0; /* or the file system cannot tell */
}

static bool put_bytes(int fd, const GByteArray *bytes, const char *filename, CancelledFn *cancelled,
                      Error **errp)
{
    FileSink sink = { { file_sink_write }, fd, filename, cancelled };
    struct stat st;
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    int error = regular ? check_room(fd, bytes->len) : 0;

    if (error) {
        return set_errno(filename, error, errp);
    }
    if (!file_sink_write(&sink.base, bytes->data, bytes->len, errp)) {
        return false;
    }
    if (regular && ftruncate(fd, bytes->len) < 0) {
        return set_errno(filename, errno, errp);
    }
    return true;
}

/* Only what this call has made: the target of a link that led nowhere. */
static void remove_created(const char *filename)
{
    char *real = realpath(filename, NULL);

    if (real) {
        unlink(real);
        free(real);
    }
}

static bool write_through(const Frame *frame, ImageFormat format, const char *filename,
                          CancelledFn *cancelled, Error **errp)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    MemorySink sink = { { memory_sink_write }, bytes, filename, cancelled };
    bool existed, ok;
    int fd;

    if (!encode(frame, format, &sink.base, errp)) {
        return false;
    }
    existed = access(filename, F_OK) == 0;
    fd = open_through(filename, cancelled, errp);
    if (fd < 0) {
        return false;
    }
    ok = put_bytes(fd, bytes, filename, cancelled, errp);
    if (close(fd) < 0 && errno != EINTR && ok) {
        ok = set_errno(filename, errno, errp);
    }
    if (!ok && !existed) {
        remove_created(filename);
    }
    return ok;
}

bool picture_file_write(const Frame *frame, ImageFormat format, const char *filename,
                        CancelledFn *cancelled, Error **errp)
{
    struct stat st;
    bool exists = lstat(filename, &st) == 0;
    bool refused = false;

    if (!exists && errno != ENOENT) {
        return set_errno(filename, errno, errp);
    }
    if (exists && !S_ISREG(st.st_mode)) {
        return write_through(frame, format, filename, cancelled, errp);
    }
    /* A file that is not ours to write is not ours to replace either. */
    if (exists && faccessat(AT_FDCWD, filename, W_OK, AT_EACCESS) < 0) {
        return set_errno(filename, errno, errp);
    }
    if (write_beside(frame, format, filename, exists ? &st : NULL, cancelled, &refused, errp)) {
        return true;
    }
    return refused && write_through(frame, format, filename, cancelled, errp);
}
