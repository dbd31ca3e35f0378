/*
 * Clocks and timers: order, both clocks, other threads, timers that vanish.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/unit/util/loop-test.h"
#include "util/io-thread.h"

typedef struct TestTimer {
    Timer timer;
    int fired;
    int64_t period; /* arms itself again when not 0 */
    GArray *order;
    int64_t when;
} TestTimer;

static void fire(void *opaque)
{
    TestTimer *t = opaque;

    g_assert_false(timer_is_armed(&t->timer));
    t->fired++;
    if (t->period) {
        timer_arm(&t->timer, t->period);
    }
    if (t->order) {
        g_array_append_val(t->order, t->when);
    }
}

static void init(TestTimer *t, ClockType clock)
{
    *t = (TestTimer){ 0 };
    timer_init(&t->timer, main_loop(), clock, fire, t);
}

static void test_fires_once(void)
{
    TestTimer t;
    int64_t when = clock_now(CLOCK_HOST) + 3 * NS_PER_MS;

    init(&t, CLOCK_HOST);
    g_assert_false(timer_is_armed(&t.timer));
    timer_arm(&t.timer, when);
    g_assert_true(timer_is_armed(&t.timer));
    turn_few();
    turn_until(t.fired);
    g_assert_cmpint(clock_now(CLOCK_HOST), >=, when);
    turn_few();
    g_assert_cmpint(t.fired, ==, 1);
    timer_finish(&t.timer);
    timer_finish(&t.timer);
}

static void test_disarm(void)
{
    TestTimer t;

    init(&t, CLOCK_HOST);
    timer_arm(&t.timer, 0);
    timer_disarm(&t.timer);
    timer_disarm(&t.timer);
    turn_few();
    g_assert_cmpint(t.fired, ==, 0);
    /* Armed twice: only the last time counts. */
    timer_arm(&t.timer, 0);
    timer_arm(&t.timer, clock_now(CLOCK_HOST) + 3600 * NS_PER_SEC);
    turn_few();
    g_assert_cmpint(t.fired, ==, 0);
    timer_arm(&t.timer, 1);
    turn_few();
    g_assert_cmpint(t.fired, ==, 1);
    timer_finish(&t.timer);
}

/* A time that is past already when it arms itself again does not keep the turn from ending. */
static void test_rearm_in_the_past(void)
{
    TestTimer t;

    init(&t, CLOCK_HOST);
    t.period = 1;
    timer_arm(&t.timer, 1);
    event_loop_iterate(main_loop(), true);
    g_assert_cmpint(t.fired, ==, 1);
    event_loop_iterate(main_loop(), true);
    g_assert_cmpint(t.fired, ==, 2);
    timer_finish(&t.timer);
}

/* Many, armed, disarmed and moved at random: those that fire do so in order. */
static void test_order(void)
{
    enum { N = 1000 };
    g_autofree TestTimer *timers = g_new(TestTimer, N);
    g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int expected = 0;

    for (int i = 0; i < N; i++) {
        init(&timers[i], CLOCK_HOST);
        timers[i].order = order;
    }
    for (int i = 0; i < 10 * N; i++) {
        TestTimer *t = &timers[g_test_rand_int_range(0, N)];

        t->when = g_test_rand_int_range(1, 1000000);
        timer_arm(&t->timer, t->when);
        if (g_test_rand_int_range(0, 4) == 0) {
            timer_disarm(&t->timer);
        }
    }
    for (int i = 0; i < N; i++) {
        expected += timer_is_armed(&timers[i].timer);
    }
    turn_until((int)order->len == expected);
    for (guint i = 1; i < order->len; i++) {
        g_assert_cmpint(g_array_index(order, int64_t, i - 1), <=, g_array_index(order, int64_t, i));
    }
    for (int i = 0; i < N; i++) {
        timer_finish(&timers[i].timer);
    }
}

static void fire_and_free(void *opaque)
{
    TestTimer *t = opaque;
    int *fired = (int *)t->order;

    timer_finish(&t->timer);
    g_free(t);
    ++*fired;
}

static void test_frees_itself(void)
{
    TestTimer *t = g_new(TestTimer, 1);
    int fired = 0;

    *t = (TestTimer){ .order = (GArray *)&fired };
    timer_init(&t->timer, main_loop(), CLOCK_HOST, fire_and_free, t);
    timer_arm(&t->timer, 0);
    turn_until(fired);
}

