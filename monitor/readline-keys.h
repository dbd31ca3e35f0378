/*
 * From the bytes that a terminal sends to keys.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_READLINE_KEYS_H
#define MONITOR_READLINE_KEYS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum KeyCode {
    KEY_NONE, /* nothing yet, or nothing that means anything */
    KEY_TEXT, /* a printable character: Key.text */
    KEY_NUL,
    KEY_INVALID,     /* bytes that are not UTF-8 */
    KEY_UNPRINTABLE, /* a character that no terminal could show */
    KEY_ENTER,
    KEY_TAB,
    KEY_INTERRUPT,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_UP,
    KEY_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_WORD_LEFT,
    KEY_WORD_RIGHT,
    KEY_BACKSPACE,
    KEY_DELETE,
    KEY_KILL_WORD_LEFT,
    KEY_KILL_WORD_RIGHT,
    KEY_KILL_LEFT,
    KEY_KILL_RIGHT,
    KEY_REDRAW,
    KEY_BELL,
} KeyCode;

typedef struct Key {
    KeyCode code;
    char text[5]; /* UTF-8, NUL-terminated */
    bool torn;    /* before it came a character that was not finished */
} Key;

/* Starts as all zeroes. */
typedef struct KeyDecoder {
    enum { KEYS_GROUND, KEYS_ESCAPE, KEYS_CSI, KEYS_SS3, KEYS_UTF8 } state;
    bool after_return; /* the line feed of CR LF is part of the same key */
    unsigned param[2]; /* of a CSI sequence */
    unsigned param_count;
    char utf8[4];
    size_t utf8_len;
    size_t utf8_need;
} KeyDecoder;

Key key_decode(KeyDecoder *decoder, unsigned char byte);

#endif
