/*
 * HMP commands that dump guest memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"
#include "qapi/qapi-commands-dump.h"

void coroutine_fn hmp_dump_guest_memory(Hmp *hmp, const QDict *args)
{
    g_autofree char *protocol = g_strconcat("file:", qdict_get_str(args, "filename"), NULL);
    Error *err = NULL;

    qmp_dump_guest_memory(false, protocol, true, qdict_get_bool(args, "detach", false),
                          qdict_haskey(args, "begin"), qdict_get_int(args, "begin", 0),
                          qdict_haskey(args, "length"), qdict_get_int(args, "length", 0), false,
                          DUMP_GUEST_MEMORY_FORMAT_ELF, &err);
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_info_dump(Hmp *hmp, const QDict *args)
{
    DumpQueryResult *result = qmp_query_dump(NULL);

    hmp_printf(hmp, "Status: %s\n", DumpStatus_str(result->status));
    if (result->status == DUMP_STATUS_ACTIVE) {
        hmp_printf(hmp, "Finished: %.2f %%\n", 100.0 * result->completed / result->total);
    }
    qapi_free_DumpQueryResult(result);
}
