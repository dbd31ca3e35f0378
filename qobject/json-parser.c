/*
 * The streaming JSON parser: from bytes to values, with an explicit stack and no recursion.
 *
 * After an error the parser skips, still minding strings and brackets but building nothing, to
 * where the broken value is over (see step_skip()).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-parser-private.h"
#include "util/compiler.h"

/* Memory that a token takes beside its text, about. */
#define TOKEN_COST 48
/* A token buffer larger than this is not kept for the next token. */
#define TOKEN_KEEP 65536

const JsonLimits json_default_limits = {
    .max_nesting = 1024,
    .max_tokens = 2 * 1000 * 1000,
    .max_size = 64 * 1024 * 1024,
};

static void discard_here(QObject *value, size_t cost)
{
    qobject_unref(value);
}

JsonParser *json_parser_new(const JsonLimits *limits, JsonEmit *emit, void *opaque)
{
    JsonParser *parser = g_new0(JsonParser, 1);

    parser->limits = limits ? *limits : json_default_limits;
    g_assert(parser->limits.max_nesting && parser->limits.max_tokens && parser->limits.max_size);
    parser->emit = emit;
    parser->opaque = opaque;
    parser->discard = discard_here;
    parser->token = g_string_new(NULL);
    parser->stack = g_ptr_array_new();
    return parser;
}

void json_parser_set_discard(JsonParser *parser, JsonDiscard *discard)
{
    parser->discard = discard;
}

void json_clear_token(JsonParser *parser)
{
    if (parser->token->allocated_len > TOKEN_KEEP) {
        g_string_free(parser->token, true);
        parser->token = g_string_new(NULL);
    } else {
        g_string_truncate(parser->token, 0);
    }
    parser->raw = 0;
}

void json_close_value(JsonParser *parser)
{
    parser->cost = parser->size + parser->tokens * TOKEN_COST;
    g_ptr_array_set_size(parser->stack, 0);
    parser->expect = EXPECT_VALUE;
    parser->open = false;
    parser->size = 0;
    parser->tokens = 0;
}

static void drop_value(JsonParser *parser)
{
    QObject *broken = parser->stack->len ? parser->stack->pdata[0] : NULL;

    json_clear_token(parser);
    json_close_value(parser);
    if (broken) {
        parser->discard(broken, parser->cost);
    }
}

void json_parser_free(JsonParser *parser)
{
    if (parser) {
        drop_value(parser);
        g_string_free(parser->token, true);
        g_ptr_array_free(parser->stack, true);
        g_free(parser);
    }
}

void json_fail(JsonParser *parser, Error *err)
{
    parser->skipping = true;
    parser->skip_depth = parser->stack->len;
    drop_value(parser);
    parser->emit(parser->opaque, NULL, err);
}

void json_fail_with(JsonParser *parser, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    Error *err = NULL;
    va_list args;

    va_start(args, fmt);
    text = g_strdup_vprintf(fmt, args);
    va_end(args);
    error_setg(&err, JSON_ERROR "%s", text);
    json_fail(parser, err);
}

void json_start_afresh(JsonParser *parser)
{
    parser->skipping = false;
    parser->lex = LEX_BETWEEN;
}

/* How far the open value may still reach; @p itself when it is too long already (and failed). */
static const char *check_size(JsonParser *parser, const char *p, const char *end)
{
    size_t room = parser->limits.max_size - parser->size;

    if (!parser->open || (size_t)(end - p) <= room) {
        return end;
    }
    if (!room) {
        json_fail_with(parser, "size limit of %zu bytes exceeded", parser->limits.max_size);
        if (parser->lex == LEX_WORD) {
            parser->lex = LEX_BETWEEN;
        }
    }
    return p + room;
}

size_t json_parser_feed(JsonParser *parser, const char *bytes, size_t len)
{
    const char *p = bytes, *end = bytes + len;

    parser->paused = false;
    while (p < end && !parser->paused) {
        const char *stop = check_size(parser, p, end);

        if (stop > p) {
            const char *next = json_step(parser, p, stop);

            if (parser->open) {
                parser->size += next - p;
            }
            p = next;
        }
    }
    return p - bytes;
}

void json_parser_pause(JsonParser *parser)
{
    parser->paused = true;
}

void json_parser_flush(JsonParser *parser)
{
    static const char space[] = " ";

    if (parser->lex == LEX_WORD) {
        json_step(parser, space, space + 1);
    }
    if (parser->open) {
        json_fail_with(parser, "input ends inside a value");
    }
    drop_value(parser);
    json_start_afresh(parser);
}

size_t json_parser_cost(const JsonParser *parser)
{
    return parser->cost;
}

size_t json_parser_pending(const JsonParser *parser)
{
    return parser->size;
}
