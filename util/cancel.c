/*
 * Cancel tokens.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/cancel.h"

void cancel_token_init(CancelToken *token)
{
    *token = (CancelToken){ 0 };
    g_queue_init(&token->waiters);
}

void cancel_token_finish(CancelToken *token)
{
    g_assert(g_queue_is_empty(&token->waiters));
}

void cancel_token_cancel(CancelToken *token, const char *reason)
{
    GList *link;

    if (cancel_token_is_cancelled(token)) {
        return;
    }
    token->reason = reason;
    __atomic_store_n(&token->cancelled, 1, __ATOMIC_RELEASE);
    while ((link = g_queue_pop_head_link(&token->waiters))) {
        CancelWaiter *waiter = link->data;

        waiter->linked = false;
        waiter->fn(waiter);
    }
}

bool cancel_token_is_cancelled(const CancelToken *token)
{
    return __atomic_load_n(&token->cancelled, __ATOMIC_ACQUIRE);
}

const char *cancel_token_reason(const CancelToken *token)
{
    return cancel_token_is_cancelled(token) ? token->reason : NULL;
}

bool cancel_token_add(CancelToken *token, CancelWaiter *waiter, CancelFn *fn)
{
    *waiter = (CancelWaiter){ .fn = fn };
    if (cancel_token_is_cancelled(token)) {
        return false;
    }
    waiter->link.data = waiter;
    waiter->linked = true;
    g_queue_push_tail_link(&token->waiters, &waiter->link);
    return true;
}

void cancel_token_remove(CancelToken *token, CancelWaiter *waiter)
{
    if (waiter->linked) {
        waiter->linked = false;
        g_queue_unlink(&token->waiters, &waiter->link);
    }
}
