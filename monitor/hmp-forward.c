/*
 * HMP commands that forward to QMP commands: through the same table, with the same checks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp.h"
#include "monitor/monitor-internal.h"
#include "qobject/json-parser.h"

static void coroutine_fn print_result(Hmp *hmp, const GString *text)
{
    g_autoptr(QObject) value = text->len ? json_parse(text->str, text->len, NULL) : NULL;

    if (value) {
        hmp_print_value(hmp, value);
    }
}

void coroutine_fn hmp_forward(Hmp *hmp, const HmpCommand *cmd, QDict *args)
{
    QmpRequest request = { .command = cmd->qmp, .args = args };
    GString *text = g_string_new(NULL);
    JsonWriter out;
    Error *err = NULL;

    json_writer_init(&out, text, false);
    if (qmp_call(monitor_commands(), &request, monitor_preconfig(), &out, &err)) {
        print_result(hmp, text);
    }
    hmp_handle_error(hmp, err);
    g_string_free(text, TRUE);
}
