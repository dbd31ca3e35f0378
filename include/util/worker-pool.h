/*
 * Worker threads for what blocks: file I/O, encoding, name look-ups.
 *
 * Workers never hold the BQL. Threads start on demand, up to a bound that leaves room for jobs
 * that hang (a FIFO nobody reads), and end when idle for a while. What the guest waits for has
 * workers of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_WORKER_POOL_H
#define UTIL_WORKER_POOL_H

#include "util/coroutine.h"

typedef enum WorkerPool {
    WORKERS_CLIENTS, /* somebody has asked for it; it may hang */
    WORKERS_GUEST,   /* the guest's disks and ports */
} WorkerPool;

typedef struct WorkerJob {
    WorkerPool pool;
    /* Called in a worker. Long jobs ask worker_job_abandoned() now and then and give up. */
    void (*run)(void *data);
    /*
     * Called instead of handing @data back when the waiter went away: in the worker after run(),
     * or in the waiter's thread when run() had not begun and never will. Must undo and free.
     */
    void (*abandon)(void *data);
} WorkerJob;

/*
 * Run @job on @data in a worker and wait.
 * True: run() has returned and @data is the caller's again.
 * False: cancelled; @data belongs to the pool, which calls abandon() once run() is through.
 */
bool coroutine_fn co_worker_run(const WorkerJob *job, void *data);

/* In a worker: whether whoever asked for this job has stopped waiting for it. Elsewhere: false. */
bool worker_job_abandoned(void);
/*
 * Fire and forget from any thread: run @job, then its abandon() to free @data.
 */
void worker_submit(const WorkerJob *job, void *data);

/* At exit: wait up to @timeout_ns for running jobs; those that hang are left behind. */
void no_coroutine_fn worker_pool_shutdown(int64_t timeout_ns);

#endif
