/*
 * Event loops that look for work before they sleep.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/unit/util/loop-test.h"
#include "util/bql.h"
#include "util/event-loop-internal.h"
#include "util/io-thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

/* ---- how long ---- */

static void test_grows(void)
{
    const LoopPoll standard = { .max_ns = 32768 }, by_ten = { .max_ns = 1000000, .grow = 10 };

    g_assert_cmpint(loop_poll_adapt(&standard, 0, 20000), ==, LOOP_POLL_FIRST_NS);
    g_assert_cmpint(loop_poll_adapt(&standard, 4000, 20000), ==, 8000);
    g_assert_cmpint(loop_poll_adapt(&standard, 16000, 32768), ==, 32000);
    g_assert_cmpint(loop_poll_adapt(&standard, 32000, 32768), ==, 32768);
    g_assert_cmpint(loop_poll_adapt(&standard, 32768, 32768), ==, 32768);
    g_assert_cmpint(loop_poll_adapt(&by_ten, 4000, 5000), ==, 40000);
    g_assert_cmpint(loop_poll_adapt(&by_ten, 400000, 1), ==, 1000000);
}

static void test_shrinks(void)
{
    const LoopPoll standard = { .max_ns = 32768 }, by_four = { .max_ns = 32768, .shrink = 4 };

    g_assert_cmpint(loop_poll_adapt(&standard, 32768, 32769), ==, 0);
    g_assert_cmpint(loop_poll_adapt(&by_four, 32768, 32769), ==, 8192);
    g_assert_cmpint(loop_poll_adapt(&by_four, 3, INT64_MAX), ==, 0);
    g_assert_cmpint(loop_poll_adapt(&standard, 0, INT64_MAX), ==, 0);
}

static void test_extremes(void)
{
    const LoopPoll off = { 0 }, tiny = { .max_ns = 100 };
    const LoopPoll huge = { .max_ns = LOOP_POLL_LIMIT_NS, .grow = INT64_MAX, .shrink = INT64_MAX };
    const LoopPoll still = { .max_ns = 1000, .grow = 1, .shrink = 1 };

    g_assert_cmpint(loop_poll_adapt(&off, 32768, 0), ==, 0);
    g_assert_cmpint(loop_poll_adapt(&off, 32768, 1), ==, 0);
    g_assert_cmpint(loop_poll_adapt(&tiny, 0, 50), ==, 100);
    g_assert_cmpint(loop_poll_adapt(&huge, 4000, 5000), ==, LOOP_POLL_LIMIT_NS);
    g_assert_cmpint(loop_poll_adapt(&huge, 4000, INT64_MAX), ==, 0);
    /* What was more than is allowed by now. */
    g_assert_cmpint(loop_poll_adapt(&still, 5000, 10), ==, 1000);
    g_assert_cmpint(loop_poll_adapt(&still, 5000, 5000), ==, 1000);
}

/* ---- a loop that polls ---- */

static const LoopPoll longest = { .max_ns = LOOP_POLL_LIMIT_NS, .grow = LOOP_POLL_LIMIT_NS };

static IoThread *polling_thread(void)
{
    IoThread *thread = io_thread_create("poll");

    event_loop_set_poll(io_thread_loop(thread), &longest);
    return thread;
}

static void count(void *opaque)
{
    __atomic_fetch_add((int *)opaque, 1, __ATOMIC_RELEASE);
}

