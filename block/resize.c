/*
 * Files that grow and shrink below their nodes while guests use them.
 *
 * Requests to the file that are under way come to their end first; those that come meanwhile are
 * held back, and then find the new size. Nodes that reach to the end of the file go on doing so;
 * where one has a size of its own, or a device could not have the new one, nothing is changed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include "qapi/qapi-commands-block-core.h"
#include "qapi/qmp-cancel.h"
#include "util/co-sync.h"
#include "util/worker-pool.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

struct BlockResize {
    BlockNode *target; /* counted; what was asked for */
    BlockNode *bottom; /* the file below it, or itself */
    uint64_t bytes;    /* of the file, as it shall be */
    bool run;          /* the worker has been there: */
    int error;         /* an errno; 0: the file has got the size */
    CoQueue idle;      /* until nothing is under way */
    GQueue held;       /* BlockRequest */
};

/* ---- requests ---- */

bool block_resize_hold(BlockRequest *req)
{
    BlockResize *resize = req->file->resize;
    if (resize) {
        req->file = NULL;
        g_queue_push_tail(&resize->held, req);
    } else {
        req->file->in_flight++;
    }
    return resize;
}

void block_resize_request_done(BlockNode *file)
{
    if (--file->in_flight == 0 && file->resize) {
        co_queue_wake_all(&file->resize->idle);
    }
}

/* ---- whether it can be done ---- */

/* Where in the file the node begins. */
static uint64_t place_of(const BlockNode *node)
{
    uint64_t place = 0;
    for (; node; node = node->below) {
        place += node->offset;
    }
    return place;
}

/* Of the file, with part of a sector counted as a whole one. */
static uint64_t whole_sectors(const BlockResize *resize)
{
    return (resize->bytes + BLOCK_SECTOR_SIZE - 1) / BLOCK_SECTOR_SIZE * BLOCK_SECTOR_SIZE;
}

/* Which node stands in the way of resizing @node, and why; NULL: none. */
static const char *find_obstacle(const BlockNode *node, const BlockResize *resize)
{
    if (node->fixed_size) {
        return "has a fixed size";
    }
    return place_of(node) > whole_sectors(resize) ? "begins behind the new end of the file" : NULL;
}

static bool check_nodes(const BlockResize *resize, Error **errp)
{
    const GPtrArray *nodes = block_nodes();
    for (guint i = 0; i < nodes->len; i++) {
        const BlockNode *node = g_ptr_array_index(nodes, i);
        const char *why =
            block_node_bottom(node) == resize->bottom ? find_obstacle(node, resize) : NULL;
        if (why) {
            error_setg(errp, "Node '%s' cannot be resized: node '%s' %s", resize->target->name,
                       node->name, why);
            return false;
        }
    }
    return true;
}

static bool check_disks(const BlockResize *resize, Error **errp)
{
    const GPtrArray *all = block_backends();
    for (guint i = 0; i < all->len; i++) {
        const BlockBackend *blk = g_ptr_array_index(all, i);
        if (block_node_bottom(blk->node) == resize->bottom && blk->resized &&
            (whole_sectors(resize) - place_of(blk->node)) % blk->unit) {
            error_setg(errp,
                       "Node '%s' cannot be resized: parameter 'size' expects a multiple of %u, "
                       "the logical_block_size of device '%s'",
                       resize->target->name, blk->unit, blk->device);
            return false;
        }
    }
    return true;
}

static bool check_target(const BlockNode *node, const BlockNode *bottom, Error **errp)
{
    if (bottom->nbd) {
        error_setg(errp, "Node '%s' cannot be resized: the size of an export is its NBD server's",
                   node->name);
    } else if (node->read_only) {
        error_setg(errp, "Node '%s' cannot be resized: it is read-only", node->name);
    } else if (bottom->resize) {
        error_setg(errp, "Node '%s' is being resized", node->name);
    } else {
        return true;
    }
    return false;
}

static bool check_size(const BlockNode *node, uint64_t size, Error **errp)
{
    uint64_t most = BLOCK_MAX_SIZE - place_of(node);
    if (size > most) {
        error_setg(errp, "Parameter 'size' expects at most %" PRIu64 " for node '%s'", most,
                   node->name);
    }
    return size <= most;
}

/* ---- doing it ---- */

