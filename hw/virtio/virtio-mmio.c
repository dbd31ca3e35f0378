/*
 * A virtio-mmio slot: the transport for one device, or an empty place that drivers skip.
 *
 * Implements "Virtio Over MMIO" of "Virtual I/O Device (VIRTIO) Version 1.2", section 4.2, without
 * the legacy interface: version 2. Device ID 0 marks a slot without a device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/board-devices.h"
#include "hw/virtio.h"

#include "util/report.h"

#include <inttypes.h>

#define TYPE_VIRTIO_MMIO "virtio-mmio"
#define VIRTIO_MMIO_SIZE 0x200

#define VIRTIO_MAGIC   0x74726976
#define VIRTIO_VERSION 2
#define VIRTIO_VENDOR  0x554d4551

enum {
    REG_MAGIC = 0x00,
    REG_VERSION = 0x04,
    REG_DEVICE_ID = 0x08,
    REG_VENDOR_ID = 0x0c,
    REG_FEATURES = 0x10,
    REG_FEATURES_SEL = 0x14,
    REG_DRIVER_FEATURES = 0x20,
    REG_DRIVER_FEATURES_SEL = 0x24,
    REG_QUEUE_SEL = 0x30,
    REG_QUEUE_SIZE_MAX = 0x34,
    REG_QUEUE_SIZE = 0x38,
    REG_QUEUE_READY = 0x44,
    REG_QUEUE_NOTIFY = 0x50,
    REG_INTERRUPT_STATUS = 0x60,
    REG_INTERRUPT_ACK = 0x64,
    REG_STATUS = 0x70,
    REG_QUEUE_DESC = 0x80, /* low and high half, as the next two */
    REG_QUEUE_DRIVER = 0x90,
    REG_QUEUE_DEVICE = 0xa0,
    REG_SHM_LENGTH = 0xb0, /* low and high half, as the next one */
    REG_SHM_BASE = 0xb8,
    REG_CONFIG_GENERATION = 0xfc,
    REG_CONFIG = 0x100,
};

typedef struct VirtioMmio {
    SysBusDevice parent_obj;
    unsigned index;
    MemoryRegion mmio;
    VirtioBus bus;
    uint32_t features_sel;
    uint32_t driver_features_sel;
    uint32_t queue_sel;
} VirtioMmio;

#define VIRTIO_MMIO(obj) OBJECT_CHECK(VirtioMmio, (obj), TYPE_VIRTIO_MMIO)

static void update_interrupt(void *opaque)
{
    VirtioMmio *s = opaque;
    irq_set(&s->parent_obj.irqs[0], s->bus.vdev && s->bus.vdev->isr);
}

static const VirtioTransport virtio_mmio_transport = {
    .interrupt = update_interrupt,
};

static VirtQueue *selected_queue(const VirtioMmio *s)
{
    return virtio_get_queue(s->bus.vdev, s->queue_sel);
}

/* ---- registers ---- */

static uint32_t read_queue(const VirtioMmio *s, unsigned reg)
{
    VirtQueue *vq = selected_queue(s);
    if (!vq) {
        return 0;
    }
    return reg == REG_QUEUE_READY ? virtqueue_is_ready(vq) : virtqueue_max_size(vq);
}

static uint32_t read_register(const VirtioMmio *s, unsigned reg)
{
    VirtioDevice *vdev = s->bus.vdev;
    switch (reg) {
    case REG_DEVICE_ID:
        return VIRTIO_DEVICE_GET_CLASS(vdev)->device_id;
    case REG_FEATURES:
        return virtio_get_features(vdev, s->features_sel);
    case REG_QUEUE_SIZE_MAX:
    case REG_QUEUE_READY:
        return read_queue(s, reg);
    case REG_INTERRUPT_STATUS:
        return vdev->isr;
    case REG_STATUS:
        return vdev->status;
    case REG_SHM_LENGTH: /* no such region */
    case REG_SHM_LENGTH + 4:
    case REG_SHM_BASE:
    case REG_SHM_BASE + 4:
        return UINT32_MAX;
    case REG_CONFIG_GENERATION:
        return vdev->config_generation;
    default:
        log_mask(LOG_GUEST_ERROR, TYPE_VIRTIO_MMIO ": load from register 0x%x", reg);
        return 0;
    }
}

static uint64_t virtio_mmio_read(void *opaque, hwaddr offset, unsigned size)
{
    VirtioMmio *s = opaque;
    if (offset >= REG_CONFIG) {
        return s->bus.vdev ? virtio_config_read(s->bus.vdev, offset - REG_CONFIG, size) : 0;
    }
    if (size != 4) {
        log_mask(LOG_GUEST_ERROR, TYPE_VIRTIO_MMIO ": load of %u bytes from register 0x%" PRIx64,
                 size, offset);
        return 0;
    }
    switch (offset) {
    case REG_MAGIC:
        return VIRTIO_MAGIC;
    case REG_VERSION:
        return VIRTIO_VERSION;
    case REG_VENDOR_ID:
        return VIRTIO_VENDOR;
    default:
        return s->bus.vdev ? read_register(s, (unsigned)offset) : 0;
    }
}

