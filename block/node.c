/*
 * Block nodes: their names, what stands on what, and who uses them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include <inttypes.h>
#include <string.h>

static GPtrArray *nodes;

const GPtrArray *block_nodes(void)
{
    if (!nodes) {
        nodes = g_ptr_array_new();
    }
    return nodes;
}

BlockNode *block_node_find(const char *name)
{
    const GPtrArray *all = block_nodes();
    for (guint i = 0; i < all->len; i++) {
        BlockNode *node = g_ptr_array_index(all, i);
        if (g_str_equal(node->name, name)) {
            return node;
        }
    }
    return NULL;
}

static char *new_name(void)
{
    static unsigned next = 100;
    return g_strdup_printf("#block%u", next++);
}

const BlockNode *block_node_bottom(const BlockNode *node)
{
    while (node->below) {
        node = node->below;
    }
    return node;
}

/* ---- references ---- */

void block_node_ref(BlockNode *node)
{
    node->refs++;
}

void block_node_unref(BlockNode *node)
{
    if (--node->refs) {
        return;
    }
    BlockNode *below = node->below;
    if (below) {
        block_node_unuse(below, !node->read_only);
    }
    if (below && node->owns_below) {
        block_node_delete(below, NULL);
    }
    block_file_close(node->file);
    block_nbd_close(node->nbd);
    g_free(node->name);
    g_free(node);
}

/*
 * One may write, or many may read. Of a file that is written no other process may know anything,
 * and the lock for that is taken with the first who writes.
 */
bool block_node_use(BlockNode *node, bool write, Error **errp)
{
    if (write && node->read_only) {
        error_setg(errp, "Block node '%s' is read-only", node->name);
        return false;
    }
    if (block_node_bottom(node)->resize) {
        error_setg(errp, "Node '%s' is being resized", node->name);
        return false;
    }
    if (node->writers || (write && node->parents)) {
        error_setg(errp,
                   "Node '%s' is in use, and can be by one that writes or by several that "
                   "only read",
                   node->name);
        return false;
    }
    if (write && node->file && !block_file_lock(node->file, true, errp)) {
        return false;
    }
    node->parents++;
    node->writers += write;
    block_node_ref(node);
    return true;
}

void block_node_unuse(BlockNode *node, bool write)
{
    node->parents--;
    node->writers -= write;
    if (write && node->file && !node->resize) {
        block_file_lock(node->file, false, NULL);
    }
    block_node_unref(node);
}

bool block_node_delete(BlockNode *node, Error **errp)
{
    if (node->parents) {
        error_setg(errp, "Node %s is in use", node->name);
        return false;
    }
    g_ptr_array_remove(nodes, node);
    if (node->nbd && node->refs > 1) {
        /* Requests of who has gone would wait for ever if the server did not answer. */
        block_nbd_break(node->nbd);
    }
    block_node_unref(node);
    return true;
}

/* ---- building ---- */

