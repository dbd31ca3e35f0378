/*
 * HMP commands of the run state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "identity.h"

#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"
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
