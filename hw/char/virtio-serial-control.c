/*
 * virtio-serial: control messages (virtio 1.2, 5.3.6.2).
 *
 * What the driver is to be told is kept as bits for each port, not as messages: it takes no memory
 * when the driver gives no buffers, and says how things are when it does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/report.h"
#include "virtio-serial.h"

#include <linux/virtio_console.h>
#include <string.h>

/* ---- to the driver ---- */

static uint16_t event_of(unsigned what)
{
    switch (what) {
    case TELL_REMOVE:
        return VIRTIO_CONSOLE_PORT_REMOVE;
    case TELL_ADD:
        return VIRTIO_CONSOLE_PORT_ADD;
    case TELL_CONSOLE:
        return VIRTIO_CONSOLE_CONSOLE_PORT;
    case TELL_NAME:
        return VIRTIO_CONSOLE_PORT_NAME;
    default:
        return VIRTIO_CONSOLE_PORT_OPEN;
    }
}

static void send_message(VirtSerialSlot *slot, VirtQueueElement *elem, unsigned what)
{
    VirtQueue *vq = slot->serial->control_rx;
    uint16_t value = what == TELL_OPEN ? slot->port->host_open : 1;
    const struct virtio_console_control message = {
        .id = GUINT32_TO_LE(slot->nr),
        .event = GUINT16_TO_LE(event_of(what)),
        .value = GUINT16_TO_LE(value),
    };
    uint32_t written = virtqueue_write(vq, elem, 0, &message, sizeof(message));
    if (what == TELL_NAME) {
        const char *name = slot->port->name;
        written += virtqueue_write(vq, elem, written, name, (uint32_t)strlen(name));
    }
    virtqueue_push(vq, elem, written);
    if (what == TELL_ADD || what == TELL_REMOVE) {
        slot->announced = what == TELL_ADD;
    }
}

/* False: no buffer. */
static bool tell_next(VirtSerialSlot *slot)
{
    VirtioSerial *s = slot->serial;
    VirtQueueElement *elem = virtqueue_pop(s->control_rx);
    if (!elem) {
        return false;
    }
    if (elem->in_length < sizeof(struct virtio_console_control)) {
        virtio_error(&s->parent_obj, "a buffer for control messages has %u bytes", elem->in_length);
        virtqueue_drop(elem);
        return false;
    }
    unsigned what = slot->tell & -slot->tell;
    slot->tell &= ~what;
    send_message(slot, elem, what);
    return true;
}

static void send_pending(VirtioSerial *s)
{
    bool room = true, sent = false;
    for (uint32_t nr = 0; s->driver_ready && room && nr < s->max_ports; nr++) {
        VirtSerialSlot *slot = &s->slots[nr];
        while (slot->tell && (room = tell_next(slot))) {
            sent = true;
        }
    }
    if (sent) {
        virtqueue_notify(s->control_rx);
    }
}

void virtio_serial_control_in(VirtioDevice *vdev, VirtQueue *vq)
{
    send_pending(VIRTIO_SERIAL(vdev));
}

static void tell(VirtSerialSlot *slot, unsigned what)
{
    if (slot->serial->driver_ready) {
        slot->tell |= what;
        send_pending(slot->serial);
    }
}

void virtio_serial_tell_added(VirtSerialSlot *slot)
{
    tell(slot, TELL_ADD);
}

void virtio_serial_tell_removed(VirtSerialSlot *slot)
{
    /* The rest is about nobody any more; a removal that still waits is of an earlier port. */
    slot->tell &= TELL_REMOVE;
    slot->ready = false;
    if (slot->announced) {
        tell(slot, TELL_REMOVE);
    }
}

void virtio_serial_tell_open(VirtSerialSlot *slot)
{
    if (slot->ready) {
        tell(slot, TELL_OPEN);
    }
}

/* ---- from the driver ---- */

static void device_ready(VirtioSerial *s, bool ready)
{
    s->driver_ready = ready;
    if (!ready) {
        log_mask(LOG_GUEST_ERROR, "%s: the driver could not set the device up",
                 virtio_name(&s->parent_obj));
        return;
    }
    for (uint32_t nr = 0; nr < s->max_ports; nr++) {
        if (s->slots[nr].port && !s->slots[nr].announced) {
            s->slots[nr].tell |= TELL_ADD;
        }
    }
}

static void port_ready(VirtSerialSlot *slot, bool ready)
{
    const VirtSerialPort *port = slot->port;
    slot->ready = ready;
    if (!ready) {
        log_mask(LOG_GUEST_ERROR, "%s: the driver could not set up port %u",
                 virtio_name(&slot->serial->parent_obj), slot->nr);
        return;
    }
    slot->tell |= (virtio_serial_port_is_console(port) ? TELL_CONSOLE : 0) |
                  (port->name ? TELL_NAME : 0) | (port->host_open ? TELL_OPEN : 0);
}

static void handle_message(VirtioSerial *s, const struct virtio_console_control *message)
{
    uint32_t id = GUINT32_FROM_LE(message->id);
    uint16_t event = GUINT16_FROM_LE(message->event);
    uint16_t value = GUINT16_FROM_LE(message->value);
    if (event == VIRTIO_CONSOLE_DEVICE_READY) {
        device_ready(s, value);
        return;
    }
    /* That there is none is no fault: it may just have gone. */
    VirtSerialSlot *slot = id < s->max_ports && s->slots[id].port ? &s->slots[id] : NULL;
    if (slot && event == VIRTIO_CONSOLE_PORT_READY) {
        port_ready(slot, value);
    } else if (slot && event == VIRTIO_CONSOLE_PORT_OPEN) {
        virtio_serial_set_guest_open(slot, value);
    } else {
        log_mask(LOG_GUEST_ERROR, "%s: control message %u about port %u ignored",
                 virtio_name(&s->parent_obj), event, id);
    }
}

void virtio_serial_control_out(VirtioDevice *vdev, VirtQueue *vq)
{
    VirtioSerial *s = VIRTIO_SERIAL(vdev);
    VirtQueueElement *elem;
    bool handled = false;
    while ((elem = virtqueue_pop(vq))) {
        struct virtio_console_control message;
        if (virtqueue_read(vq, elem, 0, &message, sizeof(message)) == sizeof(message)) {
            handle_message(s, &message);
        } else {
            virtio_error(vdev, "a control message has %u bytes", elem->out_length);
        }
        virtqueue_push(vq, elem, 0);
        handled = true;
    }
    if (handled) {
        virtqueue_notify(vq);
    }
    send_pending(s);
}
