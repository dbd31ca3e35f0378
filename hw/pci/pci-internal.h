/*
 * PCI: what the files of hw/pci/ share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_INTERNAL_H
#define HW_PCI_INTERNAL_H

#include "hw/pci.h"

#define PCI_MAX_DEVICES 256

struct PciBus {
    Bus base;          /* first */
    PciDevice *bridge; /* on whose other side it is; NULL: a root bus */
    MemoryRegion *mem;
    MemoryRegion *io;
    IrqLine intx[4];        /* of a root bus */
    unsigned intx_count[4]; /* how many devices assert it */
    PciDevice *slots[PCI_MAX_DEVICES];
};

/* A bus behind @bridge, with room in slot 0 only: the other end of a link. */
PciBus *pci_bus_new_secondary(PciDevice *bridge, const char *name, MemoryRegion *mem,
                              MemoryRegion *io);
/* The header of a device that was put on its bus, before its realize(). */
void pci_fill_header(PciDevice *dev);
/* Config space as after power-on: nothing mapped, no interrupt. */
void pci_reset_config(PciDevice *dev);
/*
 * Where the window @n of a bridge (counted on from its BARs) lies among the regions of its bus: a
 * guest may put everything on top of each other, so each has a priority of its own.
 */
int pci_region_priority(const PciDevice *dev, unsigned n);

#endif
