/*
 * A virtio-mmio slot without a device.
 *
 * Implements "Virtio Over MMIO" of the Virtual I/O Device specification 1.1, section 4.2: device
 * ID 0 marks a slot that drivers skip, and nothing else in it means anything. The interface
 * offered is the legacy one (version 1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/board-devices.h"

#define TYPE_VIRTIO_MMIO "virtio-mmio"
#define VIRTIO_MMIO_SIZE 0x200

#define VIRTIO_MAGIC          0x74726976
#define VIRTIO_VERSION_LEGACY 1
#define VIRTIO_VENDOR         0x554d4551

enum { REG_MAGIC = 0x0, REG_VERSION = 0x4, REG_DEVICE_ID = 0x8, REG_VENDOR_ID = 0xc };

typedef struct VirtioMmio {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
} VirtioMmio;

#define VIRTIO_MMIO(obj) OBJECT_CHECK(VirtioMmio, (obj), TYPE_VIRTIO_MMIO)

static uint64_t virtio_mmio_read(void *opaque, hwaddr offset, unsigned size)
{
    switch (offset) {
    case REG_MAGIC:
        return VIRTIO_MAGIC;
    case REG_VERSION:
        return VIRTIO_VERSION_LEGACY;
    case REG_VENDOR_ID:
        return VIRTIO_VENDOR;
    case REG_DEVICE_ID:
    default:
        return 0;
    }
}

static const MemoryRegionOps virtio_mmio_ops = {
    .read = virtio_mmio_read,
    .min_size = 4,
    .max_size = 4,
};

static void virtio_mmio_init(Object *obj)
{
    VirtioMmio *s = VIRTIO_MMIO(obj);
    memory_region_init_io(&s->mmio, &virtio_mmio_ops, s, TYPE_VIRTIO_MMIO, VIRTIO_MMIO_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
}

static void virtio_mmio_finalize(Object *obj)
{
    memory_region_finish(&VIRTIO_MMIO(obj)->mmio);
}

static const TypeInfo virtio_mmio_type = {
    .name = TYPE_VIRTIO_MMIO,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(VirtioMmio),
    .class_size = sizeof(DeviceClass),
    .instance_init = virtio_mmio_init,
    .instance_finalize = virtio_mmio_finalize,
};

static void virtio_mmio_register(void)
{
    type_register_static(&virtio_mmio_type);
}
type_init(virtio_mmio_register)

    bool virtio_mmio_create(MemoryRegion *system, hwaddr addr, IrqLine irq, Error **errp)
{
    return sysbus_create(TYPE_VIRTIO_MMIO, system, addr, irq, errp);
}
