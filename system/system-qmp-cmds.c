/*
 * QMP commands of the run state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "identity.h"

#include "qapi/qapi-commands-run-state.h"
#include "qapi/qmp-cancel.h"
#include "system/runstate.h"
#include "util/alloc.h"

Identity identity = { .uuid = "00000000-0000-0000-0000-000000000000" };

StatusInfo *qmp_query_status(Error **errp)
{
    StatusInfo *info = alloc_zeroed(StatusInfo);

    info->status = runstate_get();
    info->running = info->status == RUN_STATE_RUNNING;
    return info;
}

NameInfo *qmp_query_name(Error **errp)
{
    NameInfo *info = g_new0(NameInfo, 1);

    info->name = g_strdup(identity.name);
    return info;
}

UuidInfo *qmp_query_uuid(Error **errp)
{
    UuidInfo *info = g_new0(UuidInfo, 1);

    info->UUID = g_strdup(identity.uuid);
    return info;
}

void coroutine_fn qmp_stop(Error **errp)
{
    vm_stop(RUN_STATE_PAUSED, errp);
}

void coroutine_fn qmp_cont(Error **errp)
{
    vm_start(errp);
}

void coroutine_fn qmp_system_reset(Error **errp)
{
    if (!system_reset_and_wait(SHUTDOWN_CAUSE_HOST_QMP_SYSTEM_RESET)) {
        qmp_set_cancelled(errp, "Waiting for the machine's reset");
    }
}

void coroutine_fn qmp_system_powerdown(Error **errp)
{
    system_powerdown(errp);
}

void coroutine_fn qmp_set_action(bool has_reboot, RebootAction reboot, bool has_shutdown,
                                 ShutdownAction shutdown, Error **errp)
{
    RunstatePolicy policy = runstate_get_policy();

    if (has_reboot) {
        policy.no_reboot = reboot == REBOOT_ACTION_SHUTDOWN;
    }
    if (has_shutdown) {
        policy.no_shutdown = shutdown == SHUTDOWN_ACTION_PAUSE;
    }
    runstate_set_policy(&policy);
}

void coroutine_fn qmp_quit(Error **errp)
{
    system_request_shutdown(SHUTDOWN_CAUSE_HOST_QMP_QUIT);
}
