/*
 * What must not be reported: the same calls where they are right.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory.h"
#include "qapi/qmp-registry.h"
#include "util/bql.h"
#include "util/coroutine.h"
#include "util/io-thread.h"
#include "util/worker-pool.h"

#include <stdio.h>
#include <unistd.h>

typedef struct Ops {
    void (*flush)(void *opaque);
} Ops;

typedef struct WorkerOps {
    void (*flush)(void *opaque);
} WorkerOps;

static void slow(void *opaque)
{
    sleep(1);
}

static void quick(void *opaque)
{
}

static const Ops quick_ops = { quick };
/* A member of the same name in another structure. */
static const WorkerOps slow_ops = { slow };

static const WorkerJob job = { .run = slow, .abandon = quick };

static gpointer thread_main(gpointer opaque)
{
    const WorkerOps *ops = opaque;

    ops->flush(NULL);
    fopen("file", "r");
    bql_lock();
    bql_unlock();
    fopen("file", "r");
    return NULL;
}

/* Its callers call what they hand over; they do not call what others do. */
static void for_each(EventFn *fn, void *opaque)
{
    fn(opaque);
}

static void deeper(EventFn *fn, void *opaque)
{
    for_each(fn, opaque);
}

void coroutine_fn qmp_command(void);
void coroutine_fn qmp_command(void)
{
    const Ops *ops = &quick_ops;

    ops->flush(NULL);
    deeper(quick, NULL);
    co_worker_run(&job, NULL);
    thread_start("name", thread_main, (void *)&slow_ops);
    co_call_outside(quick, NULL);
    worker_submit(&job, NULL);
}

static void coroutine_fn entry(void *opaque)
{
    void coroutine_fn (*again)(void) = qmp_command;

    again();
    coroutine_yield();
}

static void on_readable(void *opaque)
{
    coroutine_enter(coroutine_create(entry, NULL));
    for_each(quick, NULL);
}

/* A comparison is not a call. */
bool is_slow(EventFn *fn);
bool is_slow(EventFn *fn)
{
    return fn == slow;
}

static void coroutine_fn waits(const CoContext *here, QDict *args, JsonWriter *out, Error **errp)
{
    is_slow(quick);
    address_space_read(NULL, 0, NULL, 0);
    co_pause();
}

static void at_once(QDict *args, JsonWriter *out, Error **errp)
{
    quick(NULL);
}

/* One table for all: each is called in the context it is registered for. */
void coroutine_fn dispatch(const QmpCommand *cmd, QDict *args, JsonWriter *out);
void coroutine_fn dispatch(const QmpCommand *cmd, QDict *args, JsonWriter *out)
{
    if (cmd->coroutine) {
        cmd->coroutine(co_context(), args, out, NULL);
    } else {
        cmd->plain(args, out, NULL);
    }
}

int main(void)
{
    QmpCommandList *cmds = qmp_command_list_new();

    slow(NULL);
    deeper(slow, NULL);
    qmp_register_coroutine_command(cmds, "waits", waits, QCO_NO_OPTIONS, 0);
    qmp_register_plain_command(cmds, "at-once", at_once, QCO_ALLOW_OOB, 0);
    event_loop_set_fd(main_loop(), 0, on_readable, NULL, NULL);
    event_loop_run(main_loop());
    return 0;
}
