/*
 * The bridge half of a PCI-to-PCI bridge.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pci-bridge.h"

#include "pci-internal.h"

enum {
    REG_PRIMARY_BUS = 0x18,
    REG_IO_BASE = 0x1c,
    REG_IO_LIMIT = 0x1d,
    REG_SECONDARY_STATUS = 0x1e,
    REG_MEM_BASE = 0x20,
    REG_MEM_LIMIT = 0x22,
    REG_PREFETCH_BASE = 0x24,
    REG_PREFETCH_LIMIT = 0x26,
    REG_PREFETCH_BASE_HIGH = 0x28,
    REG_PREFETCH_LIMIT_HIGH = 0x2c,
    REG_IO_BASE_HIGH = 0x30,
    REG_IO_LIMIT_HIGH = 0x32,
    REG_BRIDGE_CONTROL = 0x3e,
};

#define IO_32         0x01
#define PREFETCH_64   0x0001
#define CONTROL_RESET 0x40

#define IO_SPACE_SIZE 0x10000

static hwaddr get(const PciDevice *dev, unsigned reg, unsigned size)
{
    return pci_get_le(&dev->config[reg], size);
}

/* The first and the last address of a window; it is empty when they are the wrong way round. */
static void window_range(const PciDevice *dev, PciBridgeWindow window, hwaddr *first, hwaddr *last)
{
    switch (window) {
    case PCI_WINDOW_IO:
        *first = (get(dev, REG_IO_BASE, 1) & 0xf0) << 8 | get(dev, REG_IO_BASE_HIGH, 2) << 16;
        *last =
            (get(dev, REG_IO_LIMIT, 1) & 0xf0) << 8 | get(dev, REG_IO_LIMIT_HIGH, 2) << 16 | 0xfff;
        break;
    case PCI_WINDOW_MEM:
        *first = (get(dev, REG_MEM_BASE, 2) & 0xfff0) << 16;
        *last = (get(dev, REG_MEM_LIMIT, 2) & 0xfff0) << 16 | 0xfffff;
        break;
    default:
        *first = (get(dev, REG_PREFETCH_BASE, 2) & 0xfff0) << 16 |
                 get(dev, REG_PREFETCH_BASE_HIGH, 4) << 32;
        *last = (get(dev, REG_PREFETCH_LIMIT, 2) & 0xfff0) << 16 | 0xfffff |
                get(dev, REG_PREFETCH_LIMIT_HIGH, 4) << 32;
        break;
    }
}

static bool window_is_open(const PciDevice *dev, PciBridgeWindow window, hwaddr first, hwaddr last)
{
    bool io = window == PCI_WINDOW_IO;
    return (pci_command(dev) & (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)) && first <= last &&
           last < (io ? IO_SPACE_SIZE : UINT64_MAX);
}

static void update_window(PciBridge *bridge, PciBridgeWindow window)
{
    static const char *const names[] = { "pci-bridge-io", "pci-bridge-mem", "pci-bridge-prefetch" };
    PciDevice *dev = bridge->dev;
    MemoryRegion *mr = &bridge->windows[window];
    MemoryRegion *outside = window == PCI_WINDOW_IO ? dev->bus->io : dev->bus->mem;
    MemoryRegion *inside = window == PCI_WINDOW_IO ? &bridge->io : &bridge->mem;
    hwaddr first, last;
    window_range(dev, window, &first, &last);
    if (bridge->shown[window]) {
        memory_region_remove(outside, mr);
        memory_region_finish(mr);
    }
    bridge->shown[window] = window_is_open(dev, window, first, last);
    if (bridge->shown[window]) {
        memory_region_init_alias(mr, names[window], inside, first, last - first + 1);
        memory_region_add(outside, first, mr, pci_region_priority(dev, PCI_NUM_BARS + window));
    }
}

static void update_windows(PciBridge *bridge)
{
    memory_transaction_begin();
    for (unsigned i = 0; i < PCI_WINDOWS; i++) {
        update_window(bridge, i);
    }
    memory_transaction_commit();
}

static void reset_behind(PciBridge *bridge)
{
    PciBus *bus = bridge->dev->secondary;
    const GPtrArray *devices = pci_bus_base(bus)->devices;
    for (guint i = 0; i < devices->len; i++) {
        Device *dev = g_ptr_array_index(devices, i);
        if (dev->realized && DEVICE_GET_CLASS(dev)->reset) {
            DEVICE_GET_CLASS(dev)->reset(dev);
        }
        if (dev->realized) {
            pci_reset_config(PCI_DEVICE(dev));
        }
    }
}

static bool touches(unsigned reg, unsigned size, unsigned first, unsigned end)
{
    return reg < end && reg + size > first;
}

void pci_bridge_config_written(PciBridge *bridge, unsigned reg, unsigned size)
{
    if (touches(reg, size, PCI_COMMAND, PCI_COMMAND + 2) ||
        touches(reg, size, REG_IO_BASE, REG_IO_LIMIT_HIGH + 2)) {
        update_windows(bridge);
    }
    if (touches(reg, size, REG_BRIDGE_CONTROL, REG_BRIDGE_CONTROL + 1) &&
        (bridge->dev->config[REG_BRIDGE_CONTROL] & CONTROL_RESET)) {
        reset_behind(bridge);
    }
}

static void set_up_registers(PciDevice *dev)
{
    static const struct {
        unsigned reg, size;
        uint32_t fixed, writable;
    } fields[] = {
        { REG_PRIMARY_BUS, 3, 0, 0xffffff },
        { REG_IO_BASE, 1, IO_32, 0xf0 },
        { REG_IO_LIMIT, 1, IO_32, 0xf0 },
        { REG_MEM_BASE, 2, 0, 0xfff0 },
        { REG_MEM_LIMIT, 2, 0, 0xfff0 },
        { REG_PREFETCH_BASE, 2, PREFETCH_64, 0xfff0 },
        { REG_PREFETCH_LIMIT, 2, PREFETCH_64, 0xfff0 },
        { REG_PREFETCH_BASE_HIGH, 4, 0, UINT32_MAX },
        { REG_PREFETCH_LIMIT_HIGH, 4, 0, UINT32_MAX },
        { REG_IO_BASE_HIGH, 2, 0, 0xffff },
        { REG_IO_LIMIT_HIGH, 2, 0, 0xffff },
        { REG_BRIDGE_CONTROL, 2, 0, 0x43 },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        pci_set_le(&dev->config[fields[i].reg], fields[i].size, fields[i].fixed);
        pci_set_le(&dev->wmask[fields[i].reg], fields[i].size, fields[i].writable);
    }
}

void pci_bridge_init(PciBridge *bridge, PciDevice *dev, const char *name)
{
    bridge->dev = dev;
    memory_region_init_container(&bridge->mem, "pci-bridge-memory", UINT64_MAX);
    memory_region_init_container(&bridge->io, "pci-bridge-ports", IO_SPACE_SIZE);
    dev->secondary = pci_bus_new_secondary(dev, name, &bridge->mem, &bridge->io);
    set_up_registers(dev);
}

void pci_bridge_finish(PciBridge *bridge)
{
    PciDevice *dev = bridge->dev;
    for (unsigned i = 0; i < PCI_WINDOWS; i++) {
        g_assert(!bridge->shown[i]);
    }
    pci_bus_free(g_steal_pointer(&dev->secondary));
    memory_region_finish(&bridge->mem);
    memory_region_finish(&bridge->io);
}
