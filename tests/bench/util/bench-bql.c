/*
 * How long the main loop waits for the BQL while two threads do nothing but take it, beside a
 * plain mutex, which has no order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/bql.h"
#include "util/io-thread.h"
#include "util/timer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 2, SAMPLES = 5000 };

typedef struct Lock {
    void (*lock)(void);
    void (*unlock)(void);
} Lock;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void mutex_lock(void)
{
    pthread_mutex_lock(&mutex);
}

static void mutex_unlock(void)
{
    pthread_mutex_unlock(&mutex);
}

static const Lock bql = { bql_lock, bql_unlock };
static const Lock plain = { mutex_lock, mutex_unlock };

static int stop;

/* A device access: some hundred nanoseconds with the lock held. */
static void *hammer(void *opaque)
{
    const Lock *lock = opaque;

    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        lock->lock();
        for (int i = 0; i < 300; i++) {
            __asm__ volatile("");
        }
        lock->unlock();
    }
    return NULL;
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Sorted waiting times. */
static void measure(const Lock *lock, int64_t ns[SAMPLES])
{
    GThread *threads[THREADS];

    __atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++) {
        threads[i] = thread_start("hammer", hammer, (void *)lock);
    }
    for (int i = 0; i < SAMPLES; i++) {
        int64_t asked = clock_now(CLOCK_HOST);

        lock->lock();
        ns[i] = clock_now(CLOCK_HOST) - asked;
        lock->unlock();
        g_usleep(100);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++) {
        g_thread_join(threads[i]);
    }
    qsort(ns, SAMPLES, sizeof(ns[0]), compare_times);
}

static void print_row(const char *what, int64_t ours, int64_t floor)
{
    printf("BQL under two hammering threads, %-4s %9.1f us   %6.2f x mutex (%.1f us)\n", what,
           ours / 1e3, (double)ours / MAX(floor, 1), floor / 1e3);
}

int main(void)
{
    static int64_t ours[SAMPLES], floor[SAMPLES];

    measure(&plain, floor);
    measure(&bql, ours);
    print_row("p50", ours[SAMPLES / 2], floor[SAMPLES / 2]);
    print_row("p99", ours[SAMPLES * 99 / 100], floor[SAMPLES * 99 / 100]);
    print_row("max", ours[SAMPLES - 1], floor[SAMPLES - 1]);
    return 0;
}
