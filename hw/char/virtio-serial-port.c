/*
 * virtserialport and virtconsole: the ports of a virtio-serial device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qapi-events-char.h"
#include "virtio-serial.h"

#define TYPE_PORT "virtio-serial-port" /* abstract */

#define ANY_NUMBER UINT32_MAX

typedef struct VirtSerialPortClass {
    DeviceClass parent_class;
    bool is_console;
} VirtSerialPortClass;

#define PORT(obj)           OBJECT_CHECK(VirtSerialPort, (obj), TYPE_PORT)
#define PORT_CLASS(klass)   OBJECT_CLASS_CHECK(VirtSerialPortClass, (klass), TYPE_PORT)
#define PORT_GET_CLASS(obj) OBJECT_GET_CLASS(VirtSerialPortClass, (obj), TYPE_PORT)

bool virtio_serial_port_is_console(const VirtSerialPort *port)
{
    return PORT_GET_CLASS((Object *)port)->is_console;
}

/* ---- the driver's end ---- */

void virtio_serial_set_guest_open(VirtSerialSlot *slot, bool open)
{
    VirtSerialPort *port = slot->port;
    if (!port || slot->guest_open == open) {
        return;
    }
    slot->guest_open = open;
    if (port->chr && !virtio_serial_port_is_console(port)) {
        chardev_set_frontend_open(port->chr, open);
    }
    if (port->chr && open) {
        chardev_accept_input(port->chr);
    }
    if (DEVICE(port)->id) {
        qapi_event_send_vserport_change(DEVICE(port)->id, open);
    }
}

/* ---- the chardev's end ---- */

static size_t port_can_read(void *opaque)
{
    return virtio_serial_room(((VirtSerialPort *)opaque)->slot);
}

static void port_read(void *opaque, const uint8_t *bytes, size_t len)
{
    virtio_serial_receive(((VirtSerialPort *)opaque)->slot, bytes, len);
}

static void port_writable(void *opaque)
{
    virtio_serial_transmit(((VirtSerialPort *)opaque)->slot);
}

static void port_event(void *opaque, ChardevEvent event)
{
    VirtSerialPort *port = opaque;
    if (event != CHARDEV_OPENED && event != CHARDEV_CLOSED) {
        return;
    }
    /* A console takes what the driver says whether somebody listens or not. */
    if (!virtio_serial_port_is_console(port)) {
        port->host_open = event == CHARDEV_OPENED;
        virtio_serial_tell_open(port->slot);
    }
    /* What waited for somebody who is gone goes nowhere. */
    virtio_serial_transmit(port->slot);
}

static const ChardevFrontend port_frontend = {
    .can_read = port_can_read,
    .read = port_read,
    .event = port_event,
    .writable = port_writable,
};

static bool attach_chardev(VirtSerialPort *port, Error **errp)
{
    const char *type = object_get_typename(OBJECT(port));
    Chardev *chr = chardev_find(port->chardev);
    if (!chr) {
        error_setg(errp, "Property '%s.chardev' can't find value '%s'", type, port->chardev);
        return false;
    }
    chr = chardev_for_frontend(chr, errp);
    if (!chr || !chardev_attach(chr, &port_frontend, port, NULL, errp)) {
        error_prepend(errp, "Property '%s.chardev' can't take value '%s': ", type, port->chardev);
        return false;
    }
    port->chr = chr;
    chardev_set_frontend_open(chr, virtio_serial_port_is_console(port));
    return true;
}

/* ---- its place ---- */

