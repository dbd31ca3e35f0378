/*
 * PCI devices and buses: addresses, and what is on which bus.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pci-internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- buses ---- */

/* PCI Bus Binding to IEEE 1275, 2.5: the generic name of the class, or the IDs. */
static char *node_name(Device *dev)
{
    static const struct {
        uint16_t class_id;
        const char *name;
    } names[] = { { 0x0100, "scsi" }, { 0x0200, "ethernet" }, { 0x0604, "pci-bridge" } };
    const PciDevice *pci = PCI_DEVICE(dev);
    g_autofree char *unit = pci->devfn & 7
                                ? g_strdup_printf("%x,%x", pci->devfn >> 3, pci->devfn & 7)
                                : g_strdup_printf("%x", pci->devfn >> 3);
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (pci_get_le(&pci->config[PCI_CLASS], 2) == names[i].class_id) {
            return g_strdup_printf("%s@%s", names[i].name, unit);
        }
    }
    return g_strdup_printf("pci%x,%x@%s", pci_get_le(pci->config, 2),
                           pci_get_le(&pci->config[PCI_DEVICE_ID], 2), unit);
}

static PciBus *bus_new(Device *parent, const char *name, MemoryRegion *mem, MemoryRegion *io)
{
    PciBus *bus = g_new0(PciBus, 1);
    bus_init(&bus->base, name, "PCIE", "PCI", parent);
    bus->base.node_name = node_name;
    bus->mem = mem;
    bus->io = io;
    return bus;
}

PciBus *pci_bus_new(Device *host, const char *name, MemoryRegion *mem, MemoryRegion *io,
                    const IrqLine intx[4])
{
    PciBus *bus = bus_new(host, name, mem, io);
    memcpy(bus->intx, intx, sizeof(bus->intx));
    return bus;
}

PciBus *pci_bus_new_secondary(PciDevice *bridge, const char *name, MemoryRegion *mem,
                              MemoryRegion *io)
{
    PciBus *bus = bus_new(DEVICE(bridge), name, mem, io);
    bus->bridge = bridge;
    return bus;
}

PciDevice *pci_bus_get_device(PciBus *bus, unsigned devfn)
{
    return devfn < PCI_MAX_DEVICES ? bus->slots[devfn] : NULL;
}

void pci_bus_free(PciBus *bus)
{
    bus_finish(&bus->base);
    g_free(bus);
}

Bus *pci_bus_base(PciBus *bus)
{
    return &bus->base;
}

PciBus *pci_bus_default(void)
{
    return (PciBus *)bus_find_accepting("PCI");
}

const char *pci_bus_name(const PciBus *bus)
{
    return bus->base.name;
}

void pci_bus_reset(PciBus *bus)
{
    for (unsigned i = 0; i < PCI_MAX_DEVICES; i++) {
        if (bus->slots[i]) {
            pci_reset_config(bus->slots[i]);
        }
        if (bus->slots[i] && bus->slots[i]->secondary) {
            pci_bus_reset(bus->slots[i]->secondary);
        }
    }
}

/* ---- devices ---- */

/* "SLOT" or "SLOT.FUNCTION", hexadecimal, 0x allowed. */
static bool parse_addr(const char *text, unsigned *devfn)
{
    char *end;
    if (!g_ascii_isxdigit(text[0])) {
        return false;
    }
    unsigned long slot = strtoul(text, &end, 16), fn = 0;
    if (*end == '.' && g_ascii_isxdigit(end[1])) {
        fn = strtoul(end + 1, &end, 16);
    }
    if (*end || slot >= PCI_SLOTS || fn > 7) {
        return false;
    }
    *devfn = (unsigned)(slot << 3 | fn);
    return true;
}

static bool set_addr(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    PciDevice *dev = PCI_DEVICE(obj);
    g_autofree char *text = NULL;
    unsigned devfn;
    if (!visit_type_str(v, name, &text, errp)) {
        return false;
    }
    if (!parse_addr(text, &devfn)) {
        error_setg(errp,
                   "Property '%s.%s' doesn't take value '%s', but SLOT or SLOT.FUNCTION in "
                   "hexadecimal (slot 0 to 1f, function 0 to 7)",
                   object_get_typename(obj), name, text);
        return false;
    }
    g_free(dev->addr_text);
    dev->addr_text = g_steal_pointer(&text);
    return true;
}

static bool get_addr(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    char *text = PCI_DEVICE(obj)->addr_text ?: (char *)"";
    return visit_type_str(v, name, &text, errp);
}

/* A bus behind a bridge is a link: there is one slot. */
static unsigned num_slots(const PciBus *bus)
{
    return bus->bridge ? 1 : PCI_SLOTS;
}

