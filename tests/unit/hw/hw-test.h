/*
 * What the tests of devices share: an address space to put them into, registers, a line to watch.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_HW_TEST_H
#define TESTS_UNIT_HW_TEST_H

#include "hw/irq.h"
#include "hw/sysbus.h"
#include "util/bql.h"
#include "util/event-loop.h"

typedef struct Board {
    MemoryRegion system;
    AddressSpace *as;
} Board;

/* The board of this process; its devices stay for good. */
static inline Board *board_get(void)
{
    static Board board;
    if (!board.as) {
        memory_region_init_container(&board.system, "system", UINT64_MAX);
        board.as = address_space_new(&board.system, "memory");
    }
    return &board;
}

static inline uint64_t reg_read(hwaddr addr, unsigned size)
{
    uint64_t value;
    g_assert(address_space_load(board_get()->as, addr, size, &value) == MEM_OK);
    return value;
}

static inline void reg_write(hwaddr addr, unsigned size, uint64_t value)
{
    g_assert(address_space_store(board_get()->as, addr, size, value) == MEM_OK);
}

/* A line that stores its level in the bool @opaque. */
static inline void watch_line(void *opaque, int n, bool level)
{
    *(bool *)opaque = level;
}

/* Turn the loop until @flag is @wanted; the test's own time limit is the only one. */
static inline void loop_until(const bool *flag, bool wanted)
{
    while (*flag != wanted) {
        event_loop_iterate(main_loop(), true);
    }
}

#endif
