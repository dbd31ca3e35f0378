/*
 * The functions on PCI bus 0 and behind its bridges: nobody has given them addresses before us.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_PCI_H
#define TESTCARD_PCI_H

#include "fdt.h"

#define PCI_COMMAND        0x04
#define PCI_COMMAND_MEMORY 0x02
#define PCI_COMMAND_MASTER 0x04
#define PCI_CAPABILITIES   0x34

#define PCI_ID(vendor, device) ((uint32_t)(device) << 16 | (vendor))

typedef struct PciFunction {
    uintptr_t config; /* its configuration space */
    uint32_t id;
    unsigned number; /* 32 * bus + slot */
    unsigned irq;    /* the interrupt controller's source; 0 for none */
} PciFunction;

/* Find all functions and give each an address for each memory BAR. NULL, or what is wrong. */
const char *pci_init(const Fdt *fdt);
/* The same for what has come since to slots that were empty. */
void pci_look_again(void);
/* The function that is @id and has @nth such before it; NULL for none. */
const PciFunction *pci_find(uint32_t id, unsigned nth);
/* The address of memory BAR @n; 0 when it is none. */
uintptr_t pci_bar(const PciFunction *function, unsigned n);

#endif
