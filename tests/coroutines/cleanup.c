/*
 * Seeded violations: what runs at the end of a scope.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"

#include <unistd.h>

typedef struct Thing Thing;

static inline void thing_free(Thing *thing)
{
    /* reported: fsync() reads or writes files; reached from coroutine context [> fsync] */
    fsync(1);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Thing, thing_free)

static void leave(int *fd)
{
    /* reported: fsync() reads or writes files; reached from coroutine context [> leave > fsync] */
    fsync(*fd);
}

static void leave_underscored(int *fd)
{
    /* reported: fsync() reads or writes files; reached from coroutine context [> fsync] */
    fsync(*fd);
}

static void coroutine_fn waits(int *fd)
{
    co_pause();
}

#define GUARD() __attribute__((cleanup(leave), unused)) int guard_ = 1

void coroutine_fn qmp_guard(void);
void coroutine_fn qmp_guard(void)
{
    GUARD();
}

void coroutine_fn qmp_inner_scope(bool yes);
void coroutine_fn qmp_inner_scope(bool yes)
{
    if (yes) {
        __attribute__((__cleanup__(leave_underscored))) int fd = 2;

        fd++;
    }
}

void coroutine_fn qmp_autoptr(void);
void coroutine_fn qmp_autoptr(void)
{
    g_autolist(Thing) things = NULL;
    g_autoptr(Thing) thing = NULL;
    g_autofree char *text = NULL;
}

void coroutine_fn qmp_library(void);
void coroutine_fn qmp_library(void)
{
    /* reported: glib_autoptr_cleanup_GDir() opens, names or lists files; reached from coroutine */
    g_autoptr(GDir) dir = NULL;
}

void plain(void);
void plain(void)
{
    /* reported: waits() is a coroutine_fn but plain() is not */
    __attribute__((cleanup(waits))) int fd = 3;

    fd++;
}
