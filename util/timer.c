/*
 * Clocks, and the timer heaps of the event loops.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/timer.h"
#include "util/bql.h"
#include "util/event-loop-internal.h"

#include <time.h>

/*
 * The virtual clock. Written under the BQL; read by anybody, who tries again when the sequence
 * number is odd or has changed meanwhile.
 */
static struct {
    unsigned seq;
    bool running;
    int64_t base; /* running: virtual minus host time; else the time it stands at */
} virtual_clock;

static int64_t host_clock_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

int64_t wall_clock_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

/* Returns whether it runs. */
static bool virtual_clock_read(int64_t *base)
{
    unsigned seq;
    bool running;

    do {
        seq = __atomic_load_n(&virtual_clock.seq, __ATOMIC_ACQUIRE);
        running = __atomic_load_n(&virtual_clock.running, __ATOMIC_ACQUIRE);
        *base = __atomic_load_n(&virtual_clock.base, __ATOMIC_ACQUIRE);
    } while ((seq & 1) || seq != __atomic_load_n(&virtual_clock.seq, __ATOMIC_RELAXED));
    return running;
}

static void virtual_clock_write(bool running, int64_t base)
{
    unsigned seq = __atomic_load_n(&virtual_clock.seq, __ATOMIC_RELAXED);

    __atomic_store_n(&virtual_clock.seq, seq + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&virtual_clock.running, running, __ATOMIC_RELEASE);
    __atomic_store_n(&virtual_clock.base, base, __ATOMIC_RELEASE);
    __atomic_store_n(&virtual_clock.seq, seq + 2, __ATOMIC_RELEASE);
}

int64_t clock_now(ClockType clock)
{
    int64_t base;

    if (clock == CLOCK_HOST) {
        return host_clock_now();
    }
    return virtual_clock_read(&base) ? host_clock_now() + base : base;
}

bool virtual_clock_is_running(void)
{
    int64_t base;

    return virtual_clock_read(&base);
}

void virtual_clock_start(void)
{
    bql_assert_locked();
    if (!virtual_clock.running) {
        virtual_clock_write(true, virtual_clock.base - host_clock_now());
        event_loops_wake_all();
    }
}

void virtual_clock_stop(void)
{
    bql_assert_locked();
    if (virtual_clock.running) {
        virtual_clock_write(false, host_clock_now() + virtual_clock.base);
    }
}

/* ---- the heap; loop->lock is held ---- */

static void heap_put(TimerHeap *heap, int index, Timer *timer)
{
    heap->timers[index] = timer;
    timer->heap_index = index;
}

static void heap_sift_up(TimerHeap *heap, int index, Timer *timer)
{
    while (index > 0) {
        int parent = (index - 1) / 2;

        if (heap->timers[parent]->expires <= timer->expires) {
            break;
        }
        heap_put(heap, index, heap->timers[parent]);
        index = parent;
    }
    heap_put(heap, index, timer);
}

static void heap_sift_down(TimerHeap *heap, int index, Timer *timer)
{
    for (;;) {
        int child = 2 * index + 1;

        if (child + 1 < heap->len &&
            heap->timers[child + 1]->expires < heap->timers[child]->expires) {
            child++;
        }
        if (child >= heap->len || heap->timers[child]->expires >= timer->expires) {
            break;
        }
        heap_put(heap, index, heap->timers[child]);
        index = child;
    }
    heap_put(heap, index, timer);
}

static void heap_remove(TimerHeap *heap, Timer *timer)
{
    int index = timer->heap_index;
    Timer *last = heap->timers[--heap->len];

    if (last != timer) {
        if (last->expires < timer->expires) {
            heap_sift_up(heap, index, last);
        } else {
            heap_sift_down(heap, index, last);
        }
    }
    timer->heap_index = -1;
}

static void heap_insert(TimerHeap *heap, Timer *timer)
{
    if (heap->len == heap->size) {
        heap->size = MAX(16, 2 * heap->size);
        heap->timers = g_renew(Timer *, heap->timers, heap->size);
    }
    heap_sift_up(heap, heap->len++, timer);
}

