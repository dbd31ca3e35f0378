/*
 * virtio-serial: what its files share.
 *
 * A device has max_ports numbers, each with a queue for either direction; that is a slot, whether a
 * port sits there or not. Ports are devices of their own on the device's bus, and each is one front
 * end of a chardev.
 *
 * BQL held throughout.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CHAR_VIRTIO_SERIAL_H
#define HW_CHAR_VIRTIO_SERIAL_H

#include "chardev/chardev.h"
#include "hw/virtio.h"

#define TYPE_VIRTIO_SERIAL "virtio-serial-device"
#define VIRTIO_SERIAL_BUS  "virtio-serial-bus"

#define VIRTIO_SERIAL_F_MULTIPORT 1 /* 5.3.3 */
/* With the control queues, as many queues as a PCI function has doorbells for. */
#define VIRTIO_SERIAL_MAX_PORTS 511

typedef struct VirtioSerial VirtioSerial;
typedef struct VirtSerialPort VirtSerialPort;

/* What the driver is still to be told about a number, in this order. */
enum {
    TELL_REMOVE = 1 << 0,
    TELL_ADD = 1 << 1,
    TELL_CONSOLE = 1 << 2,
    TELL_NAME = 1 << 3,
    TELL_OPEN = 1 << 4, /* or closed, whichever it is by then */
};

typedef struct VirtSerialSlot {
    VirtioSerial *serial;
    uint32_t nr;
    VirtSerialPort *port; /* NULL: what the driver sends goes nowhere */
    VirtQueue *rx, *tx;
    VirtQueueElement *rx_elem; /* to be filled next; NULL: none popped */
    VirtQueueElement *tx_elem; /* being sent; NULL: none popped */
    uint32_t sent;             /* bytes of it */
    bool more;                 /* to be sent when the loop has had its turn */
    unsigned tell;
    bool announced; /* the driver has been told that there is a port */
    bool ready;     /* and has said that it knows */
    bool guest_open;
} VirtSerialSlot;

struct VirtioSerial {
    VirtioDevice parent_obj;
    uint32_t max_ports; /* property */
    Bus bus;
    VirtSerialSlot *slots; /* max_ports */
    VirtQueue *control_rx; /* NULL with a single port */
    bool driver_ready;     /* for control messages */
    BottomHalf *again;     /* slots with more to send */
};

#define VIRTIO_SERIAL(obj) OBJECT_CHECK(VirtioSerial, (obj), TYPE_VIRTIO_SERIAL)

struct VirtSerialPort {
    Device parent_obj;
    /* Properties. */
    uint32_t nr;
    char *name;
    char *chardev;

    VirtSerialSlot *slot;
    Chardev *chr;   /* NULL: what the driver sends goes nowhere, and nothing comes */
    bool host_open; /* somebody is there */
};

/* ---- control messages (5.3.6.2) ---- */

/* The driver has sent some / has given buffers for ours. */
void virtio_serial_control_out(VirtioDevice *vdev, VirtQueue *vq);
void virtio_serial_control_in(VirtioDevice *vdev, VirtQueue *vq);
/* A port has come to @slot / gone from it / has somebody at the other end, or no longer. */
void virtio_serial_tell_added(VirtSerialSlot *slot);
void virtio_serial_tell_removed(VirtSerialSlot *slot);
void virtio_serial_tell_open(VirtSerialSlot *slot);

/* ---- data ---- */

/* The driver has sent some / has given buffers. */
void virtio_serial_data_out(VirtioDevice *vdev, VirtQueue *vq);
void virtio_serial_data_in(VirtioDevice *vdev, VirtQueue *vq);
/* Send what waits, as far as the chardev takes it. */
void virtio_serial_transmit(VirtSerialSlot *slot);
void virtio_serial_transmit_more(void *opaque); /* for VirtioSerial::again */
/* How many bytes the driver takes now. */
size_t virtio_serial_room(VirtSerialSlot *slot);
void virtio_serial_receive(VirtSerialSlot *slot, const uint8_t *bytes, size_t len);
/* Give popped chains back to the driver / forget them, because the driver is gone. */
void virtio_serial_return_chains(VirtSerialSlot *slot);
void virtio_serial_drop_chains(VirtSerialSlot *slot);

/* ---- ports ---- */

bool virtio_serial_port_is_console(const VirtSerialPort *port);
/* The driver has opened or closed the port in @slot, if there is one. */
void virtio_serial_set_guest_open(VirtSerialSlot *slot, bool open);

#endif