static void set_sizes(const BlockResize *resize)
{
    const GPtrArray *nodes = block_nodes();
    resize->bottom->size = whole_sectors(resize); /* which may have been deleted meanwhile */
    for (guint i = 0; i < nodes->len; i++) {
        BlockNode *node = g_ptr_array_index(nodes, i);
        if (block_node_bottom(node) == resize->bottom) {
            node->size = whole_sectors(resize) - place_of(node);
        }
    }
}

static void tell_devices(const BlockResize *resize)
{
    const GPtrArray *all = block_backends();
    for (guint i = 0; i < all->len; i++) {
        const BlockBackend *blk = g_ptr_array_index(all, i);
        if (block_node_bottom(blk->node) == resize->bottom && blk->resized) {
            blk->resized(blk->resized_opaque);
        }
    }
}

/* Main loop. Whatever became of it: others have their turn. Frees @resize. */
static void finish(void *opaque)
{
    BlockResize *resize = opaque;
    BlockNode *bottom = resize->bottom;
    BlockRequest *req;
    bottom->resize = NULL;
    if (resize->run && !resize->error && bottom->size != whole_sectors(resize)) {
        set_sizes(resize);
        tell_devices(resize);
    }
    if (!bottom->writers) {
        block_file_lock(bottom->file, false, NULL);
    }
    while ((req = g_queue_pop_head(&resize->held))) {
        block_request_dispatch(req);
    }
    co_queue_finish(&resize->idle);
    block_node_unref(resize->target);
    g_free(resize);
}

static void run_truncate(void *data)
{
    BlockResize *resize = data;
    int result;
    do {
        result = ftruncate(resize->bottom->file->fd, (off_t)resize->bytes);
    } while (result < 0 && errno == EINTR);
    resize->error = result < 0 ? errno : 0;
    resize->run = true;
}

/* Nobody waits any more, and yet the file may have changed. */
static void abandon_truncate(void *data)
{
    event_loop_run_once(main_loop(), finish, data);
}

static const WorkerJob truncate_job = { .run = run_truncate, .abandon = abandon_truncate };

/* From now on requests are held, until finish(). */
static BlockResize *begin(BlockNode *node, uint64_t size, Error **errp)
{
    BlockNode *bottom = node;
    while (bottom->below) {
        bottom = bottom->below;
    }
    if (!check_target(node, bottom, errp) || !check_size(node, size, errp)) {
        return NULL;
    }
    BlockResize *resize = g_new0(BlockResize, 1);
    *resize = (BlockResize){ .target = node, .bottom = bottom, .bytes = place_of(node) + size };
    /* Who writes has this lock; no other process may use what nobody here uses. */
    if (!check_nodes(resize, errp) || !check_disks(resize, errp) ||
        (!bottom->writers && !block_file_lock(bottom->file, true, errp))) {
        g_free(resize);
        return NULL;
    }
    co_queue_init(&resize->idle);
    g_queue_init(&resize->held);
    block_node_ref(node);
    bottom->resize = resize;
    return resize;
}

static bool coroutine_fn wait_until_idle(BlockResize *resize)
{
    while (resize->bottom->in_flight) {
        if (!co_queue_wait(&resize->idle)) {
            return false;
        }
    }
    return true;
}

static void coroutine_fn run(BlockResize *resize, const char *name, Error **errp)
{
    coroutine_set_waits_for(coroutine_self(), "the file");
    if (!wait_until_idle(resize)) {
        finish(resize);
        qmp_set_cancelled(errp, "Resizing node '%s'", name);
        return;
    }
    if (!co_worker_run(&truncate_job, resize)) {
        qmp_set_cancelled(errp, "Waiting for node '%s' to be resized", name);
        return;
    }
    if (resize->error) {
        error_setg_errno(errp, resize->error, "Could not resize '%s', which node '%s' is on",
                         resize->bottom->file->filename, name);
    }
    finish(resize);
}

void coroutine_fn qmp_block_resize(const char *device, const char *node_name, uint64_t size,
                                   Error **errp)
{
    BlockBackend *blk = device ? block_drive_find(device) : NULL;
    BlockNode *node = blk ? blk->node : node_name ? block_node_find(node_name) : NULL;
    if (!node) {
        error_setg(errp, "Cannot find device='%s' nor node-name='%s'", device ? device : "",
                   node_name ? node_name : "");
        return;
    }
    g_autofree char *name = g_strdup(node->name);
    BlockResize *resize = begin(node, size, errp);
    if (resize) {
        run(resize, name, errp);
    }
}
