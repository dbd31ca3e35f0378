/*
 * What the files of util/ that make up an event loop know of each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_EVENT_LOOP_INTERNAL_H
#define UTIL_EVENT_LOOP_INTERNAL_H

#include "util/event-loop.h"
#include "util/stall.h"
#include "util/timer.h"

#include <pthread.h>
#include <sys/epoll.h>

/*
 * Locks are pthread's, not GLib's: ThreadSanitizer sees those even when GLib itself was built
 * without it.
 */

struct BottomHalf {
    EventLoop *loop;
    EventFn *fn;
    void *opaque;
    const char *place; /* where it was made */
    /* The rest under loop->lock. */
    GList link;
    unsigned turn; /* in which it was scheduled; it runs in a later one */
    bool scheduled;
    bool once; /* freed when it has been taken out to run */
};

typedef struct TimerHeap {
    Timer **timers; /* a binary heap; the earliest first */
    int len;
    int size;
} TimerHeap;

struct EventLoop {
    char *name;
    GMainContext *context;
    GSource *source;
    int epoll_fd;
    bool is_main;
    /* Only in the loop's thread: */
    bool iterating;
    int wakeup_fd;              /* GLib's, in our epoll set too; -1: not yet */
    bool no_pwait2;             /* the kernel is older than Linux 5.11 */
    struct epoll_event *events; /* fetched and not yet worked off */
    int n_events;

    pthread_mutex_t lock; /* protects what follows */
    GHashTable *fds;      /* fd -> FdHandler */
    GPtrArray *always;    /* FdHandlers of what epoll refuses: always ready */
    GSList *dead;         /* removed FdHandlers that a batch under way may still look at */
    GQueue bottom_halves;
    unsigned turn;
    TimerHeap heaps[2]; /* by ClockType */
    bool in_batch;      /* there are events that name FdHandlers */
    bool polling;       /* about to wait or waiting: somebody has to wake it */
    bool notified;      /* since it began to poll */
    bool quit;
};

/* With loop->lock held; true: call event_loop_wakeup() once the lock is given up. */
bool event_loop_must_wake(EventLoop *loop);
void event_loop_wakeup(EventLoop *loop);
/* Have every loop look at its timers again. */
void event_loops_wake_all(void);

/* An embedded bottom half: init instead of new, cancel instead of destroy. */
#define bottom_half_init(bh, loop, fn, opaque) bottom_half_init_at(bh, loop, fn, opaque, PLACE)
void bottom_half_init_at(BottomHalf *bh, EventLoop *loop, EventFn *fn, void *opaque,
                         const char *place);

/* With loop->lock held: host time at which the next timer is due, INT64_MAX when there is none. */
int64_t timers_deadline(EventLoop *loop);
/* Without: run what is due. */
void timers_run(EventLoop *loop);
void timers_free(EventLoop *loop);

/* After each callback. */
static inline void event_loop_called(EventLoop *loop, const char *place)
{
    if (loop->is_main) {
        stall_check(place);
    }
}

#endif
