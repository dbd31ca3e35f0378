/*
 * Strings, numbers and keywords of JSON (RFC 8259, sections 3, 6 and 7).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-lexer.h"
#include "qobject/utf8.h"

#include <math.h>
#include <string.h>

/* How much of a client's text is worth quoting in a message. */
#define QUOTE_MAX 40

#define ONES  0x0101010101010101ull
#define HIGHS 0x8080808080808080ull

/* Not zero when one of the eight bytes of @word is less than @limit, which is at most 0x80. */
static inline uint64_t any_below(uint64_t word, uint64_t limit)
{
    return (word - ONES * limit) & ~word & HIGHS;
}

static inline uint64_t any_equal(uint64_t word, unsigned char byte)
{
    return any_below(word ^ ONES * byte, 1);
}

const char *json_scan_string(const char *p, const char *end, bool *high_bits)
{
    while (p < end) {
        unsigned char byte;

        while (end - p >= 8) {
            uint64_t word;

            memcpy(&word, p, 8);
            if (any_equal(word, '"') | any_equal(word, '\'') | any_equal(word, '\\') |
                any_below(word, 0x20) | (word & HIGHS)) {
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

/* The escape sequence at *@p; @end is never right behind a backslash. */
static bool decode_escape(const char **p, const char *end, gunichar *code, Error **errp)
{
    static const char map[] = "\"\"''\\\\//b\bf\fn\nr\rt\t";

    if ((*p)[1] == 'u') {
        return decode_unicode_escape(p, end, code, errp);
    }
    for (const char *m = map; *m; m += 2) {
        if ((*p)[1] == *m) {
            *code = m[1];
            *p += 2;
            return true;
        }
    }
    if (g_ascii_isgraph((*p)[1])) {
        error_setg(errp, JSON_ERROR "invalid escape sequence '\\%c' in string", (*p)[1]);
    } else {
        error_setg(errp, JSON_ERROR "invalid escape sequence in string");
    }
    return false;
}

bool json_decode_string(const char *text, size_t len, char *out, size_t *out_len, Error **errp)
{
    const char *p = text, *end = text + len;
    char *start = out;

    while (p < end) {
        const char *escape = memchr(p, '\\', end - p);
        size_t run = (escape ? escape : end) - p;
        gunichar code;

        if (!utf8_valid(p, run)) {
            error_setg(errp, JSON_ERROR "invalid UTF-8 sequence in string");
            return false;
        }
        memmove(out, p, run);
        out += run;
        p += run;
        if (escape) {
            if (!decode_escape(&p, end, &code, errp)) {
                return false;
            }
            out += g_unichar_to_utf8(code, out);
        }
    }
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
