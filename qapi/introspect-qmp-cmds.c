/*
 * QMP: query-qmp-schema.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qapi-commands-introspect.h"
#include "qapi/qapi-introspect.h"
#include "qobject/json-parser.h"

void coroutine_fn qmp_query_qmp_schema(QDict *args, JsonWriter *out, Error **errp)
{
    const QDictEntry *unexpected = qdict_first(args);

    if (unexpected) {
        error_setg(errp, "Parameter '%s' is unexpected", qdict_entry_key(unexpected));
    } else if (out->pretty) {
        QObject *schema = json_parse(qmp_schema_json, qmp_schema_json_len, &error_abort);

        json_writer_qobject(out, schema);
        qobject_unref(schema);
    } else {
        json_writer_raw(out, qmp_schema_json, qmp_schema_json_len);
    }
}
