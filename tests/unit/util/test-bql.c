/*
 * The big lock: exclusion, order of arrival, and what must abort.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/bql.h"
#include "util/io-thread.h"

#include <stdlib.h>
#include <sys/resource.h>

enum { THREADS = 4, ROUNDS = 20000 };

static int counter; /* not atomic: the lock protects it, and TSan watches */

static void *add(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        BQL_GUARD();
        counter++;
    }
    return NULL;
}

static void test_exclusion(void)
{
    GThread *threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        threads[i] = thread_start("adder", add, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpint(counter, ==, THREADS * ROUNDS);
    g_assert_false(bql_locked());
}

static int arrived; /* atomic */
static GString *order;

static void *arrive(void *opaque)
{
    __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
    bql_lock();
    g_string_append_c(order, GPOINTER_TO_INT(opaque));
    bql_unlock();
    return NULL;
}

/* In the order of arrival; a pause lets each one really get into the queue. */
static void test_fifo(void)
{
    GThread *threads[8];

    order = g_string_new(NULL);
    bql_lock();
    for (int i = 0; i < 8; i++) {
        threads[i] = thread_start("waiter", arrive, GINT_TO_POINTER('a' + i));
        while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) <= i) {
            g_usleep(100);
        }
        g_usleep(50000);
    }
    bql_unlock();
    for (int i = 0; i < 8; i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpstr(order->str, ==, "abcdefgh");
    g_string_free(order, TRUE);
}

static int stop;
static int hammered; /* under the BQL */

static void *hammer(void *unused)
{
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        BQL_GUARD();
        hammered++;
    }
    return NULL;
}

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/*
 * Somebody who gives it up and takes it again at once gets in line behind who waited, and before
 * who comes later. Now and then we are preempted between the two calls: the median counts.
 */
static void test_no_starvation(void)
{
    enum { N = 1001 };
    GThread *threads[2];
    int turns[N];

    for (int i = 0; i < 2; i++) {
        threads[i] = thread_start("hammer", hammer, NULL);
    }
    bql_lock();
    for (int i = 0; i < N; i++) {
        int before = hammered;

        g_usleep(20); /* both are in the queue by now, nearly always */
        bql_unlock();
        bql_lock();
        turns[i] = hammered - before;
    }
    bql_unlock();
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 2; i++) {
        g_thread_join(threads[i]);
    }
    qsort(turns, N, sizeof(turns[0]), compare_ints);
    g_test_message("turns of others between two of ours: median %d", turns[N / 2]);
    g_assert_cmpint(turns[N / 2], <=, 16);
    g_assert_cmpint(hammered, >, 0);
}

static void no_core(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
}

static void bug_twice(void)
{
    no_core();
    bql_lock();
    bql_lock();
}

static void bug_not_held(void)
{
    no_core();
    bql_assert_locked();
}

static void bug_unlock(void)
{
    no_core();
    bql_unlock();
}

static void test_bugs(void)
{
    g_test_trap_subprocess("/bql/subprocess/twice", 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*taken twice*");
    g_test_trap_subprocess("/bql/subprocess/not-held", 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*test-bql.c:* needs the BQL*");
    g_test_trap_subprocess("/bql/subprocess/unlock", 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*needs the BQL*");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bql/exclusion", test_exclusion);
    g_test_add_func("/bql/fifo", test_fifo);
    g_test_add_func("/bql/no-starvation", test_no_starvation);
    g_test_add_func("/bql/bugs", test_bugs);
    g_test_add_func("/bql/subprocess/twice", bug_twice);
    g_test_add_func("/bql/subprocess/not-held", bug_not_held);
    g_test_add_func("/bql/subprocess/unlock", bug_unlock);
    return g_test_run();
}
