/*
 * The streaming JSON parser: from bytes to values, with an explicit stack and no recursion.
 *
 * The lexer's state is small enough to stop after any byte: between tokens, in a string, in a word
 * (number or keyword). A token that lies whole in the bytes fed is taken from there; only one that
 * is cut is collected in a buffer.
 *
 * After an error the parser skips, still minding strings and brackets but building nothing, to
 * where the broken value is over (see step_skip()).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-parser.h"
#include "qobject/json-lexer.h"
#include "qobject/qobject-private.h"
#include "util/compiler.h"

#include <string.h>

/* Memory that a token takes beside its text, about. */
#define TOKEN_COST 48
/* A token buffer larger than this is not kept for the next token. */
#define TOKEN_KEEP 65536

typedef enum LexState { LEX_BETWEEN, LEX_STRING, LEX_WORD } LexState;

typedef enum Expect {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_END, /* behind '[' */
    EXPECT_KEY,
    EXPECT_KEY_OR_END, /* behind '{' */
    EXPECT_COLON,
    EXPECT_SEPARATOR,
} Expect;

struct JsonParser {
    JsonLimits limits;
    JsonEmit *emit;
    void *opaque;
    bool strict; /* no resets: any byte that is not JSON is an error */
    bool paused;

    LexState lex;
    char quote;     /* the one that ends the string */
    bool escape;    /* the byte before was a backslash */
    bool high_bits; /* the string has bytes over 7F */
    bool escapes;   /* the string has escape sequences */
    GString *token; /* what came of a cut token */

    bool open;        /* a value has begun */
    GPtrArray *stack; /* open containers; the outermost owns all below it */
    Expect expect;
    size_t size;   /* bytes of the open value so far */
    size_t tokens; /* tokens of it */
    size_t cost;   /* of the last one that was open */

    bool skipping;
    size_t skip_depth; /* brackets of the broken value that are open */
    bool line_start;   /* the byte before was a newline */
};

const JsonLimits json_default_limits = {
    .max_nesting = 1024,
    .max_tokens = 2 * 1000 * 1000,
    .max_size = 64 * 1024 * 1024,
};

JsonParser *json_parser_new(const JsonLimits *limits, JsonEmit *emit, void *opaque)
{
    JsonParser *parser = g_new0(JsonParser, 1);

    parser->limits = limits ? *limits : json_default_limits;
    g_assert(parser->limits.max_nesting && parser->limits.max_tokens && parser->limits.max_size);
    parser->emit = emit;
    parser->opaque = opaque;
    parser->token = g_string_new(NULL);
    parser->stack = g_ptr_array_new();
    return parser;
}

static void clear_token(JsonParser *parser)
{
    if (parser->token->allocated_len > TOKEN_KEEP) {
        g_string_free(parser->token, true);
        parser->token = g_string_new(NULL);
    } else {
        g_string_truncate(parser->token, 0);
    }
}

/* Forget the open value; what is on the stack is gone or somebody else's. */
static void close_value(JsonParser *parser)
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
    if (parser->stack->len) {
        qobject_unref(parser->stack->pdata[0]);
    }
    clear_token(parser);
    close_value(parser);
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

/* Report @err in place of the open value and skip the rest of it. */
static void fail(JsonParser *parser, Error *err)
{
    parser->skipping = true;
    parser->skip_depth = parser->stack->len;
    drop_value(parser);
    parser->emit(parser->opaque, NULL, err);
}

static void G_GNUC_PRINTF(2, 3) fail_with(JsonParser *parser, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    Error *err = NULL;
    va_list args;

    va_start(args, fmt);
    text = g_strdup_vprintf(fmt, args);
    va_end(args);
    error_setg(&err, JSON_ERROR "%s", text);
    fail(parser, err);
}

/* A value may begin again. */
static void start_afresh(JsonParser *parser)
{
    parser->skipping = false;
    parser->lex = LEX_BETWEEN;
}

