/*
 * The worker pool: results, cancellation at every stage, jobs that hang.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/unit/util/loop-test.h"
#include "util/bql.h"
#include "util/worker-pool.h"

#include <pthread.h>

/* A door that a job waits at. */
static pthread_mutex_t door_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t door_cond = PTHREAD_COND_INITIALIZER;
static bool door_open;
static int at_door;

static void door_set(bool open)
{
    pthread_mutex_lock(&door_lock);
    door_open = open;
    pthread_cond_broadcast(&door_cond);
    pthread_mutex_unlock(&door_lock);
}

static void door_pass(void)
{
    pthread_mutex_lock(&door_lock);
    at_door++;
    pthread_cond_broadcast(&door_cond);
    while (!door_open) {
        pthread_cond_wait(&door_cond, &door_lock);
    }
    at_door--;
    pthread_mutex_unlock(&door_lock);
}

static void wait_for_door(int n)
{
    pthread_mutex_lock(&door_lock);
    while (at_door < n) {
        pthread_cond_wait(&door_cond, &door_lock);
    }
    pthread_mutex_unlock(&door_lock);
}

typedef struct Work {
    int ran;
    int abandoned; /* atomic */
    bool saw_abandon;
} Work;

static void work_run(void *data)
{
    Work *w = data;

    g_assert_false(bql_locked());
    g_assert_false(in_coroutine());
    w->saw_abandon = worker_job_abandoned();
    w->ran++;
}

static void work_run_slowly(void *data)
{
    Work *w = data;

    door_pass();
    w->saw_abandon = worker_job_abandoned();
    w->ran++;
}

static void work_abandon(void *data)
{
    Work *w = data;

    __atomic_add_fetch(&w->abandoned, 1, __ATOMIC_RELEASE);
    event_loop_run_once(main_loop(), loop_test_wake, NULL);
}

static const WorkerJob quick = { .run = work_run, .abandon = work_abandon };
static const WorkerJob slow = { .run = work_run_slowly, .abandon = work_abandon };
static const WorkerJob quick_guest = {
    .pool = WORKERS_GUEST,
    .run = work_run,
    .abandon = work_abandon,
};
static const WorkerJob slow_guest = {
    .pool = WORKERS_GUEST,
    .run = work_run_slowly,
    .abandon = work_abandon,
};

typedef struct Waiter {
    const WorkerJob *job;
    Work work;
    CancelToken token;
    bool done;
    bool result;
} Waiter;

static void coroutine_fn wait_for_job(void *opaque)
{
    Waiter *w = opaque;

    coroutine_set_cancel(coroutine_self(), &w->token);
    w->result = co_worker_run(w->job, &w->work);
    w->done = true;
}

static void waiter_start(Waiter *w, const WorkerJob *job)
{
    *w = (Waiter){ .job = job };
    cancel_token_init(&w->token);
    coroutine_enter(coroutine_create(wait_for_job, w));
}

static bool was_abandoned(Waiter *w)
{
    return __atomic_load_n(&w->work.abandoned, __ATOMIC_ACQUIRE);
}

static void test_result(void)
{
    Waiter w;

    waiter_start(&w, &quick);
    turn_until(w.done);
    g_assert_true(w.result);
    g_assert_cmpint(w.work.ran, ==, 1);
    g_assert_cmpint(w.work.abandoned, ==, 0);
}

static void test_many(void)
{
    enum { N = 500 };
    g_autofree Waiter *w = g_new(Waiter, N);

    for (int i = 0; i < N; i++) {
        waiter_start(&w[i], &quick);
    }
    for (int i = 0; i < N; i++) {
        turn_until(w[i].done);
        g_assert_true(w[i].result);
        g_assert_cmpint(w[i].work.ran, ==, 1);
    }
}

static void coroutine_fn wait_cancelled(void *opaque)
{
    Waiter *w = opaque;

    coroutine_set_cancel(coroutine_self(), &w->token);
    cancel_token_cancel(&w->token, "early");
    wait_for_job(w);
}

static void test_cancelled_before(void)
{
    Waiter w = { .job = &quick };

    cancel_token_init(&w.token);
    coroutine_enter(coroutine_create(wait_cancelled, &w));
    g_assert_true(w.done);
    g_assert_false(w.result);
    g_assert_cmpint(w.work.ran, ==, 0);
    g_assert_cmpint(w.work.abandoned, ==, 1);
}