static void write_queue(VirtioMmio *s, unsigned reg, uint32_t value)
{
    VirtQueue *vq = selected_queue(s);
    bool high = reg & 4;
    if (!vq) {
        return;
    }
    switch (reg) {
    case REG_QUEUE_SIZE:
        virtqueue_set_size(vq, value);
        break;
    case REG_QUEUE_READY:
        virtqueue_set_ready(vq, value & 1);
        break;
    case REG_QUEUE_DESC:
    case REG_QUEUE_DESC + 4:
        virtqueue_set_part(vq, VIRT_RING_DESC, high, value);
        break;
    case REG_QUEUE_DRIVER:
    case REG_QUEUE_DRIVER + 4:
        virtqueue_set_part(vq, VIRT_RING_AVAIL, high, value);
        break;
    case REG_QUEUE_DEVICE:
    case REG_QUEUE_DEVICE + 4:
        virtqueue_set_part(vq, VIRT_RING_USED, high, value);
        break;
    default:
        log_mask(LOG_GUEST_ERROR, TYPE_VIRTIO_MMIO ": store at register 0x%x ignored", reg);
        break;
    }
}

static void write_register(VirtioMmio *s, unsigned reg, uint32_t value)
{
    VirtioDevice *vdev = s->bus.vdev;
    switch (reg) {
    case REG_FEATURES_SEL:
        s->features_sel = value;
        break;
    case REG_DRIVER_FEATURES:
        virtio_set_driver_features(vdev, s->driver_features_sel, value);
        break;
    case REG_DRIVER_FEATURES_SEL:
        s->driver_features_sel = value;
        break;
    case REG_QUEUE_SEL:
        s->queue_sel = value;
        break;
    case REG_QUEUE_NOTIFY:
        virtio_ring(vdev, value);
        break;
    case REG_INTERRUPT_ACK:
        vdev->isr &= ~value;
        update_interrupt(s);
        break;
    case REG_STATUS:
        virtio_set_status(vdev, (uint8_t)value);
        break;
    default:
        write_queue(s, reg, value);
        break;
    }
}

static void virtio_mmio_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    VirtioMmio *s = opaque;
    if (!s->bus.vdev) {
        return;
    }
    if (offset >= REG_CONFIG) {
        virtio_config_write(s->bus.vdev, offset - REG_CONFIG, value, size);
    } else if (size == 4) {
        write_register(s, (unsigned)offset, (uint32_t)value);
    } else {
        log_mask(LOG_GUEST_ERROR,
                 TYPE_VIRTIO_MMIO ": store of %u bytes at register 0x%" PRIx64 " ignored", size,
                 offset);
    }
}

static const MemoryRegionOps virtio_mmio_ops = {
    .read = virtio_mmio_read,
    .write = virtio_mmio_write,
};

/* ---- the device ---- */

static bool virtio_mmio_realize(Device *dev, Error **errp)
{
    VirtioMmio *s = VIRTIO_MMIO(dev);
    g_autofree char *name = g_strdup_printf("virtio-mmio-bus.%u", s->index);
    memory_region_init_io(&s->mmio, &virtio_mmio_ops, s, TYPE_VIRTIO_MMIO, VIRTIO_MMIO_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(s), &s->mmio);
    virtio_bus_init(&s->bus, name, "virtio-mmio-bus", VIRTIO_BUS, dev, &virtio_mmio_transport, s);
    return true;
}

static void virtio_mmio_reset(Device *dev)
{
    VirtioMmio *s = VIRTIO_MMIO(dev);
    s->features_sel = s->driver_features_sel = s->queue_sel = 0;
}

static void virtio_mmio_finalize(Object *obj)
{
    VirtioMmio *s = VIRTIO_MMIO(obj);
    if (s->bus.transport) {
        bus_finish(&s->bus.base);
        memory_region_finish(&s->mmio);
    }
}

static void virtio_mmio_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->node_name = "virtio-mmio";
    dc->realize = virtio_mmio_realize;
    dc->reset = virtio_mmio_reset;
}

bool virtio_mmio_create(unsigned index, MemoryRegion *system, hwaddr addr, IrqLine irq,
                        Error **errp)
{
    SysBusDevice *dev = sysbus_new(TYPE_VIRTIO_MMIO);
    VIRTIO_MMIO(dev)->index = index;
    sysbus_connect_irq(dev, 0, irq);
    return sysbus_realize_at(dev, system, addr, errp);
}

static const TypeInfo virtio_mmio_type = {
    .name = TYPE_VIRTIO_MMIO,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(VirtioMmio),
    .class_size = sizeof(DeviceClass),
    .instance_finalize = virtio_mmio_finalize,
    .class_init = virtio_mmio_class_init,
};

static void virtio_mmio_register(void)
{
    type_register_static(&virtio_mmio_type);
}
type_init(virtio_mmio_register)
