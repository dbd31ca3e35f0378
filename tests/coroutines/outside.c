/*
 * Seeded violations: coroutine_fn called outside coroutine context, directly and through pointers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"

typedef struct Plain {
    void (*step)(void *opaque);
} Plain;

typedef struct Marked {
    void coroutine_fn (*step)(void *opaque);
    CoroutineEntry *entry;
} Marked;

static void coroutine_fn wait_here(void *opaque)
{
    coroutine_yield();
}

static const Plain plain = { wait_here };
static const Marked marked = { .step = wait_here, .entry = wait_here };

void call_directly(void);
void call_directly(void)
{
    /* reported: wait_here() is a coroutine_fn but call_directly() is not [> wait_here] */
    wait_here(NULL);
}

void call_through_table(const Plain *table);
void call_through_table(const Plain *table)
{
    /* reported: wait_here() is a coroutine_fn but call_through_table() is not [> wait_here] */
    table->step(NULL);
}

void call_marked_member(const Marked *table);
void call_marked_member(const Marked *table)
{
    /* reported: wait_here() is a coroutine_fn but call_marked_member() is not [> wait_here] */
    table->step(NULL);
    /* reported: wait_here() is a coroutine_fn but call_marked_member() is not [> wait_here] */
    table->entry(NULL);
}

static void for_each(EventFn *fn, void *opaque)
{
    fn(opaque);
}

void hand_over(void);
void hand_over(void)
{
    /* reported: wait_here() is a coroutine_fn but hand_over() is not [> wait_here] */
    for_each(wait_here, NULL);
    /* reported: wait_here() is a coroutine_fn but hand_over() is not [> wait_here] */
    g_ptr_array_foreach(NULL, (GFunc)wait_here, NULL);
}

void register_callbacks(BottomHalf **bh, Timer *timer);
void register_callbacks(BottomHalf **bh, Timer *timer)
{
    /* reported: wait_here() is a coroutine_fn but called outside coroutine context */
    *bh = bottom_half_new(main_loop(), wait_here, (void *)&plain);
    /* reported: wait_here() is a coroutine_fn but called outside coroutine context */
    timer_init(timer, main_loop(), CLOCK_HOST, wait_here, (void *)&marked);
}

static void unmarked_entry(void *opaque)
{
}

void start(void);
void start(void)
{
    /* reported: unmarked_entry() is the entry of a coroutine but not marked coroutine_fn */
    coroutine_enter(coroutine_create(unmarked_entry, NULL));
}

void coroutine_fn both_marks(void);
/* reported: both_marks() is marked both coroutine_fn and no_coroutine_fn */
void no_coroutine_fn both_marks(void)
{
}
