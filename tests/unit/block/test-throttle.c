/*
 * I/O limits: what waits in a disk's queues, in which order it goes, and what becomes of it when
 * limits, groups or disks change.
 *
 * Times are only ever too long. What must wait does so for hours.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-test.h"
#include "block/throttle.h"
#include "util/timer.h"

#include <errno.h>
#include <string.h>

#define SIZE  (1 << 20)
#define COUNT 10

/* The first request of 64 KiB goes, and fills the bucket for hours. */
static const ThrottleLimits hours = { .of = { [THROTTLE_BPS] = { 1, 0, 1 } } };
static const ThrottleLimits none;

typedef struct Disk {
    BlockBackend *blk;
    char *name;
    Wait waits[COUNT];
    struct iovec iov[COUNT];
    char bufs[COUNT][65536];
} Disk;

static Disk *disk_new(const char *name)
{
    Disk *disk = g_new0(Disk, 1);
    g_autofree char *path = make_file(name, SIZE);
    make("driver=file,node-name=%s,filename=%s,aio=threads", name, path);
    disk->name = g_strdup(name);
    disk->blk = block_backend_attach(name, false, &error_abort);
    return disk;
}

static void disk_free(Disk *disk)
{
    if (disk->blk) {
        block_backend_detach(disk->blk);
    }
    drop(disk->name);
    g_free(disk->name);
    g_free(disk);
}

static void submit(Disk *disk, unsigned i, BlockOp op, uint64_t bytes)
{
    disk->iov[i] = (struct iovec){ disk->bufs[i], bytes };
    disk->waits[i] = (Wait){ .req = { .op = op,
                                      .bytes = bytes,
                                      .iov = &disk->iov[i],
                                      .iov_count = 1,
                                      .done = on_done } };
    block_submit(disk->blk, &disk->waits[i].req);
    g_assert_false(disk->waits[i].done);
}

static void limit(Disk *disk, const ThrottleLimits *limits, const char *group)
{
    block_throttle_set(disk->blk, limits, group, disk->name);
}

/* Turn the loop until the first @count of them are done, and check that the others are not. */
static void expect_done(Disk *disk, unsigned count, unsigned of, int error)
{
    for (unsigned i = 0; i < count; i++) {
        g_assert_cmpint(wait_for(&disk->waits[i]), ==, error);
    }
    for (unsigned i = 0; i < 20; i++) {
        event_loop_iterate(main_loop(), false);
    }
    for (unsigned i = count; i < of; i++) {
        g_assert_false(disk->waits[i].done);
    }
}

/* Fill the buckets. */
static void fill(Disk *disk)
{
    submit(disk, 0, BLOCK_READ, 65536);
    expect_done(disk, 1, 1, 0);
}

/* ---- waiting ---- */

