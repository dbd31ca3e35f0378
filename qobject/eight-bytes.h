/*
 * Looking at eight bytes of text at once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOBJECT_EIGHT_BYTES_H
#define QOBJECT_EIGHT_BYTES_H

#include <stdint.h>

#define EIGHT_ONES  0x0101010101010101ull
#define EIGHT_HIGHS 0x8080808080808080ull

/* Not zero when one of the eight bytes of @word is over 7F. */
static inline uint64_t any_high(uint64_t word)
{
    return word & EIGHT_HIGHS;
}

/* Not zero when one of them is less than @limit, which is at most 0x80. */
static inline uint64_t any_below(uint64_t word, uint64_t limit)
{
    return (word - EIGHT_ONES * limit) & ~word & EIGHT_HIGHS;
}

static inline uint64_t any_equal(uint64_t word, unsigned char byte)
{
    return any_below(word ^ EIGHT_ONES * byte, 1);
}

#endif
