/*
 * Writing JSON text (RFC 8259), in ASCII.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-writer.h"
#include "qobject/eight-bytes.h"
#include "qobject/qobject-private.h"
#include "qobject/utf8.h"

#include <math.h>
#include <string.h>

void json_writer_init(JsonWriter *writer, GString *out, bool pretty)
{
    *writer = (JsonWriter){ .out = out, .pretty = pretty };
}

static void append(GString *out, const char *text, size_t len)
{
    if (len < out->allocated_len - out->len) {
        memcpy(out->str + out->len, text, len);
        out->len += len;
        out->str[out->len] = '\0';
    } else {
        g_string_append_len(out, text, len);
    }
}

/* Deeper values are indented no further: else a small deep value grows to gigabytes of blanks. */
#define MAX_INDENT 32

static void new_line(JsonWriter *writer)
{
    append(writer->out, "\n", 1);
    for (unsigned i = 0; i < MIN(writer->depth, MAX_INDENT); i++) {
        append(writer->out, "    ", 4);
    }
}

void json_writer_defer_object(JsonWriter *writer, const char *name)
{
    g_assert(!writer->deferred_name);
    writer->deferred_name = name;
    writer->deferred_at = SIZE_MAX;
}

static void write_deferred(JsonWriter *writer)
{
    const char *name = g_steal_pointer(&writer->deferred_name);

    writer->deferred_at = writer->out->len;
    json_writer_begin_object(writer);
    json_writer_name(writer, name);
}

void json_writer_rewind(JsonWriter *writer)
{
    if (!writer->deferred_name) {
        g_assert(writer->deferred_at <= writer->out->len);
        g_string_truncate(writer->out, writer->deferred_at);
    }
    json_writer_init(writer, writer->out, writer->pretty);
}

/* What has to stand before the next name, element or lone value. */
static void separate(JsonWriter *writer)
{
    if (writer->deferred_name) {
        write_deferred(writer);
    }
    if (writer->after_name) {
        writer->after_name = false;
        return;
    }
    if (writer->need_comma) {
        append(writer->out, ", ", writer->pretty ? 1 : 2);
    }
    if (writer->pretty && writer->depth) {
        new_line(writer);
    }
    writer->need_comma = writer->depth > 0;
}

/* Every byte that may stand in a JSON string as it is; the rest need an escape. */
static inline bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static const char *plain_run(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t word;

        memcpy(&word, p, 8);
        if (any_high(word) | any_below(word, 0x20) | any_equal(word, 0x7f) | any_equal(word, '"') |
            any_equal(word, '\\')) {
            break;
        }
        p += 8;
    }
    while (p < end && is_plain(*p)) {
        p++;
    }
    return p;
}

static char *put_unit(char *out, unsigned unit)
{
    static const char digits[] = "0123456789ABCDEF";

    *out++ = '\\';
    *out++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) {
        *out++ = digits[unit >> shift & 0xf];
    }
    return out;
}

/* What follows the backslash in escapes of two characters. */
static const char short_escapes[128] = {
    ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
    ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
};

static char *put_escaped(char *out, gunichar code)
{
    if (code >= 0x10000) {
        out = put_unit(out, 0xd800 + ((code - 0x10000) >> 10));
        return put_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
    }
    if (code >= sizeof(short_escapes) || !short_escapes[code]) {
        return put_unit(out, code);
    }
    *out++ = '\\';
    *out++ = short_escapes[code];
    return out;
}

/* So many characters are escaped at once, and so much may each take. */
enum { ESCAPES_AT_ONCE = 64, ESCAPE_MAX = 12 };

/* Append the characters at @p that need an escape; returns where the first that needs none is. */
static const char *append_escaped(GString *out, const char *p, const char *end)
{
    char text[ESCAPES_AT_ONCE * ESCAPE_MAX];
    char *next = text;

    for (int i = 0; i < ESCAPES_AT_ONCE && p < end && !is_plain(*p); i++) {
        gunichar code = (unsigned char)*p;
        int n = code < 0x80 ? 1 : utf8_decode(p, end, &code);

        next = put_escaped(next, n > 0 ? code : 0xfffd);
        p += n > 0 ? n : -n;
    }
    append(out, text, next - text);
    return p;
}

