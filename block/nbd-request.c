/*
 * NBD: requests as commands of the protocol.
 *
 * A request is carried out in commands of bounded size, one after the other. What does not lie in
 * one piece in memory goes through a buffer. The connection's thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "nbd-internal.h"

#include "util/event-loop.h"

#include <errno.h>

/* Together with the size of a transfer this bounds the memory for buffers. */
#define MAX_COMMANDS 32
/* What moves no data may be larger, but nobody shall have to wait for it for ever. */
#define MAX_RANGE (32u << 20)

typedef struct NbdCommand {
    BlockRequest *req;
    uint64_t bytes;
    uint8_t *bounce; /* NULL: the request's own memory is used */
    bool done;
    int error; /* once it is done: 0 or a positive errno */
} NbdCommand;

static void completed(void *opaque)
{
    block_request_done(opaque);
}

static void finish_request(BlockRequest *req, int error)
{
    req->error = error;
    event_loop_run_once(main_loop(), completed, req);
}

static void command_free(NbdCommand *cmd)
{
    g_free(cmd->bounce);
    g_free(cmd);
}

/* ---- memory ---- */

static void *find_memory(NbdCommand *cmd)
{
    struct iovec *iov;
    if (cmd->req->op == BLOCK_WRITE_ZEROES) {
        return cmd->bounce = g_malloc0(cmd->bytes);
    }
    block_request_rest(cmd->req, &iov);
    if (iov->iov_len >= cmd->bytes) {
        return iov->iov_base;
    }
    cmd->bounce = g_malloc(cmd->bytes);
    if (cmd->req->op == BLOCK_WRITE) {
        block_request_copy(cmd->req, cmd->bounce, cmd->bytes, false);
    }
    return cmd->bounce;
}

/* ---- to the handle ---- */

/* Called by libnbd within the thread's own calls. */
static int on_completion(void *opaque, int *error)
{
    NbdCommand *cmd = opaque;
    cmd->done = true;
    cmd->error = *error;
    return 1;
}

static int64_t send_transfer(const BlockNbd *nbd, NbdCommand *cmd, uint64_t at)
{
    nbd_completion_callback then = { .callback = on_completion, .user_data = cmd };
    cmd->bytes = MIN(cmd->bytes, nbd->export.max_bytes);
    void *memory = find_memory(cmd);
    return cmd->req->op == BLOCK_READ
               ? nbd_aio_pread(nbd->handle, memory, cmd->bytes, at, then, 0)
               : nbd_aio_pwrite(nbd->handle, memory, cmd->bytes, at, then, 0);
}

static int64_t send_command(const BlockNbd *nbd, NbdCommand *cmd)
{
    const BlockRequest *req = cmd->req;
    nbd_completion_callback then = { .callback = on_completion, .user_data = cmd };
    uint64_t at = req->file_offset + req->progress;
    uint64_t range = MIN(req->bytes - req->progress, MAX_RANGE);
    cmd->bytes = range;
    if (req->op == BLOCK_FLUSH) {
        return nbd_aio_flush(nbd->handle, then, 0);
    }
    if (req->op == BLOCK_DISCARD) {
        return nbd_aio_trim(nbd->handle, range, at, then, 0);
    }
    if (req->op == BLOCK_WRITE_ZEROES && nbd->export.zero) {
        uint32_t flags = req->may_unmap ? 0 : LIBNBD_CMD_FLAG_NO_HOLE;
        return nbd_aio_zero(nbd->handle, range, at, then, flags);
    }
    return send_transfer(nbd, cmd, at);
}

/* What the server does not offer and nobody misses. */
static bool is_needless(const BlockNbd *nbd, const BlockRequest *req)
{
    return (req->op == BLOCK_FLUSH && !nbd->export.flush) ||
           (req->op == BLOCK_DISCARD && !nbd->export.trim);
}

static void start(BlockNbd *nbd, BlockRequest *req)
{
    if (is_needless(nbd, req)) {
        finish_request(req, 0);
        return;
    }
    NbdCommand *cmd = g_new0(NbdCommand, 1);
    cmd->req = req;
    g_queue_push_tail(&nbd->commands, cmd);
    if (send_command(nbd, cmd) < 0) {
        int error = nbd_get_errno();
        cmd->done = true;
        cmd->error = error > 0 ? error : EIO;
    }
}

static BlockRequest *next_waiting(BlockNbd *nbd)
{
    pthread_mutex_lock(&nbd->lock);
    BlockRequest *req =
        nbd->commands.length < MAX_COMMANDS ? g_queue_pop_head(&nbd->waiting) : NULL;
    pthread_mutex_unlock(&nbd->lock);
    return req;
}

void nbdconn_issue(BlockNbd *nbd)
{
    BlockRequest *req;
    while ((req = next_waiting(nbd))) {
        start(nbd, req);
    }
}

/* ---- and back ---- */

static bool is_complete(const BlockRequest *req)
{
    return req->op == BLOCK_FLUSH || req->progress >= req->bytes;
}

static void command_done(BlockNbd *nbd, NbdCommand *cmd)
{
    BlockRequest *req = cmd->req;
    int error = cmd->error;
    if (!error && req->op == BLOCK_READ && cmd->bounce) {
        block_request_copy(req, cmd->bounce, cmd->bytes, true);
    }
    req->progress += error ? 0 : cmd->bytes;
    command_free(cmd);
    if (error || is_complete(req)) {
        finish_request(req, error);
    } else {
        start(nbd, req);
    }
}

bool nbdconn_collect(BlockNbd *nbd)
{
    bool lost = nbdconn_is_lost(nbd->handle), any = false;
    for (GList *it = nbd->commands.head, *next; it; it = next) {
        NbdCommand *cmd = it->data;
        next = it->next;
        /* An error of a connection that is lost is no word of the server's. */
        if (cmd->done && !(lost && cmd->error)) {
            g_queue_delete_link(&nbd->commands, it);
            command_done(nbd, cmd);
            any = true;
        }
    }
    return any;
}

void nbdconn_return_commands(BlockNbd *nbd, bool retry)
{
    NbdCommand *cmd;
    while ((cmd = g_queue_pop_tail(&nbd->commands))) {
        if (retry) {
            pthread_mutex_lock(&nbd->lock);
            g_queue_push_head(&nbd->waiting, cmd->req);
            pthread_mutex_unlock(&nbd->lock);
        } else {
            finish_request(cmd->req, EIO);
        }
        command_free(cmd);
    }
}

void nbdconn_fail_waiting(BlockNbd *nbd)
{
    BlockRequest *req;
    pthread_mutex_lock(&nbd->lock);
    while ((req = g_queue_pop_head(&nbd->waiting))) {
        finish_request(req, EIO);
    }
    pthread_mutex_unlock(&nbd->lock);
}
