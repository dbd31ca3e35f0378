/*
 * virtio-net: a network device (virtio 1.2, 5.1), on PCI and on a virtio bus.
 *
 * One pair of queues and the control queue; checksums and segments are the driver's own work.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-net.h"

#include "hw/virtio/virtio-pci.h"

#include <string.h>

/* Where the fields of config space are (5.1.4). */
enum { CONFIG_MAC = 0, CONFIG_STATUS = 6, CONFIG_SIZE = 8 };
enum { STATUS_LINK_UP = 1 };

/* In front of each frame (5.1.6). */
enum { HEADER_NUM_BUFFERS = 10, HEADER_SIZE = 12 };

#define DATA_QUEUE_SIZE    256
#define CONTROL_QUEUE_SIZE 64
#define TX_BATCH           64 /* frames, before the loop has its turn */

/* ---- to the guest ---- */

/* The next chain; NULL: there is none, and the driver will ring. */
static VirtQueueElement *next_buffers(VirtioNet *s)
{
    if (!s->rx_elem) {
        s->rx_elem = virtqueue_pop(s->rx);
    }
    return s->rx_elem;
}

static NetTaken virtio_net_receive(void *opaque, const uint8_t *frame, size_t length)
{
    static const uint8_t header[HEADER_SIZE] = { [HEADER_NUM_BUFFERS] = 1 };
    VirtioNet *s = opaque;
    if (!virtio_is_live(&s->parent_obj) || length < NET_FRAME_MIN) {
        return NET_DROPPED;
    }
    if (!virtio_net_wants(s, frame)) {
        return NET_TAKEN;
    }
    if (!virtual_clock_is_running()) {
        timer_arm(&s->resumed, clock_now(CLOCK_VIRTUAL) + 1);
        return NET_LATER;
    }
    if (!next_buffers(s)) {
        return virtio_is_live(&s->parent_obj) ? NET_LATER : NET_DROPPED;
    }
    /* Drivers must make room for the longest (5.1.6.3.1). */
    if (s->rx_elem->in_length < HEADER_SIZE + length) {
        return NET_DROPPED;
    }
    uint32_t written = virtqueue_write(s->rx, s->rx_elem, 0, header, HEADER_SIZE);
    written += virtqueue_write(s->rx, s->rx_elem, HEADER_SIZE, frame, (uint32_t)length);
    virtqueue_push(s->rx, g_steal_pointer(&s->rx_elem), written);
    virtqueue_notify(s->rx);
    return NET_TAKEN;
}

static void flush(void *opaque)
{
    net_nic_flush(VIRTIO_NET(opaque)->nic);
}

static void rx_ring(VirtioDevice *vdev, VirtQueue *vq)
{
    bottom_half_schedule(VIRTIO_NET(vdev)->rx_work);
}

static void virtio_net_link_changed(void *opaque)
{
    virtio_config_changed(opaque);
}

/* ---- from the guest ---- */

static void send_one(VirtioNet *s, const VirtQueueElement *elem)
{
    uint8_t frame[NET_FRAME_MAX];
    if (elem->out_length < HEADER_SIZE) {
        virtio_error(&s->parent_obj, "a frame to send is shorter than its header");
        return;
    }
    uint32_t length = elem->out_length - HEADER_SIZE;
    uint32_t have = MIN(length, NET_FRAME_MAX);
    if (virtqueue_read(s->tx, elem, HEADER_SIZE, frame, have) == have) {
        net_nic_send(s->nic, frame, length);
    }
}

static void send_all(void *opaque)
{
    VirtioNet *s = opaque;
    unsigned n = 0;
    VirtQueueElement *elem;
    while (n < TX_BATCH && virtio_is_live(&s->parent_obj) && (elem = virtqueue_pop(s->tx))) {
        send_one(s, elem);
        virtqueue_push(s->tx, elem, 0);
        n++;
    }
    if (n) {
        virtqueue_notify(s->tx);
    }
    if (n == TX_BATCH) {
        bottom_half_schedule(s->tx_work);
    }
}

static void tx_ring(VirtioDevice *vdev, VirtQueue *vq)
{
    bottom_half_schedule(VIRTIO_NET(vdev)->tx_work);
}

/* ---- the device ---- */

static void virtio_net_get_config(VirtioDevice *vdev, uint8_t *config)
{
    const VirtioNet *s = VIRTIO_NET(vdev);
    memcpy(&config[CONFIG_MAC], s->mac, NET_MAC_SIZE);
    config[CONFIG_STATUS] = net_nic_link_is_up(s->nic) ? STATUS_LINK_UP : 0;
}

