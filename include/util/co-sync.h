/*
 * Waiting of coroutines for each other: a wait queue and a mutex.
 *
 * Everything here is used by coroutines of one event loop only and takes no lock of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_CO_SYNC_H
#define UTIL_CO_SYNC_H

#include "util/coroutine.h"

typedef struct CoQueue {
    GQueue waiters; /* private */
} CoQueue;

void co_queue_init(CoQueue *queue);
/* Nobody may be waiting. */
void co_queue_finish(CoQueue *queue);
/* Wait to be woken, first come first served. False when cancelled instead. */
bool coroutine_fn co_queue_wait(CoQueue *queue);
/* Wake the first / everybody waiting now. They run from the loop, not inside this call. */
bool co_queue_wake_one(CoQueue *queue); /* false: nobody waited */
void co_queue_wake_all(CoQueue *queue);
bool co_queue_is_empty(const CoQueue *queue);

typedef struct CoMutex {
    Coroutine *holder; /* private */
    CoQueue queue;
} CoMutex;

void co_mutex_init(CoMutex *mutex);
void co_mutex_finish(CoMutex *mutex);
/* Fair. False when cancelled before the mutex was ours. */
bool coroutine_fn co_mutex_lock(CoMutex *mutex);
void coroutine_fn co_mutex_unlock(CoMutex *mutex);

#endif
