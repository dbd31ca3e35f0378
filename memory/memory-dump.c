/*
 * The listing that x and xp print.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory-dump.h"

#include <inttypes.h>
#include <string.h>

#define MAX_LINE 16

typedef struct Format {
    char letter;
    unsigned size;  /* of an item, bytes */
    unsigned width; /* columns, for the formats that align */
} Format;

static unsigned columns(char letter, unsigned size)
{
    unsigned bits = size * 8;
    switch (letter) {
    case 'o':
        return (bits + 2) / 3;
    case 'x':
        return bits / 4;
    case 'u':
    case 'd':
        return (bits * 10 + 32) / 33;
    default:
        return 0;
    }
}

static void print_character(Hmp *hmp, uint8_t c)
{
    switch (c) {
    case '\'':
        hmp_puts(hmp, " '\\''");
        break;
    case '\\':
        hmp_puts(hmp, " '\\\\'");
        break;
    case '\n':
        hmp_puts(hmp, " '\\n'");
        break;
    case '\r':
        hmp_puts(hmp, " '\\r'");
        break;
    default:
        hmp_printf(hmp, c >= 0x20 && c < 0x7f ? " '%c'" : " '\\x%02x'", c);
        break;
    }
}

static void print_item(Hmp *hmp, const Format *fmt, const uint8_t *bytes)
{
    uint64_t value = 0;
    memcpy(&value, bytes, fmt->size);
    value = GUINT64_FROM_LE(value);
    switch (fmt->letter) {
    case 'o':
        hmp_printf(hmp, " %#*" PRIo64, (int)fmt->width, value);
        break;
    case 'u':
        hmp_printf(hmp, " %*" PRIu64, (int)fmt->width, value);
        break;
    case 'd':
        /* People compare with other emulators, which extend with zeros below 8 bytes. */
        hmp_printf(hmp, " %*" PRId64, (int)fmt->width, (int64_t)value);
        break;
    case 'c':
        print_character(hmp, (uint8_t)value);
        break;
    default:
        hmp_printf(hmp, " 0x%0*" PRIx64, (int)fmt->width, value);
        break;
    }
}

void coroutine_fn hmp_memory_dump(Hmp *hmp, const QDict *args, MemoryReadFn *read, void *opaque)
{
    int64_t count = qdict_get_int(args, "count", 1);
    unsigned size = (unsigned)qdict_get_int(args, "size", 4);
    char letter = (char)qdict_get_int(args, "format", 'x');
    uint64_t addr = (uint64_t)qdict_get_int(args, "addr", 0);
    unsigned line_size = size == 1 ? 8 : MAX_LINE;
    Format fmt = { .letter = letter, .size = letter == 'c' ? 1 : size };

    if (letter == 'i') {
        hmp_puts(hmp, "Error: there is no disassembler here; the formats are x, d, u, o and c\n");
        return;
    }
    fmt.width = columns(fmt.letter, fmt.size);
    uint64_t left = count > 0 ? (uint64_t)MIN(count, INT64_MAX / 8) * size : 0;
    while (left) {
        uint8_t line[MAX_LINE];
        unsigned length = (unsigned)MIN(left, line_size);
        hmp_printf(hmp, "%016" PRIx64 ":", addr);
        if (!read(opaque, addr, line, length)) {
            hmp_puts(hmp, " Cannot access memory\n");
            return;
        }
        for (unsigned at = 0; at < length; at += fmt.size) {
            print_item(hmp, &fmt, &line[at]);
        }
        hmp_puts(hmp, "\n");
        addr += length;
        left -= length;
        if (!hmp_pause(hmp)) {
            return;
        }
    }
}
