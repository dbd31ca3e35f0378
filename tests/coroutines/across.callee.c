/*
 * Seeded violations in a program of two units; this one is called.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "across.h"

#include <unistd.h>

static EventFn *callback;

static void work(void *opaque)
{
    /* reported: sleep() sleeps; reached from coroutine context [qmp_across > work > sleep] */
    sleep(1);
}

void across_register(AcrossOps *ops)
{
    ops->work = work;
}

void across_set_callback(EventFn *fn)
{
    callback = fn;
    callback(NULL);
}

void across_wait(void)
{
    /* reported: pause() sleeps [qmp_across > across_inline > across_wait > pause] */
    pause();
}
