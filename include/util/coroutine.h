/*
 * Stackful coroutines.
 *
 * A coroutine has a stack of its own (with a guard page, taken from a pool) and runs until it
 * yields or returns. It belongs to the event loop of the thread that first entered it (its home
 * loop) and runs only in that thread; on the main loop the BQL is held whenever it runs, and
 * anything may have changed after a yield.
 *
 * A coroutine may have a CancelToken (util/cancel.h); every wait declared here and in util/co-*.h
 * returns early, saying so, once that token is cancelled.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_COROUTINE_H
#define UTIL_COROUTINE_H

#include "util/cancel.h"
#include "util/compiler.h"
#include "util/timer.h"

typedef struct Coroutine Coroutine;
typedef void coroutine_fn CoroutineEntry(void *opaque);

/* Make a coroutine; it starts at the first coroutine_enter() and is freed when @entry returns. */
Coroutine *coroutine_create(CoroutineEntry *entry, void *opaque);
/* The token that its waits obey from now on; NULL for none. Not owned. */
void coroutine_set_cancel(Coroutine *co, CancelToken *token);
CancelToken *coroutine_get_cancel(Coroutine *co);

/*
 * Run @co until it yields or ends; only in its home loop's thread. Aborts when @co is running or
 * waiting in an enter of its own (re-entry).
 */
void coroutine_enter(Coroutine *co);
/* Return to whoever entered us. The plain yield: not cancellable, the building block of waits. */
void coroutine_fn coroutine_yield(void);
/* Any thread: have @co entered soon by its home loop. One wake for each yield, no more. */
void coroutine_wake(Coroutine *co);

/*
 * Call @fn outside coroutine context, on the stack of whoever entered the running coroutine, and
 * go on when it has returned. @fn must not enter this coroutine.
 */
void coroutine_fn co_call_outside(EventFn *fn, void *opaque);

/*
 * Proof of coroutine context: functions in tables take it as an argument, so that one that may
 * yield has another type than one that may not, and only who has it calls the former. Never
 * defined, never NULL, not for keeping: it holds until the function returns.
 */
typedef struct CoContext CoContext;
const CoContext *coroutine_fn co_context(void);

Coroutine *coroutine_self(void); /* NULL outside */
bool in_coroutine(void);
/* Whether the running coroutine's token (if any) is cancelled. False outside coroutines. */
bool co_is_cancelled(void);

/* What a coroutine is waiting for, for people: a static string, NULL when it runs or never said. */
const char *coroutine_waits_for(const Coroutine *co);
void coroutine_set_waits_for(Coroutine *co, const char *what);
/*
 * How far it is, for people: *@done (atomic, any thread may count) of @total, which is not 0. @done
 * NULL: nobody knows, as at the beginning. It must stay until it is unset. Home loop's thread.
 */
void coroutine_set_progress(Coroutine *co, const uint64_t *done, uint64_t total);
bool coroutine_get_progress(const Coroutine *co, uint64_t *done, uint64_t *total);

/*
 * What @co does, for people: a static string. The stall detector names it (util/event-loop.h).
 */
void coroutine_set_name(Coroutine *co, const char *name);
/*
 * Have @co, which has not been entered yet, count the time that it spends between yielding and being
 * entered again; how much that is so far.
 */
void coroutine_count_waits(Coroutine *co);
int64_t coroutine_waited_ns(const Coroutine *co);

/* Yield, let the home loop turn once, go on. False when cancelled. */
bool coroutine_fn co_pause(void);
/* Sleep until @expires on @clock. False when cancelled (returns early). */
bool coroutine_fn co_sleep_until(ClockType clock, int64_t expires);
bool coroutine_fn co_sleep_ns(ClockType clock, int64_t ns);

typedef enum CoFdEvent { CO_FD_READ = 1, CO_FD_WRITE = 2 } CoFdEvent;
/* Wait until @fd is ready for one of @events; it must not be registered with the loop otherwise. */
bool coroutine_fn co_wait_fd(int fd, CoFdEvent events);

/*
 * Borrow: state that must stay as it is to the end of the scope. A yield meanwhile aborts and
 * names the place. Works in coroutine context; a no-op outside (nothing can yield there).
 */
typedef struct CoBorrow {
    Coroutine *co;
    const char *outer;
} CoBorrow;

CoBorrow co_borrow_enter(const char *place);
void co_borrow_leave(CoBorrow *borrow);
#define CO_BORROW()                                                                                \
    __attribute__((cleanup(co_borrow_leave), unused)) CoBorrow co_borrow_ =                        \
        co_borrow_enter(PLACE)

#endif
