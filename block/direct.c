/*
 * Files without the host's page cache (O_DIRECT): what is not aligned as the file system wants it.
 *
 * Such requests go through an aligned buffer. Where the file system's blocks are larger than a
 * sector, a write of part of one reads the rest and writes it again; nobody may write there
 * meanwhile.
 *
 * Workers, or start-up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_ALIGN   65536u
#define BUFFER_SIZE (1u << 20)

/* ---- what the file system wants ---- */

static bool can_read(int fd, uint8_t *buf, uint32_t bytes)
{
    ssize_t n;
    do {
        n = pread(fd, buf, bytes, 0);
    } while (n < 0 && errno == EINTR);
    return n >= 0 || errno != EINVAL;
}

static bool find_alignment(BlockFile *file, uint8_t *buf)
{
    uint32_t align = BLOCK_SECTOR_SIZE;
    while (align <= MAX_ALIGN && !can_read(file->fd, buf, align)) {
        align *= 2;
    }
    file->align = align;
    file->memory_align =
        can_read(file->fd, buf + BLOCK_SECTOR_SIZE, align) ? BLOCK_SECTOR_SIZE : MAX(align, 4096);
    return align <= MAX_ALIGN;
}

bool block_direct_set_up(BlockFile *file, Error **errp)
{
    int flags = fcntl(file->fd, F_GETFL);
    if (flags < 0 || fcntl(file->fd, F_SETFL, flags | O_DIRECT) < 0) {
        error_setg(errp, "Could not open '%s': filesystem does not support O_DIRECT",
                   file->filename);
        return false;
    }
    uint8_t *buf = g_aligned_alloc(2, MAX_ALIGN, MAX_ALIGN);
    bool ok = find_alignment(file, buf);
    g_aligned_free(buf);
    if (!ok) {
        error_setg(errp, "Could not find working O_DIRECT alignment of '%s'; up to %u was tried",
                   file->filename, MAX_ALIGN);
    }
    return ok;
}

bool block_direct_fits(const BlockRequest *req)
{
    const BlockFile *file = req->file->file;
    bool moves = req->op == BLOCK_READ || req->op == BLOCK_WRITE;
    if (!file->align || !moves) {
        return true;
    }
    bool fits = req->file_offset % file->align == 0 && req->bytes % file->align == 0;
    for (unsigned i = 0; i < req->iov_count && fits; i++) {
        fits = (uintptr_t)req->iov[i].iov_base % file->memory_align == 0 &&
               req->iov[i].iov_len % file->align == 0;
    }
    return fits;
}

/* ---- through a buffer; 0 or a negative errno ---- */

/* A place in the file: aligned, around the bytes that are asked for. */
typedef struct Window {
    uint64_t start, size;
    uint64_t skip, bytes; /* what is asked for begins after @skip */
} Window;

static ssize_t read_window(const BlockFile *file, uint8_t *buf, const Window *w)
{
    uint64_t done = 0;
    ssize_t n = 1;
    while (done < w->size && n && done % file->align == 0) {
        n = pread(file->fd, buf + done, w->size - done, (off_t)(w->start + done));
        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        done += n > 0 ? (uint64_t)n : 0;
    }
    memset(buf + done, 0, w->size - done); /* behind the end */
    return 0;
}

static ssize_t write_window(const BlockFile *file, const uint8_t *buf, const Window *w)
{
    uint64_t done = 0;
    while (done < w->size) {
        ssize_t n = pwrite(file->fd, buf + done, w->size - done, (off_t)(w->start + done));
        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        if (n >= 0 && n < file->align) {
            return -ENOSPC;
        }
        done += n > 0 ? (uint64_t)n / file->align * file->align : 0;
    }
    return 0;
}

static bool is_whole(const Window *w)
{
    return w->bytes == w->size;
}

/* The rest of the last block does not make the file longer. */
static ssize_t cut(const BlockFile *file, uint64_t size_before, const Window *w)
{
    uint64_t end = MAX(size_before, w->start + w->skip + w->bytes);
    if (w->start + w->size <= end) {
        return 0;
    }
    return ftruncate(file->fd, (off_t)end) < 0 ? -errno : 0;
}

static void fill(BlockRequest *req, uint8_t *buf, const Window *w)
{
    if (req->op == BLOCK_WRITE_ZEROES) {
        memset(buf + w->skip, 0, w->bytes);
    } else {
        block_request_copy(req, buf + w->skip, w->bytes, false);
    }
}

static ssize_t write_part(BlockRequest *req, uint8_t *buf, const Window *w)
{
    const BlockFile *file = req->file->file;
    struct stat before;
    if (fstat(file->fd, &before) < 0) {
        return -errno;
    }
    ssize_t result = is_whole(w) ? 0 : read_window(file, buf, w);
    if (result == 0) {
        fill(req, buf, w);
        result = write_window(file, buf, w);
    }
    return result ? result : cut(file, (uint64_t)before.st_size, w);
}

static ssize_t write_locked(BlockRequest *req, uint8_t *buf, const Window *w)
{
    BlockFile *file = req->file->file;
    if (is_whole(w)) {
        pthread_rwlock_rdlock(&file->parts);
    } else {
        pthread_rwlock_wrlock(&file->parts);
    }
    ssize_t result = write_part(req, buf, w);
    pthread_rwlock_unlock(&file->parts);
    return result;
}

static ssize_t read_part(BlockRequest *req, uint8_t *buf, const Window *w)
{
    ssize_t result = read_window(req->file->file, buf, w);
    if (result == 0) {
        block_request_copy(req, buf + w->skip, w->bytes, true);
    }
    return result;
}

static Window next_window(const BlockRequest *req)
{
    uint32_t align = req->file->file->align;
    uint64_t at = req->file_offset + req->progress;
    Window w = { .start = at / align * align, .skip = at % align };
    w.bytes = MIN(req->bytes - req->progress, BUFFER_SIZE - w.skip);
    w.size = (w.skip + w.bytes + align - 1) / align * align;
    return w;
}

ssize_t block_direct_run(BlockRequest *req)
{
    uint8_t *buf = g_aligned_alloc(1, BUFFER_SIZE, MAX_ALIGN);
    ssize_t result = 0;
    while (req->progress < req->bytes && result == 0) {
        Window w = next_window(req);
        result = req->op == BLOCK_READ ? read_part(req, buf, &w) : write_locked(req, buf, &w);
        req->progress += result ? 0 : w.bytes;
    }
    g_aligned_free(buf);
    return result;
}
