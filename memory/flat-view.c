/*
 * Flattening a tree of regions into sorted ranges, by priority and through aliases.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory-internal.h"

#include "util/compiler.h"

#include <string.h>

/* Aliases can lead in circles; no sane tree is as deep as this. */
#define MAX_DEPTH 64

/* Where a region begins may lie below 0 when an alias shows only its upper part. */
__extension__ typedef __int128 Position;

static Position region_last(const MemoryRegion *mr, Position base)
{
    Position size = mr->size == UINT64_MAX ? (Position)1 << 64 : (Position)mr->size;
    return base + size - 1;
}

static void insert_piece(GArray *ranges, unsigned at, const MemoryRegion *mr, Position base,
                         hwaddr first, hwaddr last)
{
    hwaddr offset = (hwaddr)(first - base);
    FlatRange range = {
        .first = first,
        .last = last,
        .mr = mr,
        .offset = offset,
        .host = mr->ram ? mr->ram + offset : NULL,
        .dirty = mr->dirty,
        .read_only = mr->read_only,
    };
    g_array_insert_val(ranges, at, range);
}

/* Put @mr wherever nothing of a higher priority stands between @first and @last. */
static void fill_gaps(GArray *ranges, const MemoryRegion *mr, Position base, hwaddr first,
                      hwaddr last)
{
    unsigned i = 0;
    while (i < ranges->len && g_array_index(ranges, FlatRange, i).last < first) {
        i++;
    }
    for (;;) {
        if (i == ranges->len || g_array_index(ranges, FlatRange, i).first > last) {
            insert_piece(ranges, i, mr, base, first, last);
            return;
        }
        FlatRange taken = g_array_index(ranges, FlatRange, i);
        if (first < taken.first) {
            insert_piece(ranges, i, mr, base, first, taken.first - 1);
            i++;
        }
        if (taken.last >= last) {
            return;
        }
        first = taken.last + 1;
        i++;
    }
}

static void render(GArray *ranges, const MemoryRegion *mr, Position base, hwaddr first, hwaddr last,
                   unsigned depth)
{
    g_assert(depth < MAX_DEPTH);
    Position end = region_last(mr, base);
    if (!mr->enabled || mr->size == 0 || base > (Position)last || end < (Position)first) {
        return;
    }
    first = base > (Position)first ? (hwaddr)base : first;
    last = end < (Position)last ? (hwaddr)end : last;
    if (mr->alias) {
        render(ranges, mr->alias, base - (Position)mr->alias_offset, first, last, depth + 1);
        return;
    }
    for (GList *l = mr->children; l; l = l->next) {
        const MemoryRegion *child = l->data;
        render(ranges, child, base + (Position)child->offset, first, last, depth + 1);
    }
    if (mr->ram || mr->ops) {
        fill_gaps(ranges, mr, base, first, last);
    }
}

/* Pieces of one region that touch are one range again. */
static bool can_merge(const FlatRange *a, const FlatRange *b)
{
    return a->mr == b->mr && a->last + 1 == b->first &&
           a->offset + (b->first - a->first) == b->offset;
}

FlatView *flat_view_build(const MemoryRegion *root)
{
    g_autoptr(GArray) ranges = g_array_new(false, false, sizeof(FlatRange));
    render(ranges, root, 0, 0, UINT64_MAX, 0);
    FlatView *view = g_malloc(sizeof(*view) + ranges->len * sizeof(FlatRange));
    view->count = 0;
    for (unsigned i = 0; i < ranges->len; i++) {
        const FlatRange *range = &g_array_index(ranges, FlatRange, i);
        FlatRange *before = view->count ? &view->ranges[view->count - 1] : NULL;
        if (before && can_merge(before, range)) {
            before->last = range->last;
        } else {
            view->ranges[view->count++] = *range;
        }
    }
    return view;
}

bool flat_view_equal(const FlatView *a, const FlatView *b)
{
    if (a->count != b->count) {
        return false;
    }
    for (unsigned i = 0; i < a->count; i++) {
        const FlatRange *x = &a->ranges[i], *y = &b->ranges[i];
        if (x->first != y->first || x->last != y->last || x->mr != y->mr ||
            x->offset != y->offset || x->host != y->host || x->dirty != y->dirty ||
            x->read_only != y->read_only) {
            return false;
        }
    }
    return true;
}
