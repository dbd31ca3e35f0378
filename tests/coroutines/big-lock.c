/*
 * Seeded violations: what blocks while the big lock is held, in any thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/bql.h"

#include <unistd.h>

static EventFn *on_access;

static void slow(void *opaque)
{
    /* reported: sleep() sleeps; reached from what runs under the big lock [> slow > sleep] */
    sleep(1);
}

static void deep(void)
{
    /* reported: usleep() sleeps; reached from what runs under the big lock [> deep > usleep] */
    usleep(1);
}

static gpointer hart_main(gpointer opaque)
{
    sleep(1);
    bql_lock();
    on_access(NULL);
    /* reported: pause() sleeps; reached from what runs under the big lock [hart_main > pause] */
    pause();
    bql_unlock();
    pause();
    return NULL;
}

void start(GThread **thread);
void start(GThread **thread)
{
    on_access = slow;
    *thread = g_thread_new("hart", hart_main, NULL);
}

void early_return(bool nothing);
void early_return(bool nothing)
{
    bql_lock();
    if (nothing) {
        bql_unlock();
        fsync(1);
        return;
    }
    /* reported: fsync() reads or writes files; reached from what runs under the big lock */
    fsync(2);
    bql_unlock();
}

void if_needed(void);
void if_needed(void)
{
    bool take = !bql_locked();

    if (take) {
        bql_lock();
    }
    deep();
    if (take) {
        bql_unlock();
    }
    fsync(1);
}

void guarded(bool yes);
void guarded(bool yes)
{
    fsync(1);
    if (yes) {
        BQL_GUARD();

        /* reported: fsync() reads or writes files; reached from what runs under the big lock */
        fsync(2);
    }
    fsync(3);
}

void in_a_loop(int count);
void in_a_loop(int count)
{
    while (count--) {
        /* reported: fsync() reads or writes files; reached from what runs under the big lock */
        fsync(1);
        bql_lock();
        if (count == 1) {
            continue;
        }
        bql_unlock();
        fsync(2);
    }
    bql_lock();
    bql_unlock();
}

/* ---- who always has it ---- */

static void wait_without(void)
{
    bql_unlock();
    sleep(1);
    bql_lock();
}

void needs_it(void);
void needs_it(void)
{
    bql_assert_locked();
    wait_without();
    /* reported: fsync() reads or writes files; reached from what runs under the big lock */
    fsync(1);
}

void no_coroutine_fn at_exit(void);
void no_coroutine_fn at_exit(void)
{
    bql_assert_locked();
    fsync(2);
}

/* ---- who does not give it back ---- */

void forgets(bool early);
/* reported: forgets() calls bql_lock() and returns so */
void forgets(bool early)
{
    bql_lock();
    if (early) {
        return;
    }
    bql_unlock();
}

void gives_up(void);
/* reported: gives_up() calls bql_unlock() and returns so */
void gives_up(void)
{
    bql_unlock();
}
