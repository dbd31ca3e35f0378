/*
 * Reading and writing guest memory: RAM without a lock, devices under the BQL.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory-internal.h"

#include "ram.h"
#include "util/bql.h"
#include "util/compiler.h"
#include "util/report.h"

#include <inttypes.h>
#include <string.h>

typedef enum AccessKind {
    ACCESS_READ,
    ACCESS_WRITE,
    ACCESS_WRITE_ROM, /* as a write, but ROM takes it */
} AccessKind;

typedef struct Access {
    AddressSpace *as;
    AccessKind kind;
    bool memory_only; /* a device at the address is a decode error */
    hwaddr addr;
    uint8_t *buf; /* only read from when writing */
    uint64_t length;
} Access;

static void advance(Access *a, uint64_t done)
{
    a->addr += done;
    a->buf += done;
    a->length -= done;
}

/* ---- devices ---- */

static uint64_t low_bytes(uint64_t value, unsigned size)
{
    return size == 8 ? value : value & ((1ull << (size * 8)) - 1);
}

static uint64_t device_read(const MemoryRegion *mr, hwaddr offset, unsigned size)
{
    unsigned min = mr->ops->min_size ?: 1, max = mr->ops->max_size ?: 8;
    if (!mr->ops->read) {
        return 0;
    }
    if (size < min) {
        hwaddr start = offset & ~(hwaddr)(min - 1);
        uint64_t value = mr->ops->read(mr->opaque, start, min);
        return low_bytes(value >> ((offset - start) * 8), size);
    }
    if (size <= max) {
        return low_bytes(mr->ops->read(mr->opaque, offset, size), size);
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i += max) {
        value |= low_bytes(mr->ops->read(mr->opaque, offset + i, max), max) << (i * 8);
    }
    return value;
}

static void device_write(const MemoryRegion *mr, hwaddr offset, uint64_t value, unsigned size)
{
    unsigned min = mr->ops->min_size ?: 1, max = mr->ops->max_size ?: 8;
    if (!mr->ops->write) {
        return;
    }
    if (size < min) {
        hwaddr start = offset & ~(hwaddr)(min - 1);
        mr->ops->write(mr->opaque, start, value << ((offset - start) * 8), min);
        return;
    }
    unsigned unit = MIN(size, max);
    for (unsigned i = 0; i < size; i += unit) {
        mr->ops->write(mr->opaque, offset + i, low_bytes(value >> (i * 8), unit), unit);
    }
}

/* The largest naturally aligned access that begins at @addr and fits. */
static unsigned access_size(hwaddr addr, uint64_t length)
{
    unsigned size = 8;
    while (size > length || (addr & (size - 1))) {
        size /= 2;
    }
    return size;
}

static void device_access(Access *a, const FlatRange *range)
{
    hwaddr offset = range->offset + (a->addr - range->first);
    uint64_t left = range->last - a->addr;
    unsigned size = access_size(offset, left == UINT64_MAX ? a->length : MIN(a->length, left + 1));
    uint64_t value = 0;
    if (a->kind == ACCESS_READ) {
        value = GUINT64_TO_LE(device_read(range->mr, offset, size));
        memcpy(a->buf, &value, size);
    } else {
        memcpy(&value, a->buf, size);
        device_write(range->mr, offset, GUINT64_FROM_LE(value), size);
    }
    advance(a, size);
}

/*
 * One access to a device, with the BQL, under which the tree cannot change: what lies at the
 * address is looked up anew, because it may have changed before we had the lock. RAM by now?
 * Then nothing is done here, and the caller finds it the next time round.
 */
static bool access_locked(Access *a)
{
    bool take = !bql_locked();
    if (take) {
        bql_lock();
    }
    const FlatRange *range = flat_view_find(address_space_view_locked(a->as), a->addr);
    if (range && !range->host) {
        device_access(a, range);
    }
    if (take) {
        bql_unlock();
    }
    return range != NULL;
}

/* ---- RAM ---- */

static void ram_access(Access *a, const FlatRange *range)
{
    hwaddr into = a->addr - range->first;
    uint64_t left = range->last - a->addr; /* RAM never fills 2^64 */
    uint64_t length = MIN(a->length, left + 1);
    if (a->kind == ACCESS_READ) {
        ram_copy_from(a->buf, range->host + into, length);
    } else if (range->read_only && a->kind == ACCESS_WRITE) {
        log_mask(LOG_GUEST_ERROR, "store of %" PRIu64 " bytes to ROM '%s' at 0x%" PRIx64 " ignored",
                 length, range->mr->name, a->addr);
    } else {
        ram_copy_to(range->host + into, a->buf, length);
        if (range->dirty) {
            ram_mark_dirty(range->dirty, range->offset + into, length);
        }
    }
    advance(a, length);
}

