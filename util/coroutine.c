/*
 * Stackful coroutines: making, entering, yielding, waking.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"
#include "util/co-context.h"
#include "util/co-stack.h"
#include "util/event-loop-internal.h"
#include "util/report.h"

#include <stdlib.h>

#ifdef VITRINE_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef VITRINE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* Somewhere to run: a coroutine's stack or the thread's own. */
typedef struct Place {
    CoContext context;
#ifdef VITRINE_ASAN
    void *fake_stack;
    const void *bottom;
    size_t size;
#endif
#ifdef VITRINE_TSAN
    void *fiber;
#endif
} Place;

struct Coroutine {
    Place place;
    Place *caller_place; /* where coroutine_enter() was called; NULL: not entered now */
    Coroutine *caller;   /* the coroutine that did; NULL: none */
    CoroutineEntry *entry;
    void *opaque;
    void *stack;
    EventLoop *home;
    CancelToken *cancel;
    const char *waits_for; /* read by other threads */
    const char *name;
    const uint64_t *progress; /* NULL: unknown */
    uint64_t progress_total;
    const char *borrow;
    EventFn *outside; /* what coroutine_enter() has to call for us before it lets us go on */
    void *outside_opaque;
    BottomHalf wake;
    int64_t waited; /* ns, if that is counted */
    bool counts_waits;
    bool settled; /* home is known; NULL in a thread without a loop */
    bool ended;
};

static __thread Place thread_place;
static __thread Coroutine *current;

static G_NORETURN void die(const char *what)
{
    error_report("bug: %s", what);
    abort();
}

/* ---- switching; the sanitizers have to be told ---- */

/* First thing on a stack that was switched to, by the one that left at @from's place. */
static inline void arrive(Place *self, Place *from)
{
#ifdef VITRINE_ASAN
    const void *bottom;
    size_t size;

    __sanitizer_finish_switch_fiber(self->fake_stack, &bottom, &size);
    if (from == &thread_place) {
        from->bottom = bottom;
        from->size = size;
    }
#endif
}

/* @last: @from is never switched back to. */
static inline void switch_place(Place *from, Place *to, bool last)
{
#ifdef VITRINE_ASAN
    __sanitizer_start_switch_fiber(last ? NULL : &from->fake_stack, to->bottom, to->size);
#endif
#ifdef VITRINE_TSAN
    if (!from->fiber) {
        from->fiber = __tsan_get_current_fiber();
    }
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    co_context_switch(&from->context, &to->context);
}

static void coroutine_main(void *opaque)
{
    Coroutine *co = opaque;
    Place *caller;

    arrive(&co->place, co->caller_place);
    co->entry(co->opaque);
    if (co->borrow) {
        die("a coroutine ended inside a borrow");
    }
    caller = co->caller_place;
    current = co->caller;
    co->caller_place = NULL;
    co->ended = true;
    switch_place(&co->place, caller, true);
    die("a coroutine that has ended was entered");
}

static void place_init(Place *place, Coroutine *co)
{
    co_context_make(&place->context, co->stack, CO_STACK_SIZE, coroutine_main, co);
#ifdef VITRINE_ASAN
    place->bottom = co->stack;
    place->size = CO_STACK_SIZE;
#endif
#ifdef VITRINE_TSAN
    place->fiber = __tsan_create_fiber(0);
#endif
}

Coroutine *coroutine_create(CoroutineEntry *entry, void *opaque)
{
    Coroutine *co = g_new0(Coroutine, 1);

    co->entry = entry;
    co->opaque = opaque;
    co->stack = co_stack_get();
    place_init(&co->place, co);
    return co;
}

static void coroutine_free(Coroutine *co)
{
    if (co->wake.scheduled) {
        die("a coroutine ended while a wake for it was under way");
    }
#ifdef VITRINE_TSAN
    __tsan_destroy_fiber(co->place.fiber);
#endif
    co_stack_put(co->stack);
    g_free(co);
}

static void wake_bh(void *opaque)
{
    coroutine_enter(opaque);
}

/* The first entry says where a coroutine is at home. */
static void settle(Coroutine *co)
{
    co->settled = true;
    co->home = event_loop_current();
    if (co->home) {
        bottom_half_init(&co->wake, co->home, wake_bh, co);
    }
}

static void run_until_yield(Coroutine *co, Place *here)
{
    co->caller_place = here;
    current = co;
    switch_place(here, &co->place, false);
    arrive(here, &co->place);
}

