/*
 * Seeded violations: definitions that disagree with their declaration, such as handlers with the
 * prototypes that are generated from the schema.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"
#include "util/error.h"

void coroutine_fn qmp_waits(Error **errp);
void qmp_plain(Error **errp);
void coroutine_fn qmp_right(Error **errp);
void *coroutine_fn qmp_result(Error **errp);
void no_coroutine_fn at_exit(void);

/* reported: qmp_waits() is declared coroutine_fn but defined without it */
void qmp_waits(Error **errp)
{
}

/* reported: qmp_plain() is defined coroutine_fn but declared without it */
void coroutine_fn qmp_plain(Error **errp)
{
}

void coroutine_fn qmp_right(Error **errp)
{
}

void *coroutine_fn
qmp_result(Error **errp)
{
    return NULL;
}

/* reported: at_exit() is declared no_coroutine_fn but defined without it */
void at_exit(void)
{
}
