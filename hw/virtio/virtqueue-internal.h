/*
 * A split virtqueue: what its files share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_VIRTIO_VIRTQUEUE_INTERNAL_H
#define HW_VIRTIO_VIRTQUEUE_INTERNAL_H

#include "hw/virtio.h"

struct VirtQueue {
    VirtioDevice *vdev;
    unsigned index;
    unsigned max_size; /* what we offer */
    VirtQueueFn *fn;
    /* The driver's. */
    unsigned size;
    bool ready;
    hwaddr part[VIRT_RING_PARTS];
    /* Ours. */
    uint16_t next_avail; /* index of the next chain to pop */
    uint16_t next_used;
    uint16_t told_used;  /* next_used when the driver was last interrupted, or not wanted to be */
    unsigned budget;     /* how many chains may still be popped before the loop gets its turn */
    bool starved;        /* it was used up */
    unsigned in_flight;  /* popped and not pushed */
    unsigned generation; /* chains of an earlier one are not pushed any more */
};

VirtQueue *virtqueue_new(VirtioDevice *vdev, unsigned index, unsigned max_size, VirtQueueFn *fn);
/* As before there was a driver. */
void virtqueue_reset(VirtQueue *vq);
/*
 * The chain that begins with descriptor @head (below the ring's size), checked; NULL: it was not
 * right, and the device is broken.
 */
VirtQueueElement *virtqueue_read_chain(VirtQueue *vq, uint16_t head);

/* Forget the driver; the status is 0 as soon as nothing uses its memory. */
void virtio_begin_reset(VirtioDevice *vdev);
/* For VirtioDevice::again. @opaque: the device. */
void virtio_ring_starved(void *opaque);

#endif
