/*
 * How the virt board starts: firmware, kernel, initrd, device tree and the reset vector.
 *
 * The reset vector hands the firmware the hart's number (a0), the device tree (a1) and OpenSBI's
 * fw_dynamic_info (a2; include/sbi/fw_dynamic.h of OpenSBI, "FW_DYNAMIC").
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virt.h"

#include "hw/device.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>
#include <unistd.h>

/* Where Debian's package opensbi puts it; a build may say otherwise. */
#ifndef VITRINE_DEFAULT_FIRMWARE
#define VITRINE_DEFAULT_FIRMWARE "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin"
#endif

#define MIB            (1ull << 20)
#define KERNEL_ALIGN   (2 * MIB)
#define FDT_ALIGN      (2 * MIB)
#define FDT_ROOM       (1 * MIB)     /* firmware adds to it */
#define FDT_LIMIT      0xc0000000ull /* 32-bit firmware code gets at it */
#define INITRD_MAX_GAP (128 * MIB)
#define INITRD_ALIGN   4096

#define FW_DYNAMIC_MAGIC       0x4942534f /* "OSBI" */
#define FW_DYNAMIC_VERSION     2
#define FW_DYNAMIC_NEXT_S_MODE 1

static hwaddr round_up(hwaddr value, hwaddr unit)
{
    return (value + unit - 1) / unit * unit;
}

/* ---- what the options name ---- */

static bool load_firmware(VirtMachine *s, hwaddr *end, Error **errp)
{
    const char *name = s->parent_obj.firmware;
    LoadedImage image;
    *end = VIRT_RAM_BASE;
    s->start = VIRT_RAM_BASE;
    if (g_strcmp0(name, "none") == 0) {
        return true;
    }
    if (!name || g_str_equal(name, "default")) {
        name = VITRINE_DEFAULT_FIRMWARE;
        if (access(name, R_OK) < 0) {
            error_setg(errp,
                       "the default firmware '%s' is not there (Debian package opensbi): give "
                       "-bios FILE or -bios none",
                       name);
            return false;
        }
    }
    if (!image_load_program(s->images, "firmware", name, VIRT_RAM_BASE, &image, errp)) {
        error_prepend(errp, "-bios %s: ", name);
        return false;
    }
    s->start = image.entry;
    *end = image.end;
    return true;
}

static bool load_kernel(VirtMachine *s, hwaddr firmware_end, LoadedImage *kernel, Error **errp)
{
    const Machine *machine = &s->parent_obj;
    if (!machine->kernel) {
        return true;
    }
    hwaddr addr = round_up(firmware_end, KERNEL_ALIGN);
    if (!image_load_program(s->images, "kernel", machine->kernel, addr, kernel, errp)) {
        error_prepend(errp, "-kernel %s: ", machine->kernel);
        return false;
    }
    s->kernel_entry = kernel->entry;
    if (g_strcmp0(machine->firmware, "none") == 0) {
        s->start = kernel->entry;
    }
    return true;
}

static bool load_initrd(VirtMachine *s, const LoadedImage *kernel, Error **errp)
{
    const Machine *machine = &s->parent_obj;
    LoadedImage image;
    if (!machine->initrd) {
        return true;
    }
    hwaddr addr = kernel->entry + MIN(machine->ram_size / 2, INITRD_MAX_GAP);
    addr = round_up(MAX(addr, kernel->end), INITRD_ALIGN);
    if (!image_load_raw(s->images, "initrd", machine->initrd, addr, &image, errp)) {
        error_prepend(errp, "-initrd %s: ", machine->initrd);
        return false;
    }
    s->initrd_start = image.first;
    s->initrd_end = image.end;
    return true;
}

static bool check_options(const Machine *machine, Error **errp)
{
    if (!machine->kernel && machine->initrd) {
        error_setg(errp, "-initrd only allowed with -kernel option");
        return false;
    }
    if (!machine->kernel && machine->append) {
        error_setg(errp, "-append only allowed with -kernel option");
        return false;
    }
    return true;
}

/* ---- what the board makes ---- */

