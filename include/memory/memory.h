/*
 * Guest memory: regions, address spaces, and access to them.
 *
 * A MemoryRegion is RAM (host memory), MMIO (callbacks) or a container of others. An AddressSpace
 * flattens the tree under its root into an immutable FlatView, published atomically. Look-ups and
 * RAM accesses take no lock and run in any thread; the tree is changed under the BQL only, and
 * MMIO callbacks run with the BQL held. A view that somebody still reads is freed later.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include "util/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct MemoryRegion MemoryRegion;
typedef struct AddressSpace AddressSpace;

typedef uint64_t hwaddr;

/*
 * Device callbacks; @offset is relative to the region, @size 1, 2, 4 or 8 bytes, naturally
 * aligned; little-endian values. Accesses outside [min_size, max_size] are split or widened
 * before they get here (default 1..8): a read narrower than min_size picks its bytes from the
 * register they lie in, a narrower write comes with the register's other bytes zero. An access
 * that touches no register reads 0.
 */
typedef struct MemoryRegionOps {
    uint64_t (*read)(void *opaque, hwaddr offset, unsigned size);
    void (*write)(void *opaque, hwaddr offset, uint64_t value, unsigned size);
    unsigned min_size;
    unsigned max_size;
} MemoryRegionOps;

/*
 * ---- regions: embedded in their owner, who finishes them after taking them out of the tree ----
 *
 * BQL held (or start-up). Sizes are bytes; UINT64_MAX stands for the whole 2^64. A region that is
 * I/O may have children too: they lie on top of it.
 */

struct MemoryRegion {
    /* private */
    char *name;
    uint64_t size;
    uint8_t *ram; /* host address; NULL unless RAM */
    bool read_only;
    uint8_t *dirty; /* one byte a page; NULL unless tracked */
    const MemoryRegionOps *ops;
    void *opaque;
    MemoryRegion *alias; /* what we are a window onto; NULL unless an alias */
    hwaddr alias_offset;
    MemoryRegion *container;
    hwaddr offset; /* in the container */
    int priority;
    bool enabled;
    GList *children; /* highest priority first; of one priority, the latest added first */
    AddressSpace *root_of;
};

void memory_region_init_container(MemoryRegion *mr, const char *name, uint64_t size);
void memory_region_init_io(MemoryRegion *mr, const MemoryRegionOps *ops, void *opaque,
                           const char *name, uint64_t size);
/* Anonymous zeroed pages, reserved but not touched; fails when the host refuses. */
bool memory_region_init_ram(MemoryRegion *mr, const char *name, uint64_t size, Error **errp);
/* Over @ram, @size bytes of it mapped by ram_map_file(); unmapped by memory_region_finish(). */
void memory_region_init_ram_mapped(MemoryRegion *mr, const char *name, uint64_t size,
                                   uint8_t *ram);
/* Guest stores are ignored (logged as guest errors); the host writes through memory_region_ram().
 */
bool memory_region_init_rom(MemoryRegion *mr, const char *name, uint64_t size, Error **errp);
/* A window onto [offset, offset + size) of another region. */
void memory_region_init_alias(MemoryRegion *mr, const char *name, MemoryRegion *target,
                              hwaddr offset, uint64_t size);
void memory_region_finish(MemoryRegion *mr);

/* Overlaps: higher @priority wins; siblings of equal priority must not overlap (aborts). */
void memory_region_add(MemoryRegion *container, hwaddr offset, MemoryRegion *mr, int priority);
void memory_region_remove(MemoryRegion *container, MemoryRegion *mr);
void memory_region_set_enabled(MemoryRegion *mr, bool enabled);
void memory_region_set_offset(MemoryRegion *mr, hwaddr offset);
/* Group changes: views are rebuilt once, at the end of the outermost transaction. */
void memory_transaction_begin(void);
void memory_transaction_commit(void);

uint8_t *memory_region_ram(const MemoryRegion *mr);
/*
 * Copy out of RAM, [offset, offset + length) within it, while the guest may be storing there:
 * naturally aligned words come whole. Any thread.
 */
void memory_region_ram_read(const MemoryRegion *mr, hwaddr offset, void *buf, uint64_t length);
uint64_t memory_region_size(const MemoryRegion *mr);
const char *memory_region_name(const MemoryRegion *mr);

