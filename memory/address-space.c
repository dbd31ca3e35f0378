/*
 * Address spaces: publishing a new flat view whenever the tree of regions has changed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory-internal.h"

#include "util/bql.h"

static GList *address_spaces; /* BQL; in order of creation */
static AddressSpace *system_space;
static unsigned transaction_depth;
static bool transaction_dirty;

static void publish(AddressSpace *as)
{
    FlatView *view = flat_view_build(as->root);
    if (flat_view_equal(view, as->view)) {
        g_free(view);
        return;
    }
    FlatView *old = __atomic_exchange_n(&as->view, view, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&as->generation, 1, __ATOMIC_RELEASE);
    flat_view_retire(old);
    if (as->changed) {
        as->changed(as, as->changed_opaque);
    }
}

void memory_transaction_begin(void)
{
    transaction_depth++;
}

void memory_transaction_commit(void)
{
    g_assert(transaction_depth);
    if (--transaction_depth == 0 && transaction_dirty) {
        transaction_dirty = false;
        for (GList *l = address_spaces; l; l = l->next) {
            publish(l->data);
        }
    }
}

void memory_tree_changed(void)
{
    bql_assert_locked();
    transaction_dirty = true;
    memory_transaction_begin();
    memory_transaction_commit();
}

AddressSpace *address_space_new(MemoryRegion *root, const char *name)
{
    g_assert(!root->container && !root->root_of);
    AddressSpace *as = g_new0(AddressSpace, 1);
    as->name = g_strdup(name);
    as->root = root;
    as->view = flat_view_build(root);
    as->generation = 1;
    root->root_of = as;
    address_spaces = g_list_append(address_spaces, as);
    return as;
}

void address_space_free(AddressSpace *as)
{
    if (system_space == as) {
        system_space = NULL;
    }
    address_spaces = g_list_remove(address_spaces, as);
    as->root->root_of = NULL;
    g_free(as->view);
    g_free(as->name);
    g_free(as);
}

AddressSpace *address_space_system(void)
{
    return system_space;
}

void address_space_set_system(AddressSpace *as)
{
    system_space = as;
}

void address_space_foreach(void (*fn)(AddressSpace *as, void *opaque), void *opaque)
{
    for (GList *l = address_spaces; l; l = l->next) {
        fn(l->data, opaque);
    }
}

uint64_t address_space_generation(const AddressSpace *as)
{
    return __atomic_load_n(&as->generation, __ATOMIC_ACQUIRE);
}

void address_space_set_listener(AddressSpace *as, AddressSpaceChanged *fn, void *opaque)
{
    as->changed = fn;
    as->changed_opaque = opaque;
}

void address_space_foreach_range(AddressSpace *as, FlatRangeFn *fn, void *opaque)
{
    const FlatView *view = address_space_view_locked(as);
    for (unsigned i = 0; i < view->count; i++) {
        const FlatRange *range = &view->ranges[i];
        const char *kind = !range->host ? "i/o" : range->read_only ? "rom" : "ram";
        fn(range->first, range->last, range->mr, range->offset, kind, opaque);
    }
}

bool address_space_covers(AddressSpace *as, hwaddr addr, uint64_t length, bool memory_only)
{
    const FlatView *view = address_space_view_locked(as);
    if (length && addr + (length - 1) < addr) {
        return false;
    }
    while (length) {
        const FlatRange *range = flat_view_find(view, addr);
        if (!range || (memory_only && !range->host)) {
            return false;
        }
        uint64_t left = range->last - addr;
        if (length - 1 <= left) {
            return true;
        }
        addr += left + 1;
        length -= left + 1;
    }
    return true;
}

const char *address_space_name(const AddressSpace *as)
{
    return as->name;
}

MemoryRegion *address_space_root(const AddressSpace *as)
{
    return as->root;
}
