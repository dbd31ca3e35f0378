/*
 * UTF-8 decoding and checking.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/utf8.h"

#include <stdint.h>
#include <string.h>

/* Lead byte: how many bytes follow, and the range of the first of them (RFC 3629, section 4). */
static int lead_range(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        return 1;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        *low = lead == 0xe0 ? 0xa0 : 0x80;
        *high = lead == 0xed ? 0x9f : 0xbf;
        return 2;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        *low = lead == 0xf0 ? 0x90 : 0x80;
        *high = lead == 0xf4 ? 0x8f : 0xbf;
        return 3;
    }
    return -1;
}

int utf8_decode(const char *p, const char *end, gunichar *code)
{
    unsigned char lead = *p;
    unsigned char low, high;
    int follow;

    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    follow = lead_range(lead, &low, &high);
    if (follow < 0) {
        return -1;
    }
    *code = lead & (0x3f >> follow);
    for (int i = 1; i <= follow; i++) {
        unsigned char byte;

        if (p + i >= end || (byte = p[i]) < low || byte > high) {
            return -i;
        }
        *code = *code << 6 | (byte & 0x3f);
        low = 0x80;
        high = 0xbf;
    }
    return follow + 1;
}

bool utf8_valid(const char *text, size_t len)
{
    const char *end = text + len;
    gunichar code;

    while (text < end) {
        uint64_t word;

        if (end - text >= 8) {
            memcpy(&word, text, 8);
            if (!(word & 0x8080808080808080ull)) {
                text += 8;
                continue;
            }
        }
        int n = utf8_decode(text, end, &code);
        if (n < 0) {
            return false;
        }
        text += n;
    }
    return true;
}

/* Eight bytes of ASCII, none of them NUL. */
static inline bool is_plain_word(const char *p)
{
    uint64_t word;

    memcpy(&word, p, 8);
    return !((word | (word - 0x0101010101010101ull)) & 0x8080808080808080ull);
}

/* Copy the character at *@p, or replace one byte of what is none; returns the end of the copy. */
static inline char *copy_valid(char *to, const char **p, const char *end)
{
    gunichar code;
    int n = utf8_decode(*p, end, &code);

    if (n < 0 || !code) {
        memcpy(to, "\357\277\275", 3); /* U+FFFD */
        ++*p;
        return to + 3;
    }
    for (int i = 0; i < n; i++) {
        *to++ = *(*p)++;
    }
    return to;
}

/*
 * g_utf8_make_valid() does the same, but looks for each bad byte with a call of its own and in the
 * end checks all of it once more: a second for 16 MiB of noise.
 */
char *utf8_make_valid(const char *bytes, size_t len)
{
    const char *end = len ? bytes + len : bytes; /* of nothing @bytes may be NULL */
    char *text = g_malloc(len * 3 + 1);
    char *to = text;

    while (bytes < end) {
        if (end - bytes >= 8 && is_plain_word(bytes)) {
            memcpy(to, bytes, 8);
            bytes += 8;
            to += 8;
        } else {
            to = copy_valid(to, &bytes, end);
        }
    }
    *to = '\0';
    return g_realloc(text, to - text + 1);
}
