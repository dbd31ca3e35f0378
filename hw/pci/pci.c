/*
 * PCI devices and buses: config headers, base address registers, INTx.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/pci.h"

#include <stdlib.h>
#include <string.h>

#define REG_VENDOR_ID      0x00
#define REG_DEVICE_ID      0x02
#define REG_COMMAND        0x04
#define REG_STATUS         0x06
#define REG_REVISION       0x08
#define REG_CLASS          0x0a
#define REG_CACHE_LINE     0x0c
#define REG_BAR0           0x10
#define REG_INTERRUPT_LINE 0x3c

#define COMMAND_IO           0x0001
#define COMMAND_MEMORY       0x0002
#define COMMAND_MASTER       0x0004
#define COMMAND_PARITY       0x0040
#define COMMAND_SERR         0x0100
#define COMMAND_INTX_DISABLE 0x0400
#define STATUS_INTERRUPT     0x0008

#define BAR_IO       0x1
#define BAR_MEM64    0x4
#define BAR_PREFETCH 0x8

#define IO_SPACE_END             0x10000
#define SUBSYSTEM_VENDOR_DEFAULT 0x1af4
#define SUBSYSTEM_DEFAULT        0x1100

#define MAX_DEVICES 256

struct PciBus {
    Bus base; /* first */
    MemoryRegion *mem;
    MemoryRegion *io;
    IrqLine intx[4];
    unsigned intx_count[4]; /* how many devices assert it */
    PciDevice *slots[MAX_DEVICES];
};

static uint32_t get_le(const uint8_t *bytes, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        value |= (uint32_t)bytes[i] << (i * 8);
    }
    return value;
}

static void set_le(uint8_t *bytes, unsigned size, uint32_t value)
{
    for (unsigned i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (i * 8));
    }
}

static unsigned command(const PciDevice *dev)
{
    return get_le(&dev->config[REG_COMMAND], 2);
}

/* ---- INTx ---- */

static void update_intx(PciDevice *dev)
{
    bool asserted = dev->irq_level && !(command(dev) & COMMAND_INTX_DISABLE);
    uint32_t status = get_le(&dev->config[REG_STATUS], 2) & ~STATUS_INTERRUPT;
    set_le(&dev->config[REG_STATUS], 2, status | (dev->irq_level ? STATUS_INTERRUPT : 0));
    if (asserted == dev->irq_asserted) {
        return;
    }
    dev->irq_asserted = asserted;
    /* Pin A is the only one a device here has; slots take turns in what they share. */
    unsigned n = (dev->devfn >> 3) % 4;
    PciBus *bus = dev->bus;
    bus->intx_count[n] += asserted ? 1 : -1;
    irq_set(&bus->intx[n], bus->intx_count[n] != 0);
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
    set_le(&dev->config[reg], 4, type_bits[kind]);
    set_le(&dev->wmask[reg], 4, (uint32_t)mask);
    if (bar_is_64(&dev->bars[n])) {
        g_assert(n + 1 < PCI_NUM_BARS && !dev->bars[n + 1].region);
        set_le(&dev->wmask[reg + 4], 4, (uint32_t)(mask >> 32));
    }
}

/* Where the guest has put it; false: nowhere it could be reached. */
static bool bar_address(const PciDevice *dev, unsigned n, hwaddr *addr)
{
    const PciBar *bar = &dev->bars[n];
    unsigned reg = REG_BAR0 + 4 * n;
    uint64_t value = get_le(&dev->config[reg], 4);
    bool is_io = bar->kind == PCI_BAR_IO;
    if (!(command(dev) & (is_io ? COMMAND_IO : COMMAND_MEMORY))) {
        return false;
    }
    if (bar_is_64(bar)) {
        value |= (uint64_t)get_le(&dev->config[reg + 4], 4) << 32;
    }
    value &= ~(bar->size - 1);
    hwaddr last = value + (bar->size - 1);
    /* 0 means not assigned, and all ones (while a driver asks for the size) ends at the top. */
    hwaddr limit = is_io ? IO_SPACE_END - 1 : bar_is_64(bar) ? UINT64_MAX - 1 : UINT32_MAX - 1;
    *addr = value;
    return value != 0 && last >= value && last <= limit;
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
        /* A guest may put BARs on top of each other: each has a priority of its own. */
        memory_region_add(space, addr, bar->region, (int)(1 + dev->devfn * PCI_NUM_BARS + n));
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

PciDevice *pci_bus_get_device(PciBus *bus, unsigned devfn)
{
    return devfn < MAX_DEVICES ? bus->slots[devfn] : NULL;
}

static PciDevice *config_target(PciBus *bus, unsigned bus_nr, unsigned devfn, unsigned reg,
                                unsigned size)
{
    return bus_nr == 0 && reg + size <= PCI_CONFIG_SIZE ? pci_bus_get_device(bus, devfn) : NULL;
}

uint32_t pci_config_read(PciBus *bus, unsigned bus_nr, unsigned devfn, unsigned reg, unsigned size)
{
    const PciDevice *dev = config_target(bus, bus_nr, devfn, reg, size);
    return dev ? get_le(&dev->config[reg], size) : UINT32_MAX >> (32 - size * 8);
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
    }
    update_mappings(dev);
    update_intx(dev);
}

