/*
 * A thread that turns an event loop of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/io-thread.h"
#include "util/bql.h"

#include <signal.h>

struct IoThread {
    EventLoop *loop;
    GThread *thread;
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

static GThread *start(const char *name, GThreadFunc fn, void *opaque, bool may_fail)
{
    g_autofree char *short_name = g_strndup(name, KERNEL_NAME_MAX);
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

    event_loop_run(thread->loop);
    return NULL;
}

IoThread *io_thread_create(const char *name)
{
    IoThread *thread = g_new(IoThread, 1);

    thread->loop = event_loop_new(name);
    thread->thread = thread_start(name, io_thread_run, thread);
    return thread;
}

void io_thread_destroy(IoThread *thread)
{
    event_loop_quit(thread->loop);
    g_thread_join(thread->thread);
    event_loop_destroy(thread->loop);
    g_free(thread);
}

EventLoop *io_thread_loop(IoThread *thread)
{
    return thread->loop;
}
