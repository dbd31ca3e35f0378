/*
 * The balloon's statistics (virtio 1.2, 5.5.6.3): the driver offers one buffer with them, has it
 * back when we want new ones, and fills it again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-balloon.h"

#include <string.h>

#define QUEUE_SIZE 128

/* As it lies in guest memory: a tag and a value, little-endian and not aligned. */
#define STAT_BYTES 10

static const char *const names[BALLOON_STATS] = {
    "stat-swap-in",      "stat-swap-out",     "stat-major-faults",     "stat-minor-faults",
    "stat-free-memory",  "stat-total-memory", "stat-available-memory", "stat-disk-caches",
    "stat-htlb-pgalloc", "stat-htlb-pgfail",
};

static void forget_values(BalloonStats *stats)
{
    memset(stats->values, 0xff, sizeof(stats->values));
    stats->last_update = 0;
}

static void take_values(BalloonStats *stats)
{
    uint8_t entries[2 * BALLOON_STATS][STAT_BYTES];
    uint32_t bytes = virtqueue_read(stats->vq, stats->elem, 0, entries, sizeof(entries));
    for (uint32_t i = 0; i < bytes / STAT_BYTES; i++) {
        uint16_t tag;
        uint64_t value;
        memcpy(&tag, entries[i], sizeof(tag));
        memcpy(&value, &entries[i][2], sizeof(value));
        tag = GUINT16_FROM_LE(tag);
        if (tag < BALLOON_STATS) {
            stats->values[tag] = GUINT64_FROM_LE(value);
        }
    }
    stats->last_update = wall_clock_now() / NS_PER_SEC;
}

static void arm(BalloonStats *stats)
{
    if (stats->interval_s) {
        timer_arm(&stats->timer, clock_now(CLOCK_VIRTUAL) + stats->interval_s * NS_PER_SEC);
    } else {
        timer_disarm(&stats->timer);
    }
}

static void hand_back(BalloonStats *stats)
{
    if (stats->elem) {
        virtqueue_push(stats->vq, g_steal_pointer(&stats->elem), 0);
        virtqueue_notify(stats->vq);
    }
}

static void ask(void *opaque)
{
    BalloonStats *stats = opaque;
    hand_back(stats);
    arm(stats);
}

void balloon_stats_init(BalloonStats *stats, VirtioDevice *vdev, VirtQueueFn *ring)
{
    stats->vq = virtio_add_queue(vdev, QUEUE_SIZE, ring);
    timer_init(&stats->timer, main_loop(), CLOCK_VIRTUAL, ask, stats);
    forget_values(stats);
    arm(stats);
}

void balloon_stats_finish(BalloonStats *stats)
{
    timer_finish(&stats->timer);
}

void balloon_stats_reset(BalloonStats *stats)
{
    g_clear_pointer(&stats->elem, virtqueue_drop);
    forget_values(stats);
}

void balloon_stats_ring(BalloonStats *stats)
{
    VirtQueueElement *elem;
    while ((elem = virtqueue_pop(stats->vq))) {
        hand_back(stats); /* of two buffers the older one */
        stats->elem = elem;
        take_values(stats);
    }
}

bool balloon_stats_visit(const BalloonStats *stats, Visitor *v, const char *name, Error **errp)
{
    int64_t last_update = stats->last_update;
    bool ok = true;
    if (!visit_start_struct(v, name, NULL, 0, errp)) {
        return false;
    }
    if (visit_start_struct(v, "stats", NULL, 0, errp)) {
        for (unsigned i = 0; ok && i < BALLOON_STATS; i++) {
            uint64_t value = stats->values[i];
            ok = visit_type_uint64(v, names[i], &value, errp);
        }
        visit_end_struct(v, NULL);
        ok = ok && visit_type_int(v, "last-update", &last_update, errp);
    }
    visit_end_struct(v, NULL);
    return ok;
}

void balloon_stats_set_interval(BalloonStats *stats, uint32_t seconds)
{
    stats->interval_s = seconds;
    arm(stats);
}
