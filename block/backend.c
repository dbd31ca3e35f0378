/*
 * Disks: what devices of the guest read and write, and the -drives that wait for one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"
#include "throttle.h"

#include <string.h>

static GPtrArray *backends;

const GPtrArray *block_backends(void)
{
    if (!backends) {
        backends = g_ptr_array_new();
    }
    return backends;
}

BlockBackend *block_drive_find(const char *id)
{
    const GPtrArray *all = block_backends();
    for (guint i = 0; i < all->len; i++) {
        BlockBackend *blk = g_ptr_array_index(all, i);
        if (g_strcmp0(blk->id, id) == 0) {
            return blk;
        }
    }
    return NULL;
}

void block_backend_unref(BlockBackend *blk)
{
    if (--blk->refs == 0) {
        block_node_unref(blk->node);
        g_free(blk->id);
        g_free(blk->device);
        g_free(blk);
    }
}

static BlockBackend *backend_new(BlockNode *node)
{
    BlockBackend *blk = g_new0(BlockBackend, 1);
    blk->refs = 1;
    blk->node = node;
    blk->defaults = block_defaults();
    block_node_ref(node);
    g_ptr_array_add((GPtrArray *)block_backends(), blk);
    return blk;
}

BlockDefaults block_defaults(void)
{
    return (BlockDefaults){ .on_error = { [BLOCK_ERROR_OF_READ] = BLOCK_ON_ERROR_REPORT,
                                          [BLOCK_ERROR_OF_WRITE] = BLOCK_ON_ERROR_ENOSPC } };
}

const BlockDefaults *block_backend_defaults(const BlockBackend *blk)
{
    return &blk->defaults;
}

bool no_coroutine_fn block_drive_create(const char *id, const BlockdevOptions *options,
                                        const BlockDefaults *defaults, Error **errp)
{
    if (block_drive_find(id) || block_node_find(id)) {
        error_setg(errp, "Duplicate ID '%s' for drive", id);
        return false;
    }
    BlockNode *node = block_node_create(options, errp);
    if (node) {
        BlockBackend *blk = backend_new(node);
        blk->id = g_strdup(id);
        blk->defaults = *defaults;
        blk->writes_through = defaults->writes_through;
    }
    return node != NULL;
}

bool block_is_writable(const char *drive)
{
    const BlockBackend *blk = block_drive_find(drive);
    const BlockNode *node = blk ? blk->node : block_node_find(drive);
    return node && !node->read_only;
}

BlockBackend *block_backend_attach(const char *drive, bool read_only, Error **errp)
{
    BlockBackend *blk = block_drive_find(drive);
    BlockNode *node = blk ? blk->node : block_node_find(drive);
    if (!node) {
        error_setg(errp,
                   "Property 'drive' can't find value '%s': neither a -drive nor a block node "
                   "is called that",
                   drive);
        return NULL;
    }
    if (blk && blk->attached) {
        error_setg(errp, "Drive '%s' is already in use by another block device", drive);
        return NULL;
    }
    if (!block_node_use(node, !read_only, errp)) {
        return NULL;
    }
    if (!blk) {
        blk = backend_new(node);
    }
    blk->attached = true;
    blk->writes = !read_only;
    return blk;
}

void block_backend_set_device(BlockBackend *blk, const char *path)
{
    g_free(blk->device);
    blk->device = g_strdup(path);
}

bool block_backend_uses_uring(const BlockBackend *blk)
{
    const BlockNode *bottom = block_node_bottom(blk->node);
    return bottom->file && bottom->file->uring;
}

void block_backend_set_uring(BlockBackend *blk, BlockUring *ring)
{
    blk->uring = ring;
}

void block_backend_detach(BlockBackend *blk)
{
    g_clear_pointer(&blk->device, g_free);
    block_node_unuse(blk->node, blk->writes);
    blk->attached = blk->writes = false;
    blk->writes_through = blk->defaults.writes_through;
    blk->retry = NULL;
    blk->resized = NULL;
    blk->uring = NULL;
    memset(blk->on_error, 0, sizeof(blk->on_error));
    blk->io_status = BLOCK_DEVICE_IO_STATUS_OK;
    block_cancel_waiting(blk);
    if (!blk->id) {
        block_throttle_remove(blk);
        g_ptr_array_remove(backends, blk);
        block_backend_unref(blk);
    }
}

void block_backend_set_resized(BlockBackend *blk, uint32_t unit, BlockResizedFn *fn, void *opaque)
{
    blk->unit = unit;
    blk->resized = fn;
    blk->resized_opaque = opaque;
}

uint64_t block_backend_size(const BlockBackend *blk)
{
    return blk->node->size;
}