static void test_waits(void)
{
    Disk *disk = disk_new("waits");
    limit(disk, &hours, NULL);
    submit(disk, 0, BLOCK_READ, 65536);
    for (unsigned i = 1; i < 5; i++) {
        submit(disk, i, i % 2 ? BLOCK_WRITE : BLOCK_READ, 512);
    }
    expect_done(disk, 1, 5, 0);
    /* Flushes are about what is written, and go ahead. */
    g_assert_cmpint(request(disk->blk, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
    limit(disk, &none, NULL);
    g_assert_null(disk->blk->throttle);
    expect_done(disk, 5, 5, 0);
    disk_free(disk);
}

/* At least as long as it has to. */
static void test_time(void)
{
    Disk *disk = disk_new("time");
    ThrottleLimits limits = { .of = { [THROTTLE_IOPS] = { 10, 0, 1 } } };
    limit(disk, &limits, NULL);
    int64_t start = clock_now(CLOCK_HOST);
    for (unsigned i = 0; i < 6; i++) {
        submit(disk, i, BLOCK_WRITE, 512);
    }
    expect_done(disk, 6, 6, 0);
    /* The first two of them go at once. */
    g_assert_cmpint(clock_now(CLOCK_HOST) - start, >=, 400 * NS_PER_MS);
    disk_free(disk);
}

/* Reads do not wait for writes that must. */
static void test_two_queues(void)
{
    Disk *disk = disk_new("queues");
    ThrottleLimits limits = { .of = { [THROTTLE_BPS_WRITE] = { 1, 0, 1 },
                                      [THROTTLE_IOPS_READ] = { 50, 0, 1 } } };
    limit(disk, &limits, NULL);
    submit(disk, 9, BLOCK_WRITE, 65536);
    submit(disk, 8, BLOCK_WRITE, 512);
    for (unsigned i = 0; i < 8; i++) {
        submit(disk, i, BLOCK_READ, 512);
    }
    expect_done(disk, 8, 9, 0);
    g_assert_cmpint(wait_for(&disk->waits[9]), ==, 0);
    block_backend_detach(g_steal_pointer(&disk->blk));
    g_assert_cmpint(wait_for(&disk->waits[8]), ==, ECANCELED);
    disk_free(disk);
}

/* The buckets are emptied: one more goes. Which it is, is the first of @count that was not done. */
static unsigned next_one(Disk *disk, const char *group, Wait *waits[], unsigned count)
{
    unsigned before = 0, after = 0, next = 0;
    for (unsigned i = 0; i < count; i++) {
        before += waits[i]->done;
    }
    limit(disk, &hours, group);
    while (after <= before) {
        event_loop_iterate(main_loop(), true);
        after = 0;
        for (unsigned i = 0; i < count; i++) {
            after += waits[i]->done;
        }
    }
    g_assert_cmpuint(after, ==, before + 1);
    while (next < count && waits[next]->done) {
        next++;
    }
    return next;
}

/* Each queue keeps its order, and of one total neither reads nor writes get all. */
static void test_turns(void)
{
    Disk *disk = disk_new("turns");
    limit(disk, &hours, NULL);
    fill(disk);
    for (unsigned i = 0; i < 3; i++) {
        submit(disk, i, BLOCK_READ, 65536);
        submit(disk, 3 + i, BLOCK_WRITE, 65536);
    }
    /* By turns, a write first as the last one was a read. */
    Wait *order[] = { &disk->waits[3], &disk->waits[0], &disk->waits[4],
                      &disk->waits[1], &disk->waits[5], &disk->waits[2] };
    for (unsigned i = 0; i < 6; i++) {
        g_assert_cmpuint(next_one(disk, NULL, order, 6), ==, i + 1);
    }
    disk_free(disk);
}

/* ---- changes ---- */

static void test_change(void)
{
    Disk *disk = disk_new("change");
    ThrottleLimits high = { .of = { [THROTTLE_BPS] = { 1000000000, 0, 1 } } };
    limit(disk, &hours, NULL);
    submit(disk, 0, BLOCK_READ, 65536);
    for (unsigned i = 1; i < 4; i++) {
        submit(disk, i, BLOCK_WRITE, 65536);
    }
    expect_done(disk, 1, 4, 0);
    limit(disk, &hours, NULL); /* begins afresh: one more */
    expect_done(disk, 2, 4, 0);
    limit(disk, &high, NULL);
    expect_done(disk, 4, 4, 0);
    disk_free(disk);
}

static void test_cancel(void)
{
    Disk *disk = disk_new("cancel");
    limit(disk, &hours, NULL);
    fill(disk);
    submit(disk, 0, BLOCK_WRITE, 512);
    submit(disk, 1, BLOCK_READ, 512);
    block_cancel_waiting(disk->blk);
    g_assert_false(disk->waits[0].done);
    expect_done(disk, 2, 2, ECANCELED);
    g_assert_cmpuint(disk->blk->stats.failed[BLOCK_WRITE], ==, 0);
    submit(disk, 0, BLOCK_WRITE, 512);
    expect_done(disk, 0, 1, 0);
    block_backend_detach(g_steal_pointer(&disk->blk));
    expect_done(disk, 1, 1, ECANCELED);
    disk_free(disk);
}

/* A disk that shrinks while a request waits, or whatever else is wrong, shows when that goes. */
static void test_checked_late(void)
{
    Disk *disk = disk_new("late");
    limit(disk, &hours, NULL);
    fill(disk);
    submit(disk, 0, BLOCK_WRITE, 512);
    disk->blk->node->size = 0;
    limit(disk, &none, NULL);
    expect_done(disk, 1, 1, EIO);
    disk->blk->node->size = SIZE;
    disk_free(disk);
}

static void coroutine_fn drain(void *opaque)
{
    g_assert_true(block_drain());
    *(bool *)opaque = true;
}

/* A reset does not wait for limits, and what waits does not go meanwhile, nor at once after it. */
static void test_drain(void)
{
    Disk *disk = disk_new("drain");
    bool drained = false;
    limit(disk, &hours, NULL);
    submit(disk, 0, BLOCK_READ, 65536);
    submit(disk, 1, BLOCK_READ, 512);
    coroutine_enter(coroutine_create(drain, &drained));
    g_assert_false(drained);
    limit(disk, &hours, NULL); /* it may now */
    while (!drained) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_true(disk->waits[0].done);
    expect_done(disk, 2, 2, 0);
    disk_free(disk);
}

/* ---- groups ---- */

static void test_group(void)
{
    Disk *one = disk_new("one"), *two = disk_new("two");
    const char *name = NULL;
    limit(one, &hours, "both");
    limit(two, &hours, "both");
    g_assert_true(block_throttle_limits(one->blk, &name) == block_throttle_limits(two->blk, &name));
    g_assert_cmpstr(name, ==, "both");
    fill(one);
    submit(two, 0, BLOCK_READ, 512);
    submit(one, 0, BLOCK_READ, 512);
    expect_done(one, 0, 1, 0);
    expect_done(two, 0, 1, 0);
    /* One goes, and the other still waits; then that goes to a group where nothing was done. */
    limit(one, &none, NULL);
    expect_done(one, 1, 1, 0);
    expect_done(two, 0, 1, 0);
    limit(two, &hours, "alone");
    expect_done(two, 1, 1, 0);
    limit(one, &hours, NULL);
    block_throttle_limits(one->blk, &name);
    g_assert_cmpstr(name, ==, "one");
    disk_free(one);
    disk_free(two);
}

/* None is kept waiting by another that has more to do. */
static void test_group_has_turns(void)
{
    Disk *greedy = disk_new("greedy"), *modest = disk_new("modest");
    limit(greedy, &hours, "g");
    limit(modest, &hours, "g");
    fill(greedy);
    for (unsigned i = 0; i < 3; i++) {
        submit(greedy, i, BLOCK_READ, 65536);
    }
    submit(modest, 0, BLOCK_READ, 65536);
    Wait *order[] = { &modest->waits[0], &greedy->waits[0], &greedy->waits[1], &greedy->waits[2] };
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint(next_one(greedy, NULL, order, 4), ==, i + 1);
    }
    /* One goes while it is its turn. */
    submit(modest, 0, BLOCK_READ, 512);
    block_backend_detach(g_steal_pointer(&greedy->blk));
    g_assert_cmpint(wait_for(&greedy->waits[2]), ==, ECANCELED);
    limit(modest, &hours, NULL);
    g_assert_cmpint(wait_for(&modest->waits[0]), ==, 0);
    disk_free(greedy);
    disk_free(modest);
}

/* Whatever happens in whatever order, each request is done in the end. */
static void test_storm(void)
{
    static const char *const names[] = { "storm0", "storm1", "storm2" };
    static const char *const in[] = { NULL, "g", "h" };
    Disk *disks[3];
    for (unsigned i = 0; i < 3; i++) {
        disks[i] = disk_new(names[i]);
    }
    for (unsigned step = 0; step < 5000; step++) {
        Disk *disk = disks[g_random_int_range(0, 3)];
        unsigned i = (unsigned)g_random_int_range(0, COUNT);
        ThrottleLimits limits = { .of = { [THROTTLE_IOPS_READ] = { 1 << i, 0, 1 },
                                          [THROTTLE_BPS] = { i ? 1 << 2 * i : 0, 0, 1 } } };
        switch (g_random_int_range(0, 20)) {
        case 0:
            limit(disk, i == 5 ? &none : &limits, in[g_random_int_range(0, 3)]);
            break;
        case 1:
            block_cancel_waiting(disk->blk);
            break;
        case 2:
        case 3:
            event_loop_iterate(main_loop(), false);
            break;
        default:
            if (!disk->waits[i].req.done || disk->waits[i].done) {
                submit(disk, i, (BlockOp)g_random_int_range(0, BLOCK_FLUSH + 1), 512);
            }
        }
    }
    for (unsigned i = 0; i < 3; i++) {
        limit(disks[i], &none, NULL);
        for (unsigned k = 0; k < COUNT; k++) {
            int error = disks[i]->waits[k].req.done ? wait_for(&disks[i]->waits[k]) : 0;
            g_assert_true(error == 0 || error == ECANCELED);
        }
        disk_free(disks[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    make_dir();
    g_test_add_func("/throttle/waits", test_waits);
    g_test_add_func("/throttle/time", test_time);
    g_test_add_func("/throttle/two-queues", test_two_queues);
    g_test_add_func("/throttle/turns", test_turns);
    g_test_add_func("/throttle/change", test_change);
    g_test_add_func("/throttle/cancel", test_cancel);
    g_test_add_func("/throttle/checked-late", test_checked_late);
    g_test_add_func("/throttle/drain", test_drain);
    g_test_add_func("/throttle/group", test_group);
    g_test_add_func("/throttle/group-has-turns", test_group_has_turns);
    g_test_add_func("/throttle/storm", test_storm);
    int status = g_test_run();
    remove_dir();
    return status;
}