static bool choose_number(VirtSerialPort *port, const VirtioSerial *s, Error **errp)
{
    bool console = virtio_serial_port_is_console(port);
    if (port->nr == ANY_NUMBER) {
        for (port->nr = console ? 0 : 1; port->nr < s->max_ports; port->nr++) {
            if (!s->slots[port->nr].port) {
                return true;
            }
        }
        error_setg(errp, "virtio-serial-bus: Maximum port limit for this device reached");
    } else if (port->nr >= s->max_ports) {
        error_setg(errp, "virtio-serial-bus: Out-of-range port id specified, max. allowed: %u",
                   s->max_ports - 1);
    } else if (port->nr == 0 && !console) {
        error_setg(errp, "Port number 0 on virtio-serial devices reserved for virtconsole devices "
                         "for backward compatibility.");
    } else if (s->slots[port->nr].port) {
        error_setg(errp, "virtio-serial-bus: A port already exists at id %u", port->nr);
    } else {
        return true;
    }
    return false;
}

static bool check_name(const VirtSerialPort *port, const VirtioSerial *s, Error **errp)
{
    for (uint32_t nr = 0; port->name && nr < s->max_ports; nr++) {
        const VirtSerialPort *other = s->slots[nr].port;
        if (other && g_strcmp0(other->name, port->name) == 0) {
            error_setg(errp, "virtio-serial-bus: A port already exists by name %s", port->name);
            return false;
        }
    }
    return true;
}

static bool port_realize(Device *dev, Error **errp)
{
    VirtSerialPort *port = PORT(dev);
    VirtioSerial *s = VIRTIO_SERIAL(dev->parent_bus->parent);
    if (!choose_number(port, s, errp) || !check_name(port, s, errp) ||
        (port->chardev && !attach_chardev(port, errp))) {
        return false;
    }
    port->host_open = virtio_serial_port_is_console(port);
    port->slot = &s->slots[port->nr];
    port->slot->port = port;
    virtio_serial_tell_added(port->slot);
    return true;
}

static void port_unrealize(Device *dev)
{
    VirtSerialPort *port = PORT(dev);
    VirtSerialSlot *slot = port->slot;
    virtio_serial_set_guest_open(slot, false);
    if (port->chr) {
        chardev_detach(g_steal_pointer(&port->chr));
    }
    virtio_serial_return_chains(slot);
    slot->port = NULL;
    virtio_serial_tell_removed(slot);
}

/* ---- the types ---- */

static void port_init(Object *obj)
{
    PORT(obj)->nr = ANY_NUMBER;
}

static void port_finalize(Object *obj)
{
    g_free(PORT(obj)->name);
    g_free(PORT(obj)->chardev);
}

static void port_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->bus_type = VIRTIO_SERIAL_BUS;
    dc->realize = port_realize;
    dc->unrealize = port_unrealize;
    object_property_set_default(
        object_class_property_add_field(klass, "nr", PROP_UINT32, offsetof(VirtSerialPort, nr),
                                        "number of the port (default: the first that is free)"),
        QOBJECT(qnum_new_uint(ANY_NUMBER)));
    object_class_property_add_field(klass, "name", PROP_STRING, offsetof(VirtSerialPort, name),
                                    "what the guest finds it by");
    object_class_property_add_field(klass, "chardev", PROP_STRING,
                                    offsetof(VirtSerialPort, chardev),
                                    "ID of a chardev to use as a backend");
}

static void serial_port_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->desc = "virtio serial port";
    DEVICE_CLASS(klass)->user_creatable = true;
}

static void console_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->desc = "virtio console";
    DEVICE_CLASS(klass)->user_creatable = true;
    PORT_CLASS(klass)->is_console = true;
}

static const TypeInfo port_types[] = {
    {
        .name = TYPE_PORT,
        .parent = TYPE_DEVICE,
        .abstract = true,
        .instance_size = sizeof(VirtSerialPort),
        .class_size = sizeof(VirtSerialPortClass),
        .instance_init = port_init,
        .instance_finalize = port_finalize,
        .class_init = port_class_init,
    },
    { .name = "virtserialport", .parent = TYPE_PORT, .class_init = serial_port_class_init },
    { .name = "virtconsole", .parent = TYPE_PORT, .class_init = console_class_init },
};

static void port_register(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(port_types); i++) {
        type_register_static(&port_types[i]);
    }
}
type_init(port_register)
