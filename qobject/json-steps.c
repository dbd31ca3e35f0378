/*
 * The lexer: from bytes to tokens, one at each step.
 *
 * Its state is small enough to stop after any byte: between tokens, in a string, in a word (number
 * or keyword). A token that lies whole in the bytes fed is taken from there; only one that is cut
 * is collected in a buffer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-parser-private.h"

#include <string.h>

/* From this length on a string keeps the buffer that it was collected in. */
#define STRING_MOVED 65536

static inline bool is_word_byte(unsigned char byte)
{
    return g_ascii_isalnum(byte) || byte == '_' || byte == '.' || byte == '+' || byte == '-';
}

/* Bytes that cannot occur in JSON text and that clients send to get a parser into a known state. */
static inline bool is_reset_byte(unsigned char byte)
{
    return byte >= 0xfd || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r');
}

static void fail_stray(JsonParser *parser, unsigned char byte)
{
    if (g_ascii_isgraph(byte)) {
        json_fail_with(parser, "stray '%c'", byte);
    } else {
        json_fail_with(parser, "stray byte 0x%02X", byte);
    }
}

static const char *take_reset(JsonParser *parser, const char *p)
{
    if (!parser->skipping) {
        fail_stray(parser, *p);
    }
    json_start_afresh(parser);
    return p + 1;
}

static void begin_string(JsonParser *parser, char quote)
{
    parser->lex = LEX_STRING;
    parser->quote = quote;
    parser->escape = false;
    parser->escapes = false;
    parser->high_bits = false;
}

static const char *step_between(JsonParser *parser, const char *p, const char *end)
{
    const char *start = p;
    bool taken;

    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        parser->line_start = *p++ == '\n';
    }
    if (p == end || (p > start && !parser->open)) {
        return p; /* what stands before a value does not count for its size */
    }
    switch (*p) {
    case '{':
    case '[':
        taken = json_take_open(parser, *p);
        break;
    case '}':
    case ']':
        taken = json_take_close(parser, *p);
        break;
    case ',':
        taken = json_take_comma(parser);
        break;
    case ':':
        taken = json_take_colon(parser);
        break;
    case '"':
    case '\'':
        if (!json_expects_key(parser) && !json_expects_value(parser)) {
            json_fail_unexpected(parser);
            return p;
        }
        begin_string(parser, *p);
        parser->open = true;
        parser->line_start = false;
        return p + 1;
    default:
        if (is_word_byte(*p)) {
            parser->lex = LEX_WORD;
            parser->open = true;
            return p;
        }
        if (is_reset_byte(*p)) {
            return take_reset(parser, p);
        }
        fail_stray(parser, *p);
        return p;
    }
    if (!taken) {
        return p;
    }
    parser->line_start = false;
    json_count_token(parser);
    return p + 1;
}

/*
 * Collect a part of a string and decode it, so that there is never much left to do at its end. What
 * may go on with the next part stays as it is, unless this is the @last.
 */
static bool collect(JsonParser *parser, const char *part, size_t len, bool last)
{
    GString *token = parser->token;
    const char *p;
    size_t rest, decoded;
    Error *err = NULL;
    char *raw;

    g_string_append_len(token, part, (gssize)len);
    if (!parser->escapes && !parser->high_bits) {
        parser->raw = token->len;
        return true;
    }
    p = raw = token->str + parser->raw;
    if (!json_decode_string(&p, token->str + token->len, last, raw, &decoded, &err)) {
        json_fail(parser, err);
        return false;
    }
    rest = token->str + token->len - p;
    memmove(raw + decoded, p, rest);
    parser->raw += decoded;
    g_string_truncate(token, parser->raw + rest);
    return true;
}

static QString *string_of_token(JsonParser *parser)
{
    size_t len = parser->token->len;
    char *text;

    if (len < STRING_MOVED) {
        return qstring_new_len(parser->token->str, len);
    }
    text = g_string_free(parser->token, false);
    parser->token = g_string_new(NULL);
    return qstring_new_take(g_realloc(text, len + 1), len);
}

static void take_collected(JsonParser *parser)
{
    if (json_expects_key(parser)) {
        json_take_key(parser, parser->token->str, parser->token->len);
    } else {
        json_take_scalar(parser, QOBJECT(string_of_token(parser)));
    }
    json_clear_token(parser);
}

