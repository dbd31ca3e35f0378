/*
 * The functions 0 of PCI bus 0: nobody has given them addresses before us.
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

/* False: no host bridge. */
bool pci_init(const Fdt *fdt);
/* The configuration space of the first function from slot *@slot on that is @id, and its slot in
 * *@slot; 0 for none. */
uintptr_t pci_find(uint32_t id, unsigned *slot);
/* The address of memory BAR @n, which gets one at the first call. 0: no memory BAR, or no room. */
uintptr_t pci_bar(uintptr_t config, unsigned n);
/* The interrupt controller's source for the function in @slot; 0 for none. */
unsigned pci_irq(uintptr_t config, unsigned slot);

#endif
