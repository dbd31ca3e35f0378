/*
 * A thread that turns an event loop of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/io-thread.h"
#include "util/bql.h"
#include "util/report.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct IoThread {
    EventLoop *loop;
    GThread *thread;
    pthread_mutex_t lock;
    pthread_cond_t started;
    pid_t id; /* 0 until it runs; under the lock */
};

enum { KERNEL_NAME_MAX = 15 };

typedef struct ThreadStart {
    const char *name;
    GThreadFunc fn;
    void *opaque;
} ThreadStart;

static void *thread_main(void *opaque)
{
    ThreadStart start = *(ThreadStart *)opaque;

    g_free(opaque);
    bql_set_thread_name(start.name);
    return start.fn(start.opaque);
}

static bool named = true;

void threads_set_named(bool on)
{
    named = on;
}

static GThread *start(const char *name, GThreadFunc fn, void *opaque, bool may_fail)
{
    g_autofree char *short_name = named ? g_strndup(name, KERNEL_NAME_MAX) : NULL;
    ThreadStart *start = g_new(ThreadStart, 1);
    sigset_t block, old;
    GThread *thread;

    *start = (ThreadStart){ g_intern_string(name), fn, opaque };

    /* Signals are for the main thread, but for those that the thread's own doing brings. */
    sigfillset(&block);
    sigdelset(&block, SIGSEGV);
    sigdelset(&block, SIGBUS);
    sigdelset(&block, SIGFPE);
    sigdelset(&block, SIGILL);
    sigdelset(&block, SIGTRAP);
    pthread_sigmask(SIG_SETMASK, &block, &old);
    thread = may_fail ? g_thread_try_new(short_name, thread_main, start, NULL)
                      : g_thread_new(short_name, thread_main, start);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!thread) {
        g_free(start);
    }
    return thread;
}

GThread *thread_start(const char *name, GThreadFunc fn, void *opaque)
{
    return start(name, fn, opaque, false);
}

GThread *thread_try_start(const char *name, GThreadFunc fn, void *opaque)
{
    return start(name, fn, opaque, true);
}

static void *io_thread_run(void *opaque)
{
    IoThread *thread = opaque;

    pthread_mutex_lock(&thread->lock);
    thread->id = gettid();
    pthread_cond_signal(&thread->started);
    pthread_mutex_unlock(&thread->lock);
    event_loop_run(thread->loop);
    event_loop_iterate(thread->loop, false); /* what it was asked to do before its end */
    return NULL;
}

static void io_thread_free(IoThread *thread)
{
    if (thread->loop) {
        event_loop_destroy(thread->loop);
    }
    pthread_cond_destroy(&thread->started);
    pthread_mutex_destroy(&thread->lock);
    g_free(thread);
}

IoThread *io_thread_try_create(const char *name)
{
    IoThread *thread = g_new0(IoThread, 1);

    pthread_mutex_init(&thread->lock, NULL);
    pthread_cond_init(&thread->started, NULL);
    thread->loop = event_loop_new(name);
    if (thread->loop) {
        thread->thread = thread_try_start(name, io_thread_run, thread);
    }
    if (!thread->thread) {
        io_thread_free(thread);
        return NULL;
    }
    return thread;
}

IoThread *io_thread_create(const char *name)
{
    IoThread *thread = io_thread_try_create(name);

    if (!thread) {
        error_report("the host has no thread or no descriptors to spare for '%s'", name);
        abort();
    }
    return thread;
}

void no_coroutine_fn io_thread_destroy(IoThread *thread)
{
    event_loop_quit(thread->loop);
    g_thread_join(thread->thread);
    io_thread_free(thread);
}

pid_t no_coroutine_fn io_thread_id(IoThread *thread)
{
    pid_t id;

    pthread_mutex_lock(&thread->lock);
    while (!thread->id) {
        pthread_cond_wait(&thread->started, &thread->lock);
    }
    id = thread->id;
    pthread_mutex_unlock(&thread->lock);
    return id;
}

EventLoop *io_thread_loop(IoThread *thread)
{
    return thread->loop;
}