static bool check_name(const BlockdevOptions *options, Error **errp)
{
    const char *name = options->node_name;
    if (!name) {
        return true;
    }
    if (!g_ascii_isalpha(name[0]) || strlen(name) > 63 ||
        name[strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._")]) {
        error_setg(errp,
                   "Invalid node-name: '%s'; up to 63 letters, digits, '-', '.' and '_' are "
                   "accepted, a letter first",
                   name);
        return false;
    }
    if (block_node_find(name)) {
        error_setg(errp, "Duplicate nodes with node-name='%s'", name);
        return false;
    }
    return true;
}

static bool check_zeroes(const BlockdevOptions *options, Error **errp)
{
    if (options->detect_zeroes != BLOCKDEV_DETECT_ZEROES_OPTIONS_UNMAP ||
        options->discard == BLOCKDEV_DISCARD_OPTIONS_UNMAP) {
        return true;
    }
    error_setg(errp, "setting detect-zeroes to unmap is not allowed without setting discard "
                     "operation to unmap");
    return false;
}

static uint64_t round_up(uint64_t size)
{
    return (size + BLOCK_SECTOR_SIZE - 1) / BLOCK_SECTOR_SIZE * BLOCK_SECTOR_SIZE;
}

/* Where in the node below this one lies. */
static bool place_part(BlockNode *node, const BlockdevOptionsRaw *opts, Error **errp)
{
    uint64_t whole = node->below->size;
    node->offset = opts->has_offset ? opts->offset : 0;
    if (node->offset > whole) {
        error_setg(errp, "Parameter 'offset' expects at most %" PRIu64 ", the size of '%s'", whole,
                   node->below->name);
        return false;
    }
    uint64_t rest = whole - node->offset;
    node->fixed_size = opts->has_size;
    node->size = opts->has_size ? opts->size : rest;
    if (node->size > rest) {
        error_setg(errp,
                   "Parameter 'size' expects at most %" PRIu64 ", what '%s' has after the "
                   "offset",
                   rest, node->below->name);
        return false;
    }
    if (node->offset % BLOCK_SECTOR_SIZE || node->size % BLOCK_SECTOR_SIZE) {
        error_setg(errp, "Parameters 'offset' and 'size' expect multiples of %u",
                   BLOCK_SECTOR_SIZE);
        return false;
    }
    return true;
}

static BlockNode *node_below(BlockNode *node, const BlockdevRef *ref, BlockOpened *opened,
                             Error **errp)
{
    if (ref->type == QTYPE_QDICT) {
        node->owns_below = true;
        return block_node_build(&ref->u.definition, opened, errp);
    }
    BlockNode *below = block_node_find(ref->u.reference);
    if (!below) {
        error_setg(errp, "Cannot find device='' nor node-name='%s'", ref->u.reference);
    }
    return below;
}

static bool build_part(BlockNode *node, const BlockdevOptionsRaw *opts, BlockOpened *opened,
                       Error **errp)
{
    BlockNode *below = node_below(node, opts->file, opened, errp);
    if (!below) {
        return false;
    }
    if (!block_node_use(below, !node->read_only, errp)) {
        if (node->owns_below) {
            block_node_delete(below, NULL);
        }
        return false;
    }
    node->below = below;
    return place_part(node, opts, errp);
}

static bool build(BlockNode *node, const BlockdevOptions *options, BlockOpened *opened,
                  Error **errp)
{
    if (options->driver == BLOCKDEV_DRIVER_FILE) {
        node->file = g_steal_pointer(&opened->file);
        node->read_only = !node->file->writable;
        node->size = round_up(node->file->size);
        return true;
    }
    if (options->driver == BLOCKDEV_DRIVER_NBD) {
        node->nbd = g_steal_pointer(&opened->nbd);
        node->read_only |= block_nbd_is_read_only(node->nbd);
        node->size = block_nbd_size(node->nbd);
        return true;
    }
    return build_part(node, &options->u.raw, opened, errp);
}

BlockNode *block_node_build(const BlockdevOptions *options, BlockOpened *opened, Error **errp)
{
    if (!check_name(options, errp) || !check_zeroes(options, errp)) {
        return NULL;
    }
    BlockNode *node = g_new0(BlockNode, 1);
    node->refs = 1;
    node->driver = options->driver;
    node->name = options->node_name ? g_strdup(options->node_name) : new_name();
    node->read_only = options->read_only;
    node->unmap = options->has_discard && options->discard == BLOCKDEV_DISCARD_OPTIONS_UNMAP;
    node->no_flush = options->cache && options->cache->no_flush;
    node->detect_zeroes = options->detect_zeroes;
    if (!build(node, options, opened, errp)) {
        block_node_unref(node);
        return NULL;
    }
    g_ptr_array_add((GPtrArray *)block_nodes(), node);
    return node;
}

bool block_options_direct(const BlockdevOptions *options)
{
    while (!options->cache || !options->cache->direct) {
        if (options->driver != BLOCKDEV_DRIVER_RAW || options->u.raw.file->type != QTYPE_QDICT) {
            return false;
        }
        options = &options->u.raw.file->u.definition;
    }
    return true;
}

const BlockdevOptions *block_options_bottom(const BlockdevOptions *options)
{
    while (options->driver == BLOCKDEV_DRIVER_RAW) {
        const BlockdevRef *ref = options->u.raw.file;
        if (ref->type != QTYPE_QDICT) {
            return NULL;
        }
        options = &ref->u.definition;
    }
    return options;
}
