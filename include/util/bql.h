/*
 * The big lock: whoever touches machine state holds it.
 *
 * It is fair: threads get it in the order in which they asked, so that a hart that hammers a
 * device cannot keep the main loop out. It does not nest. The main loop holds it while it runs
 * callbacks and gives it up while it polls.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_BQL_H
#define UTIL_BQL_H

#include "util/coroutine.h"

#include <stdbool.h>

void bql_lock(void);
void bql_unlock(void);
/*
 * With the BQL: the name of the thread that had it before, a static string, for people. NULL: nobody
 * had, or a thread without a name. bql_set_thread_name() names the calling one.
 */
const char *bql_last_holder(void);
void bql_set_thread_name(const char *name);
/* Whether the calling thread holds it. */
bool bql_locked(void);
/* Abort with file and line when the calling thread does not hold it. */
#define bql_assert_locked() bql_assert_locked_at(__FILE__, __LINE__)
void bql_assert_locked_at(const char *file, int line);

typedef struct BqlGuard {
    CoBorrow borrow;
} BqlGuard;

static inline BqlGuard bql_guard_enter(const char *place)
{
    bql_lock();
    return (BqlGuard){ .borrow = co_borrow_enter(place) };
}

static inline void bql_guard_leave(BqlGuard *guard)
{
    co_borrow_leave(&guard->borrow);
    bql_unlock();
}

/* Hold the BQL to the end of the scope; a coroutine that yields meanwhile aborts (CO_BORROW()). */
#define BQL_GUARD()                                                                                \
    __attribute__((cleanup(bql_guard_leave), unused)) BqlGuard bql_guard_ = bql_guard_enter(PLACE)

#endif
