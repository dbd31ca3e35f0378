/*
 * Configuration space (ECAM), addresses from the host bridge's 32-bit window, interrupt lines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pci.h"

#define BUS_SLOTS     32
#define MAX_FUNCTIONS 32
#define MAX_BRIDGES   32

#define PCI_HEADER_TYPE     0x0e
#define HEADER_BRIDGE       0x01
#define HEADER_MULTIPLE     0x80 /* functions in this slot */
#define PCI_BAR(n)          (0x10 + 4 * (n))
#define N_BARS              6
#define BAR_IO              0x01
#define BAR_TYPE_64         0x04
#define BAR_FLAGS           0x0fu
#define PCI_INTERRUPT_PIN   0x3d
#define BRIDGE_SECONDARY    0x19
#define BRIDGE_SUBORDINATE  0x1a
#define BRIDGE_MEMORY_BASE  0x20
#define BRIDGE_MEMORY_LIMIT 0x22
#define BRIDGE_WINDOW_UNIT  (1ull << 20)

/* The PCI Express capability. */
#define CAP_EXPRESS          0x10
#define EXPRESS_SLOT_CONTROL 0x18
#define SLOT_LIGHT_ON        0x0100

/* The "ranges" of a PCI node: three cells of PCI address, two of CPU address, two of size. */
#define RANGE_CELLS        7
#define RANGE_SPACE(flags) ((flags) >> 24 & 3)
#define SPACE_MEM32        2

/* The "interrupt-map": three cells of PCI address, the pin, the controller, its source. */
#define MAP_CELLS 6

typedef struct Bridge {
    uintptr_t config;
    unsigned bus; /* behind it */
    unsigned slot;
    bool occupied;
} Bridge;

static uintptr_t ecam;
static uint64_t next_address, window_end;
static const uint8_t *interrupt_map;
static uint32_t interrupt_map_length, interrupt_slots;
static PciFunction functions[MAX_FUNCTIONS];
static unsigned n_functions;
static Bridge bridges[MAX_BRIDGES];
static unsigned n_bridges;

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

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) & ~(unit - 1);
}

/* BAR @n gets the next address that suits its size. Returns the BARs it takes. */
static unsigned assign_bar(uintptr_t config, unsigned n)
{
    uint32_t low, size;

    mmio_write32(config + PCI_BAR(n), 0xffffffff);
    low = mmio_read32(config + PCI_BAR(n));
    mmio_write32(config + PCI_BAR(n), 0);
    size = ~(low & ~BAR_FLAGS) + 1;
    if ((low & BAR_IO) || !size) {
        return 1;
    }
    if (size <= window_end - next_address && round_up(next_address, size) + size <= window_end) {
        next_address = round_up(next_address, size);
        mmio_write32(config + PCI_BAR(n), next_address);
        next_address += size;
    }
    if (low & BAR_TYPE_64) {
        mmio_write32(config + PCI_BAR(n + 1), 0);
    }
    return low & BAR_TYPE_64 ? 2 : 1;
}

static unsigned find_irq(uintptr_t config, unsigned root_slot)
{
    unsigned pin = mmio_read8(config + PCI_INTERRUPT_PIN);

    for (uint32_t at = 0; interrupt_map && at + 4 * MAP_CELLS <= interrupt_map_length;
         at += 4 * MAP_CELLS) {
        const uint8_t *entry = interrupt_map + at;

        if (fdt_cell(entry, 0) == (root_slot << 11 & interrupt_slots) &&
            fdt_cell(entry, 3) == pin) {
            return fdt_cell(entry, 5);
        }
    }
    return 0;
}

static void add_endpoint(uintptr_t config, unsigned number, unsigned root_slot)
{
    if (n_functions == MAX_FUNCTIONS) {
        return;
    }
    for (unsigned n = 0; n < N_BARS;) {
        n += assign_bar(config, n);
    }
    functions[n_functions++] = (PciFunction){ .config = config,
                                              .id = mmio_read32(config),
                                              .number = number,
                                              .irq = find_irq(config, root_slot) };
}

static uintptr_t config_at(unsigned bus, unsigned slot, unsigned function)
{
    return ecam + (bus << 20 | slot << 15 | function << 12);
}

