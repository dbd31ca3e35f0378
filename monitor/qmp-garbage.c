/*
 * Large values are freed in a worker: one of two million tokens takes a tenth of a second.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-garbage.h"
#include "util/worker-pool.h"

/* What is smaller is freed as fast as it is handed on. */
#define WORKER_MIN ((size_t)256 << 10)
/* Workers may all hang in jobs of others. So much may wait for them; what is more is freed at once. */
#define WAITING_MAX ((size_t)256 << 20)

static size_t waiting;

typedef struct Garbage {
    QObject *value;
    size_t cost;
} Garbage;

static void garbage_run(void *data)
{
    Garbage *garbage = data;

    qobject_unref(garbage->value);
    __atomic_sub_fetch(&waiting, garbage->cost, __ATOMIC_RELAXED);
}

static const WorkerJob garbage_job = { .run = garbage_run, .abandon = g_free };

static bool may_wait(size_t cost)
{
    if (__atomic_add_fetch(&waiting, cost, __ATOMIC_RELAXED) <= WAITING_MAX) {
        return true;
    }
    __atomic_sub_fetch(&waiting, cost, __ATOMIC_RELAXED);
    return false;
}

void qmp_discard(QObject *value, size_t cost)
{
    Garbage *garbage;

    if (!value || cost < WORKER_MIN || !may_wait(cost)) {
        qobject_unref(value);
        return;
    }
    garbage = g_new(Garbage, 1);
    garbage->value = value;
    garbage->cost = cost;
    worker_submit(&garbage_job, garbage);
}