static bool virtio_net_reset(VirtioDevice *vdev)
{
    VirtioNet *s = VIRTIO_NET(vdev);
    g_clear_pointer(&s->rx_elem, virtqueue_drop);
    net_nic_purge(s->nic);
    virtio_net_reset_filter(s);
    return true;
}

static bool choose_mac(VirtioNet *s, Error **errp)
{
    if (s->mac_text) {
        return net_mac_parse(s->mac_text, s->own_mac, errp);
    }
    net_mac_choose(s->own_mac);
    return true;
}

static bool plug_in(VirtioNet *s, Error **errp)
{
    static const NetNicOps ops = {
        .receive = virtio_net_receive,
        .link_changed = virtio_net_link_changed,
    };
    const NetNicInfo info = {
        .name = virtio_name(&s->parent_obj),
        .model = object_get_typename(OBJECT(virtio_outer(&s->parent_obj))),
        .netdev = s->netdev,
        .ops = &ops,
        .opaque = s,
    };
    s->nic = net_nic_new(&info, s->own_mac, errp);
    return s->nic;
}

static bool virtio_net_realize(VirtioDevice *vdev, Error **errp)
{
    VirtioNet *s = VIRTIO_NET(vdev);
    if (!choose_mac(s, errp) || !plug_in(s, errp)) {
        return false;
    }
    g_free(s->mac_text);
    s->mac_text = net_mac_format(s->own_mac);
    virtio_net_reset_filter(s);
    s->rx = virtio_add_queue(vdev, DATA_QUEUE_SIZE, rx_ring);
    s->tx = virtio_add_queue(vdev, DATA_QUEUE_SIZE, tx_ring);
    virtio_add_queue(vdev, CONTROL_QUEUE_SIZE, virtio_net_control_ring);
    s->rx_work = bottom_half_new(main_loop(), flush, s);
    s->tx_work = bottom_half_new(main_loop(), send_all, s);
    timer_init(&s->resumed, main_loop(), CLOCK_VIRTUAL, flush, s);
    return true;
}

static void virtio_net_unrealize(VirtioDevice *vdev)
{
    VirtioNet *s = VIRTIO_NET(vdev);
    timer_finish(&s->resumed);
    g_clear_pointer(&s->rx_work, bottom_half_destroy);
    g_clear_pointer(&s->tx_work, bottom_half_destroy);
    g_clear_pointer(&s->nic, net_nic_free);
}

static void virtio_net_finalize(Object *obj)
{
    g_free(VIRTIO_NET(obj)->netdev);
    g_free(VIRTIO_NET(obj)->mac_text);
}

static void virtio_net_class_init(ObjectClass *klass, const void *data)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    DEVICE_CLASS(klass)->desc = "virtio network device";
    DEVICE_CLASS(klass)->user_creatable = true;
    device_class_set_bootable(DEVICE_CLASS(klass), "ethernet-phy@0");
    vc->device_id = 1;
    vc->config_size = CONFIG_SIZE;
    vc->pci_class = 0x0200; /* Ethernet */
    vc->features = 1 << VIRTIO_NET_F_MAC | 1 << VIRTIO_NET_F_STATUS | 1 << VIRTIO_NET_F_CTRL_VQ |
                   1 << VIRTIO_NET_F_CTRL_RX | 1 << VIRTIO_NET_F_CTRL_MAC_ADDR;
    vc->realize = virtio_net_realize;
    vc->unrealize = virtio_net_unrealize;
    vc->get_config = virtio_net_get_config;
    vc->reset = virtio_net_reset;
    object_class_property_add_field(klass, "netdev", PROP_STRING, offsetof(VirtioNet, netdev),
                                    "id of the -netdev that it is plugged into");
    object_class_property_add_field(klass, "mac", PROP_STRING, offsetof(VirtioNet, mac_text),
                                    "its address (default: 52:54:00:12:34:56, or the next)");
}

static const TypeInfo virtio_net_type = {
    .name = TYPE_VIRTIO_NET,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtioNet),
    .instance_finalize = virtio_net_finalize,
    .class_init = virtio_net_class_init,
};

static const VirtioPciInfo virtio_net_pci = {
    .name = "virtio-net-pci",
    .modern_name = "virtio-net-pci-non-transitional",
    .device_type = TYPE_VIRTIO_NET,
    .desc = "virtio network device",
};

static void virtio_net_register(void)
{
    type_register_static(&virtio_net_type);
    virtio_pci_register(&virtio_net_pci);
}
type_init(virtio_net_register)
