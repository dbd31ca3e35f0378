/*
 * QMP commands of machines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/machine.h"
#include "qapi/qapi-commands-machine.h"
#include "qapi/util.h"

TargetInfo *qmp_query_target(Error **errp)
{
    TargetInfo *info = g_new0(TargetInfo, 1);
    info->arch = SYS_EMU_TARGET_RISCV64;
    return info;
}

void coroutine_fn qmp_inject_nmi(Error **errp)
{
    error_setg(errp, "machine does not provide NMIs");
}

static MachineInfo *machine_info(const MachineClass *mc)
{
    MachineInfo *info = g_new0(MachineInfo, 1);
    info->name = g_strdup(mc->name);
    info->alias = g_strdup(mc->alias);
    info->has_is_default = info->is_default = mc->is_default;
    info->cpu_max = mc->max_cpus ? mc->max_cpus : 1;
    info->default_cpu_type = g_strdup(mc->default_cpu_type);
    info->default_ram_id = g_strdup(mc->default_ram_id);
    return info;
}

MachineInfoList *coroutine_fn qmp_query_machines(Error **errp)
{
    MachineInfoList *list = NULL, **tail = &list;
    g_autoptr(GSList) classes = object_class_get_list(TYPE_MACHINE, false);
    for (GSList *l = classes; l; l = l->next) {
        QAPI_LIST_APPEND(tail, machine_info(MACHINE_CLASS(l->data)));
    }
    return list;
}
