/*
 * Write thresholds: a client is told when a guest first writes behind some place of a node, so that
 * it can give what the node is on more room in time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include "qapi/qapi-commands-block-core.h"
#include "qapi/qapi-events-block-core.h"

static void check_node(BlockNode *node, uint64_t end)
{
    uint64_t threshold = node->write_threshold;
    if (threshold && end > threshold) {
        /* Once: whoever has made room sets the next one. */
        node->write_threshold = 0;
        qapi_event_send_block_write_threshold(node->name, end - threshold, threshold);
    }
}

void block_threshold_check(const BlockRequest *req)
{
    uint64_t end = req->offset + req->bytes;
    if (req->op == BLOCK_READ || req->op == BLOCK_FLUSH) {
        return;
    }
    for (BlockNode *node = req->blk->node; node; node = node->below) {
        check_node(node, end);
        end += node->offset;
    }
}

void coroutine_fn qmp_block_set_write_threshold(const char *node_name, uint64_t write_threshold,
                                                Error **errp)
{
    BlockNode *node = block_node_find(node_name);
    if (!node) {
        error_setg(errp, "Failed to find node with node-name='%s'", node_name);
        return;
    }
    node->write_threshold = write_threshold;
}
