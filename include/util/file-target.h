/*
 * Files that commands write: whole or not at all, and never waiting where nobody can cancel.
 *
 * All of this blocks: for worker threads, which hand in worker_job_abandoned() as @cancelled. It is
 * asked now and then, also while a FIFO waits for a reader. Every error names the file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_FILE_TARGET_H
#define UTIL_FILE_TARGET_H

#include "util/error.h"
#include "util/file-place.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef bool FileCancelledFn(void);

/* Where content goes; made by file_target_write(). */
typedef struct FileSink FileSink;

/* False ends it all, with an error that the producer hands on. */
bool file_sink_write(FileSink *sink, const void *bytes, size_t length, Error **errp);
/* So many zero bytes; a hole where the file can have one. */
bool file_sink_write_zeros(FileSink *sink, uint64_t length, Error **errp);

typedef struct FileContent {
    /* Write everything, in order, always the same: called again if the first way is refused. */
    bool (*produce)(FileSink *sink, void *opaque, Error **errp);
    void *opaque;
    /*
     * How many bytes that is; 0: not known before. Then it is kept in memory until it is complete
     * where it cannot go to a file beside the target.
     */
    uint64_t size;
    mode_t mode; /* of a new file, less the umask; 0: 0666 */
} FileContent;

/*
 * Write @content into the file @filename. It goes to a temporary file beside the target, which is
 * then replaced; the new one keeps its owner and mode if the host lets us. Symbolic links are
 * followed once, at the beginning. A target that is no regular file (device, FIFO, /dev/fdset/N),
 * or whose directory does not let us, is written through; nothing that was there is removed, and a
 * regular file is begun only when there is room.
 *
 * If cancelled, and on every other failure, the result is false with an error, and nothing has
 * changed (but for what had been written through).
 */
bool file_target_write(const char *filename, const FileContent *content, FileCancelledFn *cancelled,
                       Error **errp);

/*
 * Write @content to @fd, from where it stands. Others may have it open too: its flags are left as
 * they are, and still a pipe or socket that nobody reads is given up when cancelled. @name stands
 * for the file in messages.
 */
bool file_target_write_fd(int fd, const char *name, const FileContent *content,
                          FileCancelledFn *cancelled, Error **errp);

/*
 * Open @filename to be written in place, as it is. When it is not there it is made, if @made is not
 * NULL: *@made, FILE_PLACE_NOWHERE before, then is where, and to be finished. Waits for the reader
 * of a FIFO. Returns a non-blocking descriptor for file_put(), -1 with an error.
 */
int file_open_in_place(const char *filename, FilePlace *made, FileCancelledFn *cancelled,
                       Error **errp);
/* Whether a regular file can take that many bytes: 0, or an errno. Nothing is touched. */
int file_check_room(int fd, uint64_t length);
/* Write all bytes to @fd, which may be non-blocking; @filename is for the error. */
bool file_put(int fd, const void *bytes, size_t length, const char *filename,
              FileCancelledFn *cancelled, Error **errp);

#endif
