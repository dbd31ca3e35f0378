/*
 * Interrupt controllers of RISC-V boards.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_INTC_H
#define HW_INTC_H

#include "hw/sysbus.h"

/* CLINT: software interrupts at @addr, the timer behind; serves harts 0 .. num_harts - 1. */
bool aclint_create(unsigned num_harts, MemoryRegion *system, hwaddr addr, Error **errp);

#define TYPE_PLIC "riscv.sifive.plic"

/* Properties "num-harts" and "num-sources"; contexts 2n (M) and 2n + 1 (S) of hart n. */
typedef struct Plic Plic;
#define PLIC(obj) OBJECT_CHECK(Plic, (obj), TYPE_PLIC)

Plic *plic_create(unsigned num_harts, unsigned num_sources, MemoryRegion *system, hwaddr addr,
                  Error **errp);
/* The input of @source, 1 .. num-sources - 1; level-triggered. */
IrqLine plic_get_irq(Plic *plic, unsigned source);

#endif
