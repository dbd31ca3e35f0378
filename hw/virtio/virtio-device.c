/*
 * The type of virtio devices, and the buses that they sit on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtqueue-internal.h"

void virtio_bus_init(VirtioBus *bus, const char *name, const char *type_name, const char *accepts,
                     Device *parent, const VirtioTransport *transport, void *opaque)
{
    bus_init(&bus->base, name, type_name, accepts, parent);
    bus->base.max_devices = 1;
    bus->transport = transport;
    bus->opaque = opaque;
    bus->vdev = NULL;
}

static void attach(VirtioDevice *vdev)
{
    VirtioBus *bus = (VirtioBus *)DEVICE(vdev)->parent_bus;
    vdev->transport = bus->transport;
    vdev->transport_opaque = bus->opaque;
    bus->vdev = vdev;
}

static void detach(VirtioDevice *vdev)
{
    virtio_begin_reset(vdev);
    ((VirtioBus *)DEVICE(vdev)->parent_bus)->vdev = NULL;
    vdev->transport = NULL;
}

/* ---- the type ---- */

static bool virtio_device_realize(Device *dev, Error **errp)
{
    VirtioDevice *vdev = VIRTIO_DEVICE(dev);
    const VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    g_assert(vc->config_size <= VIRTIO_CONFIG_MAX);
    vdev->as = address_space_system();
    vdev->host_features = vc->features | UINT64_C(1) << VIRTIO_F_VERSION_1 |
                          (uint64_t)vdev->indirect_desc << VIRTIO_F_INDIRECT_DESC |
                          (uint64_t)vdev->event_idx << VIRTIO_F_EVENT_IDX;
    if (vc->realize && !vc->realize(vdev, errp)) {
        g_ptr_array_set_size(vdev->queues, 0);
        return false;
    }
    vdev->again = bottom_half_new(main_loop(), virtio_ring_starved, vdev);
    attach(vdev);
    return true;
}

static void virtio_device_unrealize(Device *dev)
{
    VirtioDevice *vdev = VIRTIO_DEVICE(dev);
    const VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    detach(vdev);
    g_clear_pointer(&vdev->again, bottom_half_destroy);
    if (vc->unrealize) {
        vc->unrealize(vdev);
    }
    g_ptr_array_set_size(vdev->queues, 0);
}

static void virtio_device_reset(Device *dev)
{
    virtio_begin_reset(VIRTIO_DEVICE(dev));
}

static void virtio_device_init(Object *obj)
{
    VirtioDevice *vdev = VIRTIO_DEVICE(obj);
    vdev->indirect_desc = vdev->event_idx = true;
    vdev->queues = g_ptr_array_new_with_free_func(g_free);
}

static void virtio_device_finalize(Object *obj)
{
    g_ptr_array_unref(VIRTIO_DEVICE(obj)->queues);
}

static void virtio_device_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->bus_type = VIRTIO_BUS;
    dc->realize = virtio_device_realize;
    dc->unrealize = virtio_device_unrealize;
    dc->reset = virtio_device_reset;
    ObjectProperty *prop = object_class_property_add_field(klass, "indirect_desc", PROP_BOOL,
                                                           offsetof(VirtioDevice, indirect_desc),
                                                           "offer indirect descriptors");
    object_property_set_default(prop, QOBJECT(qbool_new(true)));
    prop = object_class_property_add_field(
        klass, "event_idx", PROP_BOOL, offsetof(VirtioDevice, event_idx), "offer event indexes");
    object_property_set_default(prop, QOBJECT(qbool_new(true)));
}

static const TypeInfo virtio_device_type = {
    .name = TYPE_VIRTIO_DEVICE,
    .parent = TYPE_DEVICE,
    .abstract = true,
    .instance_size = sizeof(VirtioDevice),
    .class_size = sizeof(VirtioDeviceClass),
    .instance_init = virtio_device_init,
    .instance_finalize = virtio_device_finalize,
    .class_init = virtio_device_class_init,
};

static void virtio_register(void)
{
    type_register_static(&virtio_device_type);
}
type_init(virtio_register)
