/*
 * The PCI Express capability of a port with a slot, and hot-plugging.
 *
 * Implements the "PCI Express Base Specification" 3.0, sections 6.7 and 7.8.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCIE_SLOT_H
#define HW_PCIE_SLOT_H

#include "hw/pci.h"
#include "util/event-loop.h"

/* Embedded in the port. */
typedef struct PcieSlot {
    PciDevice *port;
    unsigned cap;      /* offset of the capability */
    bool powered;      /* as the guest had it when we last looked */
    BottomHalf *eject; /* the guest has switched the slot off */
} PcieSlot;

/* For realize(), behind pci_bridge_init(). @hotplug: devices may come and go. */
void pcie_slot_init(PcieSlot *slot, PciDevice *port, uint8_t port_number, uint16_t slot_number,
                    bool hotplug);
void pcie_slot_finish(PcieSlot *slot);
void pcie_slot_reset(PcieSlot *slot);
/* For the BusHotplug of the bus behind the port. */
void pcie_slot_plugged(PcieSlot *slot, const PciDevice *dev);
bool pcie_slot_unplug_request(PcieSlot *slot, PciDevice *dev, Error **errp);
/* For config_written(). */
void pcie_slot_config_written(PcieSlot *slot, unsigned reg, unsigned size);

#endif
