/*
 * Seeded violations in a program of two units; this one calls.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "across.h"

/* Not the one of the same name in the other unit. */
static void work(void *opaque)
{
}

void coroutine_fn qmp_across(AcrossOps *ops);
void coroutine_fn qmp_across(AcrossOps *ops)
{
    work(NULL);
    across_register(ops);
    across_set_callback(work);
    ops->work(NULL);
    across_inline();
}
