/*
 * Event loops: one GSource per loop around one epoll set.
 *
 * Timers and bottom halves are not GLib's: the poll function looks at them itself, so that
 * time-outs have nanoseconds, and has the loop wait (loop-poll.c) without the BQL.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/event-loop.h"
#include "util/bql.h"
#include "util/coroutine.h"
#include "util/event-loop-internal.h"
#include "util/fd-handler.h"
#include "util/message.h"
#include "util/report.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef struct LoopSource {
    GSource source;
    GPollFD pfd;
    EventLoop *loop;
} LoopSource;

static EventLoop *the_main_loop;
static __thread EventLoop *current_loop;

/* All loops, for the start of the virtual clock. */
static pthread_mutex_t all_loops_lock = PTHREAD_MUTEX_INITIALIZER;
static GSList *all_loops;

EventLoop *main_loop(void)
{
    return the_main_loop;
}

EventLoop *event_loop_current(void)
{
    return current_loop;
}

GMainContext *event_loop_context(EventLoop *loop)
{
    return loop->context;
}

bool event_loop_must_wake(EventLoop *loop)
{
    bool wake = loop->state == LOOP_SLEEPS && !loop->notified;

    if (wake) {
        loop_note_waking(loop);
    }
    if (loop->state != LOOP_WORKS) {
        __atomic_store_n(&loop->notified, true, __ATOMIC_RELEASE);
    }
    return wake;
}

void event_loop_wakeup(EventLoop *loop)
{
    g_main_context_wakeup(loop->context);
}

static void wake_one(EventLoop *loop)
{
    bool wake;

    pthread_mutex_lock(&loop->lock);
    wake = event_loop_must_wake(loop);
    pthread_mutex_unlock(&loop->lock);
    if (wake) {
        event_loop_wakeup(loop);
    }
}

void event_loops_wake_all(void)
{
    pthread_mutex_lock(&all_loops_lock);
    for (GSList *l = all_loops; l; l = l->next) {
        wake_one(l->data);
    }
    pthread_mutex_unlock(&all_loops_lock);
}

/* ---- one turn ---- */

/* With the lock held: host time until which the loop may sleep; 0: not at all. */
static int64_t sleep_until(EventLoop *loop)
{
    if (loop->bottom_halves.length || loop->always->len || loop->quit) {
        return 0;
    }
    return timers_deadline(loop);
}

static bool has_work(EventLoop *loop)
{
    int64_t until;

    pthread_mutex_lock(&loop->lock);
    until = sleep_until(loop);
    pthread_mutex_unlock(&loop->lock);
    return until == 0 || (until != INT64_MAX && until <= clock_now(CLOCK_HOST));
}

static gboolean loop_source_prepare(GSource *source, int *timeout)
{
    *timeout = -1; /* loop_poll() knows better */
    return has_work(((LoopSource *)source)->loop);
}

static gboolean loop_source_check(GSource *source)
{
    LoopSource *ls = (LoopSource *)source;

    return (ls->pfd.revents & G_IO_IN) || has_work(ls->loop);
}