static void append_quoted(GString *out, const char *text, size_t len)
{
    const char *end = text + len;

    append(out, "\"", 1);
    while (text < end) {
        const char *run = text;

        text = plain_run(text, end);
        if (text > run) {
            append(out, run, text - run);
        }
        if (text < end) {
            text = append_escaped(out, text, end);
        }
    }
    append(out, "\"", 1);
}

void json_writer_name(JsonWriter *writer, const char *name)
{
    separate(writer);
    append_quoted(writer->out, name, strlen(name));
    append(writer->out, ": ", 2);
    writer->after_name = true;
}

static void begin(JsonWriter *writer, char bracket)
{
    separate(writer);
    append(writer->out, &bracket, 1);
    writer->depth++;
    writer->need_comma = false;
}

static void end(JsonWriter *writer, char bracket)
{
    g_assert(writer->depth > 0 && !writer->after_name);
    writer->depth--;
    if (writer->pretty) {
        new_line(writer);
    }
    append(writer->out, &bracket, 1);
    writer->need_comma = writer->depth > 0;
}

void json_writer_begin_object(JsonWriter *writer)
{
    begin(writer, '{');
}

void json_writer_end_object(JsonWriter *writer)
{
    end(writer, '}');
}

void json_writer_begin_array(JsonWriter *writer)
{
    begin(writer, '[');
}

void json_writer_end_array(JsonWriter *writer)
{
    end(writer, ']');
}

void json_writer_null(JsonWriter *writer)
{
    separate(writer);
    append(writer->out, "null", 4);
}

void json_writer_bool(JsonWriter *writer, bool value)
{
    separate(writer);
    if (value) {
        append(writer->out, "true", 4);
    } else {
        append(writer->out, "false", 5);
    }
}

static void append_uint(GString *out, uint64_t value, bool negative)
{
    char text[24];
    char *p = text + sizeof(text);

    do {
        *--p = '0' + value % 10;
        value /= 10;
    } while (value);
    if (negative) {
        *--p = '-';
    }
    append(out, p, text + sizeof(text) - p);
}

