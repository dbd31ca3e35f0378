/*
 * A thread that turns an event loop of its own, without the BQL.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_IO_THREAD_H
#define UTIL_IO_THREAD_H

#include "util/event-loop.h"

#include <sys/types.h>

typedef struct IoThread IoThread;

/* Start the thread; it is named @name. Never fails (aborts when the host has none to spare). */
IoThread *io_thread_create(const char *name);
/* The same, but NULL instead of an abort. */
IoThread *io_thread_try_create(const char *name);
/*
 * End the loop, when it has done what event_loop_run_once() has asked of it, and join the thread.
 * Not with the BQL held if the loop's callbacks may take it.
 */
void no_coroutine_fn io_thread_destroy(IoThread *thread);
EventLoop *io_thread_loop(IoThread *thread);
/* The host's number of the thread. Waits until it runs. */
pid_t no_coroutine_fn io_thread_id(IoThread *thread);

/* Whether new threads get names of their own, or that of the process. Start-up; default: true. */
void threads_set_named(bool on);
/* Name of a new thread as shown by ps -L, also when it is longer than the 15 bytes Linux keeps. */
GThread *thread_start(const char *name, GThreadFunc fn, void *opaque);
/* The same, but NULL instead of an abort when the system has no thread to spare. */
GThread *thread_try_start(const char *name, GThreadFunc fn, void *opaque);

#endif