static bool place_fdt(VirtMachine *s, Error **errp)
{
    hwaddr end = MIN(virt_ram_end(s), FDT_LIMIT);
    if (end - VIRT_RAM_BASE < FDT_ROOM) {
        error_setg(errp, "machine 'virt' needs %" PRIu64 "M of RAM for its device tree alone",
                   (uint64_t)(FDT_ROOM / MIB));
        return false;
    }
    s->fdt_addr = (end - FDT_ROOM) & ~(FDT_ALIGN - 1);
    s->fdt = virt_fdt_build(s);
    g_autoptr(GBytes) data = g_bytes_new(s->fdt, fdt_totalsize(s->fdt));
    return image_set_add(s->images, "the device tree", data, s->fdt_addr, g_bytes_get_size(data),
                         errp);
}

static bool place_reset_vector(VirtMachine *s, Error **errp)
{
    static const uint32_t code[] = {
        0x00000297, /* 1: auipc t0, 0 */
        0x02828613, /*    addi  a2, t0, fw_dynamic_info - 1b */
        0xf1402573, /*    csrr  a0, mhartid */
        0x0202b583, /*    ld    a1, 32(t0) */
        0x0182b283, /*    ld    t0, 24(t0) */
        0x00028067, /*    jr    t0 */
    };
    const uint64_t data[] = {
        s->start,
        s->fdt_addr,
        FW_DYNAMIC_MAGIC,
        FW_DYNAMIC_VERSION,
        s->kernel_entry,
        FW_DYNAMIC_NEXT_S_MODE,
        0, /* options */
        0, /* boot hart */
    };
    uint8_t rom[sizeof(code) + sizeof(data)];
    for (unsigned i = 0; i < G_N_ELEMENTS(code); i++) {
        uint32_t word = GUINT32_TO_LE(code[i]);
        memcpy(&rom[i * sizeof(word)], &word, sizeof(word));
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(data); i++) {
        uint64_t word = GUINT64_TO_LE(data[i]);
        memcpy(&rom[sizeof(code) + i * sizeof(word)], &word, sizeof(word));
    }
    g_autoptr(GBytes) bytes = g_bytes_new(rom, sizeof(rom));
    return image_set_add(s->images, "the reset vector", bytes, VIRT_MROM_BASE, sizeof(rom), errp);
}

bool virt_boot_setup(VirtMachine *s, Error **errp)
{
    hwaddr firmware_end;
    LoadedImage kernel = { 0 };
    s->images = image_set_new(s->as);
    return check_options(&s->parent_obj, errp) && load_firmware(s, &firmware_end, errp) &&
           load_kernel(s, firmware_end, &kernel, errp) && load_initrd(s, &kernel, errp) &&
           place_fdt(s, errp) && place_reset_vector(s, errp);
}

/* Devices may have come and gone since the last time. */
static void tell_boot_order(VirtMachine *s)
{
    const Machine *machine = &s->parent_obj;
    uint16_t menu = GUINT16_TO_LE(machine->boot_menu);
    g_autoptr(GBytes) menu_item = g_bytes_new(&menu, sizeof(menu));
    fw_cfg_set_item(s->fw_cfg, FW_CFG_BOOT_MENU, menu_item);

    g_autoptr(GString) order = g_string_new(NULL);
    devices_boot_order(order);
    if (order->len && machine->boot_strict) {
        g_string_append(order, "HALT\n");
    }
    if (order->len) {
        order->str[order->len - 1] = '\0'; /* ends the last line */
    }
    g_autoptr(GBytes) file = g_bytes_new(order->str, order->len);
    fw_cfg_set_file(s->fw_cfg, "bootorder", file);
}

void virt_boot_reset(VirtMachine *s)
{
    tell_boot_order(s);
    virt_fdt_renew_seed(s->fdt);
    g_autoptr(GBytes) fdt = g_bytes_new(s->fdt, fdt_totalsize(s->fdt));
    image_set_replace(s->images, s->fdt_addr, fdt);
    image_set_restore(s->images);
}
