/*
 * Flat views: what the files of memory/ share among themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_INTERNAL_H
#define MEMORY_INTERNAL_H

#include "memory/memory.h"

#define TARGET_PAGE_MASK (~(hwaddr)(MEMORY_PAGE_SIZE - 1))

/* One stretch of addresses that one region answers. */
typedef struct FlatRange {
    hwaddr first;
    hwaddr last; /* inclusive, so that 2^64 - 1 can be one */
    const MemoryRegion *mr;
    hwaddr offset;  /* of @first in @mr */
    uint8_t *host;  /* of @first; NULL unless RAM or ROM */
    uint8_t *dirty; /* @mr's dirty bytes, from its offset 0; NULL unless tracked */
    bool read_only;
} FlatRange;

/* Immutable once published: sorted, without overlaps. */
typedef struct FlatView {
    unsigned count;
    FlatRange ranges[];
} FlatView;

FlatView *flat_view_build(const MemoryRegion *root);
bool flat_view_equal(const FlatView *a, const FlatView *b);

static inline const FlatRange *flat_view_find(const FlatView *view, hwaddr addr)
{
    unsigned low = 0, high = view->count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        const FlatRange *range = &view->ranges[mid];
        if (addr < range->first) {
            high = mid;
        } else if (addr > range->last) {
            low = mid + 1;
        } else {
            return range;
        }
    }
    return NULL;
}

/*
 * Readers without a lock: a thread protects the view that it reads with a hazard pointer, one a
 * thread, so these do not nest. Nothing that may wait or call a device runs in between.
 */
const FlatView *flat_view_enter(FlatView *const *published);
void flat_view_leave(void);
/* Free @view (unpublished by now) as soon as nobody reads it. BQL. */
void flat_view_retire(FlatView *view);
/* Wait until no retired view is being read any more. BQL. */
void flat_view_synchronize(void);

struct AddressSpace {
    char *name;
    MemoryRegion *root;
    FlatView *view;      /* atomic */
    uint64_t generation; /* atomic */
    AddressSpaceChanged *changed;
    void *changed_opaque;
};

/* The tree has changed: publish new views, now or at the end of the transaction. */
void memory_tree_changed(void);

/* The view for a holder of the BQL, who alone could replace it. */
static inline const FlatView *address_space_view_locked(const AddressSpace *as)
{
    return __atomic_load_n(&as->view, __ATOMIC_ACQUIRE);
}

#endif
