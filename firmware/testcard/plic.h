/*
 * The interrupt controller: nothing is ever taken as a trap, its sources only wake the hart up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_PLIC_H
#define TESTCARD_PLIC_H

#include "fdt.h"

/* Find the controller, if there is one: without it the timer alone wakes us. */
void plic_init(const Fdt *fdt, unsigned hart);
/* Have source @irq wake the hart that plic_init() was told; 0 is no source. */
void plic_enable(unsigned irq);
/*
 * Around serving every device: taken first, or what comes between serving and taking would wake
 * nobody on a PLIC that looks at edges (as an emulator's may).
 */
uint32_t plic_claim(void);
void plic_complete(uint32_t irq);

#endif
