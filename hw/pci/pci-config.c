/*
 * PCI config space: headers, base address registers, capabilities, INTx.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pci-internal.h"

#include <string.h>

#define REG_VENDOR_ID      0x00
#define REG_REVISION       0x08
#define REG_CACHE_LINE     0x0c
#define REG_HEADER_TYPE    0x0e
#define REG_BAR0           0x10
#define REG_INTERRUPT_LINE 0x3c

#define COMMAND_PARITY       0x0040
#define COMMAND_SERR         0x0100
#define COMMAND_INTX_DISABLE 0x0400
#define STATUS_INTERRUPT     0x08
#define STATUS_CAPABILITIES  0x10
#define HEADER_BRIDGE        0x01
#define HEADER_MULTIFUNCTION 0x80

#define BAR_IO       0x1
#define BAR_MEM64    0x4
#define BAR_PREFETCH 0x8

#define IO_SPACE_END             0x10000
#define SUBSYSTEM_VENDOR_DEFAULT 0x1af4
#define SUBSYSTEM_DEFAULT        0x1100

#define PCI_FIRST_CAPABILITY 0x40

uint32_t pci_get_le(const uint8_t *bytes, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        value |= (uint32_t)bytes[i] << (i * 8);
    }
    return value;
}

void pci_set_le(uint8_t *bytes, unsigned size, uint32_t value)
{
    for (unsigned i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (i * 8));
    }
}

unsigned pci_command(const PciDevice *dev)
{
    return pci_get_le(&dev->config[PCI_COMMAND], 2);
}

/* ---- INTx ---- */

/* One device more or less asserts line @n; a bridge hands it on as if it were its own pin. */
static void set_bus_intx(PciBus *bus, unsigned n, bool asserted)
{
    bool before = bus->intx_count[n] != 0;
    bus->intx_count[n] += asserted ? 1 : -1;
    bool now = bus->intx_count[n] != 0;
    if (now == before) {
        return;
    }
    if (bus->bridge) {
        set_bus_intx(bus->bridge->bus, (n + (bus->bridge->devfn >> 3)) % 4, now);
    } else {
        irq_set(&bus->intx[n], now);
    }
}

static void update_intx(PciDevice *dev)
{
    bool asserted = dev->irq_level && !(pci_command(dev) & COMMAND_INTX_DISABLE);
    uint32_t status = pci_get_le(&dev->config[PCI_STATUS], 2) & ~STATUS_INTERRUPT;
    pci_set_le(&dev->config[PCI_STATUS], 2, status | (dev->irq_level ? STATUS_INTERRUPT : 0));
    if (asserted == dev->irq_asserted) {
        return;
    }
    dev->irq_asserted = asserted;
    /* Pin A is the only one a device here has; slots take turns in what they share. */
    set_bus_intx(dev->bus, (dev->devfn >> 3) % 4, asserted);
}

void pci_set_intx(PciDevice *dev, bool level)
{
    dev->irq_level = level;
    update_intx(dev);
}

/* ---- base address registers ---- */

static bool bar_is_64(const PciBar *bar)
{
    return bar->kind == PCI_BAR_MEM64_PREFETCH;
}

void pci_register_bar(PciDevice *dev, unsigned n, PciBarKind kind, MemoryRegion *region)
{
    uint64_t size = memory_region_size(region);
    g_assert(n < PCI_NUM_BARS && !dev->bars[n].region);
    g_assert(size >= 16 && (size & (size - 1)) == 0);
    dev->bars[n] = (PciBar){ .region = region, .kind = kind, .size = size };
    static const uint8_t type_bits[] = {
        [PCI_BAR_MEM32] = 0,
        [PCI_BAR_MEM32_PREFETCH] = BAR_PREFETCH,
        [PCI_BAR_MEM64_PREFETCH] = BAR_MEM64 | BAR_PREFETCH,
        [PCI_BAR_IO] = BAR_IO,
    };
    uint64_t mask = ~(size - 1);
    unsigned reg = REG_BAR0 + 4 * n;
    pci_set_le(&dev->config[reg], 4, type_bits[kind]);
    pci_set_le(&dev->wmask[reg], 4, (uint32_t)mask);
    if (bar_is_64(&dev->bars[n])) {
        g_assert(n + 1 < PCI_NUM_BARS && !dev->bars[n + 1].region);
        pci_set_le(&dev->wmask[reg + 4], 4, (uint32_t)(mask >> 32));
    }
}

