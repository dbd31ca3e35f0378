/*
 * Scalars as people write them on a command line and at a monitor prompt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/text-to-value.h"
#include "qapi/keyval.h"

#include <math.h>
#include <string.h>

static bool has_hex_prefix(const char *text)
{
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

/* Digits at @text in base 10 or 16; the first byte that is none, or NULL: none, or too large. */
static const char *read_digits(const char *text, uint64_t *value)
{
    unsigned base = has_hex_prefix(text) ? 16 : 10;
    const char *p = base == 16 ? text + 2 : text;
    const char *start = p;

    *value = 0;
    for (; base == 16 ? g_ascii_isxdigit(*p) : g_ascii_isdigit(*p); p++) {
        unsigned digit = g_ascii_xdigit_value(*p);

        if (*value > (UINT64_MAX - digit) / base) {
            return NULL;
        }
        *value = *value * base + digit;
    }
    return p > start ? p : NULL;
}

bool text_to_uint64(const char *text, uint64_t *value)
{
    const char *end = read_digits(text, value);

    return end && !*end;
}

bool text_to_int64(const char *text, int64_t *value)
{
    bool negative = *text == '-';
    uint64_t magnitude;

    if (!text_to_uint64(text + negative, &magnitude) ||
        magnitude > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *value = negative ? -magnitude : magnitude;
    return true;
}

bool text_to_bool(const char *text, bool *value)
{
    static const char *const words[] = { "off", "on", "no", "yes", "false", "true", "n", "y" };

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (!strcmp(text, words[i])) {
            *value = i & 1;
            return true;
        }
    }
    return false;
}

bool text_to_double(const char *text, double *value)
{
    char *end;

    if (!g_ascii_isdigit(*text) && *text != '-' && *text != '.') {
        return false; /* strtod() would also take white space, "inf" and "nan" */
    }
    *value = g_ascii_strtod(text, &end);
    return end > text && !*end && isfinite(*value);
}

/* The power of two that a suffix stands for; -1: it is none. */
static int suffix_shift(char suffix)
{
    static const char suffixes[] = "BKMGTPE";
    const char *found = suffix ? strchr(suffixes, g_ascii_toupper(suffix)) : NULL;

    return found ? (found - suffixes) * 10 : -1;
}

/* The digits behind a decimal point, as a fraction of 1 << 60 (what comes after that is lost). */
static const char *read_fraction(const char *p, uint64_t *fraction)
{
    unsigned __int128 weight = (unsigned __int128)1 << 124;
    unsigned __int128 sum = 0;

    for (; g_ascii_isdigit(*p); p++) {
        weight /= 10;
        sum += weight * (unsigned)(*p - '0');
    }
    *fraction = (sum + ((unsigned __int128)1 << 63)) >> 64;
    return p;
}

bool parse_size(const char *text, char def_suffix, uint64_t *size, Error **errp)
{
    uint64_t whole, fraction = 0;
    const char *p = read_digits(text, &whole);
    int shift;

    if (p && *p == '.' && !has_hex_prefix(text)) {
        p = g_ascii_isdigit(p[1]) ? read_fraction(p + 1, &fraction) : NULL;
    }
    if (p) {
        shift = suffix_shift(*p ? *p : def_suffix);
        if (shift >= 0 && !(*p && p[1]) && whole <= UINT64_MAX >> shift && (shift || !fraction) &&
            !__builtin_add_overflow(whole << shift, fraction >> (60 - shift), size)) {
            return true;
        }
    }
    error_setg(errp,
               "'%s' is not a size: expecting a non-negative number below 2^64, optionally with "
               "suffix k, M, G, T, P or E",
               text);
    return false;
}
