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
