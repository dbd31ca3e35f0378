/*
 * HMP commands of guest memory: info mtree, xp.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory-dump.h"
#include "memory/memory.h"
#include "monitor/hmp-commands.h"

#include <inttypes.h>

/* ---- info mtree ---- */

typedef struct MtreeContext {
    Hmp *hmp;
    GPtrArray *targets; /* what aliases lead to; shown after the address spaces */
    unsigned view;      /* number of the flat view being shown */
} MtreeContext;

static hwaddr region_last(hwaddr base, const MemoryRegion *mr)
{
    return mr->size == UINT64_MAX ? UINT64_MAX : base + (mr->size - 1);
}

static const char *region_kind(const MemoryRegion *mr)
{
    while (mr->alias) {
        mr = mr->alias;
    }
    return !mr->ram ? "i/o" : mr->read_only ? "rom" : "ram";
}

static int compare_position(gconstpointer a, gconstpointer b)
{
    const MemoryRegion *x = a, *y = b;
    if (x->offset != y->offset) {
        return x->offset > y->offset ? 1 : -1;
    }
    return (y->priority > x->priority) - (y->priority < x->priority);
}

static void print_region(MtreeContext *c, const MemoryRegion *mr, hwaddr base, unsigned indent)
{
    if (!mr->enabled) {
        return;
    }
    hmp_printf(c->hmp, "%*s%016" PRIx64 "-%016" PRIx64 " (prio %d, %s): ", (int)indent, "", base,
               region_last(base, mr), mr->priority, region_kind(mr));
    if (mr->alias) {
        hmp_printf(c->hmp, "alias %s @%s %016" PRIx64 "-%016" PRIx64 "\n", mr->name,
                   mr->alias->name, mr->alias_offset, region_last(mr->alias_offset, mr));
        if (!g_ptr_array_find(c->targets, mr->alias, NULL)) {
            g_ptr_array_add(c->targets, mr->alias);
        }
        return;
    }
    hmp_printf(c->hmp, "%s\n", mr->name);
    g_autoptr(GList) sorted = g_list_sort(g_list_copy(mr->children), compare_position);
    for (GList *l = sorted; l; l = l->next) {
        const MemoryRegion *child = l->data;
        print_region(c, child, base + child->offset, indent + 2);
    }
}

static void print_tree(AddressSpace *as, void *opaque)
{
    MtreeContext *c = opaque;
    hmp_printf(c->hmp, "address-space: %s\n", address_space_name(as));
    print_region(c, address_space_root(as), 0, 2);
    hmp_puts(c->hmp, "\n");
}

static void print_range(hwaddr first, hwaddr last, const MemoryRegion *mr, hwaddr offset,
                        const char *kind, void *opaque)
{
    Hmp *hmp = opaque;
    hmp_printf(hmp, "  %016" PRIx64 "-%016" PRIx64 " (prio %d, %s): %s", first, last, mr->priority,
               kind, mr->name);
    if (offset) {
        hmp_printf(hmp, " @%016" PRIx64, offset);
    }
    hmp_puts(hmp, "\n");
}

static void print_flat(AddressSpace *as, void *opaque)
{
    MtreeContext *c = opaque;
    const char *root = memory_region_name(address_space_root(as));
    hmp_printf(c->hmp, "FlatView #%u\n", c->view++);
    hmp_printf(c->hmp, " AS \"%s\", root: %s\n", address_space_name(as), root);
    hmp_printf(c->hmp, " Root memory region: %s\n", root);
    address_space_foreach_range(as, print_range, c->hmp);
    hmp_puts(c->hmp, "\n");
}

void coroutine_fn hmp_info_mtree(Hmp *hmp, const QDict *args)
{
    MtreeContext c = { .hmp = hmp };
    if (qdict_get_bool(args, "flatview", false)) {
        address_space_foreach(print_flat, &c);
        return;
    }
    g_autoptr(GPtrArray) targets = g_ptr_array_new();
    c.targets = targets;
    address_space_foreach(print_tree, &c);
    for (guint i = 0; i < targets->len; i++) {
        const MemoryRegion *mr = g_ptr_array_index(targets, i);
        hmp_printf(hmp, "memory-region: %s\n", mr->name);
        print_region(&c, mr, mr->container ? mr->offset : 0, 2);
        hmp_puts(hmp, "\n");
    }
}

/* ---- xp ---- */

static bool read_physical(void *opaque, uint64_t addr, void *buf, uint64_t length)
{
    AddressSpace *as = opaque;
    return as && address_space_read(as, addr, buf, length) == MEM_OK;
}

void coroutine_fn hmp_xp(Hmp *hmp, const QDict *args)
{
    hmp_memory_dump(hmp, args, read_physical, address_space_system());
}