/* Where the guest has put it; false: nowhere it could be reached. */
static bool bar_address(const PciDevice *dev, unsigned n, hwaddr *addr)
{
    const PciBar *bar = &dev->bars[n];
    unsigned reg = REG_BAR0 + 4 * n;
    uint64_t value = pci_get_le(&dev->config[reg], 4);
    bool is_io = bar->kind == PCI_BAR_IO;
    if (!(pci_command(dev) & (is_io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY))) {
        return false;
    }
    if (bar_is_64(bar)) {
        value |= (uint64_t)pci_get_le(&dev->config[reg + 4], 4) << 32;
    }
    value &= ~(bar->size - 1);
    hwaddr last = value + (bar->size - 1);
    /* 0 means not assigned, and all ones (while a driver asks for the size) ends at the top. */
    hwaddr limit = is_io ? IO_SPACE_END - 1 : bar_is_64(bar) ? UINT64_MAX - 1 : UINT32_MAX - 1;
    *addr = value;
    return value != 0 && last >= value && last <= limit;
}

int pci_region_priority(const PciDevice *dev, unsigned n)
{
    return (int)(1 + dev->devfn * 16 + n);
}

static void update_bar(PciDevice *dev, unsigned n)
{
    PciBar *bar = &dev->bars[n];
    hwaddr addr = 0;
    bool mapped = bar->region && bar_address(dev, n, &addr);
    if (mapped == bar->mapped && (!mapped || addr == bar->addr)) {
        return;
    }
    MemoryRegion *space = bar->kind == PCI_BAR_IO ? dev->bus->io : dev->bus->mem;
    if (bar->mapped) {
        memory_region_remove(space, bar->region);
    }
    if (mapped) {
        memory_region_add(space, addr, bar->region, pci_region_priority(dev, n));
    }
    bar->mapped = mapped;
    bar->addr = addr;
}

static void update_mappings(PciDevice *dev)
{
    memory_transaction_begin();
    for (unsigned i = 0; i < PCI_NUM_BARS; i++) {
        update_bar(dev, i);
    }
    memory_transaction_commit();
}

/* ---- config space ---- */

/* The bus that the guest has given the number @nr, on or behind @bus; NULL: none. */
static PciBus *find_bus(PciBus *bus, unsigned nr)
{
    for (unsigned i = 0; i < PCI_MAX_DEVICES; i++) {
        const PciDevice *dev = bus->slots[i];
        if (!dev || !dev->secondary) {
            continue;
        }
        unsigned first = dev->config[PCI_SECONDARY_BUS];
        if (first && nr >= first && nr <= dev->config[PCI_SUBORDINATE_BUS]) {
            return nr == first ? dev->secondary : find_bus(dev->secondary, nr);
        }
    }
    return NULL;
}

static PciDevice *config_target(PciBus *bus, unsigned bus_nr, unsigned devfn, unsigned reg,
                                unsigned size)
{
    PciBus *at = bus_nr == 0 ? bus : find_bus(bus, bus_nr);
    return at && reg + size <= PCI_CONFIG_SIZE ? pci_bus_get_device(at, devfn) : NULL;
}

uint32_t pci_config_read(PciBus *bus, unsigned bus_nr, unsigned devfn, unsigned reg, unsigned size)
{
    PciDevice *dev = config_target(bus, bus_nr, devfn, reg, size);
    if (!dev) {
        return UINT32_MAX >> (32 - size * 8);
    }
    const PciDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    if (pc->config_read) {
        pc->config_read(dev, reg, size);
    }
    return pci_get_le(&dev->config[reg], size);
}

