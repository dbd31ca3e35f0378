/*
 * The generic PCI Express host bridge: ECAM config space and three windows.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_HOST_H
#define HW_PCI_HOST_H

#include "hw/irq.h"
#include "memory/memory.h"

typedef struct PciWindow {
    hwaddr base;
    uint64_t size;
} PciWindow;

typedef struct PciHostLayout {
    PciWindow ecam;
    PciWindow io;     /* PCI port 0 at its base */
    PciWindow mmio;   /* PCI addresses are CPU addresses */
    PciWindow mmio64; /* likewise */
} PciHostLayout;

/* With bus "pcie.0" and the bridge 1b36:0008 in slot 0. */
bool gpex_create(MemoryRegion *system, const PciHostLayout *layout, const IrqLine intx[4],
                 Error **errp);

#endif
