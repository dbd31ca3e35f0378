/*
 * Polling: an event loop that looks for work for a while before it sleeps.
 *
 * To be woken up costs its thread, and who wakes it, a system call each and some microseconds. A
 * loop that polls looks at what can be seen without system calls instead: bottom halves, timers,
 * the wish to quit, and descriptors that have a look function. It holds no lock meanwhile. While
 * other descriptors or GLib sources are waited for too it does not poll, as they would be late.
 *
 * How long it looks depends on what came of it. A sleep that was a short one makes the next look
 * longer, and one that was long makes it shorter, or none at all: an idle loop sleeps.
 *
 * New loops do not poll, and the main loop, which others wait for, never does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_LOOP_POLL_H
#define UTIL_LOOP_POLL_H

#include "util/event-loop.h"

/* The first look after a short sleep. */
#define LOOP_POLL_FIRST_NS 4000
/* The longest of all. */
#define LOOP_POLL_LIMIT_NS 1000000000

/* None is negative. */
typedef struct LoopPoll {
    int64_t max_ns; /* up to LOOP_POLL_LIMIT_NS; 0: it does not poll */
    int64_t grow;   /* after a short sleep the time is multiplied by it; 0: by 2 */
    int64_t shrink; /* after a long one it is divided by it; 0: no more polling for now */
} LoopPoll;

/* Any thread; a look that is under way ends as is said here. */
void event_loop_set_poll(EventLoop *loop, const LoopPoll *poll);

/* How long to look, after a sleep that came after a look of @poll_ns; both took @waited_ns. */
int64_t loop_poll_adapt(const LoopPoll *poll, int64_t poll_ns, int64_t waited_ns);
/* Any thread: how long the loop would look now. */
int64_t event_loop_poll_ns(EventLoop *loop);

/* Whether there is something to read; costs next to nothing. In the loop's thread. */
typedef bool LookFn(void *opaque);
/*
 * event_loop_set_fd() for reading what @look can see. Only in the loop's thread, as is each later
 * change and the removal. @fd becomes readable too, for the loop that sleeps.
 */
#define event_loop_set_fd_seen(loop, fd, look, on_read, opaque)                                    \
    event_loop_set_fd_seen_at(loop, fd, look, on_read, opaque, PLACE)
void event_loop_set_fd_seen_at(EventLoop *loop, int fd, LookFn *look, EventFn *on_read,
                               void *opaque, const char *place);

#endif
