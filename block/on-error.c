/*
 * Requests that fail: whether the guest hears of it, or the machine stops until somebody has
 * helped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include "qapi/qapi-events-block-core.h"

#include <errno.h>

bool block_parse_on_error(const char *property, const char *word, BlockOnError otherwise,
                          BlockOnError *on_error, Error **errp)
{
    static const char *const words[] = {
        [BLOCK_ON_ERROR_REPORT] = "report",
        [BLOCK_ON_ERROR_IGNORE] = "ignore",
        [BLOCK_ON_ERROR_ENOSPC] = "enospc",
        [BLOCK_ON_ERROR_STOP] = "stop",
    };
    *on_error = otherwise;
    if (!word || g_str_equal(word, "auto")) {
        return true;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_equal(word, words[i])) {
            *on_error = i;
            return true;
        }
    }
    error_setg(errp,
               "Property '%s' expects 'report', 'ignore', 'enospc', 'stop' or 'auto', not '%s'",
               property, word);
    return false;
}

void block_backend_set_on_error(BlockBackend *blk, const BlockOnError on_error[BLOCK_ERRORS],
                                BlockRetryFn *retry, void *opaque)
{
    for (unsigned i = 0; i < BLOCK_ERRORS; i++) {
        blk->on_error[i] = on_error[i];
    }
    blk->retry = retry;
    blk->retry_opaque = opaque;
}

void block_backend_set_writes_through(BlockBackend *blk, bool writes_through)
{
    blk->writes_through = writes_through;
}

bool block_backend_may_stop(const BlockBackend *blk)
{
    return blk->on_error[BLOCK_ERROR_OF_READ] == BLOCK_ON_ERROR_STOP ||
           blk->on_error[BLOCK_ERROR_OF_WRITE] == BLOCK_ON_ERROR_STOP ||
           blk->on_error[BLOCK_ERROR_OF_WRITE] == BLOCK_ON_ERROR_ENOSPC;
}

static BlockErrorAction choose(BlockOnError on_error, int error)
{
    switch (on_error) {
    case BLOCK_ON_ERROR_IGNORE:
        return BLOCK_ERROR_ACTION_IGNORE;
    case BLOCK_ON_ERROR_STOP:
        return BLOCK_ERROR_ACTION_STOP;
    case BLOCK_ON_ERROR_ENOSPC:
        return error == ENOSPC ? BLOCK_ERROR_ACTION_STOP : BLOCK_ERROR_ACTION_REPORT;
    default:
        return BLOCK_ERROR_ACTION_REPORT;
    }
}

BlockErrorAction block_backend_handle_error(BlockBackend *blk, const BlockRequest *req, int error)
{
    bool is_read = req->op == BLOCK_READ;
    BlockErrorAction action =
        choose(blk->on_error[is_read ? BLOCK_ERROR_OF_READ : BLOCK_ERROR_OF_WRITE], error);
    /* The first one counts. */
    if (action == BLOCK_ERROR_ACTION_STOP && blk->io_status == BLOCK_DEVICE_IO_STATUS_OK) {
        blk->io_status =
            error == ENOSPC ? BLOCK_DEVICE_IO_STATUS_NOSPACE : BLOCK_DEVICE_IO_STATUS_FAILED;
    }
    qapi_event_send_block_io_error(blk->device ?: "", blk->id ?: "", blk->node->name,
                                   is_read ? IO_OPERATION_TYPE_READ : IO_OPERATION_TYPE_WRITE,
                                   action, error == ENOSPC, g_strerror(error));
    return action;
}

bool block_is_stopped(void)
{
    const GPtrArray *all = block_backends();
    for (guint i = 0; i < all->len; i++) {
        const BlockBackend *blk = g_ptr_array_index(all, i);
        if (blk->io_status != BLOCK_DEVICE_IO_STATUS_OK) {
            return true;
        }
    }
    return false;
}

void block_retry(void)
{
    const GPtrArray *all = block_backends();
    for (guint i = 0; i < all->len; i++) {
        BlockBackend *blk = g_ptr_array_index(all, i);
        blk->io_status = BLOCK_DEVICE_IO_STATUS_OK;
        if (blk->retry) {
            blk->retry(blk->retry_opaque);
        }
    }
}
