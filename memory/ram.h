/*
 * Host memory behind RAM regions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_RAM_H
#define MEMORY_RAM_H

#include "memory/memory.h"

/* @size zeroed bytes, not touched yet; @name is for the error. */
uint8_t *ram_map(const char *name, uint64_t size, Error **errp);
/* The first @size bytes of the file @fd, which may be closed then; @fd -1: as above. */
uint8_t *ram_map_file(const char *name, uint64_t size, int fd, bool share, Error **errp);
void ram_unmap(uint8_t *ram, uint64_t size);

/*
 * Copy while others may be storing to the same guest memory: relaxed atomic accesses, of 8 bytes
 * where aligned. Naturally aligned 2, 4 and 8 bytes are read or written in one go.
 */
void ram_copy_from(void *dst, const uint8_t *ram, uint64_t length);
void ram_copy_to(uint8_t *ram, const void *src, uint64_t length);

/* Mark the pages of [offset, offset + length) in @dirty; after the store. @length is not 0. */
static inline void ram_mark_dirty(uint8_t *dirty, hwaddr offset, uint64_t length)
{
    hwaddr last = (offset + length - 1) >> MEMORY_PAGE_BITS;
    for (hwaddr page = offset >> MEMORY_PAGE_BITS; page <= last; page++) {
        __atomic_store_n(&dirty[page], 1, __ATOMIC_RELEASE);
    }
}

#endif
