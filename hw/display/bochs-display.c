/*
 * bochs-display: a PCI frame buffer with Bochs' DISPI mode registers and an EDID, nothing more.
 *
 * BAR 0 is video memory. BAR 2 holds the EDID at 0, the place of the VGA ports at 0x400 (absent:
 * reads are all ones), the DISPI words at 0x500 and the byte order at 0x600. All registers are
 * little-endian. Shown are 32 bits a pixel (x8r8g8b8) and 16 (r5g6b5), from 64x64 up, while
 * DISPI is enabled; whatever else the guest sets leaves the last picture on the screen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "edid.h"
#include "hw/pci.h"
#include "scanout.h"

#include "util/report.h"

#include <inttypes.h>
#include <string.h>

#define TYPE_BOCHS_DISPLAY "bochs-display"

#define MIN_VRAM     (4 * MIB)
#define MAX_VRAM     (256 * MIB)
#define DEFAULT_VRAM (16 * MIB)
#define MIB          (UINT64_C(1) << 20)

#define DEFAULT_WIDTH  1280
#define DEFAULT_HEIGHT 800
#define MIN_SIDE       64

#define REGISTERS_SIZE 0x1000
#define EDID_BASE      0x000
#define VGA_BASE       0x400
#define DISPI_BASE     0x500
#define QEXT_BASE      0x600
#define QEXT_SIZE      8

enum {
    DISPI_ID,
    DISPI_XRES,
    DISPI_YRES,
    DISPI_BPP,
    DISPI_ENABLE,
    DISPI_BANK,
    DISPI_VIRT_WIDTH,
    DISPI_VIRT_HEIGHT,
    DISPI_X_OFFSET,
    DISPI_Y_OFFSET,
    DISPI_VIDEO_MEMORY, /* in units of 64 KiB */
    DISPI_COUNT,
};

#define DISPI_ID_VALUE 0xb0c5
#define DISPI_ENABLED  0x01

#define QEXT_LITTLE_ENDIAN 0x1e1e1e1e
#define QEXT_BIG_ENDIAN    0xbebebebe

typedef struct BochsDisplay {
    PciDevice parent_obj;

    uint64_t vram_size; /* properties */
    bool edid_enabled;
    uint32_t xres;
    uint32_t yres;

    MemoryRegion vram;
    MemoryRegion registers;
    Console *con;
    Scanout *scanout;

    uint8_t edid[EDID_SIZE];
    uint16_t dispi[DISPI_COUNT];
    bool big_endian;
    bool was_enabled; /* since the last reset */
} BochsDisplay;

#define BOCHS_DISPLAY(obj) OBJECT_CHECK(BochsDisplay, (obj), TYPE_BOCHS_DISPLAY)

/* ---- the mode ---- */

/* What the registers ask for; a guest may write anything there, so all of it is checked. */
static ScanoutMode current_mode(const BochsDisplay *s)
{
    const uint16_t *d = s->dispi;
    ScanoutMode mode = {
        .kind = s->was_enabled ? SCANOUT_KEEP : SCANOUT_BLANK,
        .width = d[DISPI_XRES],
        .height = d[DISPI_YRES],
        .bytes_per_pixel = d[DISPI_BPP] / 8,
        .big_endian = s->big_endian,
    };
    uint64_t end;

    if (!(d[DISPI_ENABLE] & DISPI_ENABLED) || (d[DISPI_BPP] != 16 && d[DISPI_BPP] != 32) ||
        mode.width < MIN_SIDE || mode.height < MIN_SIDE || mode.width > FRAME_MAX_SIZE ||
        mode.height > FRAME_MAX_SIZE) {
        return mode;
    }
    mode.stride = (uint64_t)MAX(d[DISPI_VIRT_WIDTH], d[DISPI_XRES]) * mode.bytes_per_pixel;
    mode.offset = d[DISPI_Y_OFFSET] * mode.stride + d[DISPI_X_OFFSET] * mode.bytes_per_pixel;
    end = mode.offset + mode.stride * mode.height;
    if (end <= s->vram_size) {
        mode.kind = SCANOUT_ON;
    }
    return mode;
}

