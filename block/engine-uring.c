/*
 * Requests by the kernel's io_uring (io_uring_setup(2), liburing).
 *
 * One ring, filled under the BQL by whoever submits and emptied on the main loop, which an eventfd
 * wakes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include "util/event-loop.h"

#include <errno.h>
#include <liburing.h>
#include <limits.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RING_ENTRIES 128
/* More than this is copied by the kernel's own workers instead of by the thread that submits. */
#define INLINE_BYTES (64 * 1024)

static struct {
    struct io_uring uring;
    int event;
    bool works;
    bool watched;
    unsigned in_ring;
    GQueue waiting;
} ring = { .waiting = G_QUEUE_INIT };

static bool set_up(void)
{
    if (io_uring_queue_init(RING_ENTRIES, &ring.uring, 0) < 0) {
        return false;
    }
    io_uring_ring_dontfork(&ring.uring);
    ring.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ring.event < 0 || io_uring_register_eventfd(&ring.uring, ring.event) < 0) {
        io_uring_queue_exit(&ring.uring);
        return false;
    }
    return true;
}

static void set_up_once(void)
{
    ring.works = set_up();
}

bool block_uring_available(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_once);
    return ring.works;
}

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

static void submit_waiting(void)
{
    while (ring.in_ring < RING_ENTRIES && !g_queue_is_empty(&ring.waiting)) {
        struct io_uring_sqe *sqe = io_uring_get_sqe(&ring.uring);
        if (!sqe) {
            break;
        }
        prepare(sqe, g_queue_pop_head(&ring.waiting));
        ring.in_ring++;
    }
    /* What the kernel does not take now stays in the ring for the next time. */
    io_uring_submit(&ring.uring);
}

static void on_event(void *opaque)
{
    struct io_uring_cqe *cqe;
    uint64_t count;
    if (read(ring.event, &count, sizeof(count)) < 0 && errno != EAGAIN) {
        return;
    }
    while (io_uring_peek_cqe(&ring.uring, &cqe) == 0) {
        BlockRequest *req = io_uring_cqe_get_data(cqe);
        ssize_t result = cqe->res;
        io_uring_cqe_seen(&ring.uring, cqe);
        ring.in_ring--;
        if (block_request_advance(req, result)) {
            g_queue_push_head(&ring.waiting, req);
        } else {
            block_request_done(req);
        }
    }
    submit_waiting();
}

void block_uring_submit(BlockRequest *req)
{
    if (!ring.watched) {
        ring.watched = true;
        event_loop_set_fd(main_loop(), ring.event, on_event, NULL, NULL);
    }
    g_queue_push_tail(&ring.waiting, req);
    submit_waiting();
}