static void test_virtual_clock(void)
{
    TestTimer t;
    int64_t stopped;

    init(&t, CLOCK_VIRTUAL);
    g_assert_cmpint(clock_now(CLOCK_VIRTUAL), ==, 0);
    timer_arm(&t.timer, 1);
    g_usleep(1000);
    turn_few();
    g_assert_cmpint(clock_now(CLOCK_VIRTUAL), ==, 0);
    g_assert_cmpint(t.fired, ==, 0);
    virtual_clock_start();
    virtual_clock_start();
    turn_until(t.fired == 1);
    g_assert_cmpint(clock_now(CLOCK_VIRTUAL), >=, 1);

    virtual_clock_stop();
    virtual_clock_stop();
    stopped = clock_now(CLOCK_VIRTUAL);
    timer_arm(&t.timer, stopped + 1);
    g_usleep(1000);
    turn_few();
    g_assert_cmpint(clock_now(CLOCK_VIRTUAL), ==, stopped);
    g_assert_cmpint(t.fired, ==, 1);

    /* It goes on where it stood. */
    virtual_clock_start();
    g_assert_cmpint(clock_now(CLOCK_VIRTUAL), <, stopped + LOOP_TEST_PATIENCE);
    turn_until(t.fired == 2);
    g_assert_cmpint(clock_now(CLOCK_VIRTUAL), >, stopped);
    timer_arm(&t.timer, INT64_MAX);
    turn_few();
    g_assert_cmpint(t.fired, ==, 2);
    virtual_clock_stop();
    timer_finish(&t.timer);
}

static int armer_stop;

static void *arm_wildly(void *opaque)
{
    TestTimer *t = opaque;

    while (!__atomic_load_n(&armer_stop, __ATOMIC_RELAXED)) {
        timer_arm(&t->timer, clock_now(CLOCK_HOST) + 100);
        timer_disarm(&t->timer);
        timer_arm(&t->timer, clock_now(CLOCK_HOST) + 50000);
        timer_is_armed(&t->timer);
        g_usleep(100);
    }
    return NULL;
}

static void count_fire(void *opaque)
{
    ((TestTimer *)opaque)->fired++;
}

static void test_other_threads(void)
{
    TestTimer t[2] = { 0 };
    GThread *threads[2];

    for (int i = 0; i < 2; i++) {
        timer_init(&t[i].timer, main_loop(), CLOCK_HOST, count_fire, &t[i]);
        threads[i] = thread_start("armer", arm_wildly, &t[i]);
    }
    turn_until(t[0].fired > 50 && t[1].fired > 50);
    __atomic_store_n(&armer_stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 2; i++) {
        g_thread_join(threads[i]);
        timer_finish(&t[i].timer);
    }
}

/* A loop that sleeps in another thread hears of the start of the virtual clock. */
static void test_start_wakes_others(void)
{
    IoThread *io = io_thread_create("io");
    TestTimer t = { 0 };

    timer_init(&t.timer, io_thread_loop(io), CLOCK_VIRTUAL, count_fire, &t);
    timer_arm(&t.timer, clock_now(CLOCK_VIRTUAL) + NS_PER_MS);
    g_usleep(2000);
    virtual_clock_start();
    while (timer_is_armed(&t.timer)) {
        g_usleep(100);
    }
    virtual_clock_stop();
    io_thread_destroy(io);
    g_assert_cmpint(t.fired, ==, 1);
}

static void test_wall_clock(void)
{
    int64_t before = g_get_real_time() * 1000;
    int64_t now = wall_clock_now();

    g_assert_cmpint(now, >=, before);
    g_assert_cmpint(now, <=, g_get_real_time() * 1000 + 1000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    /* First: the others start the clock. */
    g_test_add_func("/timer/virtual-clock", test_virtual_clock);
    g_test_add_func("/timer/fires-once", test_fires_once);
    g_test_add_func("/timer/disarm", test_disarm);
    g_test_add_func("/timer/rearm-in-the-past", test_rearm_in_the_past);
    g_test_add_func("/timer/order", test_order);
    g_test_add_func("/timer/frees-itself", test_frees_itself);
    g_test_add_func("/timer/other-threads", test_other_threads);
    g_test_add_func("/timer/start-wakes-others", test_start_wakes_others);
    g_test_add_func("/timer/wall-clock", test_wall_clock);
    return g_test_run();
}
