/*
 * Strings, numbers and memory; the compiler calls memcpy() and memset() by itself too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "lib.h"

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if ((((uintptr_t)d | (uintptr_t)s) & 7) == 0) {
        for (; n >= 32; n -= 32, d += 32, s += 32) {
            uint64_t *dw = (uint64_t *)d;
            const uint64_t *sw = (const uint64_t *)s;
            uint64_t a = sw[0], b = sw[1], c = sw[2], e = sw[3];

            dw[0] = a;
            dw[1] = b;
            dw[2] = c;
            dw[3] = e;
        }
    }
    while (n--) {
        *d++ = *s++;
    }
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    uint8_t *d = to;

    while (n--) {
        *d++ = byte;
    }
    return to;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while (s[n]) {
        n++;
    }
    return n;
}

bool streq(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool starts_with(const char *s, const char *prefix)
{
    while (*prefix) {
        if (*s++ != *prefix++) {
            return false;
        }
    }
    return true;
}

const char *skip_blanks(const char *s)
{
    while (*s == ' ') {
        s++;
    }
    return s;
}

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return 255;
}

bool parse_number(const char **s, unsigned base, uint32_t *value)
{
    const char *p = *s;
    uint64_t n = 0;

    for (; digit_value(*p) < base; p++) {
        n = n * base + digit_value(*p);
        if (n > UINT32_MAX) {
            return false;
        }
    }
    if (p == *s) {
        return false;
    }
    *s = p;
    *value = n;
    return true;
}

bool parse_size(const char *s, uint32_t *width, uint32_t *height)
{
    uint32_t w, h;

    if (!parse_number(&s, 10, &w) || *s++ != 'x' || !parse_number(&s, 10, &h)) {
        return false;
    }
    if ((*s && *s != ' ') || w < 1 || h < 1 || w > 65535 || h > 65535) {
        return false;
    }
    *width = w;
    *height = h;
    return true;
}
