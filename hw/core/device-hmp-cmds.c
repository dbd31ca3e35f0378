/*
 * HMP commands of the machine and its devices: device_add, info qtree, info memory_size_summary.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/bus.h"
#include "hw/machine.h"
#include "hw/pci.h"
#include "hw/sysbus.h"
#include "monitor/hmp-commands.h"
#include "qapi/keyval.h"

#include <inttypes.h>
#include <string.h>

static void print_bus(Hmp *hmp, const Bus *bus, unsigned indent);

static void G_GNUC_PRINTF(3, 4) print_line(Hmp *hmp, unsigned indent, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    hmp_printf(hmp, "%*s", (int)indent, "");
    hmp_vprintf(hmp, fmt, args);
    hmp_puts(hmp, "\n");
    va_end(args);
}

/* ---- properties ---- */

typedef struct PropertyContext {
    Hmp *hmp;
    unsigned indent;
    Object *obj;
} PropertyContext;

/* 16777216 (16 MiB): people think in units. */
static char *size_text(uint64_t bytes)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    unsigned n = 0;
    double value = (double)bytes;
    for (; value >= 1024 && n + 1 < G_N_ELEMENTS(units); n++) {
        value /= 1024;
    }
    return g_strdup_printf("%" PRIu64 " (%.3g %s)", bytes, value, units[n]);
}

static char *value_text(const char *type, QObject *value)
{
    uint64_t number;
    QNum *num = qobject_to_qnum(value);
    if (num && qnum_get_try_uint(num, &number)) {
        return g_str_equal(type, "size")
                   ? size_text(number)
                   : g_strdup_printf("%" PRIu64 " (0x%" PRIx64 ")", number, number);
    }
    return qobject_to_json(value);
}

static void print_property(ObjectProperty *prop, void *opaque)
{
    PropertyContext *c = opaque;
    if (!prop->set || !prop->get) {
        return;
    }
    g_autoptr(QObject) value = object_property_get_qobject(c->obj, prop->name, NULL);
    if (value) {
        g_autofree char *text = value_text(prop->type, value);
        print_line(c->hmp, c->indent, "%s = %s", prop->name, text);
    }
}

/* ---- what a bus adds ---- */

/* Absolute, or all ones when it is not in an address space by itself. */
static hwaddr region_address(const MemoryRegion *mr)
{
    hwaddr addr = 0;
    for (; mr->container; mr = mr->container) {
        addr += mr->offset;
    }
    return mr->root_of ? addr : UINT64_MAX;
}

static void print_mmio(Hmp *hmp, const SysBusDevice *dev, unsigned indent)
{
    for (unsigned i = 0; i < dev->num_mmio; i++) {
        print_line(hmp, indent, "mmio %016" PRIx64 "/%016" PRIx64, region_address(dev->mmio[i]),
                   memory_region_size(dev->mmio[i]));
    }
}

static const char *pci_class_name(uint16_t class_id)
{
    static const struct {
        uint16_t class_id;
        const char *name;
    } names[] = {
        { 0x0300, "VGA controller" },
        { 0x0380, "Display controller" },
        { 0x0600, "Host bridge" },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].class_id == class_id) {
            return names[i].name;
        }
    }
    return NULL;
}

static void print_pci(Hmp *hmp, const PciDevice *dev, unsigned indent)
{
    const uint8_t *config = dev->config;
    uint16_t class_id = (uint16_t)(config[0x0b] << 8 | config[0x0a]);
    const char *name = pci_class_name(class_id);
    g_autofree char *class_text =
        name ? g_strdup_printf("class %s", name) : g_strdup_printf("Class %04x", class_id);
    print_line(hmp, indent, "%s, addr 00:%02x.%x, pci id %02x%02x:%02x%02x (sub %02x%02x:%02x%02x)",
               class_text, dev->devfn >> 3, dev->devfn & 7, config[1], config[0], config[3],
               config[2], config[0x2d], config[0x2c], config[0x2f], config[0x2e]);
    for (unsigned i = 0; i < PCI_NUM_BARS; i++) {
        const PciBar *bar = &dev->bars[i];
        if (bar->region) {
            hwaddr addr = bar->mapped ? bar->addr : UINT64_MAX;
            print_line(hmp, indent, "bar %u: %s at 0x%" PRIx64 " [0x%" PRIx64 "]", i,
                       bar->kind == PCI_BAR_IO ? "i/o" : "mem", addr, addr + bar->size - 1);
        }
    }
}

/* ---- the tree ---- */

typedef struct ChildContext {
    Hmp *hmp;
    unsigned indent;
    const Device *parent;
} ChildContext;

static void print_child_bus(Bus *bus, void *opaque)
{
    ChildContext *c = opaque;
    if (bus->parent == c->parent) {
        print_bus(c->hmp, bus, c->indent);
    }
}

static void print_device(Hmp *hmp, Device *dev, unsigned indent)
{
    print_line(hmp, indent, "dev: %s, id \"%s\"", object_get_typename(OBJECT(dev)),
               dev->id ? dev->id : "");
    indent += 2;
    PropertyContext props = { .hmp = hmp, .indent = indent, .obj = OBJECT(dev) };
    object_property_foreach(OBJECT(dev), print_property, &props);
    if (object_dynamic_cast(OBJECT(dev), TYPE_SYS_BUS_DEVICE)) {
        print_mmio(hmp, SYS_BUS_DEVICE(dev), indent);
    } else if (object_dynamic_cast(OBJECT(dev), TYPE_PCI_DEVICE)) {
        print_pci(hmp, PCI_DEVICE(dev), indent);
    }
    ChildContext buses = { .hmp = hmp, .indent = indent, .parent = dev };
    bus_foreach(print_child_bus, &buses);
}

static void print_bus(Hmp *hmp, const Bus *bus, unsigned indent)
{
    print_line(hmp, indent, "bus: %s", bus->name);
    print_line(hmp, indent + 2, "type %s", bus->type_name);
    /* The latest first, as people know it. */
    for (guint i = bus->devices->len; i-- > 0;) {
        print_device(hmp, g_ptr_array_index(bus->devices, i), indent + 2);
    }
}

void coroutine_fn hmp_info_qtree(Hmp *hmp, const QDict *args)
{
    print_bus(hmp, bus_system(), 0);
}

void coroutine_fn hmp_info_memory_size_summary(Hmp *hmp, const QDict *args)
{
    const Machine *machine = machine_current();

    if (machine) {
        hmp_printf(hmp, "base memory: %" PRIu64 "\n", machine->ram_size);
    } else {
        hmp_puts(hmp, "there is no machine yet\n");
    }
}

/* ---- coming and going ---- */

void coroutine_fn hmp_device_add(Hmp *hmp, const QDict *args)
{
    Error *err = NULL;
    g_autoptr(QDict) props = keyval_parse(qdict_get_str(args, "device"), "driver", &err);
    if (props) {
        device_add(props, true, &err);
    }
    hmp_handle_error(hmp, err);
}