void coroutine_enter(Coroutine *co)
{
    Place *here = current ? &current->place : &thread_place;

    if (unlikely(!co->settled)) {
        settle(co);
    }
    if (unlikely(co->caller_place)) {
        die("a coroutine was entered while it runs");
    }
    if (unlikely(co->home != event_loop_current())) {
        die("a coroutine was entered by another thread than its own");
    }
    co->caller = current;
    __atomic_store_n(&co->waits_for, NULL, __ATOMIC_RELAXED);
    if (co->name) {
        stall_note(co->name);
    }
    run_until_yield(co, here);
    while (unlikely(co->outside != NULL)) {
        EventFn *fn = g_steal_pointer(&co->outside);

        fn(co->outside_opaque);
        run_until_yield(co, here);
    }
    if (co->ended) {
        coroutine_free(co);
    }
}

void coroutine_fn coroutine_yield(void)
{
    Coroutine *co = current;
    Place *caller;

    if (unlikely(!co)) {
        die("coroutine_yield() outside a coroutine");
    }
    if (unlikely(co->borrow)) {
        error_report("bug: a coroutine yields inside the borrow at %s", co->borrow);
        abort();
    }
    caller = co->caller_place;
    current = co->caller;
    co->caller_place = NULL;
    if (unlikely(co->counts_waits)) {
        int64_t began = clock_now(CLOCK_HOST);

        switch_place(&co->place, caller, false);
        arrive(&co->place, co->caller_place);
        co->waited += clock_now(CLOCK_HOST) - began;
        return;
    }
    switch_place(&co->place, caller, false);
    arrive(&co->place, co->caller_place);
}

typedef struct OutsideCall {
    Coroutine *co;
    EventFn *fn;
    void *opaque;
} OutsideCall;

static void call_and_enter(void *opaque)
{
    OutsideCall *call = opaque;

    call->fn(call->opaque);
    coroutine_enter(call->co);
}

void coroutine_fn co_call_outside(EventFn *fn, void *opaque)
{
    Coroutine *co = current;

    if (unlikely(co->caller)) {
        /* Whoever entered us is a coroutine too: only the loop is outside of both. */
        OutsideCall call = { co, fn, opaque };

        event_loop_run_once(co->home, call_and_enter, &call);
        coroutine_yield();
        return;
    }
    co->outside = fn;
    co->outside_opaque = opaque;
    coroutine_yield();
}

void coroutine_wake(Coroutine *co)
{
    if (!co->home) {
        die("a coroutine without an event loop was woken");
    }
    bottom_half_schedule(&co->wake);
}

/* ---- what a coroutine knows about itself ---- */

const CoContext *coroutine_fn co_context(void)
{
    if (unlikely(!current)) {
        die("co_context() outside a coroutine");
    }
    return (const CoContext *)current;
}

Coroutine *coroutine_self(void)
{
    return current;
}

bool in_coroutine(void)
{
    return current != NULL;
}

void coroutine_set_cancel(Coroutine *co, CancelToken *token)
{
    co->cancel = token;
}

CancelToken *coroutine_get_cancel(Coroutine *co)
{
    return co->cancel;
}

bool co_is_cancelled(void)
{
    return current && current->cancel && cancel_token_is_cancelled(current->cancel);
}

const char *coroutine_waits_for(const Coroutine *co)
{
    return __atomic_load_n(&co->waits_for, __ATOMIC_RELAXED);
}

void coroutine_set_waits_for(Coroutine *co, const char *what)
{
    __atomic_store_n(&co->waits_for, what, __ATOMIC_RELAXED);
}

void coroutine_set_name(Coroutine *co, const char *name)
{
    co->name = name;
}

void coroutine_count_waits(Coroutine *co)
{
    co->counts_waits = true;
}

int64_t coroutine_waited_ns(const Coroutine *co)
{
    return co->waited;
}

void coroutine_set_progress(Coroutine *co, const uint64_t *done, uint64_t total)
{
    co->progress = done;
    co->progress_total = total;
}

bool coroutine_get_progress(const Coroutine *co, uint64_t *done, uint64_t *total)
{
    if (!co->progress) {
        return false;
    }
    *done = __atomic_load_n(co->progress, __ATOMIC_RELAXED);
    *total = co->progress_total;
    return true;
}

CoBorrow co_borrow_enter(const char *place)
{
    CoBorrow borrow = { .co = current, .outer = current ? current->borrow : NULL };

    if (current) {
        current->borrow = place;
    }
    return borrow;
}

void co_borrow_leave(CoBorrow *borrow)
{
    if (borrow->co) {
        borrow->co->borrow = borrow->outer;
    }
}