static void set_expires(Timer *timer, int64_t expires)
{
    /* timer_is_armed() reads it without the lock. */
    __atomic_store_n(&timer->expires, expires, __ATOMIC_RELAXED);
}

static void disarm_locked(Timer *timer)
{
    if (timer->heap_index >= 0) {
        heap_remove(&timer->loop->heaps[timer->clock], timer);
        set_expires(timer, -1);
    }
}

void timer_init_at(Timer *timer, EventLoop *loop, ClockType clock, EventFn *fn, void *opaque,
                   const char *place)
{
    *timer = (Timer){
        .loop = loop,
        .clock = clock,
        .fn = fn,
        .opaque = opaque,
        .place = place,
        .expires = -1,
        .heap_index = -1,
    };
}

void timer_arm(Timer *timer, int64_t expires)
{
    EventLoop *loop = timer->loop;
    bool wake;

    pthread_mutex_lock(&loop->lock);
    disarm_locked(timer);
    set_expires(timer, MAX(expires, 0));
    heap_insert(&loop->heaps[timer->clock], timer);
    wake = timer->heap_index == 0 && event_loop_must_wake(loop);
    pthread_mutex_unlock(&loop->lock);
    if (wake) {
        event_loop_wakeup(loop);
    }
}

void timer_disarm(Timer *timer)
{
    pthread_mutex_lock(&timer->loop->lock);
    disarm_locked(timer);
    pthread_mutex_unlock(&timer->loop->lock);
}

bool timer_is_armed(const Timer *timer)
{
    return __atomic_load_n(&timer->expires, __ATOMIC_RELAXED) >= 0;
}

void timer_finish(Timer *timer)
{
    if (timer->loop) {
        timer_disarm(timer);
        timer->loop = NULL;
    }
}

int64_t timers_deadline(EventLoop *loop)
{
    const TimerHeap *host = &loop->heaps[CLOCK_HOST];
    const TimerHeap *virt = &loop->heaps[CLOCK_VIRTUAL];
    int64_t deadline = host->len ? host->timers[0]->expires : INT64_MAX;
    int64_t base, due;

    if (virt->len && virtual_clock_read(&base)) {
        if (__builtin_sub_overflow(virt->timers[0]->expires, base, &due)) {
            due = INT64_MAX; /* base is negative: the sum is beyond the end of time */
        }
        deadline = MIN(deadline, due);
    }
    return deadline;
}

/* The next timer of @heap that is due at @now, disarmed; a copy, for it may vanish when it runs. */
static bool take_due(EventLoop *loop, TimerHeap *heap, int64_t now, Timer *taken)
{
    bool due;

    pthread_mutex_lock(&loop->lock);
    due = heap->len && heap->timers[0]->expires <= now;
    if (due) {
        *taken = *heap->timers[0];
        disarm_locked(heap->timers[0]);
    }
    pthread_mutex_unlock(&loop->lock);
    return due;
}

/* One that arms itself for a time already past waits for the next turn: @n bounds this one. */
static void run_heap(EventLoop *loop, ClockType clock, int n)
{
    TimerHeap *heap = &loop->heaps[clock];
    int64_t now = n ? clock_now(clock) : 0;
    Timer timer;

    while (n-- > 0 && take_due(loop, heap, now, &timer)) {
        timer.fn(timer.opaque);
        event_loop_called(loop, timer.place);
    }
}

void timers_run(EventLoop *loop)
{
    int n_host, n_virtual;

    pthread_mutex_lock(&loop->lock);
    n_host = loop->heaps[CLOCK_HOST].len;
    n_virtual = loop->heaps[CLOCK_VIRTUAL].len;
    pthread_mutex_unlock(&loop->lock);
    run_heap(loop, CLOCK_HOST, n_host);
    if (n_virtual && virtual_clock_is_running()) {
        run_heap(loop, CLOCK_VIRTUAL, n_virtual);
    }
}

void timers_free(EventLoop *loop)
{
    for (size_t i = 0; i < G_N_ELEMENTS(loop->heaps); i++) {
        g_assert(loop->heaps[i].len == 0);
        g_free(loop->heaps[i].timers);
    }
}
