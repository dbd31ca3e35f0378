/*
 * Event loops: what a turn consists of. How it waits is in loop-poll.c.
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
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

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
    /* It cannot fail but when 2^64 wake-ups have added up, and then it is readable. */
    eventfd_write(loop->wakeup_fd, 1);
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

/* Whoever has work for the loop wakes it from now on; returns until when it may sleep. */
static int64_t begin_wait(EventLoop *loop)
{
    GSList *dead;
    int64_t until;

    pthread_mutex_lock(&loop->lock);
    loop->state = loop_may_look(loop) ? LOOP_LOOKS : LOOP_SLEEPS;
    __atomic_store_n(&loop->notified, false, __ATOMIC_RELAXED);
    loop->glib.context = loop->context;
    until = sleep_until(loop);
    dead = loop->dead;
    loop->dead = NULL;
    pthread_mutex_unlock(&loop->lock);
    g_slist_free_full(dead, g_free);
    return until;
}

/* Returns whether something is always ready. */
static bool end_wait(EventLoop *loop)
{
    bool always;

    pthread_mutex_lock(&loop->lock);
    loop->state = LOOP_WORKS;
    always = loop->always->len;
    pthread_mutex_unlock(&loop->lock);
    return always;
}

/* loop_wait(), without the BQL. */
static void wait_unlocked(EventLoop *loop, int64_t until)
{
    bool held = loop->is_main && bql_locked();

    if (held) {
        bql_unlock();
    }
    loop_wait(loop, until);
    if (loop->is_main) {
        stall_begin();
    }
    if (held) {
        bql_lock();
        stall_check_bql(bql_last_holder());
    }
}

static void turn(EventLoop *loop, bool may_block)
{
    int64_t until = begin_wait(loop);

    if (loop->glib.context) {
        until = MIN(until, loop_glib_prepare(loop));
    }
    wait_unlocked(loop, may_block ? until : 0);
    fd_handlers_run(loop, end_wait(loop));
    timers_run(loop);
    bottom_halves_run(loop);
    if (loop->glib.context) {
        loop_glib_dispatch(loop);
    }
}

/* ---- loops ---- */

EventLoop *event_loop_new(const char *name)
{
    EventLoop *loop = g_new0(EventLoop, 1);

    if (!fd_handlers_init(loop)) {
        g_free(loop);
        return NULL;
    }
    loop->name = g_strdup(name);
    pthread_mutex_init(&loop->lock, NULL);
    pthread_mutex_lock(&all_loops_lock);
    all_loops = g_slist_prepend(all_loops, loop);
    pthread_mutex_unlock(&all_loops_lock);
    return loop;
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
    loop_glib_finish(loop);
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
    the_main_loop = event_loop_new("main");
    if (!the_main_loop) {
        error_report("cannot make an event loop: %s", g_strerror(errno));
        exit(1);
    }
    the_main_loop->is_main = true;
    loop_adopt(the_main_loop);
    bql_set_thread_name("main");
    bql_lock();
    message_start_queue();
}

void no_coroutine_fn event_loop_iterate_at(EventLoop *loop, bool may_block, const char *place)
{
    if (in_coroutine()) {
        error_report("bug: event loop '%s' is turned from within a coroutine at %s", loop->name,
                     place);
        abort();
    }
    if (current_loop != loop) {
        loop_adopt(loop);
    }
    if (loop->iterating) {
        error_report("bug: event loop '%s' is turned from within one of its callbacks at %s",
                     loop->name, place);
        abort();
    }
    loop->iterating = true;
    turn(loop, may_block);
    loop->iterating = false;
}

static bool take_quit(EventLoop *loop)
{
    bool quit = __atomic_load_n(&loop->quit, __ATOMIC_ACQUIRE);

    if (quit) {
        pthread_mutex_lock(&loop->lock);
        __atomic_store_n(&loop->quit, false, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&loop->lock);
    }
    return quit;
}

void no_coroutine_fn event_loop_run_at(EventLoop *loop, const char *place)
{
    while (!take_quit(loop)) {
        event_loop_iterate_at(loop, true, place);
    }
}

void event_loop_quit(EventLoop *loop)
{
    bool wake;

    pthread_mutex_lock(&loop->lock);
    __atomic_store_n(&loop->quit, true, __ATOMIC_RELEASE);
    wake = event_loop_must_wake(loop);
    pthread_mutex_unlock(&loop->lock);
    if (wake) {
        event_loop_wakeup(loop);
    }
}
