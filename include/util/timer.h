/*
 * Clocks and timers. All times are nanoseconds in int64_t.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_TIMER_H
#define UTIL_TIMER_H

#include "util/event-loop.h"

#define NS_PER_SEC 1000000000LL
#define NS_PER_MS 1000000LL

typedef enum ClockType {
    CLOCK_HOST,    /* monotonic; never stops */
    CLOCK_VIRTUAL, /* the machine's time: starts at 0, stands still while the machine is stopped */
} ClockType;

/* Any thread, no lock. */
int64_t clock_now(ClockType clock);
/* Wall-clock time since 1970-01-01 UTC. */
int64_t wall_clock_now(void);

/* The virtual clock stands still until it is first started. BQL held. */
void virtual_clock_start(void);
void virtual_clock_stop(void);
/* Any thread, no lock. */
bool virtual_clock_is_running(void);

typedef struct Timer Timer;
struct Timer {
    /* private */
    EventLoop *loop;
    ClockType clock;
    EventFn *fn;
    void *opaque;
    const char *place;
    int64_t expires; /* -1: not armed */
    int heap_index;
};

/* The caller owns the memory; the callback runs in @loop's thread (main loop: BQL held). */
#define timer_init(timer, loop, clock, fn, opaque)                                                 \
    timer_init_at(timer, loop, clock, fn, opaque, PLACE)
void timer_init_at(Timer *timer, EventLoop *loop, ClockType clock, EventFn *fn, void *opaque,
                   const char *place);
/* Any thread. Arm for @expires (absolute, on the timer's clock), replacing an earlier time. */
void timer_arm(Timer *timer, int64_t expires);
/* Any thread. A callback that is already running is not waited for. */
void timer_disarm(Timer *timer);
bool timer_is_armed(const Timer *timer);
/* Disarm for good; only in the loop's thread (main loop: with the BQL). */
void timer_finish(Timer *timer);

#endif
