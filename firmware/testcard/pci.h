/*
 * PCI configuration space (ECAM): finding a function on the root bus or behind one of its ports,
 * and giving it addresses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_PCI_H
#define TESTCARD_PCI_H

#include "fdt.h"

#define PCI_COMMAND        0x04
#define PCI_COMMAND_MEMORY 0x02

typedef struct PciHost {
    uintptr_t ecam;
    uint64_t start; /* of memory below 4 GiB for devices; moves up with pci_assign_bar() */
    uint64_t end;
} PciHost;

/* False: the machine has no host bridge. */
bool pci_find_host(const Fdt *fdt, PciHost *host);
/* The configuration space of the first function with @id, vendor in the low half; a port on the way
 * is opened. 0: none. */
uintptr_t pci_find_function(const PciHost *host, uint32_t id);
/* Give memory BAR @n of the function at @config the next address that suits its size. 0: no room.
 */
uintptr_t pci_assign_bar(PciHost *host, uintptr_t config, unsigned n);

#endif
