/*
 * Requests in worker threads: the way that always works, and the only one for discarding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include "util/event-loop.h"
#include "util/worker-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/uio.h>
#include <unistd.h>

/* So many at once, which leaves room for others when the host's disk does not answer. */
#define MAX_RUNNING 16
#define ZEROES_SIZE (64 * 1024)

static GQueue waiting = G_QUEUE_INIT;
static unsigned running;

/* ---- in a worker ---- */

static ssize_t transfer(BlockRequest *req)
{
    struct iovec *iov;
    unsigned count = MIN(block_request_rest(req, &iov), IOV_MAX);
    off_t at = (off_t)(req->file_offset + req->progress);
    BlockFile *file = req->file->file;
    ssize_t n;
    if (req->op == BLOCK_READ) {
        n = preadv(file->fd, iov, (int)count, at);
    } else {
        pthread_rwlock_rdlock(&file->parts);
        n = pwritev(file->fd, iov, (int)count, at);
        pthread_rwlock_unlock(&file->parts);
    }
    return n < 0 ? -errno : n;
}

static ssize_t deallocate(const BlockRequest *req, int mode)
{
    BlockFile *file = req->file->file;
    pthread_rwlock_rdlock(&file->parts);
    int result = fallocate(file->fd, mode, (off_t)req->file_offset, (off_t)req->bytes);
    pthread_rwlock_unlock(&file->parts);
    return result < 0 ? -errno : 0;
}

static ssize_t write_zeroes_plainly(BlockRequest *req)
{
    static const uint8_t zeroes[ZEROES_SIZE];
    uint64_t done = 0;
    if (req->file->file->align) {
        return block_direct_run(req);
    }
    while (done < req->bytes) {
        ssize_t n = pwrite(req->file->file->fd, zeroes, MIN(req->bytes - done, ZEROES_SIZE),
                           (off_t)(req->file_offset + done));
        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        done += n > 0 ? (uint64_t)n : 0;
    }
    return 0;
}

static ssize_t write_zeroes(BlockRequest *req)
{
    ssize_t result = -EOPNOTSUPP;
    if (req->may_unmap) {
        result = deallocate(req, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
    }
    if (result == -EOPNOTSUPP) {
        result = deallocate(req, FALLOC_FL_ZERO_RANGE);
    }
    return result == -EOPNOTSUPP ? write_zeroes_plainly(req) : result;
}

static ssize_t discard(const BlockRequest *req)
{
    ssize_t result = deallocate(req, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
    /* A hint: where it cannot be followed nothing is lost. */
    return result == -EOPNOTSUPP ? 0 : result;
}

static ssize_t run_once(BlockRequest *req)
{
    switch (req->op) {
    case BLOCK_READ:
    case BLOCK_WRITE:
        return transfer(req);
    case BLOCK_FLUSH:
        return fdatasync(req->file->file->fd) < 0 ? -errno : 0;
    case BLOCK_DISCARD:
        return discard(req);
    default:
        return write_zeroes(req);
    }
}

static void run_next(void);

static void finished(void *opaque)
{
    running--;
    block_request_done(opaque);
    run_next();
}

static void run_request(void *data)
{
    BlockRequest *req = data;
    if (!block_direct_fits(req)) {
        req->error = (int)-block_direct_run(req);
    } else {
        while (block_request_advance(req, run_once(req))) {
        }
    }
    event_loop_run_once(main_loop(), finished, req);
}

/* The request is its owner's, who has it back by now. */
static void forget(void *data)
{
}

static const WorkerJob request_job = { .pool = WORKERS_GUEST, .run = run_request, .abandon = forget };

/* ---- under the BQL ---- */

static void run_next(void)
{
    while (running < MAX_RUNNING && !g_queue_is_empty(&waiting)) {
        running++;
        worker_submit(&request_job, g_queue_pop_head(&waiting));
    }
}

void block_pool_submit(BlockRequest *req)
{
    g_queue_push_tail(&waiting, req);
    run_next();
}