/* The waiter goes on at once; the job is abandoned when it is through. */
static void test_cancelled_running(void)
{
    Waiter w;

    waiter_start(&w, &slow);
    wait_for_door(1);
    cancel_token_cancel(&w.token, "test");
    turn_until(w.done);
    g_assert_false(w.result);
    g_assert_false(was_abandoned(&w));
    door_set(true);
    turn_until(was_abandoned(&w));
    g_assert_cmpint(w.work.ran, ==, 1);
    g_assert_true(w.work.saw_abandon);
    door_set(false);
}

/* A job for each of very many sessions hangs; others are served all the same, and the guest, too. */
static void test_hung_jobs(void)
{
    enum { N = 300 };
    g_autofree Waiter *hung = g_new(Waiter, N);
    Waiter w;

    for (int i = 0; i < N; i++) {
        waiter_start(&hung[i], &slow);
    }
    wait_for_door(N);
    waiter_start(&w, &quick);
    turn_until(w.done);
    g_assert_true(w.result);
    waiter_start(&w, &quick_guest);
    turn_until(w.done);
    g_assert_true(w.result);
    door_set(true);
    for (int i = 0; i < N; i++) {
        turn_until(hung[i].done);
        g_assert_true(hung[i].result);
    }
    door_set(false);
}

/* Every thread hangs: a job that has not begun is taken back, and never runs. */
static void test_cancelled_queued(void)
{
    enum { N = 64 };
    Waiter hung[N], w;

    for (int i = 0; i < N; i++) {
        waiter_start(&hung[i], &slow_guest);
    }
    wait_for_door(N);
    waiter_start(&w, &quick_guest);
    turn_few();
    g_assert_false(w.done);
    cancel_token_cancel(&w.token, "test");
    g_assert_true(was_abandoned(&w));
    turn_until(w.done);
    g_assert_false(w.result);
    door_set(true);
    for (int i = 0; i < N; i++) {
        turn_until(hung[i].done);
    }
    g_assert_cmpint(w.work.ran, ==, 0);
    door_set(false);
}

static void test_cancelled_any_time(void)
{
    for (int i = 0; i < 500; i++) {
        Waiter w;

        waiter_start(&w, &quick);
        for (int spin = g_test_rand_int_range(0, 2000); spin > 0; spin--) {
            __asm__ volatile("");
        }
        cancel_token_cancel(&w.token, "test");
        turn_until(w.done);
        if (!w.result) {
            turn_until(was_abandoned(&w));
        }
        g_assert_cmpint(w.result + w.work.abandoned, ==, 1);
    }
}

static void test_submit(void)
{
    Waiter w = { 0 };

    /* It has no waiter from the start, so it is not told to give up. */
    worker_submit(&quick, &w.work);
    turn_until(was_abandoned(&w));
    g_assert_cmpint(w.work.ran, ==, 1);
    g_assert_false(w.work.saw_abandon);
}

static void test_shutdown(void)
{
    Waiter w = { 0 };
    int64_t begun = clock_now(CLOCK_HOST);

    worker_submit(&slow, &w.work);
    wait_for_door(1);
    worker_pool_shutdown(20 * NS_PER_MS);
    g_assert_cmpint(clock_now(CLOCK_HOST) - begun, >=, 20 * NS_PER_MS);
    g_assert_false(was_abandoned(&w));
    door_set(true);
    worker_pool_shutdown(LOOP_TEST_PATIENCE);
    g_assert_true(was_abandoned(&w));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    g_test_add_func("/worker/result", test_result);
    g_test_add_func("/worker/many", test_many);
    g_test_add_func("/worker/cancelled-before", test_cancelled_before);
    g_test_add_func("/worker/cancelled-running", test_cancelled_running);
    g_test_add_func("/worker/hung-jobs", test_hung_jobs);
    g_test_add_func("/worker/cancelled-queued", test_cancelled_queued);
    g_test_add_func("/worker/cancelled-any-time", test_cancelled_any_time);
    g_test_add_func("/worker/submit", test_submit);
    g_test_add_func("/worker/shutdown", test_shutdown);
    return g_test_run();
}
