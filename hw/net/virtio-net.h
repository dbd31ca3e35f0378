/*
 * virtio-net: what its files share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_NET_VIRTIO_NET_H
#define HW_NET_VIRTIO_NET_H

#include "hw/virtio.h"
#include "net/net.h"
#include "util/timer.h"

#define TYPE_VIRTIO_NET "virtio-net-device"

enum {
    VIRTIO_NET_F_MAC = 5,
    VIRTIO_NET_F_STATUS = 16,
    VIRTIO_NET_F_CTRL_VQ = 17,
    VIRTIO_NET_F_CTRL_RX = 18,
    VIRTIO_NET_F_CTRL_MAC_ADDR = 23,
};

/* How many addresses the driver can have us look for, of each kind. */
#define VIRTIO_NET_TABLE_MAX 64

typedef struct VirtioNetTable {
    bool all; /* there were too many: everything is let through */
    unsigned count;
    uint8_t macs[VIRTIO_NET_TABLE_MAX][NET_MAC_SIZE];
} VirtioNetTable;

/* Which frames the driver wants (5.1.6.5.1, 5.1.6.5.2). */
typedef struct VirtioNetFilter {
    bool promiscuous;
    bool all_multicast;
    VirtioNetTable unicast;
    VirtioNetTable multicast;
} VirtioNetFilter;

typedef struct VirtioNet {
    VirtioDevice parent_obj;
    /* Properties. */
    char *netdev;
    char *mac_text;

    NetNic *nic;
    uint8_t own_mac[NET_MAC_SIZE]; /* as the user gave it */
    uint8_t mac[NET_MAC_SIZE];     /* as the driver has set it */
    VirtioNetFilter filter;
    VirtQueue *rx;
    VirtQueue *tx;
    VirtQueueElement *rx_elem; /* for the next frame; NULL: none is popped */
    BottomHalf *rx_work;       /* the back end is of the main loop */
    BottomHalf *tx_work;
    Timer resumed; /* due as soon as the machine runs */
} VirtioNet;

#define VIRTIO_NET(obj) OBJECT_CHECK(VirtioNet, (obj), TYPE_VIRTIO_NET)

/* As before there was a driver. */
void virtio_net_reset_filter(VirtioNet *s);
/* Whether the driver wants @frame, which has a header. */
bool virtio_net_wants(const VirtioNet *s, const uint8_t *frame);
/* The driver has rung the control queue. */
void virtio_net_control_ring(VirtioDevice *vdev, VirtQueue *vq);

#endif
