/*
 * A bench rig for harts: RAM, a device that records, and a register whose write ends the run.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_RISCV_RIG_H
#define TESTS_UNIT_RISCV_RIG_H

#include "target/riscv/hart-internal.h"

#define RIG_RAM      UINT64_C(0x80000000)
#define RIG_RAM_SIZE (4u << 20)
#define RIG_DEVICE   UINT64_C(0x10000000) /* +0: a register; +8: a write stops the hart */
#define RIG_STOP     (RIG_DEVICE + 8)
#define RIG_ROM      UINT64_C(0x1000)
#define RIG_HOLE     UINT64_C(0x40000000) /* nothing is there */
#define RIG_HARTS_MAX 4

typedef struct Rig {
    MemoryRegion root, ram, device, rom;
    AddressSpace *as;
    Hart *hart; /* the first */
    unsigned harts;
    uint64_t reg;
    unsigned accesses;
    bool stopped;
} Rig;

/* Harts begin at RIG_RAM. */
void rig_init(Rig *rig, unsigned harts);
void rig_finish(Rig *rig);

/* Put instruction words at @addr, and let the first hart begin there. */
void rig_code_at(Rig *rig, uint64_t addr, const uint32_t *code, unsigned words);
#define rig_code(rig, ...)                                                                         \
    do {                                                                                           \
        const uint32_t code_[] = { __VA_ARGS__ };                                                  \
        rig_code_at((rig), RIG_RAM, code_, G_N_ELEMENTS(code_));                                   \
    } while (0)
#define rig_code_to(rig, addr, ...)                                                                \
    do {                                                                                           \
        const uint32_t code_[] = { __VA_ARGS__ };                                                  \
        rig_code_at((rig), (addr), code_, G_N_ELEMENTS(code_));                                    \
    } while (0)

/* The first hart, at full speed, until it writes RIG_STOP. */
void rig_run(Rig *rig);
/* The same until an exception, which is expected and not delivered. */
HartTrap rig_trap(Rig *rig);
void rig_step(Rig *rig, unsigned count);

uint64_t rig_csr(const Rig *rig, const char *name);
uint64_t rig_load(Rig *rig, uint64_t addr);
void rig_store(Rig *rig, uint64_t addr, uint64_t value);

#endif