static bool choose_free_slot(PciDevice *dev, const PciBus *bus, Error **errp)
{
    for (unsigned slot = 0; slot < num_slots(bus); slot++) {
        if (!bus->slots[slot << 3]) {
            dev->devfn = slot << 3;
            return true;
        }
    }
    error_setg(errp, "PCI: no slot/function available for %s, all in use",
               object_get_typename(OBJECT(dev)));
    return false;
}

/* Whoever scans asks function 0 first, and looks at others only if that says that there are some.
 */
static bool check_function(const PciDevice *dev, const PciBus *bus, Error **errp)
{
    unsigned slot = dev->devfn >> 3, fn = dev->devfn & 7;
    const PciDevice *first = bus->slots[slot << 3];
    if (fn && first && !first->multifunction) {
        error_setg(errp,
                   "PCI: single function device can't be populated in function %x.%x: "
                   "function 0 of the slot needs multifunction=on",
                   slot, fn);
        return false;
    }
    for (unsigned i = 1; fn == 0 && !dev->multifunction && i < 8; i++) {
        if (bus->slots[slot << 3 | i]) {
            error_setg(errp,
                       "PCI: %x.0 indicates single function, but %x.%x is already populated; "
                       "multifunction=on allows both",
                       slot, slot, i);
            return false;
        }
    }
    return true;
}

static bool choose_slot(PciDevice *dev, PciBus *bus, Error **errp)
{
    const char *type = object_get_typename(OBJECT(dev));
    if (!dev->addr_text) {
        return choose_free_slot(dev, bus, errp);
    }
    g_assert(parse_addr(dev->addr_text, &dev->devfn));
    unsigned slot = dev->devfn >> 3, fn = dev->devfn & 7;
    if (slot >= num_slots(bus)) {
        error_setg(errp,
                   "PCI: slot %u is not valid for %s, parent device only allows plugging into "
                   "slot 0",
                   slot, type);
        return false;
    }
    const PciDevice *other = bus->slots[dev->devfn];
    if (other) {
        const char *id = other->parent_obj.id;
        error_setg(errp, "PCI: slot %u function %u not available for %s, in use by %s%s%s", slot,
                   fn, type, object_get_typename((Object *)OBJECT(other)), id ? ",id=" : "",
                   id ?: "");
        return false;
    }
    return check_function(dev, bus, errp);
}

static bool pci_device_realize(Device *device, Error **errp)
{
    PciDevice *dev = PCI_DEVICE(device);
    const PciDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    PciBus *bus = (PciBus *)device->parent_bus;
    g_assert(bus);
    if (!choose_slot(dev, bus, errp)) {
        return false;
    }
    dev->bus = bus;
    bus->slots[dev->devfn] = dev;
    pci_fill_header(dev);
    if (pc->realize && !pc->realize(dev, errp)) {
        bus->slots[dev->devfn] = NULL;
        dev->bus = NULL;
        return false;
    }
    g_free(dev->addr_text);
    dev->addr_text = g_strdup_printf("%02x.%x", dev->devfn >> 3, dev->devfn & 7);
    return true;
}

static void pci_device_unrealize(Device *device)
{
    PciDevice *dev = PCI_DEVICE(device);
    const PciDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    pci_reset_config(dev); /* unmaps and lets go of the interrupt */
    if (pc->unrealize) {
        pc->unrealize(dev);
    }
    dev->bus->slots[dev->devfn] = NULL;
    dev->bus = NULL;
}

static void pci_device_finalize(Object *obj)
{
    g_free(PCI_DEVICE(obj)->addr_text);
}

static void pci_device_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->bus_type = "PCI";
    dc->realize = pci_device_realize;
    dc->unrealize = pci_device_unrealize;
    ObjectProperty *addr =
        object_class_property_add(klass, "addr", "str", get_addr, set_addr, NULL);
    /* Checked when set, but else like a field: listed, and fixed once realized. */
    addr->is_field = true;
    object_property_set_description(addr, "Slot and optional function number, example: 06.0 or 06");
    ObjectProperty *multifunction = object_class_property_add_field(
        klass, "multifunction", PROP_BOOL, offsetof(PciDevice, multifunction),
        "other functions of the slot may be used, too");
    object_property_set_default(multifunction, QOBJECT(qbool_new(false)));
}

static const TypeInfo pci_device_type = {
    .name = TYPE_PCI_DEVICE,
    .parent = TYPE_DEVICE,
    .abstract = true,
    .instance_size = sizeof(PciDevice),
    .class_size = sizeof(PciDeviceClass),
    .class_init = pci_device_class_init,
    .instance_finalize = pci_device_finalize,
};

static void pci_register(void)
{
    type_register_static(&pci_device_type);
}
type_init(pci_register)