/* ---- grammar: what each token does to the open value ---- */

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
    close_value(parser);
    parser->emit(parser->opaque, value, NULL);
}

/* The message for a token that is not what has to come next. */
static void fail_unexpected(JsonParser *parser)
{
    switch (parser->expect) {
    case EXPECT_VALUE:
    case EXPECT_VALUE_OR_END:
        fail_with(parser, "expecting value");
        break;
    case EXPECT_KEY:
    case EXPECT_KEY_OR_END:
        fail_with(parser, "key is not a string in object");
        break;
    case EXPECT_COLON:
        fail_with(parser, "missing : in object pair");
        break;
    case EXPECT_SEPARATOR: {
        QObject *top = parser->stack->pdata[parser->stack->len - 1];

        fail_with(parser, "expected separator in %s", top->type == QTYPE_QLIST ? "list" : "dict");
        break;
    }
    }
}

static bool expects_value(const JsonParser *parser)
{
    return parser->expect == EXPECT_VALUE || parser->expect == EXPECT_VALUE_OR_END;
}

static void take_scalar(JsonParser *parser, QObject *value)
{
    if (parser->stack->len) {
        attach(parser, value);
        parser->expect = EXPECT_SEPARATOR;
    } else {
        finish(parser, value);
    }
}

/* False: refused, and not consumed. */
static bool take_open(JsonParser *parser, char bracket)
{
    QObject *container;

    if (!expects_value(parser)) {
        fail_unexpected(parser);
        return false;
    }
    if (parser->stack->len >= parser->limits.max_nesting) {
        fail_with(parser, "nesting depth limit of %u exceeded", parser->limits.max_nesting);
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

static bool take_close(JsonParser *parser, char bracket)
{
    QType type = bracket == ']' ? QTYPE_QLIST : QTYPE_QDICT;
    Expect empty = bracket == ']' ? EXPECT_VALUE_OR_END : EXPECT_KEY_OR_END;
    unsigned depth = parser->stack->len;
    QObject *top = depth ? parser->stack->pdata[depth - 1] : NULL;

    if (!top || top->type != type ||
        (parser->expect != EXPECT_SEPARATOR && parser->expect != empty)) {
        fail_unexpected(parser);
        return false;
    }
    g_ptr_array_set_size(parser->stack, depth - 1);
    parser->expect = EXPECT_SEPARATOR;
    if (depth == 1) {
        finish(parser, top);
    }
    return true;
}

static bool take_comma(JsonParser *parser)
{
    QObject *top;

    if (parser->expect != EXPECT_SEPARATOR) {
        fail_unexpected(parser);
        return false;
    }
    top = parser->stack->pdata[parser->stack->len - 1];
    parser->expect = top->type == QTYPE_QLIST ? EXPECT_VALUE : EXPECT_KEY;
    return true;
}

static bool take_colon(JsonParser *parser)
{
    if (parser->expect != EXPECT_COLON) {
        fail_unexpected(parser);
        return false;
    }
    parser->expect = EXPECT_VALUE;
    return true;
}

static void take_key(JsonParser *parser, const char *text, size_t len)
{
    QDict *dict = parser->stack->pdata[parser->stack->len - 1];

    if (memchr(text, '\0', len)) {
        fail_with(parser, "key must not contain \\u0000");
    } else if (!qdict_add_key(dict, text, len)) {
        fail_with(parser, "duplicate key '%.*s'", (int)MIN(len, 60), text);
    } else {
        parser->expect = EXPECT_COLON;
    }
}

/* The raw text between the quotes. */
static void take_string(JsonParser *parser, const char *text, size_t len)
{
    bool key = parser->expect == EXPECT_KEY || parser->expect == EXPECT_KEY_OR_END;
    QString *str = NULL;
    Error *err = NULL;

    if (!key && !expects_value(parser)) {
        fail_unexpected(parser);
        return;
    }
    if (parser->escapes || parser->high_bits) {
        str = qstring_alloc(len);
        if (!json_decode_string(text, len, str->text, &str->len, &err)) {
            qobject_unref(str);
            fail(parser, err);
            return;
        }
        str->text[str->len] = '\0';
    }
    if (!key) {
        take_scalar(parser, QOBJECT(str ? str : qstring_new_len(text, len)));
    } else if (!str) {
        take_key(parser, text, len);
    } else {
        take_key(parser, str->text, str->len);
        qobject_unref(str);
    }
}

static void take_word(JsonParser *parser, const char *text, size_t len)
{
    QObject *value;
    Error *err = NULL;

    if (!expects_value(parser)) {
        fail_unexpected(parser);
        return;
    }
    value = json_decode_word(text, len, &err);
    if (value) {
        take_scalar(parser, value);
    } else {
        fail(parser, err);
    }
}

static void count_token(JsonParser *parser)
{
    if (parser->open && ++parser->tokens > parser->limits.max_tokens) {
        fail_with(parser, "token count limit of %zu exceeded", parser->limits.max_tokens);
    }
}

/* ---- the lexer: each step consumes at most one token and returns where it stopped ---- */

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
        fail_with(parser, "stray '%c'", byte);
    } else {
        fail_with(parser, "stray byte 0x%02X", byte);
    }
}

