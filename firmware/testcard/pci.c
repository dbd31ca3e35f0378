/*
 * Configuration space (ECAM), addresses from the host bridge's 32-bit window, interrupt lines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pci.h"

#define BUS_SLOTS 32

#define PCI_BAR(n)        (0x10 + 4 * (n))
#define BAR_TYPE_MASK     0x07
#define BAR_TYPE_64       0x04
#define BAR_FLAGS         0x0fu
#define PCI_INTERRUPT_PIN 0x3d

/* The "ranges" of a PCI node: three cells of PCI address, two of CPU address, two of size. */
#define RANGE_CELLS        7
#define RANGE_SPACE(flags) ((flags) >> 24 & 3)
#define SPACE_MEM32        2

/* The "interrupt-map": three cells of PCI address, the pin, the controller, its source. */
#define MAP_CELLS 6

static uintptr_t ecam;
static uint64_t next_address, window_end;
static const uint8_t *interrupt_map;
static uint32_t interrupt_map_length, interrupt_slots;

static bool find_window(const Fdt *fdt, FdtNode host)
{
    uint32_t length;
    const uint8_t *range = fdt_property(fdt, host, "ranges", &length);

    for (; range && length >= 4 * RANGE_CELLS; length -= 4 * RANGE_CELLS) {
        if (RANGE_SPACE(fdt_cell(range, 0)) == SPACE_MEM32) {
            next_address = fdt_cell2(range, 3);
            window_end = next_address + fdt_cell2(range, 5);
            return true;
        }
        range += 4 * RANGE_CELLS;
    }
    return false;
}

bool pci_init(const Fdt *fdt)
{
    FdtNode host = fdt_find_compatible(fdt, "pci-host-ecam-generic");
    const void *reg = host ? fdt_property(fdt, host, "reg", NULL) : NULL;
    const void *mask = host ? fdt_property(fdt, host, "interrupt-map-mask", NULL) : NULL;

    if (!reg || !find_window(fdt, host)) {
        return false;
    }
    ecam = fdt_cell2(reg, 0);
    if (mask) {
        interrupt_map = fdt_property(fdt, host, "interrupt-map", &interrupt_map_length);
        interrupt_slots = fdt_cell(mask, 0);
    }
    return true;
}

uintptr_t pci_find(uint32_t id, unsigned *slot)
{
    for (; *slot < BUS_SLOTS; ++*slot) {
        uintptr_t config = ecam + (*slot << 15);

        if (mmio_read32(config) == id) {
            return config;
        }
    }
    return 0;
}

uintptr_t pci_bar(uintptr_t config, unsigned n)
{
    uint32_t low = mmio_read32(config + PCI_BAR(n)), size;
    uint64_t addr;

    if ((low & BAR_TYPE_MASK) && (low & BAR_TYPE_MASK) != BAR_TYPE_64) {
        return 0;
    }
    if (low & ~BAR_FLAGS) {
        return low & ~BAR_FLAGS;
    }
    mmio_write32(config + PCI_BAR(n), 0xffffffff);
    size = ~(mmio_read32(config + PCI_BAR(n)) & ~BAR_FLAGS) + 1;
    addr = (next_address + size - 1) & ~(uint64_t)(size - 1);
    if (!size || addr + size > window_end) {
        return 0;
    }
    mmio_write32(config + PCI_BAR(n), addr);
    if (low & BAR_TYPE_64) {
        mmio_write32(config + PCI_BAR(n + 1), 0);
    }
    next_address = addr + size;
    return addr;
}

unsigned pci_irq(uintptr_t config, unsigned slot)
{
    unsigned pin = mmio_read8(config + PCI_INTERRUPT_PIN);

    for (uint32_t at = 0; interrupt_map && at + 4 * MAP_CELLS <= interrupt_map_length;
         at += 4 * MAP_CELLS) {
        const uint8_t *entry = interrupt_map + at;

        if (fdt_cell(entry, 0) == (slot << 11 & interrupt_slots) && fdt_cell(entry, 3) == pin) {
            return fdt_cell(entry, 5);
        }
    }
    return 0;
}
