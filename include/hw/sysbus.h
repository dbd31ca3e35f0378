/*
 * Memory-mapped devices of a board: registers at fixed addresses and interrupt lines.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_SYSBUS_H
#define HW_SYSBUS_H

#include "hw/device.h"
#include "hw/irq.h"
#include "memory/memory.h"

#define TYPE_SYS_BUS_DEVICE "sys-bus-device" /* abstract */
#define SYS_BUS_MAX_MMIO    4
#define SYS_BUS_MAX_IRQS    4

typedef struct SysBusDevice {
    Device parent_obj;
    MemoryRegion *mmio[SYS_BUS_MAX_MMIO]; /* the device's */
    unsigned num_mmio;
    hwaddr addr; /* where the first of them is, as the board has it */
    IrqLine irqs[SYS_BUS_MAX_IRQS]; /* outputs */
} SysBusDevice;

#define SYS_BUS_DEVICE(obj) OBJECT_CHECK(SysBusDevice, (obj), TYPE_SYS_BUS_DEVICE)

/* For the device's realize(): announce a region, which the device finishes in its finalize(). */
void sysbus_init_mmio(SysBusDevice *dev, MemoryRegion *mr);

/* For the board. A new device of @type on the system bus, its properties still to be set. */
SysBusDevice *sysbus_new(const char *type);
void sysbus_connect_irq(SysBusDevice *dev, unsigned n, IrqLine line);
/* Realize it and map its first region at @addr of @system; the tree keeps it. */
bool sysbus_realize_at(SysBusDevice *dev, MemoryRegion *system, hwaddr addr, Error **errp);
/* All of that for a device without properties; @irq is connected to its first output. */
bool sysbus_create(const char *type, MemoryRegion *system, hwaddr addr, IrqLine irq, Error **errp);

#endif
