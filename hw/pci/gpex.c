/*
 * The generic PCI Express host bridge.
 *
 * Config space as ECAM (PCI Express Base Specification 3.0, section 7.2.2); devices on it are
 * conventional, so their extended config space reads all ones. What nobody answers in the windows
 * reads all ones too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/pci-host.h"

#include "hw/pci.h"
#include "hw/sysbus.h"

#define TYPE_GPEX_HOST "gpex-pcihost"
#define TYPE_GPEX_ROOT "gpex-root"

#define CLASS_BRIDGE_HOST 0x0600

typedef struct GpexHost {
    SysBusDevice parent_obj;
    PciHostLayout layout;
    PciBus *bus;
    MemoryRegion ecam;
    MemoryRegion mmio; /* all of PCI memory space */
    MemoryRegion io;   /* all of PCI port space */
    MemoryRegion mmio_window;
    MemoryRegion mmio64_window;
} GpexHost;

#define GPEX_HOST(obj) OBJECT_CHECK(GpexHost, (obj), TYPE_GPEX_HOST)

static uint64_t ecam_read(void *opaque, hwaddr offset, unsigned size)
{
    const GpexHost *s = opaque;
    return pci_config_read(s->bus, (unsigned)(offset >> 20), offset >> 12 & 0xff, offset & 0xfff,
                           size);
}

static void ecam_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    const GpexHost *s = opaque;
    pci_config_write(s->bus, (unsigned)(offset >> 20), offset >> 12 & 0xff, offset & 0xfff,
                     (uint32_t)value, size);
}

static const MemoryRegionOps ecam_ops = {
    .read = ecam_read,
    .write = ecam_write,
    .max_size = 4,
};

static uint64_t unclaimed_read(void *opaque, hwaddr offset, unsigned size)
{
    return UINT64_MAX;
}

static const MemoryRegionOps unclaimed_ops = {
    .read = unclaimed_read,
};

static bool add_root(GpexHost *s, Error **errp)
{
    Device *root = DEVICE(object_new(TYPE_GPEX_ROOT));
    device_put_on_bus(root, pci_bus_base(s->bus));
    object_property_add_child(OBJECT(s), "gpex_root", OBJECT(root));
    return device_realize(root, errp);
}

static bool gpex_realize(Device *dev, Error **errp)
{
    GpexHost *s = GPEX_HOST(dev);
    const PciHostLayout *at = &s->layout;
    memory_region_init_io(&s->ecam, &ecam_ops, s, "pcie-mmcfg-mmio", at->ecam.size);
    memory_region_init_io(&s->mmio, &unclaimed_ops, s, "gpex_mmio_window", UINT64_MAX);
    memory_region_init_io(&s->io, &unclaimed_ops, s, "gpex_ioport_window", at->io.size);
    memory_region_init_alias(&s->mmio_window, "pcie-mmio", &s->mmio, at->mmio.base, at->mmio.size);
    memory_region_init_alias(&s->mmio64_window, "pcie-mmio-high", &s->mmio, at->mmio64.base,
                             at->mmio64.size);
    sysbus_init_mmio(SYS_BUS_DEVICE(s), &s->ecam);
    sysbus_init_mmio(SYS_BUS_DEVICE(s), &s->mmio);
    sysbus_init_mmio(SYS_BUS_DEVICE(s), &s->io);
    s->bus = pci_bus_new(dev, "pcie.0", &s->mmio, &s->io, s->parent_obj.irqs);
    return add_root(s, errp);
}

static void gpex_reset(Device *dev)
{
    pci_bus_reset(GPEX_HOST(dev)->bus);
}

static void gpex_finalize(Object *obj)
{
    GpexHost *s = GPEX_HOST(obj);
    if (s->bus) {
        pci_bus_free(s->bus);
        memory_region_finish(&s->ecam);
        memory_region_finish(&s->mmio_window);
        memory_region_finish(&s->mmio64_window);
        memory_region_finish(&s->mmio);
        memory_region_finish(&s->io);
    }
}

static void gpex_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->node_name = "pci";
    dc->realize = gpex_realize;
    dc->reset = gpex_reset;
}

static void gpex_root_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->desc = "PCIe host bridge";
    PciDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    pc->vendor_id = 0x1b36;
    pc->device_id = 0x0008;
    pc->class_id = CLASS_BRIDGE_HOST;
}

static const TypeInfo gpex_types[] = {
    {
        .name = TYPE_GPEX_HOST,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(GpexHost),
        .class_size = sizeof(DeviceClass),
        .class_init = gpex_class_init,
        .instance_finalize = gpex_finalize,
    },
    {
        .name = TYPE_GPEX_ROOT,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PciDevice),
        .class_size = sizeof(PciDeviceClass),
        .class_init = gpex_root_class_init,
    },
};

static void gpex_register(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(gpex_types); i++) {
        type_register_static(&gpex_types[i]);
    }
}
type_init(gpex_register)

bool gpex_create(MemoryRegion *system, const PciHostLayout *layout, const IrqLine intx[4],
                 Error **errp)
{
    SysBusDevice *dev = sysbus_new(TYPE_GPEX_HOST);
    GpexHost *s = GPEX_HOST(dev);
    s->layout = *layout;
    for (unsigned i = 0; i < 4; i++) {
        sysbus_connect_irq(dev, i, intx[i]);
    }
    if (!sysbus_realize_at(dev, system, layout->ecam.base, errp)) {
        return false;
    }
    memory_region_add(system, layout->io.base, &s->io, 0);
    memory_region_add(system, layout->mmio.base, &s->mmio_window, 0);
    memory_region_add(system, layout->mmio64.base, &s->mmio64_window, 0);
    return true;
}
