/*
 * Seeded violations: function pointers that go where they cannot be followed, or that are stored
 * through pointers to them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"

#include <unistd.h>

static void *kept;

static void slow(void *opaque)
{
    /* reported: sleep() sleeps; reached from coroutine context [qmp_put > slow > sleep] */
    sleep(1);
}

static void slower(void *opaque)
{
    /* reported: sleep() sleeps; reached from coroutine context [qmp_exchange > slower > sleep] */
    sleep(2);
}

static void slowest(void *opaque)
{
    /* reported: sleep() sleeps; reached from coroutine context [qmp_swap > slowest > sleep] */
    sleep(3);
}

static void quick(void *opaque)
{
}

/* ---- what comes out of a void * ---- */

static void *get(void)
{
    return kept;
}

void keep(GHashTable *table, GQueue *queue, GPtrArray *array);
void keep(GHashTable *table, GQueue *queue, GPtrArray *array)
{
    g_hash_table_insert(table, (void *)"name", slow);
    g_queue_push_tail(queue, slow);
    g_ptr_array_add(array, slow);
    kept = slow;
}

void coroutine_fn qmp_look_up(GHashTable *table, GQueue *queue);
void coroutine_fn qmp_look_up(GHashTable *table, GQueue *queue)
{
    EventFn *found = g_hash_table_lookup(table, "name");
    EventFn *first;

    /* reported: a function that comes from tests/coroutines/pointers.c: */
    found(NULL);
    first = g_queue_pop_head(queue);
    /* reported: a function that comes from tests/coroutines/pointers.c: */
    first(NULL);
    /* reported: a function that comes from tests/coroutines/pointers.c: */
    ((EventFn *)get())(NULL);
}

void coroutine_fn qmp_maybe(GHashTable *table, bool known);
void coroutine_fn qmp_maybe(GHashTable *table, bool known)
{
    EventFn *fn = quick;

    if (!known) {
        fn = g_hash_table_lookup(table, "name");
    }
    /* reported: a function that comes from tests/coroutines/pointers.c: */
    fn(NULL);
}

/* What has been allocated holds what is stored there. */
void coroutine_fn qmp_table(void);
void coroutine_fn qmp_table(void)
{
    g_autofree EventFn **table = g_new0(EventFn *, 2);

    table[0] = quick;
    table[0](NULL);
}

/* ---- stored through pointers ---- */

static EventFn *slot;
static EventFn *exchanged;
static EventFn *swapped;
static EventFn *unchanged;

static void put(EventFn **where, EventFn *fn)
{
    *where = fn;
}

static void call(EventFn *const *where)
{
    (*where)(NULL);
}

void set_all(void);
void set_all(void)
{
    EventFn *old = NULL;

    put(&slot, slow);
    unchanged = quick;
    __atomic_compare_exchange_n(&exchanged, &old, slower, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    g_atomic_pointer_compare_and_exchange(&swapped, NULL, slowest);
}

void coroutine_fn qmp_put(void);
void coroutine_fn qmp_put(void)
{
    slot(NULL);
    call(&unchanged);
}

void coroutine_fn qmp_exchange(void);
void coroutine_fn qmp_exchange(void)
{
    exchanged(NULL);
}

void coroutine_fn qmp_swap(void);
void coroutine_fn qmp_swap(void)
{
    swapped(NULL);
}
