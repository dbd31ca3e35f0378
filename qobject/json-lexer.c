/*
 * Strings, numbers and keywords of JSON (RFC 8259, sections 3, 6 and 7).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-lexer.h"
#include "qobject/eight-bytes.h"
#include "qobject/utf8.h"

#include <math.h>
#include <string.h>

/* How much of a client's text is worth quoting in a message. */
#define QUOTE_MAX 40

const char *json_scan_string(const char *p, const char *end, bool *high_bits)
{
    while (p < end) {
        unsigned char byte;

        while (end - p >= 8) {
            uint64_t word;

            memcpy(&word, p, 8);
            if (any_equal(word, '"') | any_equal(word, '\'') | any_equal(word, '\\') |
                any_below(word, 0x20) | any_high(word)) {
                break;
            }
            p += 8;
        }
        if (p == end) {
            break;
        }
        /* one plain byte, or all of a run of others: words are of no use there */
        do {
            byte = *p;
            if (byte == '"' || byte == '\'' || byte == '\\' || byte < 0x20 || byte >= 0xfd) {
                return p;
            }
            *high_bits |= byte >= 0x80;
            p++;
        } while (p < end && byte >= 0x80);
    }
    return p;
}

/* Four hex digits at @p; -1 when they are not there. */
static int hex4(const char *p, const char *end)
{
    int value = 0;

    if (end - p < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(p[i]);

        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

/* "\uXXXX" at @p, where a high surrogate wants its low one next. Moves *@p on. */
static bool decode_unicode_escape(const char **p, const char *end, gunichar *code, Error **errp)
{
    int unit = hex4(*p + 2, end);
    int low;

    if (unit >= 0xd800 && unit <= 0xdbff && end - *p >= 12 && (*p)[6] == '\\' && (*p)[7] == 'u') {
        low = hex4(*p + 8, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            *p += 12;
            return true;
        }
    }
    if (unit < 0 || (unit >= 0xd800 && unit <= 0xdfff)) {
        error_setg(errp, JSON_ERROR "%.*s is not a valid Unicode character", (int)MIN(end - *p, 6),
                   *p);
        return false;
    }
    *code = unit;
    *p += 6;
    return true;
}

static void set_bad_escape(const char *p, const char *end, Error **errp)
{
    if (p + 1 < end && g_ascii_isgraph(p[1])) {
        error_setg(errp, JSON_ERROR "invalid escape sequence '\\%c' in string", p[1]);
    } else {
        error_setg(errp, JSON_ERROR "invalid escape sequence in string");
    }
}

/* The escape sequence at *@p goes to *@out; both are moved on. */
static bool decode_escape(const char **p, const char *end, char **out, Error **errp)
{
    static const char meanings[128] = {
        ['"'] = '"',  ['\''] = '\'', ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r',  ['t'] = '\t',
    };
    unsigned char name = *p + 1 < end ? (*p)[1] : 0;
    gunichar code;

    if (name < 128 && meanings[name]) {
        *(*out)++ = meanings[name];
        *p += 2;
        return true;
    }
    if (name != 'u') {
        set_bad_escape(*p, end, errp);
        return false;
    }
    if (!decode_unicode_escape(p, end, &code, errp)) {
        return false;
    }
    *out += g_unichar_to_utf8(code, *out);
    return true;
}

/* The bytes before @end, but for a sequence that may go on behind it. */
static size_t without_cut_sequence(const char *p, size_t len)
{
    for (size_t back = 1; back <= MIN(len, 3); back++) {
        unsigned char byte = p[len - back];

        if (byte < 0x80) {
            break;
        }
        if (byte >= 0xc0) {
            size_t whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;

            return whole > back ? len - back : len;
        }
    }
    return len;
}

/* @run bytes without a backslash. */
static bool decode_run(const char **p, size_t run, char **out, Error **errp)
{
    if (!utf8_valid(*p, run)) {
        error_setg(errp, JSON_ERROR "invalid UTF-8 sequence in string");
        return false;
    }
    memmove(*out, *p, run);
    *out += run;
    *p += run;
    return true;
}

bool json_decode_string(const char **text, const char *end, bool last, char *out, size_t *out_len,
                        Error **errp)
{
    const char *p = *text;
    char *start = out;

    while (p < end) {
        const char *escape = *p == '\\' ? p : memchr(p, '\\', end - p);
        size_t run = (escape ? escape : end) - p;

        if (!escape && !last) {
            run = without_cut_sequence(p, run);
        }
        if (run && !decode_run(&p, run, &out, errp)) {
            return false;
        }
        if (!escape || (!last && end - p < JSON_SEQUENCE_MAX)) {
            break;
        }
        if (!decode_escape(&p, end, &out, errp)) {
            return false;
        }
    }
    *text = p;
    *out_len = out - start;
    return true;
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && g_ascii_isdigit(*p)) {
        p++;
    }
    return p;
}

/* RFC 8259, section 6: whether it is a number, and one without fraction and exponent. */
static bool check_number(const char *p, const char *end, bool *integer)
{
    const char *digits;

    if (p < end && *p == '-') {
        p++;
    }
    digits = p;
    p = skip_digits(p, end);
    if (p == digits || (*digits == '0' && p > digits + 1)) {
        return false;
    }
    *integer = p == end;
    if (p < end && *p == '.') {
        digits = ++p;
        p = skip_digits(p, end);
        if (p == digits) {
            return false;
        }
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) {
            p++;
        }
        digits = p;
        p = skip_digits(p, end);
        if (p == digits) {
            return false;
        }
    }
    return p == end;
}

