/*
 * Waiting of coroutines for each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/co-sync.h"
#include "util/co-wait.h"
#include "util/report.h"

#include <stdlib.h>

typedef struct QueueWait {
    CoWait wait;
    GList link;
    CoQueue *queue; /* NULL: not in it any more */
} QueueWait;

void co_queue_init(CoQueue *queue)
{
    g_queue_init(&queue->waiters);
}

void co_queue_finish(CoQueue *queue)
{
    g_assert(co_queue_is_empty(queue));
}

static void leave_queue(QueueWait *qw)
{
    if (qw->queue) {
        g_queue_unlink(&qw->queue->waiters, &qw->link);
        qw->queue = NULL;
    }
}

/* Cancelled: out of the queue at once, so that nobody wakes us instead of the next one. */
static bool leave_when_cancelled(CoWait *wait)
{
    leave_queue(container_of(wait, QueueWait, wait));
    return true;
}

static bool coroutine_fn queue_wait(CoQueue *queue, const char *what)
{
    QueueWait qw = { .wait.may_cancel = leave_when_cancelled, .queue = queue };
    bool woken;

    qw.link.data = &qw;
    g_queue_push_tail_link(&queue->waiters, &qw.link);
    woken = co_wait(&qw.wait, what);
    leave_queue(&qw);
    return woken;
}

bool coroutine_fn co_queue_wait(CoQueue *queue)
{
    return queue_wait(queue, "a wake-up");
}

/* Take the first out and wake it; NULL: nobody there. */
static Coroutine *wake_first(CoQueue *queue)
{
    GList *link = g_queue_peek_head_link(&queue->waiters);
    QueueWait *qw;

    if (!link) {
        return NULL;
    }
    qw = link->data;
    leave_queue(qw);
    co_wait_done(&qw->wait);
    return qw->wait.co;
}

bool co_queue_wake_one(CoQueue *queue)
{
    return wake_first(queue) != NULL;
}

void co_queue_wake_all(CoQueue *queue)
{
    while (wake_first(queue)) {
    }
}

bool co_queue_is_empty(const CoQueue *queue)
{
    return queue->waiters.length == 0;
}

void co_mutex_init(CoMutex *mutex)
{
    mutex->holder = NULL;
    co_queue_init(&mutex->queue);
}

void co_mutex_finish(CoMutex *mutex)
{
    g_assert(!mutex->holder);
    co_queue_finish(&mutex->queue);
}

bool coroutine_fn co_mutex_lock(CoMutex *mutex)
{
    Coroutine *self = coroutine_self();

    if (mutex->holder == self) {
        error_report("bug: a coroutine takes a mutex that it holds");
        abort();
    }
    if (!mutex->holder) {
        mutex->holder = self;
        return true;
    }
    /* co_mutex_unlock() makes us the holder when it wakes us. */
    return queue_wait(&mutex->queue, "a lock");
}

void coroutine_fn co_mutex_unlock(CoMutex *mutex)
{
    if (mutex->holder != coroutine_self()) {
        error_report("bug: a coroutine gives up a mutex that it does not hold");
        abort();
    }
    mutex->holder = wake_first(&mutex->queue);
}
