/*
 * The handlers of the commands in test-schema.json.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "test-handlers.h"
#include "qapi/util.h"
#include "test-qapi-commands.h"
#include "test-qapi-visit.h"

TestHandlers test_handlers;

TestPoint *coroutine_fn qmp_test_status(Error **errp)
{
    TestPoint *point = g_new0(TestPoint, 1);

    g_assert(in_coroutine());
    point->x = 7;
    return point;
}

TestAll *coroutine_fn qmp_test_echo(TestAll *all, Error **errp)
{
    return QAPI_CLONE(TestAll, all);
}

double coroutine_fn qmp_test_echo_number(double n, Error **errp)
{
    return n;
}

void coroutine_fn qmp_test_fail(bool has_not_found, bool not_found, Error **errp)
{
    if (has_not_found && not_found) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device 'a\xc3\xa9\xff' not found");
    } else {
        error_setg(errp, "It \"fails\"");
    }
}

void qmp_test_plain(bool has_n, int64_t n, Error **errp)
{
    g_assert(!in_coroutine());
    test_handlers.plain_calls += has_n ? n : 1;
}

void qmp_test_oob(Error **errp)
{
    test_handlers.plain_calls++;
}

void coroutine_fn qmp_test_silent(bool has_fail, bool fail, Error **errp)
{
    test_handlers.silent_calls++;
    if (fail) {
        error_setg(errp, "Not silent");
    }
}

void coroutine_fn qmp_test_wait(Error **errp)
{
    test_handlers.waiter = coroutine_self();
    coroutine_yield();
}

void coroutine_fn qmp_test_old(Error **errp)
{
}