/* As much as lies in one range of RAM. */
static bool access_unlocked(Access *a, bool *is_device)
{
    const FlatView *view = flat_view_enter(&a->as->view);
    const FlatRange *range = flat_view_find(view, a->addr);
    bool found = range != NULL;
    *is_device = found && !range->host;
    if (found && range->host) {
        ram_access(a, range);
    }
    flat_view_leave();
    return found;
}

static MemResult run_access(Access *a)
{
    if (a->length && a->addr + (a->length - 1) < a->addr) {
        return MEM_DECODE_ERROR;
    }
    while (a->length) {
        bool is_device;
        if (!access_unlocked(a, &is_device) ||
            (is_device && (a->memory_only || !access_locked(a)))) {
            return MEM_DECODE_ERROR;
        }
    }
    return MEM_OK;
}

/* ---- the public side ---- */

MemResult address_space_read(AddressSpace *as, hwaddr addr, void *buf, uint64_t length)
{
    Access a = { .as = as, .kind = ACCESS_READ, .addr = addr, .buf = buf, .length = length };
    return run_access(&a);
}

static MemResult write_kind(AddressSpace *as, AccessKind kind, hwaddr addr, const void *buf,
                            uint64_t length)
{
    Access a = {
        .as = as,
        .kind = kind,
        .addr = addr,
        .buf = (uint8_t *)buf,
        .length = length,
    };
    return run_access(&a);
}

MemResult address_space_write(AddressSpace *as, hwaddr addr, const void *buf, uint64_t length)
{
    return write_kind(as, ACCESS_WRITE, addr, buf, length);
}

MemResult address_space_write_rom(AddressSpace *as, hwaddr addr, const void *buf, uint64_t length)
{
    return write_kind(as, ACCESS_WRITE_ROM, addr, buf, length);
}

MemResult address_space_load(AddressSpace *as, hwaddr addr, unsigned size, uint64_t *value)
{
    uint64_t raw = 0;
    MemResult result = address_space_read(as, addr, &raw, size);
    *value = GUINT64_FROM_LE(raw);
    return result;
}

MemResult address_space_store(AddressSpace *as, hwaddr addr, unsigned size, uint64_t value)
{
    uint64_t raw = GUINT64_TO_LE(value);
    return address_space_write(as, addr, &raw, size);
}

MemoryPage address_space_lookup_page(AddressSpace *as, hwaddr addr)
{
    MemoryPage page = { 0 };
    hwaddr first = addr & TARGET_PAGE_MASK;
    const FlatView *view = flat_view_enter(&as->view);
    const FlatRange *range = flat_view_find(view, first);
    if (range && range->host && range->last - first >= MEMORY_PAGE_SIZE - 1) {
        hwaddr into = first - range->first;
        page.host = range->host + into;
        page.writable = !range->read_only;
        if (range->dirty) {
            page.dirty = &range->dirty[(range->offset + into) >> MEMORY_PAGE_BITS];
        }
    }
    flat_view_leave();
    return page;
}

/* ---- devices' own accesses ---- */

MemResult dma_read(AddressSpace *as, hwaddr addr, void *buf, uint64_t length)
{
    Access a = {
        .as = as,
        .kind = ACCESS_READ,
        .memory_only = true,
        .addr = addr,
        .buf = buf,
        .length = length,
    };
    return run_access(&a);
}

MemResult dma_write(AddressSpace *as, hwaddr addr, const void *buf, uint64_t length)
{
    Access a = {
        .as = as,
        .kind = ACCESS_WRITE,
        .memory_only = true,
        .addr = addr,
        .buf = (uint8_t *)buf,
        .length = length,
    };
    return run_access(&a);
}

uint8_t *dma_map(AddressSpace *as, hwaddr addr, uint64_t length)
{
    uint8_t *host = NULL;
    const FlatView *view = flat_view_enter(&as->view);
    const FlatRange *range = flat_view_find(view, addr);
    /* Memory with dirty marks is video memory, which goes when its device is unplugged. */
    if (length && range && range->host && !range->read_only && !range->dirty &&
        length - 1 <= range->last - addr) {
        host = range->host + (addr - range->first);
    }
    flat_view_leave();
    return host;
}
