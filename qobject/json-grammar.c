/*
 * The grammar of JSON (RFC 8259, section 2): what each token does to the open value.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-parser-private.h"

#include <string.h>

/* Give @value to the innermost open container. */
static void attach(JsonParser *parser, QObject *value)
{
    QObject *top = parser->stack->pdata[parser->stack->len - 1];

    if (top->type == QTYPE_QLIST) {
        qlist_append_take((QList *)top, value);
    } else {
        qdict_set_last((QDict *)top, value);
    }
}

/* @value is complete at the top: hand it over. */
static void finish(JsonParser *parser, QObject *value)
{
    json_close_value(parser);
    parser->emit(parser->opaque, value, NULL);
}

void json_fail_unexpected(JsonParser *parser)
{
    switch (parser->expect) {
    case EXPECT_VALUE:
    case EXPECT_VALUE_OR_END:
        json_fail_with(parser, "expecting value");
        break;
    case EXPECT_KEY:
    case EXPECT_KEY_OR_END:
        json_fail_with(parser, "key is not a string in object");
        break;
    case EXPECT_COLON:
        json_fail_with(parser, "missing : in object pair");
        break;
    case EXPECT_SEPARATOR: {
        QObject *top = parser->stack->pdata[parser->stack->len - 1];

        json_fail_with(parser, "expected separator in %s",
                       top->type == QTYPE_QLIST ? "list" : "dict");
        break;
    }
    }
}

bool json_expects_key(const JsonParser *parser)
{
    return parser->expect == EXPECT_KEY || parser->expect == EXPECT_KEY_OR_END;
}

bool json_expects_value(const JsonParser *parser)
{
    return parser->expect == EXPECT_VALUE || parser->expect == EXPECT_VALUE_OR_END;
}

void json_take_scalar(JsonParser *parser, QObject *value)
{
    if (parser->stack->len) {
        attach(parser, value);
        parser->expect = EXPECT_SEPARATOR;
    } else {
        finish(parser, value);
    }
}

bool json_take_open(JsonParser *parser, char bracket)
{
    QObject *container;

    if (!json_expects_value(parser)) {
        json_fail_unexpected(parser);
        return false;
    }
    if (parser->stack->len >= parser->limits.max_nesting) {
        json_fail_with(parser, "nesting depth limit of %u exceeded", parser->limits.max_nesting);
        return false;
    }
    container = bracket == '[' ? QOBJECT(qlist_new()) : QOBJECT(qdict_new());
    if (parser->stack->len) {
        attach(parser, container);
    }
    g_ptr_array_add(parser->stack, container);
    parser->expect = bracket == '[' ? EXPECT_VALUE_OR_END : EXPECT_KEY_OR_END;
    parser->open = true;
    return true;
}

bool json_take_close(JsonParser *parser, char bracket)
{
    QType type = bracket == ']' ? QTYPE_QLIST : QTYPE_QDICT;
    Expect empty = bracket == ']' ? EXPECT_VALUE_OR_END : EXPECT_KEY_OR_END;
    unsigned depth = parser->stack->len;
    QObject *top = depth ? parser->stack->pdata[depth - 1] : NULL;

    if (!top || top->type != type ||
        (parser->expect != EXPECT_SEPARATOR && parser->expect != empty)) {
        json_fail_unexpected(parser);
        return false;
    }
    g_ptr_array_set_size(parser->stack, depth - 1);
    parser->expect = EXPECT_SEPARATOR;
    if (depth == 1) {
        finish(parser, top);
    }
    return true;
}

bool json_take_comma(JsonParser *parser)
{
    QObject *top;

    if (parser->expect != EXPECT_SEPARATOR) {
        json_fail_unexpected(parser);
        return false;
    }
    top = parser->stack->pdata[parser->stack->len - 1];
    parser->expect = top->type == QTYPE_QLIST ? EXPECT_VALUE : EXPECT_KEY;
    return true;
}

bool json_take_colon(JsonParser *parser)
{
    if (parser->expect != EXPECT_COLON) {
        json_fail_unexpected(parser);
        return false;
    }
    parser->expect = EXPECT_VALUE;
    return true;
}

void json_take_key(JsonParser *parser, const char *text, size_t len)
{
    QDict *dict = parser->stack->pdata[parser->stack->len - 1];

    if (memchr(text, '\0', len)) {
        json_fail_with(parser, "key must not contain \\u0000");
    } else if (!qdict_add_key(dict, text, len)) {
        json_fail_with(parser, "duplicate key '%.*s'", (int)MIN(len, 60), text);
    } else {
        parser->expect = EXPECT_COLON;
    }
}

void json_take_word(JsonParser *parser, const char *text, size_t len)
{
    QObject *value;
    Error *err = NULL;

    if (!json_expects_value(parser)) {
        json_fail_unexpected(parser);
        return;
    }
    value = json_decode_word(text, len, &err);
    if (value) {
        json_take_scalar(parser, value);
    } else {
        json_fail(parser, err);
    }
}

void json_count_token(JsonParser *parser)
{
    if (parser->open && ++parser->tokens > parser->limits.max_tokens) {
        json_fail_with(parser, "token count limit of %zu exceeded", parser->limits.max_tokens);
    }
}
