/*
 * The stall detector: what keeps the main loop is named.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/bql.h"
#include "util/coroutine.h"
#include "util/io-thread.h"
#include "util/report.h"
#include "util/timer.h"

#include <stdlib.h>

#define LONG_US (150 * 1000)

static void be_slow(void *opaque)
{
    g_usleep(LONG_US);
}

static void coroutine_fn be_slow_in_coroutine(void *opaque)
{
    co_pause();
    g_usleep(LONG_US);
}

static void end(void *opaque)
{
    event_loop_quit(main_loop());
}

static void *hold_bql(void *opaque)
{
    bql_lock();
    g_atomic_int_set((int *)opaque, 1);
    g_usleep(LONG_US);
    bql_unlock();
    return NULL;
}

static void run_loop(void)
{
    event_loop_run_once(main_loop(), end, NULL);
    event_loop_run(main_loop());
}

/* Each of these runs in a process of its own, whose messages are written when it ends. */

static void child_bottom_half(void)
{
    event_loop_run_once(main_loop(), be_slow, NULL);
    run_loop();
}

static void child_timer(void)
{
    Timer timer;

    timer_init(&timer, main_loop(), CLOCK_HOST, be_slow, NULL);
    timer_arm(&timer, clock_now(CLOCK_HOST));
    event_loop_iterate(main_loop(), true);
    timer_finish(&timer);
}

static void child_coroutine(void)
{
    Coroutine *co = coroutine_create(be_slow_in_coroutine, NULL);

    coroutine_set_name(co, "slow-command");
    coroutine_enter(co);
    event_loop_iterate(main_loop(), true);
    run_loop();
}

static void be_slower(void *opaque)
{
    stall_note("the slower one");
    g_usleep(2 * LONG_US);
}

static void stall_thrice(void)
{
    event_loop_run_once(main_loop(), be_slow, NULL);
    event_loop_run_once(main_loop(), be_slower, NULL);
    event_loop_run_once(main_loop(), be_slow, NULL);
    run_loop();
}

static void child_at_exit(void)
{
    stall_thrice();
}

/* Nothing else happens, and what is said does not wait for the end of the process. */
static void child_later(void)
{
    Timer timer;

    stall_thrice();
    timer_init(&timer, main_loop(), CLOCK_HOST, end, NULL);
    timer_arm(&timer, clock_now(CLOCK_HOST) + 2 * NS_PER_SEC);
    event_loop_run(main_loop());
    timer_finish(&timer);
    warn_report("end of the test");
}

static void child_one_more(void)
{
    event_loop_run_once(main_loop(), be_slow, NULL);
    event_loop_run_once(main_loop(), be_slower, NULL);
    run_loop();
}

static void child_bql(void)
{
    int held = 0;
    GThread *thread = thread_start("holder", hold_bql, &held);

    bql_unlock();
    while (!g_atomic_int_get(&held)) {
        g_usleep(100);
    }
    bql_lock();
    g_thread_join(thread);
    /* Again, while the loop, which gives it up only to poll, wants it back. */
    held = 0;
    thread = thread_start("holder", hold_bql, &held);
    while (!g_atomic_int_get(&held)) {
        run_loop();
    }
    g_thread_join(thread);
}

typedef struct Case {
    const char *path;
    void (*child)(void);
    const char *wanted; /* on stderr */
} Case;

#define HELD_BACK "the longest of 2 stalls since the last report)*"

static const Case cases[] = {
    { "/stall/bottom-half", child_bottom_half,
      "*main loop was kept for * ms by the callback set up at *test-stall.c:*" },
    { "/stall/timer", child_timer,
      "*main loop was kept for * ms by the callback set up at *test-stall.c:*" },
    { "/stall/coroutine", child_coroutine, "*main loop was kept for*, running 'slow-command'*" },
    { "/stall/at-exit", child_at_exit,
      "*kept for*kept for *, running 'the slower one' (" HELD_BACK },
    { "/stall/later", child_later,
      "*kept for*kept for *, running 'the slower one' (" HELD_BACK "end of the test*" },
    { "/stall/one-more", child_one_more, "*kept for*kept for *, running 'the slower one'\n" },
    { "/stall/bql", child_bql, "*waiting for the BQL, held by thread holder*" },
};

static void test_case(const void *data)
{
    const Case *c = data;

    if (g_test_subprocess()) {
        main_loop_init();
        c->child();
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr(c->wanted);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_add_data_func(cases[i].path, &cases[i], test_case);
    }
    return g_test_run();
}
