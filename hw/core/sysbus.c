/*
 * Memory-mapped devices of a board.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/sysbus.h"

#include "hw/bus.h"

#include <inttypes.h>

static char *node_name(Device *dev)
{
    const char *name = DEVICE_GET_CLASS(dev)->node_name ?: object_get_typename(OBJECT(dev));
    return g_strdup_printf("%s@%016" PRIx64, name, SYS_BUS_DEVICE(dev)->addr);
}

Bus *bus_system(void)
{
    static Bus system;
    if (!system.name) {
        bus_init(&system, "main-system-bus", "System", NULL, NULL);
        system.node_name = node_name;
    }
    return &system;
}

void sysbus_init_mmio(SysBusDevice *dev, MemoryRegion *mr)
{
    g_assert(dev->num_mmio < SYS_BUS_MAX_MMIO);
    dev->mmio[dev->num_mmio++] = mr;
}

SysBusDevice *sysbus_new(const char *type)
{
    SysBusDevice *dev = SYS_BUS_DEVICE(object_new(type));
    device_put_on_bus(DEVICE(dev), bus_system());
    return dev;
}

void sysbus_connect_irq(SysBusDevice *dev, unsigned n, IrqLine line)
{
    g_assert(n < SYS_BUS_MAX_IRQS);
    dev->irqs[n] = line;
}

bool sysbus_realize_at(SysBusDevice *dev, MemoryRegion *system, hwaddr addr, Error **errp)
{
    dev->addr = addr;
    if (!device_realize(DEVICE(dev), errp)) {
        return false;
    }
    memory_region_add(system, addr, dev->mmio[0], 0);
    return true;
}

bool sysbus_create(const char *type, MemoryRegion *system, hwaddr addr, IrqLine irq, Error **errp)
{
    SysBusDevice *dev = sysbus_new(type);
    sysbus_connect_irq(dev, 0, irq);
    return sysbus_realize_at(dev, system, addr, errp);
}

static const TypeInfo sysbus_device_type = {
    .name = TYPE_SYS_BUS_DEVICE,
    .parent = TYPE_DEVICE,
    .abstract = true,
    .instance_size = sizeof(SysBusDevice),
};

static void sysbus_register(void)
{
    type_register_static(&sysbus_device_type);
}
type_init(sysbus_register)
