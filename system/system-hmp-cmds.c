/*
 * HMP commands of the run state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "identity.h"

#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"
#include "qapi/qapi-commands-run-state.h"
#include "system/runstate.h"

void coroutine_fn hmp_info_status(Hmp *hmp, const QDict *args)
{
    RunState state = runstate_get();

    if (state == RUN_STATE_RUNNING || state == RUN_STATE_PAUSED) {
        hmp_printf(hmp, "VM status: %s\n", RunState_str(state));
    } else {
        hmp_printf(hmp, "VM status: paused (%s)\n", RunState_str(state));
    }
}

void coroutine_fn hmp_info_name(Hmp *hmp, const QDict *args)
{
    if (identity.name) {
        hmp_printf(hmp, "%s\n", identity.name);
    }
}

void coroutine_fn hmp_info_uuid(Hmp *hmp, const QDict *args)
{
    hmp_printf(hmp, "%s\n", identity.uuid);
}

void coroutine_fn hmp_stop(Hmp *hmp, const QDict *args)
{
    Error *err = NULL;

    qmp_stop(&err);
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_cont(Hmp *hmp, const QDict *args)
{
    Error *err = NULL;

    qmp_cont(&err);
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_system_reset(Hmp *hmp, const QDict *args)
{
    Error *err = NULL;

    qmp_system_reset(&err);
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_system_powerdown(Hmp *hmp, const QDict *args)
{
    system_powerdown();
}

void coroutine_fn hmp_quit(Hmp *hmp, const QDict *args)
{
    system_request_shutdown(SHUTDOWN_CAUSE_HOST_UI);
}
