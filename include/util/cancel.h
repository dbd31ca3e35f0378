/*
 * Cancel tokens: "stop waiting, clean up, say that you were cancelled".
 *
 * A token is cancelled once and stays so. It belongs to the thread of one event loop, and all of
 * this is called there (main loop: with the BQL), but for cancel_token_is_cancelled(), which any
 * thread may ask.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_CANCEL_H
#define UTIL_CANCEL_H

#include <glib.h>
#include <stdbool.h>

typedef struct CancelWaiter CancelWaiter;
typedef void CancelFn(CancelWaiter *waiter);

/* Something to be told; embedded by the waiter. Removed from the list before it is told. */
struct CancelWaiter {
    CancelFn *fn;
    GList link; /* private */
    bool linked;
};

typedef struct CancelToken {
    /* private */
    int cancelled; /* atomic */
    const char *reason;
    GQueue waiters;
} CancelToken;

void cancel_token_init(CancelToken *token);
/* Nothing may wait on it any more. */
void cancel_token_finish(CancelToken *token);
/* @reason: static text for the error message, e.g. "client disconnected". Tells every waiter. */
void cancel_token_cancel(CancelToken *token, const char *reason);
bool cancel_token_is_cancelled(const CancelToken *token);
const char *cancel_token_reason(const CancelToken *token); /* NULL while not cancelled */

/* Be told; false (and not added) when it is cancelled already. */
bool cancel_token_add(CancelToken *token, CancelWaiter *waiter, CancelFn *fn);
/* No-op when it is not in the list. */
void cancel_token_remove(CancelToken *token, CancelWaiter *waiter);

#endif
