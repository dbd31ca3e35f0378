/*
 * I/O limits of disks: requests that wait, and groups of disks that share limits.
 *
 * Each disk has a queue of reads and one of writes. Those of a group take turns, and its timer on
 * the main loop says when the next one may go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "throttle.h"

#include "block-internal.h"

#include "util/timer.h"

#define QUEUES 2 /* of reads, of writes */

typedef struct ThrottleGroup {
    char *name;
    ThrottleBuckets buckets;
    GPtrArray *members; /* BlockThrottle, not owned; the last one to leave ends the group */
    guint turn;         /* the queue that is asked first, counted over all members */
    Timer timer;
} ThrottleGroup;

struct BlockThrottle {
    ThrottleGroup *group;
    GQueue waiting[QUEUES]; /* BlockRequest */
};

static GPtrArray *groups;
static bool paused;

/* ---- letting requests go ---- */

static void let_go(ThrottleGroup *group, BlockRequest *req, int64_t now)
{
    /* What is discarded is not transferred. */
    uint64_t bytes = req->op == BLOCK_DISCARD ? 0 : req->bytes;
    throttle_buckets_take(&group->buckets, req->op != BLOCK_READ, bytes, now);
    block_request_start(req);
}

/* One request of the next queue that may. False: none, and @soonest is how long that lasts. */
static bool let_one_go(ThrottleGroup *group, int64_t now, int64_t *soonest)
{
    guint queues = QUEUES * group->members->len;
    int64_t wait[QUEUES] = { throttle_buckets_wait(&group->buckets, false, now),
                             throttle_buckets_wait(&group->buckets, true, now) };
    *soonest = INT64_MAX;
    for (guint i = 0; i < queues; i++) {
        guint turn = (group->turn + i) % queues;
        BlockThrottle *member = g_ptr_array_index(group->members, turn / QUEUES);
        GQueue *waiting = &member->waiting[turn % QUEUES];
        if (waiting->length && wait[turn % QUEUES] == 0) {
            group->turn = turn + 1;
            let_go(group, g_queue_pop_head(waiting), now);
            return true;
        }
        if (waiting->length) {
            *soonest = MIN(*soonest, wait[turn % QUEUES]);
        }
    }
    return false;
}

static void let_go_what_may(void *opaque)
{
    ThrottleGroup *group = opaque;
    int64_t now = clock_now(CLOCK_HOST), soonest = INT64_MAX;
    while (!paused && let_one_go(group, now, &soonest)) {
    }
    if (soonest == INT64_MAX) {
        timer_disarm(&group->timer);
    } else {
        timer_arm(&group->timer, now + soonest);
    }
}

bool block_throttle_holds(BlockRequest *req)
{
    BlockThrottle *throttle = req->blk->throttle;
    if (req->op == BLOCK_FLUSH) {
        return false; /* it is about writes that are complete, and none of those waits */
    }
    g_queue_push_tail(&throttle->waiting[req->op != BLOCK_READ], req);
    let_go_what_may(throttle->group);
    return true;
}

void block_throttle_pause(void)
{
    paused = true;
}

void block_throttle_resume(void)
{
    paused = false;
    for (guint i = 0; groups && i < groups->len; i++) {
        ThrottleGroup *group = g_ptr_array_index(groups, i);
        timer_arm(&group->timer, clock_now(CLOCK_HOST));
    }
}

/* Everything that waits for the limits of a disk, now, without asking them. */
static void empty_queues(BlockThrottle *throttle, void (*fn)(BlockRequest *req))
{
    for (unsigned i = 0; i < QUEUES; i++) {
        BlockRequest *req;
        while ((req = g_queue_pop_head(&throttle->waiting[i]))) {
            fn(req);
        }
    }
}

void block_cancel_waiting(BlockBackend *blk)
{
    if (blk->throttle) {
        empty_queues(blk->throttle, block_request_cancel);
    }
}

/* ---- groups ---- */

static ThrottleGroup *find_or_make_group(const char *name)
{
    for (guint i = 0; groups && i < groups->len; i++) {
        ThrottleGroup *group = g_ptr_array_index(groups, i);
        if (g_str_equal(group->name, name)) {
            return group;
        }
    }
    ThrottleGroup *group = g_new0(ThrottleGroup, 1);
    group->name = g_strdup(name);
    group->members = g_ptr_array_new();
    timer_init(&group->timer, main_loop(), CLOCK_HOST, let_go_what_may, group);
    if (!groups) {
        groups = g_ptr_array_new();
    }
    g_ptr_array_add(groups, group);
    return group;
}

static void leave_group(BlockThrottle *throttle)
{
    ThrottleGroup *group = throttle->group;
    if (!group) {
        return;
    }
    throttle->group = NULL;
    g_ptr_array_remove(group->members, throttle);
    if (group->members->len) {
        return;
    }
    g_ptr_array_remove(groups, group);
    timer_finish(&group->timer);
    g_ptr_array_unref(group->members);
    g_free(group->name);
    g_free(group);
}

static void join_group(BlockThrottle *throttle, ThrottleGroup *group)
{
    if (throttle->group != group) {
        leave_group(throttle);
        throttle->group = group;
        g_ptr_array_add(group->members, throttle);
    }
}

/* ---- disks ---- */

static void stop_limiting(BlockBackend *blk, void (*fn)(BlockRequest *req))
{
    BlockThrottle *throttle = g_steal_pointer(&blk->throttle);
    if (throttle) {
        leave_group(throttle);
        empty_queues(throttle, fn);
        g_free(throttle);
    }
}

void block_throttle_remove(BlockBackend *blk)
{
    stop_limiting(blk, block_request_cancel);
}

void block_throttle_set(BlockBackend *blk, const ThrottleLimits *limits, const char *group,
                        const char *own)
{
    if (!throttle_limits_any(limits)) {
        stop_limiting(blk, block_request_start);
        return;
    }
    if (!blk->throttle) {
        blk->throttle = g_new0(BlockThrottle, 1);
        for (unsigned i = 0; i < QUEUES; i++) {
            g_queue_init(&blk->throttle->waiting[i]);
        }
    }
    BlockThrottle *throttle = blk->throttle;
    if (group || !throttle->group) {
        join_group(throttle, find_or_make_group(group ? group : own));
    }
    throttle_buckets_set(&throttle->group->buckets, limits);
    let_go_what_may(throttle->group);
}

const ThrottleLimits *block_throttle_limits(const BlockBackend *blk, const char **group)
{
    if (!blk->throttle) {
        return NULL;
    }
    *group = blk->throttle->group->name;
    return &blk->throttle->group->buckets.limits;
}
