/*
 * Sv39 page tables for isa-runner, in RAM of their own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_ISA_ISA_PAGING_H
#define TESTS_ISA_ISA_PAGING_H

#include "target/riscv/hart-internal.h"

typedef struct Paging {
    MemoryRegion ram;
    unsigned used; /* pages */
} Paging;

/* Put the tables' RAM into @root. BQL. The caller takes it out again. */
bool paging_init(Paging *paging, MemoryRegion *root, Error **errp);
/* One page, readable, writable and executable in U mode, neither accessed nor dirty yet. */
bool paging_map(Paging *paging, uint64_t vaddr, hwaddr paddr, Error **errp);
/* Open all memory to U mode (PMP), turn translation on, and go to U mode. */
void paging_enter_user(Hart *hart);

#endif