static const char *take_reset(JsonParser *parser, const char *p)
{
    if (!parser->skipping) {
        fail_stray(parser, *p);
    }
    start_afresh(parser);
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
        taken = take_open(parser, *p);
        break;
    case '}':
    case ']':
        taken = take_close(parser, *p);
        break;
    case ',':
        taken = take_comma(parser);
        break;
    case ':':
        taken = take_colon(parser);
        break;
    case '"':
    case '\'':
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
    count_token(parser);
    return p + 1;
}

/* The closing quote is at @p, the part of the string in the present bytes begins at @start. */
static const char *end_string(JsonParser *parser, const char *start, const char *p)
{
    parser->lex = LEX_BETWEEN;
    if (parser->skipping) {
        return p + 1;
    }
    if (!parser->token->len) {
        take_string(parser, start, p - start);
    } else {
        g_string_append_len(parser->token, start, p - start);
        take_string(parser, parser->token->str, parser->token->len);
        clear_token(parser);
    }
    count_token(parser);
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

        fail_with(parser,
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
        g_string_append_len(parser->token, start, p - start);
    }
    return p;
}

static void end_word(JsonParser *parser, const char *text, size_t len)
{
    parser->lex = LEX_BETWEEN;
    take_word(parser, text, len);
    count_token(parser);
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

            clear_token(parser);
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
            start_afresh(parser);
            return p;
        }
        parser->skip_depth++;
        return p + 1;
    case '}':
    case ']':
        if (parser->skip_depth && !--parser->skip_depth) {
            start_afresh(parser);
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

static const char *step(JsonParser *parser, const char *p, const char *end)
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

/* How far the open value may still reach; @p itself when it is too long already (and failed). */
static const char *check_size(JsonParser *parser, const char *p, const char *end)
{
    size_t room = parser->limits.max_size - parser->size;

    if (!parser->open || (size_t)(end - p) <= room) {
        return end;
    }
    if (!room) {
        fail_with(parser, "size limit of %zu bytes exceeded", parser->limits.max_size);
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
            const char *next = step(parser, p, stop);

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
        step_word(parser, space, space + 1);
    }
    if (parser->open) {
        fail_with(parser, "input ends inside a value");
    }
    drop_value(parser);
    start_afresh(parser);
}

size_t json_parser_cost(const JsonParser *parser)
{
    return parser->cost;
}

size_t json_parser_pending(const JsonParser *parser)
{
    return parser->size;
}

/* ---- one whole text ---- */

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
