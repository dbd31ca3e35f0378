/*
 * Keeping a flat view alive while somebody reads it: one hazard pointer a thread.
 *
 * A reader announces the view it is about to use and checks that it is still the published one;
 * the writer takes a view out of circulation first and then looks at every announcement. Both
 * orders are sequentially consistent, so one of the two sees the other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory-internal.h"

#include "util/bql.h"
#include "util/compiler.h"

#include <sched.h>

typedef struct Reader Reader;
struct Reader {
    const FlatView *reading; /* atomic */
    int taken;               /* atomic: a thread uses this entry */
    Reader *next;            /* never changes once the entry is in the list */
};

/* Entries are reused by later threads and never freed, so that walking them needs no lock. */
static Reader *readers; /* atomic */
static GSList *retired; /* BQL */

static void reader_release(void *opaque)
{
    Reader *reader = opaque;
    __atomic_store_n(&reader->taken, 0, __ATOMIC_RELEASE);
}

static GPrivate reader_key = G_PRIVATE_INIT(reader_release);
static __thread Reader *own_reader;

static Reader *reader_take_free(void)
{
    Reader *reader = __atomic_load_n(&readers, __ATOMIC_ACQUIRE);
    for (; reader; reader = reader->next) {
        int expected = 0;
        if (__atomic_compare_exchange_n(&reader->taken, &expected, 1, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            return reader;
        }
    }
    return NULL;
}

static Reader *reader_new(void)
{
    Reader *reader = g_new0(Reader, 1);
    reader->taken = 1;
    reader->next = __atomic_load_n(&readers, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&readers, &reader->next, reader, true, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED)) {
    }
    return reader;
}

static Reader *reader_self(void)
{
    if (unlikely(!own_reader)) {
        own_reader = reader_take_free();
        if (!own_reader) {
            own_reader = reader_new();
        }
        g_private_set(&reader_key, own_reader);
    }
    return own_reader;
}

const FlatView *flat_view_enter(FlatView *const *published)
{
    Reader *reader = reader_self();
    const FlatView *view = __atomic_load_n(published, __ATOMIC_ACQUIRE);
    for (;;) {
        __atomic_store_n(&reader->reading, view, __ATOMIC_SEQ_CST);
        const FlatView *again = __atomic_load_n(published, __ATOMIC_SEQ_CST);
        if (likely(again == view)) {
            return view;
        }
        view = again;
    }
}

void flat_view_leave(void)
{
    __atomic_store_n(&own_reader->reading, NULL, __ATOMIC_RELEASE);
}

static bool is_read(const FlatView *view)
{
    const Reader *reader = __atomic_load_n(&readers, __ATOMIC_SEQ_CST);
    for (; reader; reader = reader->next) {
        if (__atomic_load_n(&reader->reading, __ATOMIC_SEQ_CST) == view) {
            return true;
        }
    }
    return false;
}

static void free_unread(void)
{
    GSList *still = NULL;
    for (GSList *l = retired; l; l = l->next) {
        if (is_read(l->data)) {
            still = g_slist_prepend(still, l->data);
        } else {
            g_free(l->data);
        }
    }
    g_slist_free(retired);
    retired = still;
}

void flat_view_retire(FlatView *view)
{
    retired = g_slist_prepend(retired, view);
    free_unread();
}

void flat_view_synchronize(void)
{
    free_unread();
    while (retired) {
        sched_yield();
        free_unread();
    }
}
