/*
 * Host memory behind RAM regions: mapping it, and copying while the guest uses it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ram.h"

#include "util/compiler.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* So that the host can back guest RAM with huge pages. */
#define HUGE_PAGE (2ull << 20)

static size_t mapped_size(uint64_t size)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    return (size_t)((size + page - 1) / page * page);
}

/* Where @wanted bytes begin at a huge page, with nothing mapped there yet; MAP_FAILED: nowhere. */
static uint8_t *reserve(size_t wanted)
{
    size_t slack = wanted >= HUGE_PAGE ? HUGE_PAGE : 0;
    uint8_t *base = mmap(NULL, wanted + slack, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED || !slack) {
        return base;
    }
    uint8_t *ram = (uint8_t *)(((uintptr_t)base + slack - 1) & ~(uintptr_t)(slack - 1));
    size_t head = (size_t)(ram - base);
    if (head) {
        munmap(base, head);
    }
    if (slack > head) {
        munmap(ram + wanted, slack - head);
    }
    return ram;
}

uint8_t *ram_map_file(const char *name, uint64_t size, int fd, bool share, Error **errp)
{
    if (size == 0 || size > (UINT64_MAX >> 2)) {
        error_setg(errp, "cannot set up guest memory '%s': size %" PRIu64 " is out of range", name,
                   size);
        return NULL;
    }
    int flags = (share ? MAP_SHARED : MAP_PRIVATE) | MAP_NORESERVE | MAP_FIXED |
                (fd < 0 ? MAP_ANONYMOUS : 0);
    size_t wanted = mapped_size(size);
    uint8_t *place = reserve(wanted), *ram = MAP_FAILED;
    if (place != MAP_FAILED) {
        ram = mmap(place, wanted, PROT_READ | PROT_WRITE, flags, fd, 0);
    }
    if (ram == MAP_FAILED) {
        error_setg_errno(errp, errno, "cannot set up guest memory '%s' of %" PRIu64 " bytes", name,
                         size);
        if (place != MAP_FAILED) {
            munmap(place, wanted);
        }
        return NULL;
    }
    return ram;
}

uint8_t *ram_map(const char *name, uint64_t size, Error **errp)
{
    return ram_map_file(name, size, -1, false, errp);
}

void ram_unmap(uint8_t *ram, uint64_t size)
{
    munmap(ram, mapped_size(size));
}

static unsigned copy_unit(const uint8_t *ram, uint64_t length)
{
    unsigned unit = 8;
    while (unit > length || ((uintptr_t)ram & (unit - 1))) {
        unit /= 2;
    }
    return unit;
}

static void copy_from_unit(uint8_t *dst, const uint8_t *ram, unsigned unit)
{
    if (unit == 8) {
        uint64_t value = __atomic_load_n((const uint64_t *)ram, __ATOMIC_RELAXED);
        memcpy(dst, &value, 8);
    } else if (unit == 4) {
        uint32_t value = __atomic_load_n((const uint32_t *)ram, __ATOMIC_RELAXED);
        memcpy(dst, &value, 4);
    } else if (unit == 2) {
        uint16_t value = __atomic_load_n((const uint16_t *)ram, __ATOMIC_RELAXED);
        memcpy(dst, &value, 2);
    } else {
        *dst = __atomic_load_n(ram, __ATOMIC_RELAXED);
    }
}

static void copy_to_unit(uint8_t *ram, const uint8_t *src, unsigned unit)
{
    if (unit == 8) {
        uint64_t value;
        memcpy(&value, src, 8);
        __atomic_store_n((uint64_t *)ram, value, __ATOMIC_RELAXED);
    } else if (unit == 4) {
        uint32_t value;
        memcpy(&value, src, 4);
        __atomic_store_n((uint32_t *)ram, value, __ATOMIC_RELAXED);
    } else if (unit == 2) {
        uint16_t value;
        memcpy(&value, src, 2);
        __atomic_store_n((uint16_t *)ram, value, __ATOMIC_RELAXED);
    } else {
        __atomic_store_n(ram, *src, __ATOMIC_RELAXED);
    }
}

void ram_copy_from(void *dst, const uint8_t *ram, uint64_t length)
{
    uint8_t *to = dst;
    while (length) {
        unsigned unit = copy_unit(ram, length);
        if (likely(unit == 8)) {
            for (; length >= 8; length -= 8, ram += 8, to += 8) {
                copy_from_unit(to, ram, 8);
            }
            continue;
        }
        copy_from_unit(to, ram, unit);
        ram += unit;
        to += unit;
        length -= unit;
    }
}

void ram_copy_to(uint8_t *ram, const void *src, uint64_t length)
{
    const uint8_t *from = src;
    while (length) {
        unsigned unit = copy_unit(ram, length);
        if (likely(unit == 8)) {
            for (; length >= 8; length -= 8, ram += 8, from += 8) {
                copy_to_unit(ram, from, 8);
            }
            continue;
        }
        copy_to_unit(ram, from, unit);
        ram += unit;
        from += unit;
        length -= unit;
    }
}
