/*
 * Seeded violations: functions that GLib and other libraries are given and call back.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void slow(void *opaque)
{
    /* reported: sleep() sleeps; reached from coroutine context [qmp_forget > slow > sleep] */
    sleep(1);
}

static void slower(void *opaque)
{
    /* reported: sleep() sleeps; reached from coroutine context [qmp_drop > slower > sleep] */
    sleep(2);
}

/* Of the one that frees slowly, nobody in a coroutine frees anything. */
static void slowest(void *opaque)
{
    sleep(3);
}

static void quick(void *opaque)
{
}

static int compare(const void *a, const void *b)
{
    /* reported: usleep() sleeps; reached from coroutine context [qmp_sort > compare > usleep] */
    usleep(1);
    return 0;
}

static int compare_in_list(const void *a, const void *b)
{
    /* reported: usleep() sleeps; reached from coroutine context [compare_in_list > usleep] */
    usleep(2);
    return 0;
}

static void visit(void *key, void *value, void *opaque)
{
    /* reported: usleep() sleeps; reached from coroutine context [qmp_sort > visit > usleep] */
    usleep(3);
}

static gboolean equal(const void *a, const void *b)
{
    /* reported: usleep() sleeps; reached from coroutine context [equal > usleep] */
    usleep(4);
    return a == b;
}

void coroutine_fn qmp_sort(int *numbers, GList *list, GHashTable *table);
void coroutine_fn qmp_sort(int *numbers, GList *list, GHashTable *table)
{
    qsort(numbers, 2, sizeof(*numbers), compare);
    list = g_list_sort(list, compare_in_list);
    g_hash_table_foreach(table, visit, NULL);
}

/* ---- what containers are made with ---- */

typedef struct Owner {
    GHashTable *table;
    GPtrArray *array;
    GPtrArray *kept;
    GPtrArray *harmless;
} Owner;

void owner_init(Owner *owner);
void owner_init(Owner *owner)
{
    owner->table = g_hash_table_new_full(g_str_hash, equal, g_free, slow);
    owner->array = g_ptr_array_new();
    g_ptr_array_set_free_func(owner->array, slower);
    owner->kept = g_ptr_array_new_with_free_func(slowest);
    owner->harmless = g_ptr_array_new_with_free_func(quick);
}

void coroutine_fn qmp_forget(Owner *owner, const char *name);
void coroutine_fn qmp_forget(Owner *owner, const char *name)
{
    g_hash_table_remove(owner->table, name);
    g_ptr_array_add(owner->kept, NULL);
    g_ptr_array_set_size(owner->harmless, 0);
}

static void drop(GPtrArray *array)
{
    g_ptr_array_unref(array);
}

void coroutine_fn qmp_drop(Owner *owner);
void coroutine_fn qmp_drop(Owner *owner)
{
    drop(owner->array);
    drop(owner->harmless);
}

static void close_slowly(void *opaque)
{
    /* reported: fsync() reads or writes files; reached from coroutine context [> fsync] */
    fsync(1);
}

void coroutine_fn qmp_scope(void);
void coroutine_fn qmp_scope(void)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(close_slowly);

    g_ptr_array_add(files, NULL);
}

static void free_item(void *opaque)
{
    /* reported: fsync() reads or writes files; reached from coroutine context [> fsync] */
    fsync(2);
}

/* What comes out of a void * may be any of its type. */
void coroutine_fn qmp_any(void *opaque, GHashTable *bytes);
void coroutine_fn qmp_any(void *opaque, GHashTable *bytes)
{
    GAsyncQueue *queue = opaque;

    g_async_queue_unref(queue);
}

GAsyncQueue *queue_new(void);
GAsyncQueue *queue_new(void)
{
    return g_async_queue_new_full(free_item);
}

/* ---- nobody knows when ---- */

void register_all(pthread_attr_t *attr, GMarkupParser *parser);
void register_all(pthread_attr_t *attr, GMarkupParser *parser)
{
    /* reported: g_log_set_handler() is given a function, and no rule says when it calls it */
    g_log_set_handler(NULL, G_LOG_LEVEL_MASK, (GLogFunc)quick, NULL);
    /* reported: quick() is stored in _GMarkupParser.text, and no rule says who calls it there */
    parser->text = (void *)quick;
}

static void at_thread_exit(void *opaque)
{
    sleep(1);
}

static GPrivate private = G_PRIVATE_INIT(at_thread_exit);

void coroutine_fn qmp_private(void);
void coroutine_fn qmp_private(void)
{
    g_private_set(&private, NULL);
}
