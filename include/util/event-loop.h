/*
 * Event loops: file descriptors, bottom halves, timers, and GLib's sources.
 *
 * One EventLoop belongs to one thread. All its descriptors are in one epoll set, so an idle
 * descriptor costs nothing when the loop turns. The main loop (main_loop()) runs under the BQL,
 * which it gives up while it waits; the loop of an I/O thread (util/io-thread.h) never holds it.
 * GLib sources run on a loop that was asked for its event_loop_context(): the others' turns are
 * not to pay for that. Loops of I/O threads may look for work before they sleep
 * (util/loop-poll.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_EVENT_LOOP_H
#define UTIL_EVENT_LOOP_H

#include "util/compiler.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct EventLoop EventLoop;
typedef struct BottomHalf BottomHalf;
typedef void EventFn(void *opaque);

/* Set up the main loop; the calling thread becomes the main thread and takes the BQL. Once. */
void main_loop_init(void);
EventLoop *main_loop(void);
/* The loop that the calling thread runs; NULL in threads without one (harts, workers). */
EventLoop *event_loop_current(void);
/*
 * Any thread: GLib's context of the loop, which owns it; the main loop's is the default one. From
 * the first call on the loop runs the sources attached to it.
 */
GMainContext *event_loop_context(EventLoop *loop);

/*
 * Make a loop; the thread that runs it first owns it from then on. NULL and errno: the host has no
 * descriptors for it.
 */
EventLoop *event_loop_new(const char *name);
/* Only when no thread runs it, and nothing is registered with it any more. */
void event_loop_destroy(EventLoop *loop);

/*
 * Turn the loop once: wait for events if @may_block, run what is due. Only in the loop's thread;
 * aborts in coroutine context and when called from within the same loop's callbacks, and names the
 * place.
 */
#define event_loop_iterate(loop, may_block) event_loop_iterate_at(loop, may_block, PLACE)
void no_coroutine_fn event_loop_iterate_at(EventLoop *loop, bool may_block, const char *place);
/* Turn it until event_loop_quit(). */
#define event_loop_run(loop) event_loop_run_at(loop, PLACE)
void no_coroutine_fn event_loop_run_at(EventLoop *loop, const char *place);
/* Any thread: end event_loop_run(), now or as soon as it starts. */
void event_loop_quit(EventLoop *loop);

/*
 * Call @on_read / @on_write while @fd is readable / writable (level-triggered; hang-up and error
 * call whichever are set). NULL for both removes @fd; this must be done before @fd is closed.
 * Any thread, but a removal from another thread than the loop's may be followed by one call that
 * was already under way. Handlers may add and remove descriptors, their own included.
 */
#define event_loop_set_fd(loop, fd, on_read, on_write, opaque)                                     \
    event_loop_set_fd_at(loop, fd, on_read, on_write, opaque, PLACE)
void event_loop_set_fd_at(EventLoop *loop, int fd, EventFn *on_read, EventFn *on_write,
                          void *opaque, const char *place);
/*
 * Instead of the handlers above (each call replaces what was set for @fd): call @on_hangup while
 * the other side of @fd is gone for good, in both directions, and else, if it is not NULL, @on_end
 * while it sends no more, whatever of what it has sent is yet to be read: a TCP connection does not
 * tell the one from the other. What cannot hang up never does.
 */
#define event_loop_watch_hangup(loop, fd, on_hangup, on_end, opaque)                               \
    event_loop_watch_hangup_at(loop, fd, on_hangup, on_end, opaque, PLACE)
void event_loop_watch_hangup_at(EventLoop *loop, int fd, EventFn *on_hangup, EventFn *on_end,
                                void *opaque, const char *place);

/*
 * Bottom halves: work put off to the next turn of the loop. bottom_half_schedule() may be called
 * from any thread and is idempotent until the callback starts; the rest only in the loop's thread.
 */
#define bottom_half_new(loop, fn, opaque) bottom_half_new_at(loop, fn, opaque, PLACE)
BottomHalf *bottom_half_new_at(EventLoop *loop, EventFn *fn, void *opaque, const char *place);
void bottom_half_schedule(BottomHalf *bh);
void bottom_half_cancel(BottomHalf *bh);
void bottom_half_destroy(BottomHalf *bh); /* also from its own callback; NULL is fine */
/* Any thread: run @fn once in the loop's thread, in the order in which these were asked for. */
#define event_loop_run_once(loop, fn, opaque) event_loop_run_once_at(loop, fn, opaque, PLACE)
void event_loop_run_once_at(EventLoop *loop, EventFn *fn, void *opaque, const char *place);

/*
 * A callback that keeps the main loop for longer than a tenth of a second is reported, with the
 * place where it was set up and, if it said so, @what it does: a static string, for people. NULL:
 * nothing to say.
 */
void stall_note(const char *what);

#endif
