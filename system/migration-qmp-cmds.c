/*
 * QMP commands about saving the machine's state: that it cannot be done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qapi-commands-migration.h"
#include "qapi/util.h"

static bool capabilities[MIGRATION_CAPABILITY__MAX];

MigrationCapabilityStatusList *coroutine_fn qmp_query_migrate_capabilities(Error **errp)
{
    MigrationCapabilityStatusList *head = NULL, **tail = &head;

    for (int i = 0; i < MIGRATION_CAPABILITY__MAX; i++) {
        MigrationCapabilityStatus *status = g_new0(MigrationCapabilityStatus, 1);

        status->capability = i;
        status->state = capabilities[i];
        QAPI_LIST_APPEND(tail, status);
    }
    return head;
}

void coroutine_fn qmp_migrate_set_capabilities(MigrationCapabilityStatusList *list, Error **errp)
{
    for (; list; list = list->next) {
        capabilities[list->value->capability] = list->value->state;
    }
}

MigrationInfo *coroutine_fn qmp_query_migrate(Error **errp)
{
    MigrationInfo *info = g_new0(MigrationInfo, 1);

    QAPI_LIST_PREPEND(info->blocked_reasons,
                      g_strdup("vitrine cannot save the state of a machine"));
    return info;
}
