/*
 * Seeded violations: calls through pointers of which nothing, or not all, is known.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <unistd.h>

typedef struct Ops {
    EventFn *never_set;
    EventFn *set;
} Ops;

typedef union Either {
    EventFn *fn;
    void *any;
} Either;

static void slow(void *opaque)
{
    /* reported: sleep() sleeps; reached from coroutine context */
    sleep(1);
}

static void quick(void *opaque)
{
}

static const Ops ops = { .set = quick };

void coroutine_fn qmp_never_set(const Ops *table);
void coroutine_fn qmp_never_set(const Ops *table)
{
    table->set(NULL);
    /* reported: what is called through Ops.never_set is never set; reached from coroutine */
    table->never_set((void *)&ops);
}

static EventFn *never_set;

static void call(EventFn *fn)
{
    fn(NULL);
}

void coroutine_fn qmp_hand_over(void);
void coroutine_fn qmp_hand_over(void)
{
    call(quick);
    call(NULL);
    /* reported: what is called through never_set is never set; reached from coroutine context */
    call(never_set);
}

/* ---- one of two is known ---- */

void coroutine_fn qmp_choose(void *opaque, bool known);
void coroutine_fn qmp_choose(void *opaque, bool known)
{
    EventFn *fn = known ? quick : (EventFn *)opaque;

    /* reported: a function that comes from tests/coroutines/untraced.c: */
    fn(NULL);
    /* reported: a function that comes from tests/coroutines/untraced.c: */
    (known ? quick : (EventFn *)opaque)(NULL);
    /* reported: a function that comes from tests/coroutines/untraced.c: */
    call(known ? quick : (EventFn *)opaque);
}

void coroutine_fn qmp_store_twice(GHashTable *table);
void coroutine_fn qmp_store_twice(GHashTable *table)
{
    void *found = quick;

    found = g_hash_table_lookup(table, "name");
    /* reported: a function that comes from tests/coroutines/untraced.c: */
    ((EventFn *)found)(NULL);
}

/* ---- where functions come from that nobody stored ---- */

static void run_all(int count, ...)
{
    va_list args;

    va_start(args, count);
    /* reported: a function that comes from tests/coroutines/untraced.c: */
    va_arg(args, EventFn *)(NULL);
    va_end(args);
}

void coroutine_fn qmp_variadic(void);
void coroutine_fn qmp_variadic(void)
{
    run_all(1, quick);
}

void coroutine_fn qmp_library(void *handle);
void coroutine_fn qmp_library(void *handle)
{
    EventFn *fn = (EventFn *)dlsym(handle, "name");

    /* reported: a function that comes from tests/coroutines/untraced.c: */
    fn(NULL);
}

void coroutine_fn qmp_array(GPtrArray *array, GList *list);
void coroutine_fn qmp_array(GPtrArray *array, GList *list)
{
    EventFn *first = g_ptr_array_index(array, 0);

    /* reported: a function that comes from tests/coroutines/untraced.c: */
    first(NULL);
    /* reported: a function that comes from tests/coroutines/untraced.c: */
    ((EventFn *)list->data)(NULL);
}

/* ---- stored through something else ---- */

static EventFn *behind;
static EventFn *tables[2];

static void store(void **where, void *what)
{
    *where = what;
}

void set_all(Either *either, void *opaque);
void set_all(Either *either, void *opaque)
{
    behind = quick;
    store((void **)&behind, slow);
    either->any = slow;
    either->fn = quick;
    *(tables + 1) = slow;
    /* reported: a function is stored where it cannot be followed */
    *(EventFn **)opaque = slow;
}

void coroutine_fn qmp_behind(Either *either);
void coroutine_fn qmp_behind(Either *either)
{
    /* reported: a function that comes from tests/coroutines/untraced.c: */
    behind(NULL);
    /* reported: a function that comes from tests/coroutines/untraced.c: */
    either->fn(NULL);
    tables[1](NULL);
}
