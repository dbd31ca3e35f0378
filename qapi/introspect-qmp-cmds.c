/*
 * QMP: query-qmp-schema.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qapi-commands-introspect.h"
#include "qapi/qapi-introspect.h"

void coroutine_fn qmp_query_qmp_schema(const CoContext *here, QDict *args, JsonWriter *out,
                                       Error **errp)
{
    const QDictEntry *unexpected = qdict_first(args);

    if (unexpected) {
        error_setg(errp, "Parameter '%s' is unexpected", qdict_entry_key(unexpected));
    } else {
        json_writer_raw(out, qmp_schema_json, qmp_schema_json_len);
    }
}
