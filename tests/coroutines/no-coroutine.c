/*
 * Seeded violations: no_coroutine_fn reached from coroutine context.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"

typedef struct Ops {
    int size;
    void (*flush)(void);
} Ops;

typedef struct Thing {
    struct {
        const Ops *ops;
    } inner;
} Thing;

static void no_coroutine_fn run_until_done(void)
{
    /* Fine: not in a coroutine. */
    event_loop_iterate(main_loop(), true);
}

static void helper(int depth)
{
    if (depth > 0) {
        helper(depth - 1);
    }
    /* reported: run_until_done() is a no_coroutine_fn [qmp_one > helper > run_until_done] */
    run_until_done();
}

void coroutine_fn qmp_one(void);
void coroutine_fn qmp_one(void)
{
    helper(1);
    /* reported: event_loop_run_at() is a no_coroutine_fn [qmp_one > event_loop_run_at] */
    event_loop_run(main_loop());
}

static const Ops slow_ops = { 1, run_until_done };
static const Ops late_ops;

static void flush(const Thing *thing)
{
    /* reported: run_until_done() is a no_coroutine_fn [qmp_two > flush > run_until_done] */
    thing->inner.ops->flush();
}

void coroutine_fn qmp_two(const Thing *thing);
void coroutine_fn qmp_two(const Thing *thing)
{
    Thing mine = { .inner.ops = thing ? &slow_ops : &late_ops };

    flush(&mine);
}

static void (*const steps[])(void) = { NULL, [1] = run_until_done };

static void (*pick(bool first))(void)
{
    return first ? steps[0] : steps[1];
}

void coroutine_fn qmp_three(bool first);
void coroutine_fn qmp_three(bool first)
{
    void (*step)(void) = pick(first);

    /* reported: run_until_done() is a no_coroutine_fn [qmp_three > run_until_done] */
    step();
    /* reported: run_until_done() is a no_coroutine_fn [qmp_three > run_until_done] */
    pick(true)();
}

typedef struct Guard Guard;

static void guard_free(Guard *guard)
{
    /* reported: run_until_done() is a no_coroutine_fn [guard_free > run_until_done] */
    run_until_done();
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guard, guard_free)

void coroutine_fn qmp_four(Guard *guard);
void coroutine_fn qmp_four(Guard *guard)
{
    g_autoptr(Guard) mine = guard;
}

static void (*pending)(void);

void later(void);
void later(void)
{
    pending = run_until_done;
}

void coroutine_fn qmp_five(void);
void coroutine_fn qmp_five(void)
{
    void (*fn)(void) = g_steal_pointer(&pending);

    /* reported: run_until_done() is a no_coroutine_fn [qmp_five > run_until_done] */
    fn();
}

static void (*shared)(void);

void publish(bool cast);
void publish(bool cast)
{
    if (cast) {
        g_atomic_pointer_set((void **)&shared, run_until_done);
    } else {
        __atomic_store_n(&shared, run_until_done, __ATOMIC_RELEASE);
    }
}

void coroutine_fn qmp_six(void);
void coroutine_fn qmp_six(void)
{
    void (*fn)(void) = (void (*)(void))g_atomic_pointer_get((void **)&shared);

    /* reported: run_until_done() is a no_coroutine_fn [qmp_six > run_until_done] */
    fn();
    fn = __atomic_load_n(&shared, __ATOMIC_ACQUIRE);
    /* reported: run_until_done() is a no_coroutine_fn [qmp_six > run_until_done] */
    fn();
}

void coroutine_fn qmp_seven(GSList *functions);
void coroutine_fn qmp_seven(GSList *functions)
{
    void (*fn)(void) = (void (*)(void))functions->data;
    void (*none)(void) = NULL;

    /* reported: a function that comes from tests/coroutines/no-coroutine.c: */
    fn();
    if (none) {
        /* reported: what is called through none is never set; reached from coroutine context */
        none();
    }
}
