/*
 * PCI: the host bridge in the device tree, the functions behind it, and their addresses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pci.h"

#include "lib.h"

#define PCI_NONE         0xffffffffu
#define PCI_HEADER_TYPE  0x0e
#define HEADER_TYPE_MASK 0x7f
#define HEADER_BRIDGE    0x01
#define PCI_BAR(n)       (0x10 + 4 * (n))
#define BAR_TYPE_MASK    0x07 /* I/O space, 64 bits */

/* Of bridges. */
#define PCI_BUSES        0x18 /* primary, secondary, subordinate: a byte each */
#define PCI_MEMORY_BASE  0x20
#define PCI_MEMORY_LIMIT 0x22
#define MEMORY_MASK      0xfff0u /* of either: address bits 31 to 20 */

/* The "ranges" of a PCI node: three cells of PCI address, two of CPU address, two of size. */
#define RANGE_CELLS        7
#define RANGE_SPACE(flags) ((flags) >> 24 & 3)
#define SPACE_MEM32        2

#define BUS_FUNCTIONS 256

static bool find_window(const Fdt *fdt, FdtNode node, PciHost *host)
{
    uint32_t length;
    const uint8_t *range = fdt_property(fdt, node, "ranges", &length);

    for (; range && length >= 4 * RANGE_CELLS; length -= 4 * RANGE_CELLS) {
        if (RANGE_SPACE(fdt_cell(range, 0)) == SPACE_MEM32) {
            host->start = fdt_cell2(range, 3);
            host->end = host->start + fdt_cell2(range, 5);
            return true;
        }
        range += 4 * RANGE_CELLS;
    }
    return false;
}

bool pci_find_host(const Fdt *fdt, PciHost *host)
{
    FdtNode node = fdt_find_compatible(fdt, "pci-host-ecam-generic");
    const void *reg = node ? fdt_property(fdt, node, "reg", NULL) : NULL;

    if (!reg || !find_window(fdt, node, host)) {
        return false;
    }
    host->ecam = fdt_cell2(reg, 0);
    return true;
}

static uintptr_t config_of(const PciHost *host, unsigned bus, unsigned function)
{
    return host->ecam + (bus << 20) + (function << 12);
}

static uintptr_t find_on_bus(const PciHost *host, unsigned bus, uint32_t id)
{
    for (unsigned function = 0; function < BUS_FUNCTIONS; function++) {
        uintptr_t config = config_of(host, bus, function);

        if (mmio_read32(config) == id) {
            return config;
        }
    }
    return 0;
}

static bool is_bridge(uintptr_t config)
{
    return mmio_read32(config) != PCI_NONE &&
           (mmio_read8(config + PCI_HEADER_TYPE) & HEADER_TYPE_MASK) == HEADER_BRIDGE;
}

/* Let all of the host's memory through: no more than one function is used. */
static void open_bridge(const PciHost *host, uintptr_t config)
{
    mmio_write16(config + PCI_MEMORY_BASE, host->start >> 16 & MEMORY_MASK);
    mmio_write16(config + PCI_MEMORY_LIMIT, (host->end - 1) >> 16 & MEMORY_MASK);
    mmio_write16(config + PCI_COMMAND, PCI_COMMAND_MEMORY);
}

uintptr_t pci_find_function(const PciHost *host, uint32_t id)
{
    uintptr_t found = find_on_bus(host, 0, id);
    unsigned bus = 0;

    for (unsigned function = 0; !found && function < BUS_FUNCTIONS; function++) {
        uintptr_t bridge = config_of(host, 0, function);

        if (is_bridge(bridge)) {
            bus++;
            mmio_write32(bridge + PCI_BUSES, bus << 16 | bus << 8);
            found = find_on_bus(host, bus, id);
            if (found) {
                open_bridge(host, bridge);
            }
        }
    }
    return found;
}

uintptr_t pci_assign_bar(PciHost *host, uintptr_t config, unsigned n)
{
    uint32_t low, size;
    uint64_t addr;

    mmio_write32(config + PCI_BAR(n), 0xffffffff);
    low = mmio_read32(config + PCI_BAR(n));
    size = ~(low & ~0xfu) + 1;
    if ((low & BAR_TYPE_MASK) || !size) {
        return 0;
    }
    addr = (host->start + size - 1) & ~(uint64_t)(size - 1);
    if (addr + size > host->end) {
        return 0;
    }
    mmio_write32(config + PCI_BAR(n), addr);
    host->start = addr + size;
    return addr;
}
