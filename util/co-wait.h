/*
 * One wait of one coroutine, for something or for being cancelled: what every cancellable wait in
 * util/ is made of. It lies on the stack of the coroutine that waits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_CO_WAIT_H
#define UTIL_CO_WAIT_H

#include "util/coroutine.h"

typedef struct CoWait {
    Coroutine *co;
    CancelWaiter cancel;
    /* Asked before a cancellation is obeyed; false: too late, co_wait_done() will come. */
    bool (*may_cancel)(struct CoWait *wait);
    bool done;
    bool cancelled;
} CoWait;

/*
 * Wait for co_wait_done(); false when cancelled, before or meanwhile. Fill in may_cancel (or leave
 * it NULL) and nothing else. @what as for coroutine_set_waits_for(), unless that was set already.
 */
bool coroutine_fn co_wait(CoWait *wait, const char *what);
/* In the coroutine's thread: end the wait. No-op when it has ended. */
void co_wait_done(CoWait *wait);

#endif