static gboolean loop_source_dispatch(GSource *source, GSourceFunc callback, void *opaque)
{
    LoopSource *ls = (LoopSource *)source;

    fd_handlers_run(ls->loop, ls->pfd.revents & G_IO_IN);
    timers_run(ls->loop);
    bottom_halves_run(ls->loop);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs loop_source_funcs = {
    .prepare = loop_source_prepare,
    .check = loop_source_check,
    .dispatch = loop_source_dispatch,
};

/* GLib's poll function, in the thread of current_loop. */
static int loop_poll(GPollFD *fds, guint n_fds, int timeout_ms)
{
    EventLoop *loop = current_loop;
    bool held = loop->is_main && bql_locked();
    int64_t until;
    int ready;

    G_STATIC_ASSERT(sizeof(GPollFD) == sizeof(struct pollfd));
    pthread_mutex_lock(&loop->lock);
    loop->state = loop_may_look(loop) ? LOOP_LOOKS : LOOP_SLEEPS;
    __atomic_store_n(&loop->notified, false, __ATOMIC_RELAXED);
    until = sleep_until(loop);
    pthread_mutex_unlock(&loop->lock);
    if (held) {
        bql_unlock();
    }
    ready = loop_wait(loop, fds, n_fds, until, timeout_ms);
    if (loop->is_main) {
        stall_begin();
    }
    if (held) {
        bql_lock();
        stall_check_bql(bql_last_holder());
    }
    pthread_mutex_lock(&loop->lock);
    loop->state = LOOP_WORKS;
    pthread_mutex_unlock(&loop->lock);
    return ready;
}

/* ---- loops ---- */

static EventLoop *loop_new(const char *name, GMainContext *context)
{
    EventLoop *loop = g_new0(EventLoop, 1);
    LoopSource *ls;

    loop->name = g_strdup(name);
    loop->context = context;
    pthread_mutex_init(&loop->lock, NULL);
    fd_handlers_init(loop);
    loop->source = g_source_new(&loop_source_funcs, sizeof(LoopSource));
    ls = (LoopSource *)loop->source;
    ls->loop = loop;
    ls->pfd = (GPollFD){ .fd = loop->epoll_fd, .events = G_IO_IN };
    g_source_add_poll(loop->source, &ls->pfd);
    g_source_set_static_name(loop->source, "event loop");
    /*
     * It does not recurse (event_loop_iterate() sees to that), but saying so would have GLib take
     * its descriptor out and put it in again around each dispatch, and wake the context for both.
     */
    g_source_set_can_recurse(loop->source, TRUE);
    g_source_attach(loop->source, context);
    g_main_context_set_poll_func(context, loop_poll);
    pthread_mutex_lock(&all_loops_lock);
    all_loops = g_slist_prepend(all_loops, loop);
    pthread_mutex_unlock(&all_loops_lock);
    return loop;
}

EventLoop *event_loop_new(const char *name)
{
    return loop_new(name, g_main_context_new());
}

void event_loop_destroy(EventLoop *loop)
{
    pthread_mutex_lock(&all_loops_lock);
    all_loops = g_slist_remove(all_loops, loop);
    pthread_mutex_unlock(&all_loops_lock);
    g_assert(!loop->iterating);
    if (current_loop == loop) {
        current_loop = NULL;
    }
    g_source_destroy(loop->source);
    g_source_unref(loop->source);
    g_main_context_unref(loop->context);
    fd_handlers_free(loop);
    bottom_halves_free(loop);
    timers_free(loop);
    pthread_mutex_destroy(&loop->lock);
    g_free(loop->name);
    g_free(loop);
}

/* The calling thread is the loop's from now on. */
static void loop_adopt(EventLoop *loop)
{
    if (current_loop) {
        error_report("bug: the thread of event loop '%s' runs event loop '%s'", current_loop->name,
                     loop->name);
        abort();
    }
    current_loop = loop;
    /* Time-outs are meant to the nanosecond; by default the kernel may add 50 us. */
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

void main_loop_init(void)
{
    g_assert(!the_main_loop);
    the_main_loop = loop_new("main", g_main_context_ref(g_main_context_default()));
    the_main_loop->is_main = true;
    loop_adopt(the_main_loop);
    bql_set_thread_name("main");
    bql_lock();
    message_start_queue();
}

void event_loop_iterate(EventLoop *loop, bool may_block)
{
    if (in_coroutine()) {
        error_report("bug: event loop '%s' is turned from within a coroutine", loop->name);
        abort();
    }
    if (current_loop != loop) {
        loop_adopt(loop);
    }
    if (loop->iterating) {
        error_report("bug: event loop '%s' is turned from within one of its callbacks", loop->name);
        abort();
    }
    loop->iterating = true;
    g_main_context_iteration(loop->context, may_block);
    loop->iterating = false;
}

static bool take_quit(EventLoop *loop)
{
    bool quit;

    pthread_mutex_lock(&loop->lock);
    quit = loop->quit;
    loop->quit = false;
    pthread_mutex_unlock(&loop->lock);
    return quit;
}

void event_loop_run(EventLoop *loop)
{
    while (!take_quit(loop)) {
        event_loop_iterate(loop, true);
    }
}

void event_loop_quit(EventLoop *loop)
{
    bool wake;

    pthread_mutex_lock(&loop->lock);
    loop->quit = true;
    wake = event_loop_must_wake(loop);
    pthread_mutex_unlock(&loop->lock);
    if (wake) {
        event_loop_wakeup(loop);
    }
}