/* An integer of at most 64 bits; NULL when it is larger. */
static QNum *decode_integer(const char *p, const char *end)
{
    bool negative = *p == '-';
    uint64_t value = 0;

    for (p += negative; p < end; p++) {
        unsigned digit = *p - '0';

        if (value > (UINT64_MAX - digit) / 10) {
            return NULL;
        }
        value = value * 10 + digit;
    }
    if (!negative) {
        return qnum_new_uint(value);
    }
    return value <= (uint64_t)INT64_MAX + 1 ? qnum_new_int(-value) : NULL;
}

static QNum *decode_double(const char *text, size_t len, Error **errp)
{
    g_autofree char *copy = g_strndup(text, len);
    double value = g_ascii_strtod(copy, NULL);

    if (!isfinite(value)) {
        error_setg(errp, JSON_ERROR "number '%.*s' is out of range, expecting at most 1.8e308",
                   (int)MIN(len, QUOTE_MAX), text);
        return NULL;
    }
    return qnum_new_double(value);
}

static QObject *decode_number(const char *text, size_t len, Error **errp)
{
    bool integer;
    QNum *num;

    if (!check_number(text, text + len, &integer)) {
        error_setg(errp, JSON_ERROR "invalid number '%.*s'", (int)MIN(len, QUOTE_MAX), text);
        return NULL;
    }
    num = integer ? decode_integer(text, text + len) : NULL;
    return QOBJECT(num ? num : decode_double(text, len, errp));
}

static bool is_keyword(const char *text, size_t len, const char *keyword)
{
    return len == strlen(keyword) && !memcmp(text, keyword, len);
}

QObject *json_decode_word(const char *text, size_t len, Error **errp)
{
    if (g_ascii_isdigit(*text) || strchr("-+.", *text)) {
        return decode_number(text, len, errp);
    }
    if (is_keyword(text, len, "true")) {
        return QOBJECT(qbool_new(true));
    }
    if (is_keyword(text, len, "false")) {
        return QOBJECT(qbool_new(false));
    }
    if (is_keyword(text, len, "null")) {
        return QOBJECT(qnull());
    }
    error_setg(errp, JSON_ERROR "invalid keyword '%.*s'", (int)MIN(len, QUOTE_MAX), text);
    return NULL;
}
