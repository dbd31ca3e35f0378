/*
 * The bridge half of a PCI-to-PCI bridge: bus numbers, and the windows to the bus behind it.
 *
 * Implements the "PCI-to-PCI Bridge Architecture Specification" 1.2, section 3.2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_BRIDGE_H
#define HW_PCI_BRIDGE_H

#include "hw/pci.h"

typedef enum PciBridgeWindow {
    PCI_WINDOW_IO,
    PCI_WINDOW_MEM,
    PCI_WINDOW_PREFETCH,
    PCI_WINDOWS,
} PciBridgeWindow;

/* Embedded in the device that is one. */
typedef struct PciBridge {
    PciDevice *dev;
    MemoryRegion mem; /* all of memory space behind it */
    MemoryRegion io;
    MemoryRegion windows[PCI_WINDOWS]; /* what of it shows on this side */
    bool shown[PCI_WINDOWS];
} PciBridge;

/* For realize(): @dev gets its registers and, as PciDevice::secondary, the bus @name. */
void pci_bridge_init(PciBridge *bridge, PciDevice *dev, const char *name);
/* The devices behind it are gone. */
void pci_bridge_finish(PciBridge *bridge);
/* For config_written(). */
void pci_bridge_config_written(PciBridge *bridge, unsigned reg, unsigned size);

#endif
