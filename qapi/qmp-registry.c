/*
 * The command table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qmp-registry.h"

struct QmpCommandList {
    GHashTable *by_name; /* name -> QmpCommand, owned */
    GPtrArray *in_order; /* of registration */
};

QmpCommandList *qmp_command_list_new(void)
{
    QmpCommandList *cmds = g_new(QmpCommandList, 1);

    cmds->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    cmds->in_order = g_ptr_array_new();
    return cmds;
}

void qmp_command_list_free(QmpCommandList *cmds)
{
    if (cmds) {
        g_ptr_array_free(cmds->in_order, true);
        g_hash_table_destroy(cmds->by_name);
        g_free(cmds);
    }
}

void qmp_register_command(QmpCommandList *cmds, const char *name, QmpCommandFunc *fn,
                          QmpCommandOptions options, unsigned special_features)
{
    QmpCommand *cmd = g_new0(QmpCommand, 1);

    /* Out of band there is no coroutine to run in. */
    g_assert(!(options & QCO_ALLOW_OOB) || !(options & QCO_COROUTINE));
    *cmd = (QmpCommand){
        .name = name,
        .fn = fn,
        .options = options,
        .special_features = special_features,
        .enabled = true,
    };
    g_ptr_array_add(cmds->in_order, cmd);
    g_assert(g_hash_table_insert(cmds->by_name, (char *)name, cmd));
}

const QmpCommand *qmp_find_command(const QmpCommandList *cmds, const char *name)
{
    return g_hash_table_lookup(cmds->by_name, name);
}

void qmp_for_each_command(const QmpCommandList *cmds,
                          void (*fn)(const QmpCommand *cmd, void *opaque), void *opaque)
{
    for (unsigned i = 0; i < cmds->in_order->len; i++) {
        fn(cmds->in_order->pdata[i], opaque);
    }
}