void pci_config_write(PciBus *bus, unsigned bus_nr, unsigned devfn, unsigned reg, uint32_t value,
                      unsigned size)
{
    PciDevice *dev = config_target(bus, bus_nr, devfn, reg, size);
    if (!dev) {
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        uint8_t mask = dev->wmask[reg + i];
        uint8_t byte = (uint8_t)(value >> (i * 8));
        dev->config[reg + i] = (dev->config[reg + i] & ~mask) | (byte & mask);
        dev->config[reg + i] &= ~(byte & dev->w1cmask[reg + i]);
    }
    update_mappings(dev);
    update_intx(dev);
    const PciDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    if (pc->config_written) {
        pc->config_written(dev, reg, size);
    }
}

unsigned pci_add_capability(PciDevice *dev, uint8_t id, unsigned size)
{
    unsigned at = dev->capabilities_end ? dev->capabilities_end : PCI_FIRST_CAPABILITY;
    g_assert(at + size <= PCI_CONFIG_SIZE);
    /* The newest first: what the header points to is always complete. */
    dev->config[at] = id;
    dev->config[at + 1] = dev->config[PCI_CAPABILITIES];
    dev->config[PCI_CAPABILITIES] = (uint8_t)at;
    dev->config[PCI_STATUS] |= STATUS_CAPABILITIES;
    dev->capabilities_end = (at + size + 3) & ~3u;
    return at;
}

bool pci_can_master(const PciDevice *dev)
{
    for (; dev; dev = dev->bus->bridge) {
        if (!(pci_command(dev) & PCI_COMMAND_MASTER)) {
            return false;
        }
    }
    return true;
}

void pci_fill_header(PciDevice *dev)
{
    const PciDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    memset(dev->config, 0, sizeof(dev->config));
    memset(dev->wmask, 0, sizeof(dev->wmask));
    memset(dev->w1cmask, 0, sizeof(dev->w1cmask));
    memset(dev->bars, 0, sizeof(dev->bars));
    dev->capabilities_end = 0;
    pci_set_le(&dev->config[REG_VENDOR_ID], 2, pc->vendor_id);
    pci_set_le(&dev->config[PCI_DEVICE_ID], 2, pc->device_id);
    dev->config[REG_REVISION] = pc->revision;
    pci_set_le(&dev->config[PCI_CLASS], 2, pc->class_id);
    dev->config[REG_HEADER_TYPE] =
        (pc->is_bridge ? HEADER_BRIDGE : 0) | (dev->multifunction ? HEADER_MULTIFUNCTION : 0);
    if (!pc->is_bridge) {
        pci_set_le(&dev->config[PCI_SUBSYSTEM_VENDOR_ID], 2,
                   pc->subsystem_vendor_id ? pc->subsystem_vendor_id : SUBSYSTEM_VENDOR_DEFAULT);
        pci_set_le(&dev->config[PCI_SUBSYSTEM_ID], 2,
                   pc->subsystem_id ? pc->subsystem_id : SUBSYSTEM_DEFAULT);
    }
    pci_set_le(&dev->wmask[PCI_COMMAND], 2,
               PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | COMMAND_PARITY |
                   COMMAND_SERR | COMMAND_INTX_DISABLE);
    dev->wmask[REG_CACHE_LINE] = 0xff;
    dev->wmask[REG_INTERRUPT_LINE] = 0xff;
}

void pci_reset_config(PciDevice *dev)
{
    const PciDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    /* What the guest can write is 0 after a reset. */
    for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++) {
        dev->config[i] &= ~dev->wmask[i] & ~dev->w1cmask[i];
    }
    dev->irq_level = false;
    update_mappings(dev);
    update_intx(dev);
    if (pc->config_written) {
        pc->config_written(dev, 0, PCI_CONFIG_SIZE);
    }
}