/* A slot is on, and lit, from when we use what is in it. */
static void switch_on(uintptr_t config)
{
    for (unsigned at = mmio_read8(config + PCI_CAPABILITIES); at;
         at = mmio_read8(config + at + 1)) {
        if (mmio_read8(config + at) == CAP_EXPRESS) {
            mmio_write16(config + at + EXPRESS_SLOT_CONTROL, SLOT_LIGHT_ON);
        }
    }
}

/* One device is behind a root port, as its slot 0: interrupt pins go through as they are. */
static void look_behind(Bridge *bridge)
{
    uintptr_t config = config_at(bridge->bus, 0, 0);
    uint64_t start = round_up(next_address, BRIDGE_WINDOW_UNIT);

    if (bridge->occupied || mmio_read32(config) == 0xffffffff) {
        return;
    }
    bridge->occupied = true;
    switch_on(bridge->config);
    next_address = start;
    add_endpoint(config, BUS_SLOTS * bridge->bus, bridge->slot);
    next_address = round_up(next_address, BRIDGE_WINDOW_UNIT);
    if (next_address > start) {
        mmio_write16(bridge->config + BRIDGE_MEMORY_BASE, start >> 16);
        mmio_write16(bridge->config + BRIDGE_MEMORY_LIMIT,
                     (next_address - BRIDGE_WINDOW_UNIT) >> 16);
    }
    mmio_write16(bridge->config + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void add_bridge(uintptr_t config, unsigned slot)
{
    Bridge *bridge = &bridges[n_bridges];

    if (n_bridges == MAX_BRIDGES) {
        return;
    }
    n_bridges++;
    *bridge = (Bridge){ .config = config, .bus = n_bridges, .slot = slot };
    mmio_write8(config + BRIDGE_SECONDARY, bridge->bus);
    mmio_write8(config + BRIDGE_SUBORDINATE, bridge->bus);
    look_behind(bridge);
}

void pci_look_again(void)
{
    for (unsigned i = 0; i < n_bridges; i++) {
        look_behind(&bridges[i]);
    }
}

/* False: there is no such function. */
static bool look_at(unsigned slot, unsigned function)
{
    uintptr_t config = config_at(0, slot, function);

    if (mmio_read32(config) == 0xffffffff) {
        return false;
    }
    if ((mmio_read8(config + PCI_HEADER_TYPE) & ~HEADER_MULTIPLE) == HEADER_BRIDGE) {
        add_bridge(config, slot);
    } else {
        add_endpoint(config, slot, slot);
    }
    return true;
}

static void look_around(void)
{
    for (unsigned slot = 0; slot < BUS_SLOTS; slot++) {
        bool more = look_at(slot, 0) &&
                    (mmio_read8(config_at(0, slot, 0) + PCI_HEADER_TYPE) & HEADER_MULTIPLE);

        for (unsigned function = 1; more && function < 8; function++) {
            look_at(slot, function);
        }
    }
}

const char *pci_init(const Fdt *fdt)
{
    FdtNode host = fdt_find_compatible(fdt, "pci-host-ecam-generic");
    const void *reg = host ? fdt_property(fdt, host, "reg", NULL) : NULL;
    const void *mask = host ? fdt_property(fdt, host, "interrupt-map-mask", NULL) : NULL;

    if (!reg || !find_window(fdt, host)) {
        return "no PCI host bridge";
    }
    ecam = fdt_cell2(reg, 0);
    if (mask) {
        interrupt_map = fdt_property(fdt, host, "interrupt-map", &interrupt_map_length);
        interrupt_slots = fdt_cell(mask, 0);
    }
    look_around();
    return NULL;
}

const PciFunction *pci_find(uint32_t id, unsigned nth)
{
    for (unsigned i = 0; i < n_functions; i++) {
        if (functions[i].id == id && nth-- == 0) {
            return &functions[i];
        }
    }
    return NULL;
}

uintptr_t pci_bar(const PciFunction *function, unsigned n)
{
    return n < N_BARS ? mmio_read32(function->config + PCI_BAR(n)) & ~BAR_FLAGS : 0;
}