static void bochs_display_update(void *opaque)
{
    BochsDisplay *s = opaque;
    ScanoutMode mode = current_mode(s);

    s->was_enabled |= mode.kind == SCANOUT_ON;
    scanout_update(s->scanout, &mode);
}

static const ConsoleOps bochs_display_console_ops = {
    .update = bochs_display_update,
};

/* ---- registers ---- */

static uint8_t read_byte(const BochsDisplay *s, unsigned offset)
{
    if (offset < EDID_BASE + EDID_SIZE) {
        return s->edid_enabled ? s->edid[offset - EDID_BASE] : 0xff;
    }
    if (offset >= DISPI_BASE && offset < DISPI_BASE + 2 * DISPI_COUNT) {
        return s->dispi[(offset - DISPI_BASE) / 2] >> 8 * (offset % 2);
    }
    if (offset >= QEXT_BASE && offset < QEXT_BASE + 4) {
        return (uint32_t)QEXT_SIZE >> 8 * (offset - QEXT_BASE);
    }
    if (offset >= QEXT_BASE + 4 && offset < QEXT_BASE + QEXT_SIZE) {
        return (s->big_endian ? QEXT_BIG_ENDIAN : QEXT_LITTLE_ENDIAN) >> 8 * (offset % 4);
    }
    return 0xff;
}

static uint64_t bochs_display_read(void *opaque, hwaddr offset, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        value |= (uint64_t)read_byte(opaque, offset + i) << 8 * i;
    }
    return value;
}

static void write_dispi(BochsDisplay *s, unsigned index, uint16_t value)
{
    if (index != DISPI_ID && index < DISPI_VIDEO_MEMORY) {
        s->dispi[index] = value;
    }
}

static void write_byte_order(BochsDisplay *s, uint32_t value)
{
    if (value == QEXT_BIG_ENDIAN || value == QEXT_LITTLE_ENDIAN) {
        s->big_endian = value == QEXT_BIG_ENDIAN;
    } else {
        log_mask(LOG_GUEST_ERROR, TYPE_BOCHS_DISPLAY ": byte order 0x%x is neither 0x%x nor 0x%x",
                 value, QEXT_LITTLE_ENDIAN, QEXT_BIG_ENDIAN);
    }
}

static void bochs_display_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    BochsDisplay *s = opaque;

    if (offset >= DISPI_BASE && offset < DISPI_BASE + 2 * DISPI_COUNT) {
        /* A byte sets the whole word, as the hardware that drivers know does it. */
        for (unsigned i = 0; i < MAX(size, 2); i += 2) {
            write_dispi(s, (offset - DISPI_BASE + i) / 2, value >> 8 * i);
        }
    } else if (offset == QEXT_BASE + 4 && size == 4) {
        write_byte_order(s, value);
    } else if (offset < VGA_BASE || offset >= DISPI_BASE) { /* drivers unblank the VGA ports */
        log_mask(LOG_GUEST_ERROR,
                 TYPE_BOCHS_DISPLAY ": store of %u bytes at register 0x%" PRIx64 " ignored", size,
                 offset);
    }
}

static const MemoryRegionOps bochs_display_ops = {
    .read = bochs_display_read,
    .write = bochs_display_write,
    .min_size = 1,
    .max_size = 4,
};

/* ---- the device ---- */

static void bochs_display_reset(Device *dev)
{
    BochsDisplay *s = BOCHS_DISPLAY(dev);

    memset(s->dispi, 0, sizeof(s->dispi));
    s->dispi[DISPI_ID] = DISPI_ID_VALUE;
    s->dispi[DISPI_VIDEO_MEMORY] = s->vram_size / 65536;
    s->big_endian = false;
    s->was_enabled = false;
}

static bool check_vram_size(BochsDisplay *s, Error **errp)
{
    uint64_t size = MIN_VRAM;

    if (s->vram_size < MIN_VRAM || s->vram_size > MAX_VRAM) {
        error_setg(errp,
                   TYPE_BOCHS_DISPLAY ": video memory of %" PRIu64 " bytes is too %s; "
                                      "vgamem may be %" PRIu64 "M to %" PRIu64 "M",
                   s->vram_size, s->vram_size < MIN_VRAM ? "small" : "big", MIN_VRAM / MIB,
                   MAX_VRAM / MIB);
        return false;
    }
    /* A BAR is a power of two. */
    while (size < s->vram_size) {
        size *= 2;
    }
    s->vram_size = size;
    return true;
}

