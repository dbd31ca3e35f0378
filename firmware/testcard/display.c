/*
 * Finding the display on PCI, and its mode registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "display.h"

#include "pci.h"
#include "sbi.h"

#define BOCHS_ID 0x11111234u

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

const char *display_init(const Fdt *fdt)
{
    PciHost host;
    uintptr_t config;

    if (!pci_find_host(fdt, &host)) {
        return "no PCI host bridge";
    }
    config = pci_find_function(&host, BOCHS_ID);
    if (!config) {
        return "no bochs-display";
    }
    vram = pci_assign_bar(&host, config, 0);
    registers = pci_assign_bar(&host, config, 2);
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
