/*
 * The command table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qmp-registry.h"

#include <string.h>

/* Every name is shorter. */
#define NAME_LIMIT 256

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

static void add_command(QmpCommandList *cmds, const QmpCommand *properties)
{
    QmpCommand *cmd = g_new(QmpCommand, 1);

    g_assert(strlen(properties->name) < NAME_LIMIT);
    *cmd = *properties;
    cmd->enabled = true;
    g_ptr_array_add(cmds->in_order, cmd);
    g_assert(g_hash_table_insert(cmds->by_name, (char *)cmd->name, cmd));
}

void qmp_add_plain_command(QmpCommandList *cmds, const char *name, QmpPlainFunc *fn,
                           QmpCommandOptions options, unsigned special_features)
{
    add_command(cmds, &(QmpCommand){ .name = name,
                                     .plain = fn,
                                     .options = options,
                                     .special_features = special_features });
}

void qmp_add_coroutine_command(QmpCommandList *cmds, const char *name, QmpCoroutineFunc *fn,
                               QmpCommandOptions options, unsigned special_features)
{
    add_command(cmds, &(QmpCommand){ .name = name,
                                     .coroutine = fn,
                                     .options = options | QCO_COROUTINE,
                                     .special_features = special_features });
}

const QmpCommand *qmp_find_command(const QmpCommandList *cmds, const char *name)
{
    /* Hashing what is longer than any name may take long. */
    return strnlen(name, NAME_LIMIT) < NAME_LIMIT ? g_hash_table_lookup(cmds->by_name, name) : NULL;
}

void qmp_for_each_command(const QmpCommandList *cmds,
                          void (*fn)(const QmpCommand *cmd, void *opaque), void *opaque)
{
    for (unsigned i = 0; i < cmds->in_order->len; i++) {
        fn(cmds->in_order->pdata[i], opaque);
    }
}
