/*
 * The time before the machine is built.
 *
 * The command that ends it is answered when the machine is there: it waits while main() builds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "preconfig.h"

#include "monitor/monitor.h"
#include "qapi/qapi-commands-run-state.h"
#include "qapi/qmp-cancel.h"
#include "util/co-sync.h"

static bool active;
static CoQueue built;
static Error *failure;

bool no_coroutine_fn preconfig_run(void)
{
    bool over;

    co_queue_init(&built);
    active = true;
    monitor_set_preconfig(true);
    event_loop_run(main_loop());
    over = !active;
    active = false;
    monitor_set_preconfig(false);
    if (!over) {
        event_loop_quit(main_loop());
    }
    return over;
}

void preconfig_done(const Error *err)
{
    failure = err ? error_copy(err) : NULL;
    co_queue_wake_all(&built);
}

void coroutine_fn qmp_x_exit_preconfig(Error **errp)
{
    if (!active) {
        error_setg(errp, "The command is permitted only before machine initialization");
        return;
    }
    active = false;
    event_loop_quit(main_loop());
    if (!co_queue_wait(&built)) {
        qmp_set_cancelled(errp, "Waiting for the machine, which is built all the same,");
    } else {
        error_propagate(errp, g_steal_pointer(&failure));
    }
}
