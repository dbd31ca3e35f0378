/*
 * One whole JSON text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-parser-private.h"

#include <string.h>

typedef struct OneValue {
    JsonParser *parser;
    QObject *value;
    Error *err;
} OneValue;

static void emit_one(void *opaque, QObject *value, Error *err)
{
    OneValue *one = opaque;

    one->value = value;
    one->err = err;
    json_parser_pause(one->parser);
}

QObject *json_parse(const char *text, size_t len, Error **errp)
{
    OneValue one = { 0 };
    size_t taken;

    one.parser = json_parser_new(NULL, emit_one, &one);
    one.parser->strict = true;
    taken = json_parser_feed(one.parser, text, len);
    if (!one.value && !one.err) {
        json_parser_flush(one.parser);
    }
    json_parser_free(one.parser);
    while (taken < len && strchr(" \t\r\n", text[taken]) && text[taken]) {
        taken++;
    }
    if (one.value && taken < len) {
        error_setg(&one.err, JSON_ERROR "expecting nothing more after the value");
        g_clear_pointer(&one.value, qobject_unref);
    } else if (!one.value && !one.err) {
        error_setg(&one.err, JSON_ERROR "expecting value");
    }
    error_propagate(errp, one.err);
    return one.value;
}