/*
 * Dirty tracking, for video memory. Whoever stores to the RAM sets the page's byte after the
 * store; the one consumer takes the marks and then reads the memory, so that what it misses is
 * marked again. Lock-free; the consumer may be any one thread.
 */
#define MEMORY_PAGE_BITS 12
#define MEMORY_PAGE_SIZE (1u << MEMORY_PAGE_BITS)
void memory_region_track_dirty(MemoryRegion *mr);
/* Take and clear the mark of the page at @offset. */
bool memory_region_test_and_clear_dirty(MemoryRegion *mr, hwaddr offset);
void memory_region_set_dirty(MemoryRegion *mr, hwaddr offset, uint64_t length);

/* ---- address spaces ---- */

AddressSpace *address_space_new(MemoryRegion *root, const char *name); /* BQL */
void address_space_free(AddressSpace *as);                             /* BQL; no reader left */
/* The one that harts and boards use; set by the board, NULL with -M none. Borrowed. */
AddressSpace *address_space_system(void);
void address_space_set_system(AddressSpace *as);
/* Every address space, for `info mtree`. */
void address_space_foreach(void (*fn)(AddressSpace *as, void *opaque), void *opaque);

typedef enum MemResult {
    MEM_OK,
    MEM_DECODE_ERROR, /* nothing answers there (or only part of the range) */
} MemResult;

/*
 * Copy to and from guest memory, RAM and MMIO alike, across region borders; marks dirty pages.
 * Takes the BQL around MMIO when the caller does not hold it.
 */
MemResult address_space_read(AddressSpace *as, hwaddr addr, void *buf, uint64_t length);
MemResult address_space_write(AddressSpace *as, hwaddr addr, const void *buf, uint64_t length);
/* One device-sized access, little-endian value; @size 1, 2, 4 or 8. */
MemResult address_space_load(AddressSpace *as, hwaddr addr, unsigned size, uint64_t *value);
MemResult address_space_store(AddressSpace *as, hwaddr addr, unsigned size, uint64_t value);
/* Like address_space_write() but also into ROM: for loaders and reset. */
MemResult address_space_write_rom(AddressSpace *as, hwaddr addr, const void *buf, uint64_t length);

/*
 * Devices' own accesses (DMA), any thread, no lock: as above, but RAM and ROM only. That a device
 * answers at an address is a decode error, so that none can be made to call itself or another.
 */
MemResult dma_read(AddressSpace *as, hwaddr addr, void *buf, uint64_t length);
MemResult dma_write(AddressSpace *as, hwaddr addr, const void *buf, uint64_t length);
/*
 * The host's address of [addr, addr + length), for the host's kernel to read into and write from:
 * only RAM in one piece that stays as long as the machine; NULL: use the two above instead.
 */
uint8_t *dma_map(AddressSpace *as, hwaddr addr, uint64_t length);

/*
 * What lies at @addr, for a hart's TLB. For RAM: @host is the host address of the guest page's
 * first byte (4 KiB pages; the whole page lies in that region), @dirty the byte to set to 1 after
 * each store, or NULL. Not RAM or not a whole page: host is NULL. Valid until the space's
 * generation changes; RAM itself is unmapped only while every hart is paused.
 */
typedef struct MemoryPage {
    uint8_t *host;
    uint8_t *dirty;
    bool writable;
} MemoryPage;
MemoryPage address_space_lookup_page(AddressSpace *as, hwaddr addr);
/* Grows whenever a new view is published; any thread (acquire). */
uint64_t address_space_generation(const AddressSpace *as);
/* Called (BQL held) after each new view, so that harts can be told to drop their TLBs. */
typedef void AddressSpaceChanged(AddressSpace *as, void *opaque);
void address_space_set_listener(AddressSpace *as, AddressSpaceChanged *fn, void *opaque);

/* The flat ranges in ascending order: first, last, name, kind ("ram", "rom", "i/o"). */
typedef void FlatRangeFn(hwaddr first, hwaddr last, const MemoryRegion *mr, hwaddr offset_in_region,
                         const char *kind, void *opaque);
void address_space_foreach_range(AddressSpace *as, FlatRangeFn *fn, void *opaque);
/* Whether every byte of the range is answered (@memory_only: by RAM or ROM). BQL. */
bool address_space_covers(AddressSpace *as, hwaddr addr, uint64_t length, bool memory_only);
const char *address_space_name(const AddressSpace *as);
MemoryRegion *address_space_root(const AddressSpace *as);

#endif
