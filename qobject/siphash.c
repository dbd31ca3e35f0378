/*
 * SipHash-1-3, so that a client cannot choose keys that all land in one hash slot.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/siphash.h"

#include <glib.h>
#include <string.h>
#include <sys/random.h>

static uint64_t secret[2];

static void make_secret(void)
{
    static gsize done;

    if (g_once_init_enter(&done)) {
        if (getrandom(secret, sizeof(secret), GRND_NONBLOCK) != sizeof(secret)) {
            for (int i = 0; i < 2; i++) {
                secret[i] = (uint64_t)g_random_int() << 32 | g_random_int();
            }
        }
        g_once_init_leave(&done, 1);
    }
}

static inline uint64_t rotl(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

uint64_t siphash13(const char *text, size_t len)
{
    make_secret();

    uint64_t v[4] = { secret[0] ^ 0x736f6d6570736575, secret[1] ^ 0x646f72616e646f6d,
                      secret[0] ^ 0x6c7967656e657261, secret[1] ^ 0x7465646279746573 };
    uint64_t word;
    size_t left = len;

    for (; left >= 8; left -= 8, text += 8) {
        memcpy(&word, text, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = 0;
    memcpy(&word, text, left);
    word |= (uint64_t)len << 56;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
