/*
 * Finding the display in PCI configuration space (ECAM), its addresses, and its mode registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "display.h"

#include "sbi.h"

#define BOCHS_ID  0x11111234u
#define BUS_SLOTS 32

#define PCI_COMMAND        0x04
#define PCI_COMMAND_MEMORY 0x02
#define PCI_BAR(n)         (0x10 + 4 * (n))
#define BAR_TYPE_MASK      0x07 /* I/O space, 64 bits */

/* The "ranges" of a PCI node: three cells of PCI address, two of CPU address, two of size. */
#define RANGE_CELLS        7
#define RANGE_SPACE(flags) ((flags) >> 24 & 3)
#define SPACE_MEM32        2

/* In BAR 2. */
#define BOCHS_EDID            0x000
#define BOCHS_DISPI           0x500
#define EDID_PREFERRED_TIMING 54

enum {
    DISPI_ID,
    DISPI_XRES,
    DISPI_YRES,
    DISPI_BPP,
    DISPI_ENABLE,
    DISPI_VIRT_WIDTH = 6,
    DISPI_X_OFFSET = 8,
    DISPI_Y_OFFSET,
    DISPI_MEMORY
};

#define DISPI_ID_MIN      0xb0c0
#define DISPI_ENABLED     0x41 /* enabled, linear frame buffer */
#define DISPI_MEMORY_UNIT 65536

Screen screen;
static uintptr_t vram, registers;

static uint16_t dispi_read(unsigned index)
{
    return mmio_read16(registers + BOCHS_DISPI + 2 * index);
}

static void dispi_write(unsigned index, uint16_t value)
{
    mmio_write16(registers + BOCHS_DISPI + 2 * index, value);
}

static uintptr_t find_function(uintptr_t ecam)
{
    for (unsigned slot = 0; slot < BUS_SLOTS; slot++) {
        uintptr_t config = ecam + (slot << 15);

        if (mmio_read32(config) == BOCHS_ID) {
            return config;
        }
    }
    return 0;
}

/* Put memory BAR @n at the next address in [*at, @end) that suits its size. 0: no room. */
static uintptr_t assign_bar(uintptr_t config, unsigned n, uint64_t *at, uint64_t end)
{
    uint32_t low, size;
    uint64_t addr;

    mmio_write32(config + PCI_BAR(n), 0xffffffff);
    low = mmio_read32(config + PCI_BAR(n));
    size = ~(low & ~0xfu) + 1;
    if ((low & BAR_TYPE_MASK) || !size) {
        return 0;
    }
    addr = (*at + size - 1) & ~(uint64_t)(size - 1);
    if (addr + size > end) {
        return 0;
    }
    mmio_write32(config + PCI_BAR(n), addr);
    *at = addr + size;
    return addr;
}

static bool find_window(const Fdt *fdt, FdtNode host, uint64_t *start, uint64_t *end)
{
    uint32_t length;
    const uint8_t *range = fdt_property(fdt, host, "ranges", &length);

    for (; range && length >= 4 * RANGE_CELLS; length -= 4 * RANGE_CELLS) {
        if (RANGE_SPACE(fdt_cell(range, 0)) == SPACE_MEM32) {
            *start = fdt_cell2(range, 3);
            *end = *start + fdt_cell2(range, 5);
            return true;
        }
        range += 4 * RANGE_CELLS;
    }
    return false;
}

const char *display_init(const Fdt *fdt)
{
    FdtNode host = fdt_find_compatible(fdt, "pci-host-ecam-generic");
    const void *reg = host ? fdt_property(fdt, host, "reg", NULL) : NULL;
    uint64_t at, end;
    uintptr_t config;

    if (!reg || !find_window(fdt, host, &at, &end)) {
        return "no PCI host bridge";
    }
    config = find_function(fdt_cell2(reg, 0));
    if (!config) {
        return "no bochs-display";
    }
    vram = assign_bar(config, 0, &at, end);
    registers = assign_bar(config, 2, &at, end);
    if (!vram || !registers) {
        return "no room for the display's memory";
    }
    mmio_write16(config + PCI_COMMAND, PCI_COMMAND_MEMORY);
    return dispi_read(DISPI_ID) < DISPI_ID_MIN ? "the display has no mode registers" : NULL;
}

bool display_preferred_mode(uint32_t *width, uint32_t *height)
{
    uintptr_t edid = registers + BOCHS_EDID;
    uintptr_t timing = edid + EDID_PREFERRED_TIMING;

    if (mmio_read8(edid) != 0x00 || mmio_read8(edid + 1) != 0xff) {
        return false;
    }
    *width = mmio_read8(timing + 2) | (mmio_read8(timing + 4) & 0xf0) << 4;
    *height = mmio_read8(timing + 5) | (mmio_read8(timing + 7) & 0xf0) << 4;
    return *width && *height;
}

uint32_t display_memory_size(void)
{
    return dispi_read(DISPI_MEMORY) * DISPI_MEMORY_UNIT;
}

bool display_set_mode(uint32_t width, uint32_t height)
{
    if ((uint64_t)width * height * 4 > display_memory_size()) {
        return false;
    }
    dispi_write(DISPI_ENABLE, 0);
    dispi_write(DISPI_XRES, width);
    dispi_write(DISPI_YRES, height);
    dispi_write(DISPI_BPP, 32);
    dispi_write(DISPI_VIRT_WIDTH, width);
    dispi_write(DISPI_X_OFFSET, 0);
    dispi_write(DISPI_Y_OFFSET, 0);
    dispi_write(DISPI_ENABLE, DISPI_ENABLED);
    screen = (Screen){ .pixels = (uint32_t *)vram, .width = width, .height = height };
    fence_all();
    return true;
}
