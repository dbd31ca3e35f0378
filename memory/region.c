/*
 * Memory regions: making them and arranging them in a tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory-internal.h"

#include "ram.h"

#include <string.h>

static void region_init(MemoryRegion *mr, const char *name, uint64_t size)
{
    memset(mr, 0, sizeof(*mr));
    mr->name = g_strdup(name);
    mr->size = size;
    mr->enabled = true;
}

void memory_region_init_container(MemoryRegion *mr, const char *name, uint64_t size)
{
    region_init(mr, name, size);
}

void memory_region_init_io(MemoryRegion *mr, const MemoryRegionOps *ops, void *opaque,
                           const char *name, uint64_t size)
{
    region_init(mr, name, size);
    mr->ops = ops;
    mr->opaque = opaque;
}

bool memory_region_init_ram(MemoryRegion *mr, const char *name, uint64_t size, Error **errp)
{
    region_init(mr, name, size);
    mr->ram = ram_map(name, size, errp);
    if (!mr->ram) {
        memory_region_finish(mr);
        return false;
    }
    return true;
}

void memory_region_init_ram_mapped(MemoryRegion *mr, const char *name, uint64_t size, uint8_t *ram)
{
    region_init(mr, name, size);
    mr->ram = ram;
}

bool memory_region_init_rom(MemoryRegion *mr, const char *name, uint64_t size, Error **errp)
{
    if (!memory_region_init_ram(mr, name, size, errp)) {
        return false;
    }
    mr->read_only = true;
    return true;
}

void memory_region_init_alias(MemoryRegion *mr, const char *name, MemoryRegion *target,
                              hwaddr offset, uint64_t size)
{
    region_init(mr, name, size);
    mr->alias = target;
    mr->alias_offset = offset;
}

void memory_region_finish(MemoryRegion *mr)
{
    g_assert(!mr->container && !mr->children && !mr->root_of);
    if (mr->ram) {
        /* A reader of an older view may be copying from it right now. */
        flat_view_synchronize();
        ram_unmap(mr->ram, mr->size);
    }
    g_free(mr->dirty);
    g_free(mr->name);
    memset(mr, 0, sizeof(*mr));
}

static hwaddr last_of(hwaddr offset, uint64_t size)
{
    return size == UINT64_MAX ? UINT64_MAX : offset + size - 1;
}

static void check_siblings(const MemoryRegion *container, const MemoryRegion *mr)
{
    for (GList *l = container->children; l; l = l->next) {
        const MemoryRegion *other = l->data;
        if (other == mr || other->priority != mr->priority || !other->enabled || !mr->enabled ||
            !other->size || !mr->size) {
            continue;
        }
        if (mr->offset <= last_of(other->offset, other->size) &&
            other->offset <= last_of(mr->offset, mr->size)) {
            g_error("memory region '%s' overlaps '%s' in '%s' at equal priority %d", mr->name,
                    other->name, container->name, mr->priority);
        }
    }
}

static int compare_priority(gconstpointer a, gconstpointer b)
{
    const MemoryRegion *x = a, *y = b;
    return (y->priority > x->priority) - (y->priority < x->priority);
}

void memory_region_add(MemoryRegion *container, hwaddr offset, MemoryRegion *mr, int priority)
{
    g_assert(!mr->container && !mr->root_of && !container->alias && !container->ram);
    mr->container = container;
    mr->offset = offset;
    mr->priority = priority;
    check_siblings(container, mr);
    container->children = g_list_insert_sorted(container->children, mr, compare_priority);
    memory_tree_changed();
}

void memory_region_remove(MemoryRegion *container, MemoryRegion *mr)
{
    g_assert(mr->container == container);
    container->children = g_list_remove(container->children, mr);
    mr->container = NULL;
    memory_tree_changed();
}

void memory_region_set_enabled(MemoryRegion *mr, bool enabled)
{
    if (mr->enabled == enabled) {
        return;
    }
    mr->enabled = enabled;
    if (mr->container) {
        check_siblings(mr->container, mr);
    }
    memory_tree_changed();
}

void memory_region_set_offset(MemoryRegion *mr, hwaddr offset)
{
    if (mr->offset == offset) {
        return;
    }
    mr->offset = offset;
    if (mr->container) {
        check_siblings(mr->container, mr);
    }
    memory_tree_changed();
}

uint8_t *memory_region_ram(const MemoryRegion *mr)
{
    return mr->ram;
}

void memory_region_ram_read(const MemoryRegion *mr, hwaddr offset, void *buf, uint64_t length)
{
    g_assert(length <= mr->size && offset <= mr->size - length);
    ram_copy_from(buf, memory_region_ram(mr) + offset, length);
}

uint64_t memory_region_size(const MemoryRegion *mr)
{
    return mr->size;
}

const char *memory_region_name(const MemoryRegion *mr)
{
    return mr->name;
}

void memory_region_track_dirty(MemoryRegion *mr)
{
    g_assert(mr->ram);
    if (!mr->dirty) {
        mr->dirty = g_malloc0((mr->size + MEMORY_PAGE_SIZE - 1) >> MEMORY_PAGE_BITS);
        memory_tree_changed();
    }
}

bool memory_region_test_and_clear_dirty(MemoryRegion *mr, hwaddr offset)
{
    g_assert(mr->dirty && offset < mr->size);
    uint8_t *mark = &mr->dirty[offset >> MEMORY_PAGE_BITS];
    /* Most pages are clean most of the time: do not take the cache line away from the harts. */
    return __atomic_load_n(mark, __ATOMIC_RELAXED) &&
           __atomic_exchange_n(mark, 0, __ATOMIC_SEQ_CST);
}

void memory_region_set_dirty(MemoryRegion *mr, hwaddr offset, uint64_t length)
{
    if (!mr->dirty || !length) {
        return;
    }
    g_assert(offset < mr->size && length <= mr->size - offset);
    ram_mark_dirty(mr->dirty, offset, length);
}
