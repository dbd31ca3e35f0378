/*
 * Seeded violations: handlers in the wrong context, and what out-of-band handlers must not reach.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory.h"
#include "qapi/qmp-registry.h"
#include "util/bql.h"

#include <unistd.h>

static void query_memory(QDict *args, JsonWriter *out, Error **errp)
{
    /* reported: address_space_read() touches guest memory [query_memory > address_space_read] */
    address_space_read(NULL, 0, NULL, 0);
}

static void take_lock(void)
{
    /* reported: bql_lock() takes the big lock [query_lock > take_lock > bql_lock] */
    bql_lock();
    bql_unlock();
}

static void query_lock(QDict *args, JsonWriter *out, Error **errp)
{
    take_lock();
}

static void query_slowly(QDict *args, JsonWriter *out, Error **errp)
{
    /* reported: sleep() sleeps; reached from an out-of-band handler [query_slowly > sleep] */
    sleep(1);
}

static void in_turn(QDict *args, JsonWriter *out, Error **errp)
{
    /* reported: sleep() sleeps; reached from a callback of an event loop [in_turn > sleep] */
    sleep(1);
}

static void query_waiting(QDict *args, JsonWriter *out, Error **errp)
{
    /* reported: co_pause() is a coroutine_fn but query_waiting() is not */
    co_pause();
}

static void coroutine_fn waits(QDict *args, JsonWriter *out, Error **errp)
{
    co_pause();
}

static void coroutine_fn waits_here(const CoContext *here, QDict *args, JsonWriter *out,
                                    Error **errp)
{
    co_pause();
}

static void unmarked(const CoContext *here, QDict *args, JsonWriter *out, Error **errp)
{
}

void fill(QmpCommandList *cmds);
void fill(QmpCommandList *cmds)
{
    qmp_register_plain_command(cmds, "a", query_memory, QCO_ALLOW_OOB, 0);
    qmp_register_plain_command(cmds, "b", query_lock, QCO_ALLOW_OOB | QCO_ALLOW_PRECONFIG, 0);
    qmp_register_plain_command(cmds, "c", query_slowly, QCO_ALLOW_OOB, 0);
    qmp_register_plain_command(cmds, "d", query_waiting, QCO_ALLOW_OOB, 0);
    qmp_register_plain_command(cmds, "e", in_turn, QCO_NO_OPTIONS, 0);
    /* reported: waits() is marked coroutine_fn but registered by qmp_add_plain_command() */
    qmp_register_plain_command(cmds, "f", waits, QCO_ALLOW_OOB, 0);
    /* reported: waits() is marked coroutine_fn but registered by qmp_add_plain_command() */
    qmp_register_plain_command(cmds, "g", waits, QCO_NO_OPTIONS, 0);
    /* reported: unmarked() is not marked coroutine_fn but registered by */
    qmp_register_coroutine_command(cmds, "h", unmarked, QCO_NO_OPTIONS, 0);
    qmp_register_coroutine_command(cmds, "i", waits_here, QCO_NO_OPTIONS, 0);
}
