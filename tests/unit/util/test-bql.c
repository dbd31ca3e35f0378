/*
 * The big lock: exclusion, order of arrival, and what must abort.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/bql.h"
#include "util/io-thread.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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

typedef struct Waiter {
    GThread *thread;
    int tid; /* atomic; known just before it asks for the lock */
    char name;
} Waiter;

static GString *order; /* under the BQL */

static void *wait_for_turn(void *opaque)
{
    Waiter *w = opaque;

    __atomic_store_n(&w->tid, gettid(), __ATOMIC_RELEASE);
    bql_lock();
    g_string_append_c(order, w->name);
    bql_unlock();
    return NULL;
}

/* Whether the kernel has the thread asleep: it is in the queue, for nothing else lets it sleep. */
static bool is_asleep(int tid)
{
    g_autofree char *path = g_strdup_printf("/proc/self/task/%d/stat", tid);
    g_autofree char *stat = NULL;

    g_assert_true(g_file_get_contents(path, &stat, NULL, NULL));
    return g_str_has_prefix(strrchr(stat, ')'), ") S");
}

/* Have a thread ask for the lock, which we hold; returns when it is in the queue. */
static void waiter_start(Waiter *w, char name)
{
    int tid;

    *w = (Waiter){ .name = name };
    w->thread = thread_start("waiter", wait_for_turn, w);
    while (!(tid = __atomic_load_n(&w->tid, __ATOMIC_ACQUIRE)) || !is_asleep(tid)) {
        g_usleep(50);
    }
}

static void test_order_of_arrival(void)
{
    Waiter waiters[8];

    order = g_string_new(NULL);
    bql_lock();
    for (int i = 0; i < 8; i++) {
        waiter_start(&waiters[i], (char)('a' + i));
    }
    bql_unlock();
    for (int i = 0; i < 8; i++) {
        g_thread_join(waiters[i].thread);
    }
    g_assert_cmpstr(order->str, ==, "abcdefgh");
    g_string_free(order, TRUE);
}

/* Whoever gives it up and asks for it again at once comes after those who waited. */
static void test_no_starvation(void)
{
    order = g_string_new(NULL);
    bql_lock();
    for (int i = 0; i < 100; i++) {
        Waiter waiters[2];

        waiter_start(&waiters[0], 'a');
        waiter_start(&waiters[1], 'b');
        bql_unlock();
        bql_lock();
        g_string_append_c(order, '.');
        g_assert_true(g_str_has_suffix(order->str, "ab."));
        for (int j = 0; j < 2; j++) {
            g_thread_join(waiters[j].thread);
        }
    }
    bql_unlock();
    g_assert_cmpuint(order->len, ==, 300);
    g_string_free(order, TRUE);
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
    g_test_add_func("/bql/order-of-arrival", test_order_of_arrival);
    g_test_add_func("/bql/no-starvation", test_no_starvation);
    g_test_add_func("/bql/bugs", test_bugs);
    g_test_add_func("/bql/subprocess/twice", bug_twice);
    g_test_add_func("/bql/subprocess/not-held", bug_not_held);
    g_test_add_func("/bql/subprocess/unlock", bug_unlock);
    return g_test_run();
}