static void fill_header(PciDevice *dev)
{
    const PciDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    set_le(&dev->config[REG_VENDOR_ID], 2, pc->vendor_id);
    set_le(&dev->config[REG_DEVICE_ID], 2, pc->device_id);
    dev->config[REG_REVISION] = pc->revision;
    set_le(&dev->config[REG_CLASS], 2, pc->class_id);
    set_le(&dev->config[PCI_SUBSYSTEM_VENDOR_ID], 2,
           pc->subsystem_vendor_id ? pc->subsystem_vendor_id : SUBSYSTEM_VENDOR_DEFAULT);
    set_le(&dev->config[PCI_SUBSYSTEM_ID], 2,
           pc->subsystem_id ? pc->subsystem_id : SUBSYSTEM_DEFAULT);
    set_le(&dev->wmask[REG_COMMAND], 2,
           COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER | COMMAND_PARITY | COMMAND_SERR |
               COMMAND_INTX_DISABLE);
    dev->wmask[REG_CACHE_LINE] = 0xff;
    dev->wmask[REG_INTERRUPT_LINE] = 0xff;
}

static void reset_device(PciDevice *dev)
{
    /* What the guest can write is 0 after a reset. */
    for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++) {
        dev->config[i] &= ~dev->wmask[i];
    }
    dev->irq_level = false;
    update_mappings(dev);
    update_intx(dev);
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

static bool choose_slot(PciDevice *dev, PciBus *bus, Error **errp)
{
    const char *type = object_get_typename(OBJECT(dev));
    if (!dev->addr_text) {
        for (unsigned slot = 0; slot < PCI_SLOTS; slot++) {
            if (!bus->slots[slot << 3]) {
                dev->devfn = slot << 3;
                return true;
            }
        }
        error_setg(errp, "PCI: no slot/function available for %s, all in use", type);
        return false;
    }
    g_assert(parse_addr(dev->addr_text, &dev->devfn));
    unsigned slot = dev->devfn >> 3, fn = dev->devfn & 7;
    const PciDevice *other = bus->slots[dev->devfn];
    if (other) {
        const char *id = other->parent_obj.id;
        error_setg(errp, "PCI: slot %u function %u not available for %s, in use by %s%s%s", slot,
                   fn, type, object_get_typename((Object *)OBJECT(other)), id ? ",id=" : "",
                   id ?: "");
        return false;
    }
    if (fn) {
        error_setg(errp,
                   "PCI: function %u of slot %u cannot be used for %s: devices here have "
                   "one function, 0",
                   fn, slot, type);
        return false;
    }
    return true;
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
    fill_header(dev);
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
    reset_device(dev); /* unmaps and lets go of the interrupt */
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

/* ---- buses ---- */

    PciBus *pci_bus_new(Device *host, const char *name, MemoryRegion *mem, MemoryRegion *io,
                        const IrqLine intx[4])
{
    PciBus *bus = g_new0(PciBus, 1);
    bus_init(&bus->base, name, "PCIE", "PCI", host);
    bus->mem = mem;
    bus->io = io;
    memcpy(bus->intx, intx, sizeof(bus->intx));
    return bus;
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
    for (unsigned i = 0; i < MAX_DEVICES; i++) {
        if (bus->slots[i]) {
            reset_device(bus->slots[i]);
        }
    }
}
