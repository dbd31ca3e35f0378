/*
 * The big lock: a lock handed from hand to hand in the order in which it was asked for.
 *
 * Taking and giving it up without contention is one compare-and-swap each. With contention every
 * waiter sleeps on a word of its own, and the one that gives the lock up passes it to the first in
 * the queue: nobody can slip in between, and only one thread is woken.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/bql.h"
#include "util/compiler.h"
#include "util/report.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BQL_FREE, BQL_HELD, BQL_CONTENDED /* held, and somebody is in the queue */ };

typedef struct BqlWaiter {
    struct BqlWaiter *next;
    uint32_t granted; /* the futex word */
} BqlWaiter;

static int bql_state;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static BqlWaiter *queue_head;
static BqlWaiter **queue_tail = &queue_head;

static __thread bool held_by_us;

static const char *last_holder;
static __thread const char *thread_name;

static void futex_wait(uint32_t *word, uint32_t value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake_one(uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void lock_slow(void)
{
    BqlWaiter self = { 0 };
    bool free;

    pthread_mutex_lock(&queue_lock);
    /* Once it says so, whoever holds it comes to the queue to hand it on. */
    free = __atomic_exchange_n(&bql_state, BQL_CONTENDED, __ATOMIC_ACQUIRE) == BQL_FREE;
    if (free) {
        __atomic_store_n(&bql_state, BQL_HELD, __ATOMIC_RELAXED);
    } else {
        *queue_tail = &self;
        queue_tail = &self.next;
    }
    pthread_mutex_unlock(&queue_lock);
    while (!free && !__atomic_load_n(&self.granted, __ATOMIC_ACQUIRE)) {
        futex_wait(&self.granted, 0);
    }
}

static void unlock_slow(void)
{
    BqlWaiter *next;
    uint32_t *word;

    pthread_mutex_lock(&queue_lock);
    next = queue_head;
    queue_head = next->next;
    if (!queue_head) {
        queue_tail = &queue_head;
        __atomic_store_n(&bql_state, BQL_HELD, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&queue_lock);
    /*
     * @next is on the stack of its thread and may be gone as soon as it is granted; a futex call
     * on its address then wakes nobody, or somebody who looks again and sleeps on.
     */
    word = &next->granted;
    __atomic_store_n(word, 1, __ATOMIC_RELEASE);
    futex_wake_one(word);
}

void bql_lock(void)
{
    int expected = BQL_FREE;

    if (unlikely(held_by_us)) {
        error_report("bug: the BQL is taken twice by one thread");
        abort();
    }
    if (!__atomic_compare_exchange_n(&bql_state, &expected, BQL_HELD, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED)) {
        lock_slow();
    }
    held_by_us = true;
}

void bql_unlock(void)
{
    int expected = BQL_HELD;

    bql_assert_locked();
    held_by_us = false;
    last_holder = thread_name;
    if (!__atomic_compare_exchange_n(&bql_state, &expected, BQL_FREE, false, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED)) {
        unlock_slow();
    }
}

const char *bql_last_holder(void)
{
    bql_assert_locked();
    return last_holder;
}

void bql_set_thread_name(const char *name)
{
    thread_name = name;
}

bool bql_locked(void)
{
    return held_by_us;
}

void bql_assert_locked_at(const char *file, int line)
{
    if (unlikely(!held_by_us)) {
        error_report("bug: %s:%d needs the BQL, which this thread does not hold", file, line);
        abort();
    }
}
