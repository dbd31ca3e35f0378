/*
 * Cancellable waits of a coroutine: for a time, for a descriptor, for the next turn.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/co-wait.h"

static void end_wait(CoWait *wait, bool cancelled)
{
    if (!wait->done) {
        wait->done = true;
        wait->cancelled = cancelled;
        coroutine_wake(wait->co);
    }
}

void co_wait_done(CoWait *wait)
{
    end_wait(wait, false);
}

static void cancel_wait(CancelWaiter *waiter)
{
    CoWait *wait = container_of(waiter, CoWait, cancel);

    if (!wait->may_cancel || wait->may_cancel(wait)) {
        end_wait(wait, true);
    }
}

bool coroutine_fn co_wait(CoWait *wait, const char *what)
{
    Coroutine *co = coroutine_self();
    CancelToken *token = coroutine_get_cancel(co);

    wait->co = co;
    wait->done = false;
    wait->cancelled = false;
    if (token && !cancel_token_add(token, &wait->cancel, cancel_wait)) {
        return false;
    }
    if (!coroutine_waits_for(co)) {
        coroutine_set_waits_for(co, what);
    }
    coroutine_yield();
    if (token) {
        cancel_token_remove(token, &wait->cancel);
    }
    return !wait->cancelled;
}

static void wait_is_done(void *opaque)
{
    co_wait_done(opaque);
}

bool coroutine_fn co_pause(void)
{
    if (co_is_cancelled()) {
        return false;
    }
    coroutine_wake(coroutine_self());
    coroutine_yield();
    return !co_is_cancelled();
}

bool coroutine_fn co_sleep_until(ClockType clock, int64_t expires)
{
    CoWait wait = { 0 };
    Timer timer;
    bool slept;

    timer_init(&timer, event_loop_current(), clock, wait_is_done, &wait);
    timer_arm(&timer, expires);
    slept = co_wait(&wait, "a timer");
    timer_finish(&timer);
    return slept;
}

bool coroutine_fn co_sleep_ns(ClockType clock, int64_t ns)
{
    int64_t expires;

    if (__builtin_add_overflow(clock_now(clock), ns, &expires)) {
        expires = INT64_MAX;
    }
    return co_sleep_until(clock, expires);
}

bool coroutine_fn co_wait_fd(int fd, CoFdEvent events)
{
    EventLoop *loop = event_loop_current();
    CoWait wait = { 0 };
    bool ready;

    event_loop_set_fd(loop, fd, events & CO_FD_READ ? wait_is_done : NULL,
                      events & CO_FD_WRITE ? wait_is_done : NULL, &wait);
    ready = co_wait(&wait, "a descriptor");
    event_loop_set_fd(loop, fd, NULL, NULL, NULL);
    return ready;
}
