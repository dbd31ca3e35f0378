/*
 * What coroutines and the event loop cost, beside the plainest way to do the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/bql.h"
#include "util/coroutine.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { REPEATS = 7 };

typedef void BenchFn(long n);

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of this process: what others do on the machine meanwhile does not count. */
static int64_t cpu_time(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

/* Median ns of CPU time per operation. */
static double measure(BenchFn *fn, long n)
{
    double ns[REPEATS];

    fn(n / 10 + 1);
    for (int i = 0; i < REPEATS; i++) {
        int64_t begun = cpu_time();

        fn(n);
        ns[i] = (double)(cpu_time() - begun) / n;
    }
    qsort(ns, REPEATS, sizeof(ns[0]), compare_doubles);
    return ns[REPEATS / 2];
}

static void print_result(const char *what, double ns, const char *floor_name, double floor_ns)
{
    printf("%-36s %9.1f ns   %6.1f x %s (%.1f ns)\n", what, ns, ns / floor_ns, floor_name,
           floor_ns);
}

/* ---- switches ---- */

static long sink;

static void callee(void *opaque)
{
    sink++;
}

static void (*volatile indirect)(void *) = callee;

static void bench_call(long n)
{
    while (n-- > 0) {
        indirect(NULL);
    }
}

static void coroutine_fn yield_for_ever(void *opaque)
{
    while (*(bool *)opaque) {
        sink++;
        coroutine_yield();
    }
}

/* An enter and a yield: two switches. */
static void bench_enter_yield(long n)
{
    bool go_on = true;
    Coroutine *co = coroutine_create(yield_for_ever, &go_on);

    while (n-- > 0) {
        coroutine_enter(co);
    }
    go_on = false;
    coroutine_enter(co);
}

static double bench_switch(long n)
{
    return measure(bench_enter_yield, n) / 2;
}

static void bench_life(long n)
{
    while (n-- > 0) {
        coroutine_enter(coroutine_create(callee, NULL));
    }
}

/* ---- the BQL ---- */

static void bench_bql(long n)
{
    bql_unlock();
    while (n-- > 0) {
        bql_lock();
        bql_unlock();
    }
    bql_lock();
}

static void bench_mutex(long n)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    while (n-- > 0) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
}

/* ---- turns of the loop ---- */

static int bench_fd;

static void on_event(void *opaque)
{
    uint64_t value;

    if (read(bench_fd, &value, sizeof(value)) > 0) {
        sink++;
    }
}

static void signal_fd(void)
{
    uint64_t one = 1;

    if (write(bench_fd, &one, sizeof(one)) < 0) {
        perror("eventfd");
    }
}

static void bench_poll(long n)
{
    while (n-- > 0) {
        signal_fd();
        poll(&(struct pollfd){ .fd = bench_fd, .events = POLLIN }, 1, -1);
        on_event(NULL);
    }
}

static void bench_loop_fd(long n)
{
    event_loop_set_fd(main_loop(), bench_fd, on_event, NULL, NULL);
    while (n-- > 0) {
        signal_fd();
        event_loop_iterate(main_loop(), true);
    }
    event_loop_set_fd(main_loop(), bench_fd, NULL, NULL, NULL);
}

static void bench_bottom_half(long n)
{
    BottomHalf *bh = bottom_half_new(main_loop(), callee, NULL);

    while (n-- > 0) {
        bottom_half_schedule(bh);
        event_loop_iterate(main_loop(), true);
    }
    bottom_half_destroy(bh);
}

int main(void)
{
    double call, poll_ns;

    main_loop_init();
    bench_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    call = measure(bench_call, 5000000);
    print_result("coroutine switch", bench_switch(3000000), "indirect call", call);
    print_result("coroutine made, run and gone", measure(bench_life, 100000), "indirect call",
                 call);
    print_result("BQL taken and given up, free", measure(bench_bql, 3000000), "mutex",
                 measure(bench_mutex, 3000000));
    poll_ns = measure(bench_poll, 100000);
    print_result("loop turn for a ready descriptor", measure(bench_loop_fd, 100000),
                 "write, poll, read", poll_ns);
    print_result("loop turn for a bottom half", measure(bench_bottom_half, 100000),
                 "write, poll, read", poll_ns);
    close(bench_fd);
    return 0;
}
