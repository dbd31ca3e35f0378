/*
 * How an event loop waits: it looks for work for a while, if it polls, and then it sleeps.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/loop-poll.h"
#include "util/event-loop-internal.h"
#include "util/fd-handler.h"

/* ---- how long ---- */

void event_loop_set_poll(EventLoop *loop, const LoopPoll *poll)
{
    g_assert(!loop->is_main && poll->max_ns <= LOOP_POLL_LIMIT_NS);
    __atomic_store_n(&loop->poll.grow, poll->grow, __ATOMIC_RELAXED);
    __atomic_store_n(&loop->poll.shrink, poll->shrink, __ATOMIC_RELAXED);
    __atomic_store_n(&loop->poll.max_ns, poll->max_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&loop->poll_ns, 0, __ATOMIC_RELAXED);
}

int64_t event_loop_poll_ns(EventLoop *loop)
{
    return __atomic_load_n(&loop->poll_ns, __ATOMIC_RELAXED);
}

static int64_t poll_max_ns(EventLoop *loop)
{
    return __atomic_load_n(&loop->poll.max_ns, __ATOMIC_RELAXED);
}

static int64_t grown(const LoopPoll *poll, int64_t poll_ns)
{
    int64_t ns;

    if (poll_ns == 0) {
        ns = LOOP_POLL_FIRST_NS;
    } else if (__builtin_mul_overflow(poll_ns, poll->grow ? poll->grow : 2, &ns)) {
        ns = INT64_MAX;
    }
    return MIN(ns, poll->max_ns);
}

int64_t loop_poll_adapt(const LoopPoll *poll, int64_t poll_ns, int64_t waited_ns)
{
    if (waited_ns > poll->max_ns) {
        return poll->shrink ? MIN(poll_ns / poll->shrink, poll->max_ns) : 0;
    }
    return grown(poll, poll_ns);
}

void loop_note_waking(EventLoop *loop)
{
    if (poll_max_ns(loop)) {
        __atomic_store_n(&loop->woken, clock_now(CLOCK_HOST), __ATOMIC_RELAXED);
    }
}

/*
 * It has slept: what was waited for since @begin came too late for the look before that. Where that
 * is known, what counts is when it came and not when the thread had woken up from it.
 */
static void adapt(EventLoop *loop, int64_t begin)
{
    const LoopPoll poll = {
        .max_ns = poll_max_ns(loop),
        .grow = __atomic_load_n(&loop->poll.grow, __ATOMIC_RELAXED),
        .shrink = __atomic_load_n(&loop->poll.shrink, __ATOMIC_RELAXED),
    };
    int64_t came = 0;

    if (__atomic_load_n(&loop->notified, __ATOMIC_ACQUIRE)) {
        came = __atomic_load_n(&loop->woken, __ATOMIC_RELAXED);
    }
    if (came < begin) {
        came = clock_now(CLOCK_HOST);
    }
    __atomic_store_n(&loop->poll_ns, loop_poll_adapt(&poll, event_loop_poll_ns(loop), came - begin),
                     __ATOMIC_RELAXED);
}

/* ---- looking ---- */

bool loop_may_look(EventLoop *loop)
{
    return !loop->is_main && poll_max_ns(loop) > 0 && !loop->context && fd_handlers_all_seen(loop);
}

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Until there is work (true), or the time for it is over. At least one look. */
static bool look(EventLoop *loop, int64_t begin, int64_t until)
{
    for (;;) {
        int64_t now;

        /* In this order: much other work does not keep descriptors waiting. */
        if (fd_handlers_look(loop) || __atomic_load_n(&loop->notified, __ATOMIC_ACQUIRE)) {
            return true;
        }
        now = clock_now(CLOCK_HOST);
        if (now >= until) {
            return true;
        }
        if (now - begin >= MIN(event_loop_poll_ns(loop), poll_max_ns(loop))) {
            return false;
        }
        relax();
    }
}

/* From now on it has to be woken up; false: something came in the last moment. */
static bool stop_looking(EventLoop *loop)
{
    bool sleep;

    pthread_mutex_lock(&loop->lock);
    sleep = !loop->notified;
    loop->state = sleep ? LOOP_SLEEPS : LOOP_WORKS;
    pthread_mutex_unlock(&loop->lock);
    return sleep;
}

/* ---- sleeping ---- */

/* The time until @until on the host clock; NULL: for ever. */
static struct timespec *sleep_time(int64_t until, struct timespec *ts)
{
    int64_t ns;

    if (until == INT64_MAX) {
        return NULL;
    }
    ns = until == 0 ? 0 : MAX(until - clock_now(CLOCK_HOST), 0);
    *ts = (struct timespec){ .tv_sec = ns / NS_PER_SEC, .tv_nsec = ns % NS_PER_SEC };
    return ts;
}

/* In the usual case, without GLib, one system call both waits and fetches the events. */
static void sleep_for_events(EventLoop *loop, const struct timespec *ts)
{
    const struct timespec no_time = { 0 };

    if (!loop->glib.context) {
        fd_handlers_wait(loop, ts);
    } else if (loop_glib_poll(loop, ts)) {
        fd_handlers_wait(loop, &no_time);
    }
}

void loop_wait(EventLoop *loop, int64_t until)
{
    bool looks = loop->state == LOOP_LOOKS;
    int64_t begin = looks ? clock_now(CLOCK_HOST) : 0;
    struct timespec ts;

    if (looks && (look(loop, begin, until) || !stop_looking(loop))) {
        return;
    }
    sleep_for_events(loop, sleep_time(until, &ts));
    if (looks) {
        adapt(loop, begin);
    }
}
