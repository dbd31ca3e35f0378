/*
 * virtio-serial: bytes between the driver's queues and a port's chardev.
 *
 * What the chardev does not take stays in the driver's chain until it does; what the driver has no
 * buffer for stays in the chardev.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-serial.h"

#define CHUNK     4096
#define MAX_STEPS 256 /* chunks before others have their turn */

static VirtSerialSlot *slot_of(VirtioDevice *vdev, const VirtQueue *vq)
{
    /* The control queues stand between the first port's and the others'. */
    unsigned pair = virtqueue_index(vq) / 2;
    return &VIRTIO_SERIAL(vdev)->slots[pair ? pair - 1 : 0];
}

/* ---- out ---- */

/* How many of the bytes somebody has taken, or nobody ever will. */
static uint32_t write_out(VirtSerialSlot *slot, const uint8_t *bytes, uint32_t len)
{
    Chardev *chr = slot->port ? slot->port->chr : NULL;
    ssize_t taken = chr ? chardev_write(chr, bytes, len) : -1;
    return taken < 0 ? len : (uint32_t)taken;
}

/* False: that is all for now. */
static bool send_chunk(VirtSerialSlot *slot)
{
    uint8_t bytes[CHUNK];
    uint32_t len = virtqueue_read(slot->tx, slot->tx_elem, slot->sent, bytes, sizeof(bytes));
    uint32_t taken = len ? write_out(slot, bytes, len) : 0;
    slot->sent += taken;
    return len && taken == len;
}

static bool next_chain(VirtSerialSlot *slot)
{
    if (!slot->tx_elem) {
        slot->tx_elem = virtqueue_pop(slot->tx);
        slot->sent = 0;
    }
    return slot->tx_elem;
}

void virtio_serial_transmit(VirtSerialSlot *slot)
{
    bool pushed = false;
    unsigned steps = 0;
    while (steps < MAX_STEPS && next_chain(slot)) {
        if (slot->sent < slot->tx_elem->out_length && !send_chunk(slot)) {
            break;
        }
        if (slot->sent == slot->tx_elem->out_length) {
            virtqueue_push(slot->tx, g_steal_pointer(&slot->tx_elem), 0);
            pushed = true;
        }
        steps++;
    }
    if (pushed) {
        virtqueue_notify(slot->tx);
    }
    slot->more = steps == MAX_STEPS;
    if (slot->more) {
        bottom_half_schedule(slot->serial->again);
    }
}

void virtio_serial_transmit_more(void *opaque)
{
    VirtioSerial *s = opaque;
    for (uint32_t nr = 0; nr < s->max_ports; nr++) {
        if (s->slots[nr].more) {
            virtio_serial_transmit(&s->slots[nr]);
        }
    }
}

void virtio_serial_data_out(VirtioDevice *vdev, VirtQueue *vq)
{
    virtio_serial_transmit(slot_of(vdev, vq));
}

/* ---- in ---- */

/* A driver without MULTIPORT has the first port, which is always open. */
static bool guest_listens(const VirtSerialSlot *slot)
{
    const VirtioDevice *vdev = &slot->serial->parent_obj;
    return virtio_is_live(vdev) &&
           (virtio_has_feature(vdev, VIRTIO_SERIAL_F_MULTIPORT) ? slot->guest_open : slot->nr == 0);
}

size_t virtio_serial_room(VirtSerialSlot *slot)
{
    if (!guest_listens(slot)) {
        return 0;
    }
    if (!slot->rx_elem) {
        slot->rx_elem = virtqueue_pop(slot->rx);
    }
    if (!slot->rx_elem) {
        return 0;
    }
    if (!slot->rx_elem->in_length) {
        virtio_error(&slot->serial->parent_obj, "port %u: a buffer to receive in has no room",
                     slot->nr);
    }
    return slot->rx_elem->in_length;
}

void virtio_serial_receive(VirtSerialSlot *slot, const uint8_t *bytes, size_t len)
{
    size_t room;
    bool pushed = false;
    while (len && (room = virtio_serial_room(slot)) != 0) {
        uint32_t now = (uint32_t)MIN(room, len);
        uint32_t written = virtqueue_write(slot->rx, slot->rx_elem, 0, bytes, now);
        virtqueue_push(slot->rx, g_steal_pointer(&slot->rx_elem), written);
        pushed = true;
        bytes += now;
        len -= now;
    }
    if (pushed) {
        virtqueue_notify(slot->rx);
    }
}

void virtio_serial_data_in(VirtioDevice *vdev, VirtQueue *vq)
{
    const VirtSerialPort *port = slot_of(vdev, vq)->port;
    if (port && port->chr) {
        chardev_accept_input(port->chr);
    }
}

/* ---- ends ---- */

void virtio_serial_return_chains(VirtSerialSlot *slot)
{
    if (slot->rx_elem) {
        virtqueue_push(slot->rx, g_steal_pointer(&slot->rx_elem), 0);
        virtqueue_notify(slot->rx);
    }
    if (slot->tx_elem) {
        virtqueue_push(slot->tx, g_steal_pointer(&slot->tx_elem), 0);
        virtqueue_notify(slot->tx);
    }
}

void virtio_serial_drop_chains(VirtSerialSlot *slot)
{
    g_clear_pointer(&slot->rx_elem, virtqueue_drop);
    g_clear_pointer(&slot->tx_elem, virtqueue_drop);
    slot->more = false;
}
