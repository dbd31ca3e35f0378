/*
 * Requests: from a disk to the file at the bottom, and back with a result.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"
#include "throttle.h"

#include "util/co-sync.h"
#include "util/timer.h"

#include <errno.h>
#include <string.h>

/* How long block_drain() lets servers take. */
#define PATIENCE_NS (5 * NS_PER_SEC)

/* Who submits waits while memory is looked at. */
#define MAX_DETECTED (4u << 20)

static unsigned under_way;
static CoQueue idle; /* block_drain() waits here */

static CoQueue *idle_queue(void)
{
    static bool ready;
    if (!ready) {
        co_queue_init(&idle);
        ready = true;
    }
    return &idle;
}

/* ---- the result ---- */

static void account_one(BlockStatistics *stats, const BlockRequest *req, int64_t elapsed_ns)
{
    BlockOp op = req->op == BLOCK_WRITE_ZEROES ? BLOCK_WRITE : req->op;
    if (req->error) {
        stats->failed[op]++;
        return;
    }
    stats->operations[op]++;
    stats->bytes[op] += req->bytes;
    stats->time_ns[op] += (uint64_t)elapsed_ns;
    if (op == BLOCK_WRITE) {
        stats->highest = MAX(stats->highest, req->offset + req->bytes);
    }
}

static void account(const BlockRequest *req)
{
    int64_t elapsed_ns = clock_now(CLOCK_HOST) - req->start_ns;
    account_one(&req->blk->stats, req, elapsed_ns);
    for (BlockNode *node = req->blk->node; node; node = node->below) {
        account_one(&node->stats, req, elapsed_ns);
    }
}

static void finish(BlockRequest *req)
{
    BlockBackend *blk = req->blk;
    g_free(req->rest);
    /* From here on it is the caller's again, and may be gone. */
    req->done(req, req->error);
    block_backend_unref(blk);
    if (--under_way == 0) {
        co_queue_wake_all(idle_queue());
    }
}

void block_request_done(BlockRequest *req)
{
    account(req);
    if (req->file) {
        block_resize_request_done(req->file);
    }
    finish(req);
}

static void cancelled(void *opaque)
{
    finish(opaque);
}

void block_request_cancel(BlockRequest *req)
{
    under_way++;
    req->error = ECANCELED;
    event_loop_run_once(main_loop(), cancelled, req);
}

static void done_later(void *opaque)
{
    block_request_done(opaque);
}

static void complete_later(BlockRequest *req, int error)
{
    req->error = error;
    event_loop_run_once(main_loop(), done_later, req);
}

/* Servers that have not answered yet will not. */
static void break_connections(void *opaque)
{
    const GPtrArray *nodes = block_nodes();
    for (guint i = 0; i < nodes->len; i++) {
        const BlockNode *node = g_ptr_array_index(nodes, i);
        if (node->nbd) {
            block_nbd_break(node->nbd);
        }
    }
}

bool coroutine_fn block_drain(void)
{
    bool waited = true;
    Timer patience;

    timer_init(&patience, main_loop(), CLOCK_HOST, break_connections, NULL);
    timer_arm(&patience, clock_now(CLOCK_HOST) + PATIENCE_NS);
    block_throttle_pause();
    while (under_way && waited) {
        waited = co_queue_wait(idle_queue());
    }
    block_throttle_resume();
    timer_finish(&patience);
    return waited;
}

/* ---- transfers that stop half-way ---- */

unsigned block_request_rest(BlockRequest *req, struct iovec **iov)
{
    uint64_t skip = req->progress;
    unsigned i = 0;
    if (!skip) {
        *iov = req->iov;
        return req->iov_count;
    }
    while (skip >= req->iov[i].iov_len) {
        skip -= req->iov[i++].iov_len;
    }
    g_free(req->rest);
    req->rest = g_memdup2(&req->iov[i], (req->iov_count - i) * sizeof(*req->iov));
    req->rest[0].iov_base = (char *)req->rest[0].iov_base + skip;
    req->rest[0].iov_len -= skip;
    *iov = req->rest;
    return req->iov_count - i;
}

void block_request_copy(BlockRequest *req, void *buf, uint64_t bytes, bool to_request)
{
    struct iovec *iov;
    uint64_t done = 0;
    for (block_request_rest(req, &iov); done < bytes; iov++) {
        uint64_t piece = MIN(iov->iov_len, bytes - done);
        char *at = (char *)buf + done;
        if (piece) {
            memcpy(to_request ? iov->iov_base : at, to_request ? at : iov->iov_base, piece);
        }
        done += piece;
    }
}

static void clear_rest(BlockRequest *req)
{
    struct iovec *iov;
    unsigned count = block_request_rest(req, &iov);
    for (unsigned i = 0; i < count; i++) {
        memset(iov[i].iov_base, 0, iov[i].iov_len);
    }
    req->progress = req->bytes;
}

/*
 * Of a file without page cache: go on only where a block begins. A read that does not get to the
 * end of one has come to the end of the file.
 */
