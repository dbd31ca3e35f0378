/*
 * virtio-net: the control queue (virtio 1.2, 5.1.6.5), and the filter that it sets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-net.h"

#include <string.h>

enum { CLASS_RX = 0, CLASS_MAC = 1 };
enum { RX_PROMISC = 0, RX_ALLMULTI = 1 };
enum { MAC_TABLE_SET = 0, MAC_ADDR_SET = 1 };
enum { ACK_OK = 0, ACK_ERROR = 1 };

enum { GROUP_BIT = 1 };

/* ---- the filter ---- */

void virtio_net_reset_filter(VirtioNet *s)
{
    s->filter = (VirtioNetFilter){ .promiscuous = true };
    memcpy(s->mac, s->own_mac, NET_MAC_SIZE);
    net_nic_set_mac(s->nic, s->mac);
}

static bool is_in_table(const VirtioNetTable *table, const uint8_t *mac)
{
    for (unsigned i = 0; i < table->count; i++) {
        if (memcmp(table->macs[i], mac, NET_MAC_SIZE) == 0) {
            return true;
        }
    }
    return table->all;
}

bool virtio_net_wants(const VirtioNet *s, const uint8_t *frame)
{
    static const uint8_t broadcast[NET_MAC_SIZE] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    const VirtioNetFilter *filter = &s->filter;
    if (filter->promiscuous || memcmp(frame, broadcast, NET_MAC_SIZE) == 0) {
        return true;
    }
    if (frame[0] & GROUP_BIT) {
        return filter->all_multicast || is_in_table(&filter->multicast, frame);
    }
    return memcmp(frame, s->mac, NET_MAC_SIZE) == 0 || is_in_table(&filter->unicast, frame);
}

/* ---- commands ---- */

/* What is left of one. */
typedef struct Command {
    VirtQueue *vq;
    const VirtQueueElement *elem;
    uint32_t offset;
} Command;

static bool take(Command *c, void *buf, uint32_t length)
{
    if (virtqueue_read(c->vq, c->elem, c->offset, buf, length) != length) {
        return false;
    }
    c->offset += length;
    return true;
}

static bool run_rx(VirtioNet *s, uint8_t command, Command *c)
{
    uint8_t on;
    if (command > RX_ALLMULTI || !take(c, &on, sizeof(on))) {
        return false;
    }
    *(command == RX_PROMISC ? &s->filter.promiscuous : &s->filter.all_multicast) = on != 0;
    return true;
}

static bool take_table(Command *c, VirtioNetTable *table)
{
    uint32_t count;
    if (!take(c, &count, sizeof(count))) {
        return false;
    }
    count = GUINT32_FROM_LE(count);
    if (count > (c->elem->out_length - c->offset) / NET_MAC_SIZE) {
        return false;
    }
    table->all = count > VIRTIO_NET_TABLE_MAX;
    table->count = table->all ? 0 : count;
    if (table->count && !take(c, table->macs, table->count * NET_MAC_SIZE)) {
        return false;
    }
    c->offset += (count - table->count) * NET_MAC_SIZE;
    return true;
}

static bool run_mac(VirtioNet *s, uint8_t command, Command *c)
{
    if (command == MAC_TABLE_SET) {
        VirtioNetTable unicast = { 0 }, multicast = { 0 };
        if (!take_table(c, &unicast) || !take_table(c, &multicast)) {
            return false;
        }
        s->filter.unicast = unicast;
        s->filter.multicast = multicast;
        return true;
    }
    uint8_t mac[NET_MAC_SIZE];
    if (command != MAC_ADDR_SET ||
        !virtio_has_feature(&s->parent_obj, VIRTIO_NET_F_CTRL_MAC_ADDR) ||
        !take(c, mac, sizeof(mac)) || (mac[0] & GROUP_BIT)) {
        return false;
    }
    memcpy(s->mac, mac, NET_MAC_SIZE);
    net_nic_set_mac(s->nic, mac);
    return true;
}

static bool run(VirtioNet *s, VirtQueue *vq, const VirtQueueElement *elem)
{
    Command c = { .vq = vq, .elem = elem };
    uint8_t header[2]; /* class, command */
    if (!virtio_has_feature(&s->parent_obj, VIRTIO_NET_F_CTRL_RX) ||
        !take(&c, header, sizeof(header))) {
        return false;
    }
    switch (header[0]) {
    case CLASS_RX:
        return run_rx(s, header[1], &c);
    case CLASS_MAC:
        return run_mac(s, header[1], &c);
    default:
        return false;
    }
}

void virtio_net_control_ring(VirtioDevice *vdev, VirtQueue *vq)
{
    VirtQueueElement *elem;
    while ((elem = virtqueue_pop(vq))) {
        uint8_t ack = run(VIRTIO_NET(vdev), vq, elem) ? ACK_OK : ACK_ERROR;
        virtqueue_push(vq, elem, virtqueue_write(vq, elem, 0, &ack, sizeof(ack)));
    }
    virtqueue_notify(vq);
}
