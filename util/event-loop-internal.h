/*
 * What the files of util/ that make up an event loop know of each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_EVENT_LOOP_INTERNAL_H
#define UTIL_EVENT_LOOP_INTERNAL_H

#include "util/event-loop.h"
#include "util/loop-poll.h"
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

/* Most events that are fetched at a time. */
enum { FD_BATCH_MAX = 64 };

/* Who is called for a descriptor. Under loop->lock; what is in loop->seen changes in its thread. */
typedef struct FdHandler {
    int fd;
    EventFn *on_read;
    EventFn *on_write;
    EventFn *on_hangup; /* instead of the two above */
    EventFn *on_end;    /* beside on_hangup, or NULL */
    LookFn *look;       /* beside on_read; NULL: only the system can tell */
    void *opaque;
    const char *place;
    bool refused; /* by epoll (a regular file, /dev/null): always ready, and never hung up */
    bool dead;
} FdHandler;

typedef struct TimerHeap {
    Timer **timers; /* a binary heap; the earliest first */
    int len;
    int size;
} TimerHeap;

/* Which loops have to be told of work, and how. */
typedef enum LoopState {
    LOOP_WORKS,  /* it looks for itself before it waits */
    LOOP_LOOKS,  /* polls: notified is enough */
    LOOP_SLEEPS, /* or is about to: somebody has to wake it */
} LoopState;

/* GLib's part in a turn of the loop. Only in the loop's thread. */
typedef struct LoopGlib {
    GMainContext *context; /* NULL: it has none in this turn */
    int priority;
    GPollFD *fds; /* the epoll set, and what GLib waits for */
    int n_fds;
    int size;
} LoopGlib;

struct EventLoop {
    char *name;
    int epoll_fd;
    int wakeup_fd; /* an eventfd; in the epoll set, edge-triggered, so that nobody has to read it */
    bool is_main;
    /* Only in the loop's thread: */
    bool iterating;
    bool no_pwait2; /* the kernel is older than Linux 5.11 */
    LoopGlib glib;
    struct epoll_event *events; /* fetched and not yet worked off */
    int n_events;
    GPtrArray *seen; /* FdHandlers with a look function */

    LoopPoll poll;   /* atomic: written by any thread */
    int64_t poll_ns; /* atomic: how long it looks now */
    int64_t woken;   /* atomic: host time at which it was notified, if it slept */

    pthread_mutex_t lock; /* protects what follows */
    GHashTable *fds;      /* fd -> FdHandler */
    GPtrArray *always;    /* FdHandlers of what epoll refuses: always ready */
    GSList *dead;         /* removed FdHandlers that events of this turn may still name */
    GQueue bottom_halves;
    unsigned turn;
    TimerHeap heaps[2];    /* by ClockType */
    GMainContext *context; /* NULL until somebody asks for it */
    LoopState state;       /* changed by the loop's thread alone, which reads it without the lock */
    bool notified; /* since it began to wait; atomic: read without the lock while it looks */
    bool quit;     /* atomic: read without the lock, too */
};

/* With loop->lock held; true: call event_loop_wakeup() once the lock is given up. */
bool event_loop_must_wake(EventLoop *loop);
void event_loop_wakeup(EventLoop *loop);
/* Have every loop look at its timers again. */
void event_loops_wake_all(void);

/* With loop->lock held, in the loop's thread: whether it may look for work before it sleeps. */
bool loop_may_look(EventLoop *loop);
/* With loop->lock held, before notified is set: somebody wakes it. */
void loop_note_waking(EventLoop *loop);
/*
 * Wait as loop->state says, until @until on the host clock at most (0: not at all, INT64_MAX: for
 * ever), and fetch what happened to descriptors for fd_handlers_run().
 */
void loop_wait(EventLoop *loop, int64_t until);

/*
 * GLib's part in a turn (loop-glib.c), in this order, if loop->glib.context is set. The first
 * returns until when it wants to wait; the second waits for all descriptors, for ever with @timeout
 * NULL, and returns whether the epoll set has something.
 */
int64_t loop_glib_prepare(EventLoop *loop);
bool loop_glib_poll(EventLoop *loop, const struct timespec *timeout);
void loop_glib_dispatch(EventLoop *loop);
void loop_glib_finish(EventLoop *loop);

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