void json_writer_int(JsonWriter *writer, int64_t value)
{
    separate(writer);
    append_uint(writer->out, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

void json_writer_uint(JsonWriter *writer, uint64_t value)
{
    separate(writer);
    append_uint(writer->out, value, false);
}

/* The shortest of 15, 16 and 17 significant digits that reads back as the same double. */
static void append_double(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    g_assert(isfinite(value));
    if (value == 0) {
        g_string_append(out, signbit(value) ? "-0.0" : "0");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        char format[8];

        g_snprintf(format, sizeof(format), "%%.%dg", digits);
        g_ascii_formatd(text, sizeof(text), format, value);
        if (g_ascii_strtod(text, NULL) == value) {
            break;
        }
    }
    g_string_append(out, text);
}

void json_writer_double(JsonWriter *writer, double value)
{
    separate(writer);
    append_double(writer->out, value);
}

void json_writer_str_len(JsonWriter *writer, const char *text, size_t len)
{
    separate(writer);
    append_quoted(writer->out, text, len);
}

void json_writer_str(JsonWriter *writer, const char *text)
{
    json_writer_str_len(writer, text, strlen(text));
}

static void write_num(JsonWriter *writer, const QNum *num)
{
    switch (num->kind) {
    case QNUM_I64:
        json_writer_int(writer, num->i64);
        break;
    case QNUM_U64:
        json_writer_uint(writer, num->u64);
        break;
    case QNUM_DOUBLE:
        json_writer_double(writer, num->dbl);
        break;
    }
}

/* Where we are in a container: an element of a list, or an entry of a dict. */
typedef struct Cursor {
    const QObject *container;
    size_t index;
    const QDictEntry *entry;
} Cursor;

/* Write a leaf, or begin a container and put it on the stack. */
static void write_or_push(JsonWriter *writer, const QObject *value, GArray *stack)
{
    Cursor cursor = { .container = value };

    switch (value->type) {
    case QTYPE_QNULL:
        json_writer_null(writer);
        return;
    case QTYPE_QBOOL:
        json_writer_bool(writer, ((const QBool *)value)->value);
        return;
    case QTYPE_QNUM:
        write_num(writer, (const QNum *)value);
        return;
    case QTYPE_QSTRING:
        json_writer_str_len(writer, ((const QString *)value)->text, ((const QString *)value)->len);
        return;
    case QTYPE_QLIST:
        begin(writer, '[');
        break;
    case QTYPE_QDICT:
        begin(writer, '{');
        cursor.entry = qdict_first((const QDict *)value);
        break;
    default:
        g_assert_not_reached();
    }
    g_array_append_val(stack, cursor);
}

/* Go on with the container on top of the stack. */
static void write_step(JsonWriter *writer, GArray *stack)
{
    Cursor *top = &g_array_index(stack, Cursor, stack->len - 1);
    const QObject *value;

    if (top->container->type == QTYPE_QLIST) {
        value = qlist_at((const QList *)top->container, top->index++);
        if (!value) {
            end(writer, ']');
            g_array_set_size(stack, stack->len - 1);
            return;
        }
    } else {
        if (!top->entry) {
            end(writer, '}');
            g_array_set_size(stack, stack->len - 1);
            return;
        }
        json_writer_name(writer, top->entry->key);
        value = top->entry->value;
        top->entry = qdict_next((const QDict *)top->container, top->entry);
    }
    write_or_push(writer, value, stack);
}

/* Values nest as deep as a client likes and coroutine stacks are small: no recursion here. */
void json_writer_qobject(JsonWriter *writer, const QObject *value)
{
    GArray *stack;

    if (value->type != QTYPE_QLIST && value->type != QTYPE_QDICT) {
        write_or_push(writer, value, NULL);
        return;
    }
    stack = g_array_new(false, false, sizeof(Cursor));
    write_or_push(writer, value, stack);
    while (stack->len) {
        write_step(writer, stack);
    }
    g_array_free(stack, true);
}

/* The end of the string that begins at @p. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++) {
        if (*p == '\\') {
            p++;
        }
    }
    return p < end ? p + 1 : end;
}

/* Compact text anew, in lines; names need no care of their own but for the space after ':'. */
static void write_raw_pretty(JsonWriter *writer, const char *p, const char *stop)
{
    while (p < stop) {
        const char *start = p;

        if (strchr("{[", *p)) {
            begin(writer, *p++);
        } else if (strchr("}]", *p)) {
            end(writer, *p++);
        } else if (strchr(", ", *p)) {
            p++;
        } else if (*p == ':') {
            append(writer->out, ": ", 2);
            writer->after_name = true;
            p++;
        } else {
            if (*p == '"') {
                p = skip_string(p, stop);
            } else {
                while (p < stop && !strchr(",]} ", *p)) {
                    p++;
                }
            }
            separate(writer);
            append(writer->out, start, p - start);
        }
    }
}

void json_writer_raw(JsonWriter *writer, const char *json, size_t len)
{
    if (writer->pretty) {
        write_raw_pretty(writer, json, json + len);
    } else {
        separate(writer);
        append(writer->out, json, len);
    }
}

static char *to_text(const QObject *value, bool pretty)
{
    GString *out = g_string_new(NULL);
    JsonWriter writer;

    json_writer_init(&writer, out, pretty);
    json_writer_qobject(&writer, value);
    return g_string_free(out, false);
}

char *qobject_to_json(const QObject *value)
{
    return to_text(value, false);
}

char *qobject_to_json_pretty(const QObject *value)
{
    return to_text(value, true);
}
