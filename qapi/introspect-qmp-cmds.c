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
    if (qmp_check_no_arguments(args, errp)) {
        json_writer_raw(out, qmp_schema_json, qmp_schema_json_len);
    }
}
