/*
 * virtio-serial: a console device with many ports (virtio 1.2, 5.3), on PCI and on a virtio bus.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-serial.h"

#include "hw/virtio/virtio-pci.h"

#include <linux/virtio_console.h>
#include <linux/virtio_ids.h>
#include <string.h>

#define DATA_QUEUE_SIZE    128
#define CONTROL_QUEUE_SIZE 32

#define DEFAULT_MAX_PORTS 31

static void virtio_serial_get_config(VirtioDevice *vdev, uint8_t *config)
{
    const VirtioSerial *s = VIRTIO_SERIAL(vdev);
    const struct virtio_console_config fields = {
        .max_nr_ports = GUINT32_TO_LE(s->max_ports),
    };
    memcpy(config, &fields, sizeof(fields));
}

static bool virtio_serial_reset(VirtioDevice *vdev)
{
    VirtioSerial *s = VIRTIO_SERIAL(vdev);
    s->driver_ready = false;
    for (uint32_t nr = 0; nr < s->max_ports; nr++) {
        VirtSerialSlot *slot = &s->slots[nr];
        virtio_serial_drop_chains(slot);
        slot->tell = 0;
        slot->announced = slot->ready = false;
        virtio_serial_set_guest_open(slot, false);
    }
    return true;
}

/* ---- its bus ---- */

/* Ports need no leave of the guest to go. */
static const BusHotplug port_hotplug = { 0 };

static char *bus_name(const VirtioSerial *s)
{
    const char *id = virtio_id(&s->parent_obj);
    if (id) {
        return g_strdup_printf("%s.0", id);
    }
    for (unsigned i = 0;; i++) {
        g_autofree char *name = g_strdup_printf(VIRTIO_SERIAL_BUS ".%u", i);
        if (!bus_find(name)) {
            return g_steal_pointer(&name);
        }
    }
}

static void add_bus(VirtioSerial *s)
{
    g_autofree char *name = bus_name(s);
    bus_init(&s->bus, name, VIRTIO_SERIAL_BUS, VIRTIO_SERIAL_BUS, DEVICE(s));
    s->bus.max_devices = s->max_ports;
    s->bus.hotplug = &port_hotplug;
}

/* ---- the device ---- */

static bool check_max_ports(const VirtioSerial *s, Error **errp)
{
    if (s->max_ports == 0 || s->max_ports > VIRTIO_SERIAL_MAX_PORTS) {
        error_setg(errp, "Property 'max_ports' expects 1 to %u, not %u", VIRTIO_SERIAL_MAX_PORTS,
                   s->max_ports);
        return false;
    }
    return true;
}

static void add_queues(VirtioSerial *s)
{
    VirtioDevice *vdev = &s->parent_obj;
    for (uint32_t nr = 0; nr < s->max_ports; nr++) {
        VirtSerialSlot *slot = &s->slots[nr];
        if (nr == 1) {
            s->control_rx = virtio_add_queue(vdev, CONTROL_QUEUE_SIZE, virtio_serial_control_in);
            virtio_add_queue(vdev, CONTROL_QUEUE_SIZE, virtio_serial_control_out);
        }
        slot->serial = s;
        slot->nr = nr;
        slot->rx = virtio_add_queue(vdev, DATA_QUEUE_SIZE, virtio_serial_data_in);
        slot->tx = virtio_add_queue(vdev, DATA_QUEUE_SIZE, virtio_serial_data_out);
    }
}

static bool virtio_serial_realize(VirtioDevice *vdev, Error **errp)
{
    VirtioSerial *s = VIRTIO_SERIAL(vdev);
    if (!check_max_ports(s, errp)) {
        return false;
    }
    if (s->max_ports > 1) {
        vdev->host_features |= 1 << VIRTIO_SERIAL_F_MULTIPORT;
    }
    s->slots = g_new0(VirtSerialSlot, s->max_ports);
    s->again = bottom_half_new(main_loop(), virtio_serial_transmit_more, s);
    add_queues(s);
    add_bus(s);
    return true;
}

static void virtio_serial_unrealize(VirtioDevice *vdev)
{
    VirtioSerial *s = VIRTIO_SERIAL(vdev);
    bus_finish(&s->bus);
    g_clear_pointer(&s->again, bottom_half_destroy);
    g_clear_pointer(&s->slots, g_free);
}

static void virtio_serial_init(Object *obj)
{
    VIRTIO_SERIAL(obj)->max_ports = DEFAULT_MAX_PORTS;
}

static void virtio_serial_class_init(ObjectClass *klass, const void *data)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    DEVICE_CLASS(klass)->desc = "virtio serial ports and consoles";
    DEVICE_CLASS(klass)->user_creatable = true;
    vc->device_id = VIRTIO_ID_CONSOLE;
    vc->config_size = sizeof(struct virtio_console_config);
    vc->pci_class = 0x0780; /* communication */
    vc->realize = virtio_serial_realize;
    vc->unrealize = virtio_serial_unrealize;
    vc->get_config = virtio_serial_get_config;
    vc->reset = virtio_serial_reset;
    object_property_set_default(
        object_class_property_add_field(klass, "max_ports", PROP_UINT32,
                                        offsetof(VirtioSerial, max_ports),
                                        "how many ports there can be, 1 to 511"),
        QOBJECT(qnum_new_uint(DEFAULT_MAX_PORTS)));
}

static const TypeInfo virtio_serial_type = {
    .name = TYPE_VIRTIO_SERIAL,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtioSerial),
    .instance_init = virtio_serial_init,
    .class_init = virtio_serial_class_init,
};

static const VirtioPciInfo virtio_serial_pci = {
    .name = "virtio-serial-pci",
    .modern_name = "virtio-serial-pci-non-transitional",
    .device_type = TYPE_VIRTIO_SERIAL,
    .desc = "virtio serial ports and consoles",
};

static void virtio_serial_register(void)
{
    type_register_static(&virtio_serial_type);
    virtio_pci_register(&virtio_serial_pci);
}
type_init(virtio_serial_register)