static ssize_t in_blocks(const BlockRequest *req, ssize_t result)
{
    uint32_t align = req->file->file->align;
    return align && result > 0 ? result - result % align : result;
}

static bool is_at_end(const BlockRequest *req, ssize_t result)
{
    uint32_t align = req->file->file->align;
    return result == 0 || (align && result % align);
}

bool block_request_advance(BlockRequest *req, ssize_t result)
{
    if (result == -EINTR || result == -EAGAIN) {
        return true;
    }
    if (result < 0) {
        req->error = (int)-result;
        return false;
    }
    if (req->op != BLOCK_READ && req->op != BLOCK_WRITE) {
        return false;
    }
    if (req->op == BLOCK_WRITE && in_blocks(req, result) == 0) {
        req->error = ENOSPC;
        return false;
    }
    if (req->op == BLOCK_READ && is_at_end(req, result)) {
        req->progress += (uint64_t)result;
        clear_rest(req); /* behind the file's end; a sector need not be whole */
        return false;
    }
    req->progress += (uint64_t)in_blocks(req, result);
    return req->progress < req->bytes;
}

/* ---- the way down ---- */

static bool in_bounds(const BlockRequest *req)
{
    uint64_t offset = req->offset;
    bool inside = true;
    /* A node that nobody finds any more keeps its size when the file below gets smaller. */
    for (const BlockNode *node = req->blk->node; node && inside; node = node->below) {
        inside = offset <= node->size && req->bytes <= node->size - offset;
        offset += node->offset;
    }
    return inside;
}

static bool can_write(const BlockRequest *req)
{
    return req->op == BLOCK_READ || req->op == BLOCK_FLUSH || req->blk->writes;
}

/* Flushing or discarding where some node on the way does not. */
static bool is_ignored(const BlockRequest *req)
{
    bool no_flush = false, unmap = true;
    for (const BlockNode *node = req->blk->node; node; node = node->below) {
        no_flush |= node->no_flush;
        unmap &= node->unmap;
    }
    return (req->op == BLOCK_FLUSH && no_flush) || (req->op == BLOCK_DISCARD && !unmap);
}

/* ---- writes of zeroes ---- */

static bool is_zero(const struct iovec *iov)
{
    const char *bytes = iov->iov_base;
    return iov->iov_len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, iov->iov_len - 1) == 0);
}

static BlockdevDetectZeroesOptions zeroes_wanted(const BlockRequest *req)
{
    BlockdevDetectZeroesOptions wanted = BLOCKDEV_DETECT_ZEROES_OPTIONS_OFF;
    for (const BlockNode *node = req->blk->node; node; node = node->below) {
        wanted = MAX(wanted, node->detect_zeroes);
    }
    return wanted;
}

static void detect_zeroes(BlockRequest *req)
{
    BlockdevDetectZeroesOptions wanted = zeroes_wanted(req);
    bool zero = req->op == BLOCK_WRITE && req->bytes <= MAX_DETECTED &&
                wanted != BLOCKDEV_DETECT_ZEROES_OPTIONS_OFF;
    for (unsigned i = 0; i < req->iov_count && zero; i++) {
        zero = is_zero(&req->iov[i]);
    }
    if (zero) {
        req->op = BLOCK_WRITE_ZEROES;
        req->may_unmap = wanted == BLOCKDEV_DETECT_ZEROES_OPTIONS_UNMAP;
    }
}

static void find_file(BlockRequest *req)
{
    BlockNode *node = req->blk->node;
    req->file_offset = req->offset;
    while (node->below) {
        req->may_unmap &= node->unmap;
        req->file_offset += node->offset;
        node = node->below;
    }
    req->may_unmap &= node->unmap;
    req->file = node;
}

void block_request_dispatch(BlockRequest *req)
{
    if (!in_bounds(req)) {
        complete_later(req, EIO);
        return;
    }
    detect_zeroes(req);
    find_file(req);
    if (block_resize_hold(req)) {
        return;
    }
    if ((req->bytes == 0 && req->op != BLOCK_FLUSH) || is_ignored(req)) {
        complete_later(req, 0);
        return;
    }
    block_threshold_check(req);
    if (req->file->nbd) {
        block_nbd_submit(req);
    } else if (req->file->file->uring && block_direct_fits(req) &&
               (req->op == BLOCK_READ || req->op == BLOCK_WRITE || req->op == BLOCK_FLUSH)) {
        block_uring_submit(req);
    } else {
        block_pool_submit(req);
    }
}

void block_request_start(BlockRequest *req)
{
    under_way++;
    if (can_write(req)) {
        block_request_dispatch(req);
    } else {
        complete_later(req, EROFS);
    }
}

void block_submit(BlockBackend *blk, BlockRequest *req)
{
    req->blk = blk;
    req->file = NULL;
    req->progress = 0;
    req->rest = NULL;
    req->error = 0;
    req->start_ns = clock_now(CLOCK_HOST);
    blk->refs++;
    if (!blk->throttle || !block_throttle_holds(req)) {
        block_request_start(req);
    }
}
