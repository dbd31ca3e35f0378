/*
 * Worker threads for what blocks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/worker-pool.h"
#include "util/co-wait.h"
#include "util/io-thread.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

enum { IDLE_SECONDS = 10 /* a thread without work ends after this */ };

typedef enum JobState { JOB_QUEUED, JOB_RUNNING, JOB_DONE } JobState;

typedef struct Pool Pool;

typedef struct Job {
    const WorkerJob *job;
    void *data;
    Pool *pool;
    GList link;      /* in pool->queue */
    JobState state;  /* under pool->lock */
    int abandoned;   /* atomic; set under pool->lock */
    CoWait *wait;    /* NULL: nobody waits for it; looked into only in the waiter's thread */
    EventLoop *loop; /* the waiter's */
} Job;

struct Pool {
    int threads_max;
    pthread_mutex_t lock;
    pthread_cond_t work;  /* there is a job, or the threads shall end; CLOCK_MONOTONIC */
    pthread_cond_t ended; /* a job or a thread has; CLOCK_MONOTONIC */
    bool initialized;
    bool shutting_down; /* idle threads end at once */
    GQueue queue;
    int threads;
    int idle;
};

/*
 * Each session may have one that waits for ever, and behind it some that were cancelled and still
 * hang in a file system that does not answer; none of them is to keep the others, or the guest's
 * disks, waiting.
 */
static Pool pools[] = {
    [WORKERS_CLIENTS] = { .threads_max = 1024, .lock = PTHREAD_MUTEX_INITIALIZER },
    [WORKERS_GUEST] = { .threads_max = 64, .lock = PTHREAD_MUTEX_INITIALIZER },
};

static __thread Job *current_job;

/* With pool->lock held. */
static void pool_init(Pool *pool)
{
    pthread_condattr_t attr;

    if (!pool->initialized) {
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&pool->work, &attr);
        pthread_cond_init(&pool->ended, &attr);
        pthread_condattr_destroy(&attr);
        pool->initialized = true;
    }
}

/* ---- in a worker ---- */

/* In the waiter's thread. */
static void job_delivered(void *opaque)
{
    Job *job = opaque;

    co_wait_done(job->wait);
}

static void job_run(Job *job)
{
    Pool *pool = job->pool;
    bool abandoned;

    current_job = job;
    job->job->run(job->data);
    pthread_mutex_lock(&pool->lock);
    job->state = JOB_DONE;
    abandoned = job->abandoned || !job->wait;
    pthread_mutex_unlock(&pool->lock);
    if (abandoned) {
        job->job->abandon(job->data);
        g_free(job);
    } else {
        event_loop_run_once(job->loop, job_delivered, job);
    }
    current_job = NULL;
}

/* With pool->lock held: the next job, NULL when there was none for long enough. */
static Job *next_job(Pool *pool)
{
    struct timespec until;
    GList *link;
    int err = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_SECONDS;
    while (!(link = g_queue_pop_head_link(&pool->queue))) {
        if (pool->shutting_down || err == ETIMEDOUT) {
            return NULL;
        }
        pool->idle++;
        err = pthread_cond_timedwait(&pool->work, &pool->lock, &until);
        pool->idle--;
    }
    return link->data;
}

static void *worker_main(void *opaque)
{
    Pool *pool = opaque;
    Job *job;

    pthread_mutex_lock(&pool->lock);
    while ((job = next_job(pool))) {
        job->state = JOB_RUNNING;
        pthread_mutex_unlock(&pool->lock);
        job_run(job);
        pthread_mutex_lock(&pool->lock);
    }
    pool->threads--;
    pthread_cond_broadcast(&pool->ended);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

bool worker_job_abandoned(void)
{
    return current_job && __atomic_load_n(&current_job->abandoned, __ATOMIC_RELAXED);
}

/* ---- asking for work ---- */

static void start_worker(Pool *pool, bool only_one)
{
    GThread *thread = only_one ? thread_start("worker", worker_main, pool)
                               : thread_try_start("worker", worker_main, pool);

    if (thread) {
        g_thread_unref(thread);
        return;
    }
    /* The others get to it later. */
    pthread_mutex_lock(&pool->lock);
    pool->threads--;
    pthread_mutex_unlock(&pool->lock);
}

static void job_queue(Job *job)
{
    Pool *pool = job->pool = &pools[job->job->pool];
    bool start, only_one;

    job->link.data = job;
    pthread_mutex_lock(&pool->lock);
    pool_init(pool);
    g_queue_push_tail_link(&pool->queue, &job->link);
    /* Those that are idle but have been signalled already are counted by what is in the queue. */
    start = pool->queue.length > (unsigned)pool->idle && pool->threads < pool->threads_max;
    only_one = pool->threads == 0;
    pool->threads += start;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    if (start) {
        start_worker(pool, only_one);
    }
}

typedef struct JobWait {
    CoWait wait;
    Job *job;
} JobWait;

/* Cancelled: take the job back, leave it to the worker, or wait for what is on its way to us. */
static bool job_cancel(CoWait *wait)
{
    Job *job = container_of(wait, JobWait, wait)->job;
    Pool *pool = job->pool;
    JobState state;

    pthread_mutex_lock(&pool->lock);
    state = job->state;
    if (state == JOB_QUEUED) {
        g_queue_unlink(&pool->queue, &job->link);
    } else if (state == JOB_RUNNING) {
        __atomic_store_n(&job->abandoned, 1, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&pool->lock);
    if (state == JOB_QUEUED) {
        job->job->abandon(job->data);
        g_free(job);
    }
    return state != JOB_DONE;
}

bool coroutine_fn co_worker_run(const WorkerJob *job, void *data)
{
    JobWait jw = { .wait.may_cancel = job_cancel };

    if (co_is_cancelled()) {
        job->abandon(data);
        return false;
    }
    jw.job = g_new(Job, 1);
    *jw.job = (Job){ .job = job, .data = data, .loop = event_loop_current(), .wait = &jw.wait };
    job_queue(jw.job);
    if (!co_wait(&jw.wait, "a worker thread")) {
        return false;
    }
    g_free(jw.job);
    return true;
}

void worker_submit(const WorkerJob *job, void *data)
{
    Job *self = g_new(Job, 1);

    *self = (Job){ .job = job, .data = data };
    job_queue(self);
}

/* ---- the end ---- */

/* Until its threads have ended, or until @until. */
static void pool_shutdown(Pool *pool, const struct timespec *until)
{
    int err = 0;

    pthread_mutex_lock(&pool->lock);
    pool_init(pool);
    pool->shutting_down = true;
    pthread_cond_broadcast(&pool->work);
    while (pool->threads > 0 && err != ETIMEDOUT) {
        err = pthread_cond_timedwait(&pool->ended, &pool->lock, until);
    }
    pthread_mutex_unlock(&pool->lock);
}

void no_coroutine_fn worker_pool_shutdown(int64_t timeout_ns)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ns / NS_PER_SEC;
    until.tv_nsec += timeout_ns % NS_PER_SEC;
    if (until.tv_nsec >= NS_PER_SEC) {
        until.tv_sec++;
        until.tv_nsec -= NS_PER_SEC;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(pools); i++) {
        pool_shutdown(&pools[i], &until);
    }
}
