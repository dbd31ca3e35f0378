/*
 * QMP commands of block nodes and disks: what there is, and what was read and written.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"
#include "throttle.h"

#include "qapi/qapi-commands-block-core.h"
#include "qapi/util.h"

void coroutine_fn qmp_blockdev_del(const char *node_name, Error **errp)
{
    BlockNode *node = block_node_find(node_name);
    if (!node) {
        error_setg(errp, "Failed to find node with node-name='%s'", node_name);
        return;
    }
    block_node_delete(node, errp);
}

static BlockDeviceInfo *node_info(const BlockNode *node)
{
    const BlockNode *bottom = block_node_bottom(node);
    BlockDeviceInfo *info = g_new0(BlockDeviceInfo, 1);
    info->file = g_strdup(bottom->nbd ? block_nbd_filename(bottom->nbd) : bottom->file->filename);
    info->node_name = g_strdup(node->name);
    info->ro = node->read_only;
    info->drv = g_strdup(BlockdevDriver_str(node->driver));
    info->detect_zeroes = node->detect_zeroes;
    info->cache = g_new0(BlockdevCacheInfo, 1);
    info->cache->writeback = true;
    info->cache->no_flush = node->no_flush;
    info->write_threshold = node->write_threshold;
    info->cache->direct = bottom->file && bottom->file->align;
    info->image = g_new0(ImageInfo, 1);
    info->image->filename = g_strdup(info->file);
    info->image->format = g_strdup(info->drv);
    info->image->virtual_size = (int64_t)node->size;
    if (bottom->file) {
        info->image->has_actual_size = true;
        info->image->actual_size = (int64_t)block_file_actual_size(bottom->file);
    }
    return info;
}

BlockDeviceInfoList *coroutine_fn qmp_query_named_block_nodes(bool has_flat, bool flat,
                                                              Error **errp)
{
    BlockDeviceInfoList *list = NULL, **tail = &list;
    const GPtrArray *nodes = block_nodes();
    for (guint i = nodes->len; i-- > 0;) {
        QAPI_LIST_APPEND(tail, node_info(g_ptr_array_index(nodes, i)));
    }
    return list;
}

BlockInfoList *coroutine_fn qmp_query_block(Error **errp)
{
    BlockInfoList *list = NULL, **tail = &list;
    const GPtrArray *all = block_backends();
    for (guint i = 0; i < all->len; i++) {
        const BlockBackend *blk = g_ptr_array_index(all, i);
        BlockInfo *info = g_new0(BlockInfo, 1);
        info->device = g_strdup(blk->id ? blk->id : "");
        info->qdev = g_strdup(blk->device);
        info->type = g_strdup("unknown");
        info->has_io_status = block_backend_may_stop(blk);
        info->io_status = blk->io_status;
        info->inserted = node_info(blk->node);
        info->inserted->cache->writeback = !blk->writes_through;
        block_throttle_show(blk, qapi_BlockDeviceInfo_base(info->inserted));
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

static BlockDeviceStats *stats_of(const BlockStatistics *s)
{
    BlockDeviceStats *stats = g_new0(BlockDeviceStats, 1);
    *stats = (BlockDeviceStats){
        .rd_bytes = (int64_t)s->bytes[BLOCK_READ],
        .wr_bytes = (int64_t)s->bytes[BLOCK_WRITE],
        .unmap_bytes = (int64_t)s->bytes[BLOCK_DISCARD],
        .rd_operations = (int64_t)s->operations[BLOCK_READ],
        .wr_operations = (int64_t)s->operations[BLOCK_WRITE],
        .flush_operations = (int64_t)s->operations[BLOCK_FLUSH],
        .unmap_operations = (int64_t)s->operations[BLOCK_DISCARD],
        .rd_total_time_ns = (int64_t)s->time_ns[BLOCK_READ],
        .wr_total_time_ns = (int64_t)s->time_ns[BLOCK_WRITE],
        .flush_total_time_ns = (int64_t)s->time_ns[BLOCK_FLUSH],
        .unmap_total_time_ns = (int64_t)s->time_ns[BLOCK_DISCARD],
        .wr_highest_offset = (int64_t)s->highest,
        .failed_rd_operations = (int64_t)s->failed[BLOCK_READ],
        .failed_wr_operations = (int64_t)s->failed[BLOCK_WRITE],
        .failed_flush_operations = (int64_t)s->failed[BLOCK_FLUSH],
        .failed_unmap_operations = (int64_t)s->failed[BLOCK_DISCARD],
    };
    return stats;
}

static BlockStats *node_stats(const BlockNode *node)
{
    BlockStats *stats = g_new0(BlockStats, 1);
    stats->node_name = g_strdup(node->name);
    stats->stats = stats_of(&node->stats);
    stats->parent = node->below ? node_stats(node->below) : NULL;
    return stats;
}

static BlockStats *disk_stats(const BlockBackend *blk)
{
    BlockStats *stats = node_stats(blk->node);
    stats->device = g_strdup(blk->id ? blk->id : "");
    stats->qdev = g_strdup(blk->device);
    qapi_free_BlockDeviceStats(stats->stats);
    stats->stats = stats_of(&blk->stats);
    return stats;
}

BlockStatsList *coroutine_fn qmp_query_blockstats(bool has_query_nodes, bool query_nodes,
                                                  Error **errp)
{
    BlockStatsList *list = NULL, **tail = &list;
    const GPtrArray *all = query_nodes ? block_nodes() : block_backends();
    for (guint i = 0; i < all->len; i++) {
        const void *item = g_ptr_array_index(all, i);
        QAPI_LIST_APPEND(tail, query_nodes ? node_stats(item) : disk_stats(item));
    }
    return list;
}