static bool bochs_display_realize(PciDevice *pci, Error **errp)
{
    BochsDisplay *s = BOCHS_DISPLAY(pci);

    if (!check_vram_size(s, errp)) {
        return false;
    }
    if (s->edid_enabled && !edid_generate(s->edid, s->xres, s->yres, errp)) {
        error_prepend(errp, TYPE_BOCHS_DISPLAY ": ");
        return false;
    }
    if (!memory_region_init_ram(&s->vram, "bochs-display-vram", s->vram_size, errp)) {
        return false;
    }
    memory_region_track_dirty(&s->vram);
    memory_region_init_io(&s->registers, &bochs_display_ops, s, "bochs-display-mmio",
                          REGISTERS_SIZE);
    pci_register_bar(pci, 0, PCI_BAR_MEM32_PREFETCH, &s->vram);
    pci_register_bar(pci, 2, PCI_BAR_MEM32, &s->registers);
    s->con = console_new(OBJECT(s), 0, &bochs_display_console_ops, s);
    s->scanout = scanout_new(s->con, &s->vram);
    bochs_display_reset(DEVICE(s));
    return true;
}

static void bochs_display_unrealize(PciDevice *pci)
{
    BochsDisplay *s = BOCHS_DISPLAY(pci);

    scanout_free(s->scanout);
    console_destroy(s->con);
    memory_region_finish(&s->registers);
    memory_region_finish(&s->vram);
}

static void bochs_display_init(Object *obj)
{
    BochsDisplay *s = BOCHS_DISPLAY(obj);

    s->vram_size = DEFAULT_VRAM;
    s->edid_enabled = true;
    s->xres = DEFAULT_WIDTH;
    s->yres = DEFAULT_HEIGHT;
}

static void add_properties(ObjectClass *klass)
{
    ObjectProperty *prop;

    prop = object_class_property_add_field(
        klass, "vgamem", PROP_SIZE, offsetof(BochsDisplay, vram_size), "video memory, 4M to 256M");
    object_property_set_default(prop, QOBJECT(qnum_new_uint(DEFAULT_VRAM)));
    prop = object_class_property_add_field(klass, "edid", PROP_BOOL,
                                           offsetof(BochsDisplay, edid_enabled),
                                           "whether the guest can read an EDID");
    object_property_set_default(prop, QOBJECT(qbool_new(true)));
    prop = object_class_property_add_field(klass, "xres", PROP_UINT32, offsetof(BochsDisplay, xres),
                                           "width that the EDID prefers");
    object_property_set_default(prop, QOBJECT(qnum_new_uint(DEFAULT_WIDTH)));
    prop = object_class_property_add_field(klass, "yres", PROP_UINT32, offsetof(BochsDisplay, yres),
                                           "height that the EDID prefers");
    object_property_set_default(prop, QOBJECT(qnum_new_uint(DEFAULT_HEIGHT)));
}

static void bochs_display_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *device = DEVICE_CLASS(klass);
    PciDeviceClass *pci = PCI_DEVICE_CLASS(klass);

    device->desc = "frame buffer with Bochs mode registers";
    device->user_creatable = true;
    device->fixed = true; /* its console has viewers */
    device->reset = bochs_display_reset;
    pci->vendor_id = 0x1234;
    pci->device_id = 0x1111;
    pci->class_id = 0x0380; /* display controller, other */
    pci->revision = 2;
    pci->subsystem_vendor_id = 0x1af4;
    pci->subsystem_id = 0x1100;
    pci->realize = bochs_display_realize;
    pci->unrealize = bochs_display_unrealize;
    add_properties(klass);
}

static const TypeInfo bochs_display_type = {
    .name = TYPE_BOCHS_DISPLAY,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(BochsDisplay),
    .class_size = sizeof(PciDeviceClass),
    .instance_init = bochs_display_init,
    .class_init = bochs_display_class_init,
};

static void bochs_display_register(void)
{
    type_register_static(&bochs_display_type);
}
type_init(bochs_display_register)