static int counted(int *counter)
{
    return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

static LoopState state_of(EventLoop *loop)
{
    LoopState state;

    pthread_mutex_lock(&loop->lock);
    state = loop->state;
    pthread_mutex_unlock(&loop->lock);
    return state;
}

/* Its sleeps are short until it looks for as long as it may, and that is now. */
static void make_it_look(EventLoop *loop)
{
    while (event_loop_poll_ns(loop) != LOOP_POLL_LIMIT_NS || state_of(loop) != LOOP_LOOKS) {
        event_loop_run_once(loop, loop_test_wake, NULL);
        g_usleep(1000);
    }
}

static void wait_for(int *counter, int value)
{
    while (counted(counter) != value) {
        g_usleep(100);
    }
}

/* As bottom_half_schedule() does, but seeing whether it is while the loop looks. */
static bool give_to_one_that_looks(EventLoop *loop, BottomHalf *bh)
{
    bool looks;

    pthread_mutex_lock(&loop->lock);
    looks = loop->state == LOOP_LOOKS;
    if (looks) {
        bh->scheduled = true;
        bh->turn = loop->turn;
        g_queue_push_tail_link(&loop->bottom_halves, &bh->link);
        g_assert_false(event_loop_must_wake(loop));
        g_assert_true(loop->notified);
    }
    pthread_mutex_unlock(&loop->lock);
    return looks;
}

/* Nobody has to wake it, and nobody does. */
static void test_work(void)
{
    IoThread *thread = polling_thread();
    EventLoop *loop = io_thread_loop(thread);
    int calls = 0;
    BottomHalf bh;

    bottom_half_init(&bh, loop, count, &calls);
    for (int i = 1; i <= 100; i++) {
        do {
            make_it_look(loop);
        } while (!give_to_one_that_looks(loop, &bh));
        wait_for(&calls, i);
    }
    io_thread_destroy(thread);
}

static void test_timers(void)
{
    IoThread *thread = polling_thread();
    EventLoop *loop = io_thread_loop(thread);
    int calls = 0;
    Timer host, virtual;

    timer_init(&host, loop, CLOCK_HOST, count, &calls);
    timer_init(&virtual, loop, CLOCK_VIRTUAL, count, &calls);
    make_it_look(loop);
    timer_arm(&host, clock_now(CLOCK_HOST) + NS_PER_MS);
    wait_for(&calls, 1);
    /* A time that comes only when the clock starts. */
    timer_arm(&virtual, 0);
    make_it_look(loop);
    virtual_clock_start();
    wait_for(&calls, 2);
    virtual_clock_stop();
    io_thread_destroy(thread);
}

static void test_quit(void)
{
    for (int i = 0; i < 20; i++) {
        IoThread *thread = polling_thread();
        int calls = 0;

        make_it_look(io_thread_loop(thread));
        event_loop_run_once(io_thread_loop(thread), count, &calls);
        io_thread_destroy(thread);
        g_assert_cmpint(calls, ==, 1);
    }
}

static void test_switched_off(void)
{
    IoThread *thread = polling_thread();
    EventLoop *loop = io_thread_loop(thread);
    int calls = 0;

    for (int i = 1; i <= 20; i++) {
        event_loop_set_poll(loop, &longest);
        make_it_look(loop);
        event_loop_set_poll(loop, &(LoopPoll){ 0 });
        while (state_of(loop) != LOOP_SLEEPS) {
            g_usleep(100);
        }
        event_loop_run_once(loop, count, &calls);
        wait_for(&calls, i);
    }
    while (state_of(loop) != LOOP_SLEEPS) {
        g_usleep(100);
    }
    g_assert_cmpint(event_loop_poll_ns(loop), ==, 0);
    io_thread_destroy(thread);
}

/* Short sleeps make it look, and long ones end that: an idle loop only sleeps. */
static void test_idle(void)
{
    IoThread *thread = polling_thread();
    EventLoop *loop = io_thread_loop(thread);

    event_loop_set_poll(loop, &(LoopPoll){ .max_ns = 10 * NS_PER_MS });
    while (event_loop_poll_ns(loop) == 0) {
        event_loop_run_once(loop, loop_test_wake, NULL);
        g_usleep(100);
    }
    while (event_loop_poll_ns(loop)) {
        g_usleep(50000);
        event_loop_run_once(loop, loop_test_wake, NULL);
        g_usleep(50000);
    }
    io_thread_destroy(thread);
}

/* ---- descriptors ---- */

/* A descriptor that nothing can be read from, and what a device might write to memory. */
typedef struct Seen {
    EventLoop *loop;
    int fd;
    int ready;
    int calls;
    int gone;
} Seen;

static bool look_at(void *opaque)
{
    return counted(&((Seen *)opaque)->ready);
}

static void take_seen(void *opaque)
{
    Seen *seen = opaque;

    __atomic_store_n(&seen->ready, 0, __ATOMIC_RELAXED);
    count(&seen->calls);
}

static void begin_seen(void *opaque)
{
    Seen *seen = opaque;

    event_loop_set_fd_seen(seen->loop, seen->fd, look_at, take_seen, seen);
    event_loop_set_fd(seen->loop, seen->fd, take_seen, NULL, seen);
    event_loop_set_fd_seen(seen->loop, seen->fd, look_at, take_seen, seen);
}

static void end_seen(void *opaque)
{
    Seen *seen = opaque;

    event_loop_set_fd(seen->loop, seen->fd, NULL, NULL, NULL);
    count(&seen->gone);
}

static void test_seen(void)
{
    IoThread *thread = polling_thread();
    Seen seen = { .loop = io_thread_loop(thread), .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };

    event_loop_run_once(seen.loop, begin_seen, &seen);
    for (int i = 1; i <= 100; i++) {
        make_it_look(seen.loop);
        count(&seen.ready);
        while (counted(&seen.calls) != i) {
            /* Should it have fallen asleep: before it does so again it looks. */
            event_loop_run_once(seen.loop, loop_test_wake, NULL);
            g_usleep(100);
        }
    }
    event_loop_run_once(seen.loop, end_seen, &seen);
    wait_for(&seen.gone, 1);
    close(seen.fd);
    io_thread_destroy(thread);
}

/* What only the system can tell of is not kept waiting: such a loop sleeps. */
static void test_not_seen(void)
{
    IoThread *thread = polling_thread();
    EventLoop *loop = io_thread_loop(thread);
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    int calls = 0;

    /* The one that it does not know of ends its looking. */
    make_it_look(loop);
    event_loop_set_fd(loop, fd, count, NULL, &calls);
    for (int i = 0; i < 100; i++) {
        event_loop_run_once(loop, loop_test_wake, NULL);
        while (state_of(loop) != LOOP_SLEEPS) {
            g_usleep(100);
        }
    }
    g_assert_cmpint(eventfd_write(fd, 1), ==, 0);
    while (!counted(&calls)) {
        g_usleep(100);
    }
    event_loop_set_fd(loop, fd, NULL, NULL, NULL);
    make_it_look(loop);
    io_thread_destroy(thread);
    close(fd);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    g_test_add_func("/loop-poll/grows", test_grows);
    g_test_add_func("/loop-poll/shrinks", test_shrinks);
    g_test_add_func("/loop-poll/extremes", test_extremes);
    g_test_add_func("/loop-poll/work", test_work);
    g_test_add_func("/loop-poll/timers", test_timers);
    g_test_add_func("/loop-poll/quit", test_quit);
    g_test_add_func("/loop-poll/switched-off", test_switched_off);
    g_test_add_func("/loop-poll/idle", test_idle);
    g_test_add_func("/loop-poll/seen", test_seen);
    g_test_add_func("/loop-poll/not-seen", test_not_seen);
    return g_test_run();
}
