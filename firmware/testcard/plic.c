/*
 * A PLIC with one context: that of our hart's S mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plic.h"

#define PLIC_ENABLE  0x2000
#define PLIC_CONTEXT 0x200000
#define PLIC_CLAIM   0x4

static uintptr_t base; /* 0: no interrupt controller */
static unsigned context;

void plic_init(const Fdt *fdt, unsigned hart)
{
    FdtNode node = fdt_find_compatible(fdt, "sifive,plic-1.0.0");
    const void *reg = node ? fdt_property(fdt, node, "reg", NULL) : NULL;

    if (!reg) {
        return;
    }
    base = fdt_cell2(reg, 0);
    context = 2 * hart + 1; /* on this board */
    mmio_write32(base + PLIC_CONTEXT + 0x1000 * context, 0);
}

void plic_enable(unsigned irq)
{
    uintptr_t enable = base + PLIC_ENABLE + 0x80 * context + irq / 32 * 4;

    if (base && irq) {
        mmio_write32(base + 4 * irq, 1);
        mmio_write32(enable, mmio_read32(enable) | 1u << irq % 32);
    }
}

uint32_t plic_claim(void)
{
    return base ? mmio_read32(base + PLIC_CONTEXT + 0x1000 * context + PLIC_CLAIM) : 0;
}

void plic_complete(uint32_t irq)
{
    if (irq) {
        mmio_write32(base + PLIC_CONTEXT + 0x1000 * context + PLIC_CLAIM, irq);
    }
}
