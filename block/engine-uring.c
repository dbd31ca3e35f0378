/*
 * Requests by the kernel's io_uring (io_uring_setup(2), liburing).
 *
 * A ring is filled and emptied in one thread, that of its event loop: the ring's descriptor is
 * readable while there are completions, and a loop that polls sees them in memory. The main loop's
 * is also filled, under the BQL, by whoever submits. To those of I/O threads the requests go over a
 * queue, and back over another, so that copying is theirs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include "util/loop-poll.h"

#include <liburing.h>
#include <limits.h>
#include <pthread.h>

#define RING_ENTRIES 128
/* More than this is copied by the kernel's own workers instead of by the thread that submits. */
#define INLINE_BYTES (64 * 1024)

struct BlockUring {
    struct io_uring uring;
    EventLoop *loop;          /* the main loop, or an I/O thread's */
    const int64_t *max_batch; /* atomic; see block_uring_new() */
    unsigned in_ring;
    GQueue waiting;
    /* Between an I/O thread and who holds the BQL, of BlockRequest. */
    pthread_mutex_t lock;
    GQueue asked;
    GQueue finished;
};

static void ring_free(BlockUring *ring)
{
    pthread_mutex_destroy(&ring->lock);
    g_free(ring);
}

static BlockUring *ring_new(EventLoop *loop, const int64_t *max_batch)
{
    BlockUring *ring = g_new0(BlockUring, 1);
    ring->loop = loop;
    ring->max_batch = max_batch;
    pthread_mutex_init(&ring->lock, NULL);
    if (io_uring_queue_init(RING_ENTRIES, &ring->uring, 0) < 0) {
        ring_free(ring);
        return NULL;
    }
    io_uring_ring_dontfork(&ring->uring);
    return ring;
}

static BlockUring *main_ring; /* NULL: there is no io_uring */

static void set_up_once(void)
{
    static const int64_t as_many_as_fit = 0;
    main_ring = ring_new(main_loop(), &as_many_as_fit);
}

bool block_uring_available(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_once);
    return main_ring;
}

/* ---- in the ring's thread, or for the main loop's under the BQL ---- */

static void prepare(struct io_uring_sqe *sqe, BlockRequest *req)
{
    int fd = req->file->file->fd;
    uint64_t at = req->file_offset + req->progress;
    struct iovec *iov;
    if (req->op == BLOCK_FLUSH) {
        io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC);
    } else {
        unsigned count = MIN(block_request_rest(req, &iov), IOV_MAX);
        if (req->op == BLOCK_READ) {
            io_uring_prep_readv(sqe, fd, iov, count, at);
        } else {
            io_uring_prep_writev(sqe, fd, iov, count, at);
        }
    }
    if (req->bytes - req->progress > INLINE_BYTES) {
        sqe->flags |= IOSQE_ASYNC;
    }
    io_uring_sqe_set_data(sqe, req);
}

/* Another entry to fill in, once those before it are with the kernel if they are a batch. */
static struct io_uring_sqe *next_entry(BlockUring *ring, unsigned batch)
{
    if (io_uring_sq_ready(&ring->uring) >= batch) {
        io_uring_submit(&ring->uring);
    }
    return io_uring_sq_ready(&ring->uring) < batch ? io_uring_get_sqe(&ring->uring) : NULL;
}

static void submit_waiting(BlockUring *ring)
{
    int64_t limit = __atomic_load_n(ring->max_batch, __ATOMIC_RELAXED);
    unsigned batch = limit ? (unsigned)MIN(limit, RING_ENTRIES) : RING_ENTRIES;
    while (ring->in_ring < RING_ENTRIES && !g_queue_is_empty(&ring->waiting)) {
        struct io_uring_sqe *sqe = next_entry(ring, batch);
        if (!sqe) {
            break;
        }
        prepare(sqe, g_queue_pop_head(&ring->waiting));
        ring->in_ring++;
    }
    /* What the kernel does not take now stays in the ring for the next time. */
    io_uring_submit(&ring->uring);
}

/* Main loop. The last request may be what its ring was kept for. */
static void give_back(void *opaque)
{
    BlockUring *ring = opaque;
    pthread_mutex_lock(&ring->lock);
    GQueue finished = ring->finished;
    g_queue_init(&ring->finished);
    pthread_mutex_unlock(&ring->lock);
    while (!g_queue_is_empty(&finished)) {
        block_request_done(g_queue_pop_head(&finished));
    }
}

static void finish(BlockUring *ring, BlockRequest *req)
{
    if (ring->loop == main_loop()) {
        block_request_done(req);
        return;
    }
    pthread_mutex_lock(&ring->lock);
    g_queue_push_tail(&ring->finished, req);
    bool first = ring->finished.length == 1;
    pthread_mutex_unlock(&ring->lock);
    if (first) {
        event_loop_run_once(main_loop(), give_back, ring);
    }
}

static bool has_completions(void *opaque)
{
    BlockUring *ring = opaque;
    return io_uring_cq_ready(&ring->uring) > 0;
}

static void take_completions(void *opaque)
{
    BlockUring *ring = opaque;
    struct io_uring_cqe *cqe;
    while (io_uring_peek_cqe(&ring->uring, &cqe) == 0) {
        BlockRequest *req = io_uring_cqe_get_data(cqe);
        ssize_t result = cqe->res;
        io_uring_cqe_seen(&ring->uring, cqe);
        ring->in_ring--;
        if (block_request_advance(req, result)) {
            g_queue_push_head(&ring->waiting, req);
        } else {
            finish(ring, req);
        }
    }
    submit_waiting(ring);
}

static void begin(void *opaque)
{
    BlockUring *ring = opaque;
    event_loop_set_fd_seen(ring->loop, ring->uring.ring_fd, has_completions, take_completions,
                           ring);
}

static void end(void *opaque)
{
    BlockUring *ring = opaque;
    event_loop_set_fd(ring->loop, ring->uring.ring_fd, NULL, NULL, NULL);
    io_uring_queue_exit(&ring->uring);
    ring_free(ring);
}

static void take_asked(void *opaque)
{
    BlockUring *ring = opaque;
    pthread_mutex_lock(&ring->lock);
    while (!g_queue_is_empty(&ring->asked)) {
        g_queue_push_tail(&ring->waiting, g_queue_pop_head(&ring->asked));
    }
    pthread_mutex_unlock(&ring->lock);
    submit_waiting(ring);
}

/* ---- under the BQL ---- */

BlockUring *block_uring_new(EventLoop *loop, const int64_t *max_batch)
{
    BlockUring *ring = block_uring_available() ? ring_new(loop, max_batch) : NULL;
    if (ring) {
        event_loop_run_once(loop, begin, ring);
    }
    return ring;
}

void block_uring_free(BlockUring *ring)
{
    event_loop_run_once(ring->loop, end, ring);
}

static void ask(BlockUring *ring, BlockRequest *req)
{
    pthread_mutex_lock(&ring->lock);
    g_queue_push_tail(&ring->asked, req);
    bool first = ring->asked.length == 1;
    pthread_mutex_unlock(&ring->lock);
    if (first) {
        event_loop_run_once(ring->loop, take_asked, ring);
    }
}

void block_uring_submit(BlockRequest *req)
{
    static bool watched;
    if (req->blk->uring) {
        ask(req->blk->uring, req);
        return;
    }
    if (!watched) {
        watched = true;
        event_loop_set_fd(main_loop(), main_ring->uring.ring_fd, take_completions, NULL, main_ring);
    }
    g_queue_push_tail(&main_ring->waiting, req);
    submit_waiting(main_ring);
}