/* The closing quote is at @p, the part of the string in the present bytes begins at @start. */
static const char *end_string(JsonParser *parser, const char *start, const char *p)
{
    bool plain = !parser->token->len && !parser->escapes && !parser->high_bits;

    parser->lex = LEX_BETWEEN;
    if (parser->skipping) {
        return p + 1;
    }
    if (!plain) {
        if (collect(parser, start, p - start, true)) {
            take_collected(parser);
        }
    } else if (json_expects_key(parser)) {
        json_take_key(parser, start, p - start);
    } else {
        json_take_scalar(parser, QOBJECT(qstring_new_len(start, p - start)));
    }
    json_count_token(parser);
    return p + 1;
}

/* A control character or one of FD..FF in a string. */
static const char *bad_string_byte(JsonParser *parser, const char *p)
{
    if (is_reset_byte(*p) && !parser->strict) {
        return take_reset(parser, p);
    }
    if (!parser->skipping) {
        unsigned char byte = *p;

        json_fail_with(parser,
                       byte < 0x20 ? "unescaped control character 0x%02X in string"
                                   : "stray byte 0x%02X in string",
                       byte);
    }
    parser->escape = false;
    if (*p == '\n') {
        parser->lex = LEX_BETWEEN; /* no string goes past the end of its line */
        return p;
    }
    return p + 1;
}

static const char *step_string(JsonParser *parser, const char *p, const char *end)
{
    const char *start = p;

    while (p < end) {
        unsigned char byte;

        if (!parser->escape) {
            p = json_scan_string(p, end, &parser->high_bits);
            if (p == end) {
                break;
            }
        }
        byte = *p;
        if (byte < 0x20 || byte >= 0xfd) {
            if (!parser->skipping) {
                collect(parser, start, p - start, false); /* an earlier fault counts */
            }
            return bad_string_byte(parser, p);
        }
        if (parser->escape) {
            parser->escape = false;
            parser->high_bits |= byte >= 0x80;
        } else if (byte == (unsigned char)parser->quote) {
            return end_string(parser, start, p);
        } else if (byte == '\\') {
            parser->escape = true;
            parser->escapes = true;
        }
        p++;
    }
    if (!parser->skipping) {
        collect(parser, start, p - start, false);
    }
    return p;
}

static void end_word(JsonParser *parser, const char *text, size_t len)
{
    parser->lex = LEX_BETWEEN;
    json_take_word(parser, text, len);
    json_count_token(parser);
}

static const char *step_word(JsonParser *parser, const char *p, const char *end)
{
    const char *start = p;

    while (p < end && is_word_byte(*p)) {
        p++;
    }
    parser->line_start = false;
    if (p == end || parser->token->len) {
        g_string_append_len(parser->token, start, p - start);
    }
    if (p < end) {
        if (parser->token->len) {
            g_autofree char *text = g_strndup(parser->token->str, parser->token->len);
            size_t len = parser->token->len;

            json_clear_token(parser);
            end_word(parser, text, len);
        } else {
            end_word(parser, start, p - start);
        }
    }
    return p;
}

/*
 * Where the broken value is over: behind the bracket that closes it, or, where no bracket is open,
 * at the end of the line or the next opening one. A line that begins with '{' is taken for the
 * next value even if brackets seem to be open, for then the value before it was cut off. A byte
 * that resets the parser ends the skipping anywhere.
 */
static const char *step_skip(JsonParser *parser, const char *p)
{
    bool line_start = parser->line_start;

    parser->line_start = *p == '\n';
    switch (*p) {
    case '\n':
        parser->skipping = parser->skip_depth > 0;
        return p + 1;
    case '{':
    case '[':
        if (!parser->skip_depth || (line_start && *p == '{')) {
            json_start_afresh(parser);
            return p;
        }
        parser->skip_depth++;
        return p + 1;
    case '}':
    case ']':
        if (parser->skip_depth && !--parser->skip_depth) {
            json_start_afresh(parser);
        }
        return p + 1;
    case '"':
    case '\'':
        begin_string(parser, *p);
        return p + 1;
    default:
        return is_reset_byte(*p) ? take_reset(parser, p) : p + 1;
    }
}

const char *json_step(JsonParser *parser, const char *p, const char *end)
{
    switch (parser->lex) {
    case LEX_STRING:
        return step_string(parser, p, end);
    case LEX_WORD:
        return step_word(parser, p, end);
    default:
        return parser->skipping ? step_skip(parser, p) : step_between(parser, p, end);
    }
}
