/*
 * virtio-balloon: what its files share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_VIRTIO_BALLOON_H
#define HW_VIRTIO_BALLOON_H

#include "hw/virtio.h"
#include "util/timer.h"

#define TYPE_VIRTIO_BALLOON "virtio-balloon-device"

#define BALLOON_STATS 10

/* What the guest tells about its memory, and how often it is asked. Embedded in the device. */
typedef struct BalloonStats {
    VirtQueue *vq;
    VirtQueueElement *elem; /* to be handed back when we want to know more; NULL: not yet here */
    uint64_t values[BALLOON_STATS]; /* all ones: unknown */
    int64_t last_update;            /* seconds since 1970; 0: never */
    uint32_t interval_s;            /* 0: the guest is not asked */
    Timer timer;
} BalloonStats;

/* In realize() and unrealize(). @ring, for the queue of @vdev, calls balloon_stats_ring(). */
void balloon_stats_init(BalloonStats *stats, VirtioDevice *vdev, VirtQueueFn *ring);
void balloon_stats_ring(BalloonStats *stats);
void balloon_stats_finish(BalloonStats *stats);
void balloon_stats_reset(BalloonStats *stats);
/* The property "guest-stats". */
bool balloon_stats_visit(const BalloonStats *stats, Visitor *v, const char *name, Error **errp);
/* Once realized. */
void balloon_stats_set_interval(BalloonStats *stats, uint32_t seconds);

#endif
