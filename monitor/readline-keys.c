/*
 * Decoding keys: control characters, ECMA-48 sequences as VT100 and its descendants send them,
 * UTF-8. Sequences that mean nothing here are skipped whole, however long they are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/readline-keys.h"

#include <glib.h>
#include <string.h>

#define PARAM_MAX 9999

static Key key_of(KeyCode code)
{
    return (Key){ .code = code };
}

static KeyCode control_key(unsigned char byte)
{
    static const KeyCode codes[32] = {
        [0x00] = KEY_NUL,       [0x01] = KEY_HOME,      [0x02] = KEY_LEFT,
        [0x03] = KEY_INTERRUPT, [0x04] = KEY_DELETE,    [0x05] = KEY_END,
        [0x06] = KEY_RIGHT,     [0x07] = KEY_BELL,      [0x08] = KEY_BACKSPACE,
        [0x09] = KEY_TAB,       [0x0a] = KEY_ENTER,     [0x0b] = KEY_KILL_RIGHT,
        [0x0c] = KEY_REDRAW,    [0x0d] = KEY_ENTER,     [0x0e] = KEY_DOWN,
        [0x10] = KEY_UP,        [0x15] = KEY_KILL_LEFT, [0x17] = KEY_KILL_WORD_LEFT,
    };

    return codes[byte];
}

/* ---- UTF-8 ---- */

static Key text_key(const char *text, size_t len)
{
    Key key = { .code = KEY_TEXT };
    gunichar c = g_utf8_get_char_validated(text, (gssize)len);

    if (c >= (gunichar)-2) {
        return key_of(KEY_INVALID);
    }
    if (!g_unichar_isprint(c)) {
        return key_of(KEY_UNPRINTABLE);
    }
    memcpy(key.text, text, len);
    return key;
}

static Key utf8_begin(KeyDecoder *d, unsigned char byte)
{
    d->utf8_need = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (byte < 0xc2 || byte > 0xf4) {
        return key_of(KEY_INVALID);
    }
    d->utf8[0] = (char)byte;
    d->utf8_len = 1;
    d->state = KEYS_UTF8;
    return key_of(KEY_NONE);
}

static Key utf8_continue(KeyDecoder *d, unsigned char byte)
{
    d->utf8[d->utf8_len++] = (char)byte;
    if (d->utf8_len < d->utf8_need) {
        return key_of(KEY_NONE);
    }
    d->state = KEYS_GROUND;
    return text_key(d->utf8, d->utf8_len);
}

/* ---- sequences ---- */

static KeyCode cursor_key(unsigned char final, bool by_word)
{
    switch (final) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return by_word ? KEY_WORD_RIGHT : KEY_RIGHT;
    case 'D':
        return by_word ? KEY_WORD_LEFT : KEY_LEFT;
    case 'H':
        return KEY_HOME;
    case 'F':
        return KEY_END;
    default:
        return KEY_NONE;
    }
}

static KeyCode tilde_key(unsigned param)
{
    switch (param) {
    case 1:
    case 7:
        return KEY_HOME;
    case 3:
        return KEY_DELETE;
    case 4:
    case 8:
        return KEY_END;
    default:
        return KEY_NONE;
    }
}

/* ESC [ parameters (0x30..0x3f) intermediates (0x20..0x2f) final (0x40..0x7e). */
static Key csi_byte(KeyDecoder *d, unsigned char byte)
{
    if (g_ascii_isdigit(byte)) {
        if (d->param_count < G_N_ELEMENTS(d->param)) {
            unsigned *param = &d->param[d->param_count];

            *param = MIN(*param * 10 + (byte - '0'), PARAM_MAX);
        }
        return key_of(KEY_NONE);
    }
    if (byte == ';') {
        d->param_count = MIN(d->param_count + 1, G_N_ELEMENTS(d->param));
        return key_of(KEY_NONE);
    }
    if (byte >= 0x20 && byte < 0x40) {
        return key_of(KEY_NONE);
    }
    d->state = KEYS_GROUND;
    /* A modifier is 1 plus bits: shift 1, alt 2, control 4. */
    return key_of(byte == '~' ? tilde_key(d->param[0])
                              : cursor_key(byte, d->param[1] > 1 && ((d->param[1] - 1) & 6)));
}

static Key escape_byte(KeyDecoder *d, unsigned char byte)
{
    d->state = KEYS_GROUND;
    switch (byte) {
    case '[':
        d->state = KEYS_CSI;
        memset(d->param, 0, sizeof(d->param));
        d->param_count = 0;
        return key_of(KEY_NONE);
    case 'O':
        d->state = KEYS_SS3;
        return key_of(KEY_NONE);
    case 'b':
        return key_of(KEY_WORD_LEFT);
    case 'f':
        return key_of(KEY_WORD_RIGHT);
    case 'd':
        return key_of(KEY_KILL_WORD_RIGHT);
    case 0x7f:
        return key_of(KEY_KILL_WORD_LEFT);
    default:
        return key_of(KEY_NONE);
    }
}

static Key ground_byte(KeyDecoder *d, unsigned char byte)
{
    char text = (char)byte;

    if (byte < 0x20) {
        return key_of(control_key(byte));
    }
    if (byte < 0x7f) {
        return text_key(&text, 1);
    }
    return byte == 0x7f ? key_of(KEY_BACKSPACE) : utf8_begin(d, byte);
}

static Key state_byte(KeyDecoder *d, unsigned char byte)
{
    switch (d->state) {
    case KEYS_ESCAPE:
        return escape_byte(d, byte);
    case KEYS_CSI:
        return csi_byte(d, byte);
    case KEYS_SS3:
        d->state = KEYS_GROUND;
        return key_of(cursor_key(byte, false));
    case KEYS_UTF8:
        return utf8_continue(d, byte);
    case KEYS_GROUND:
    default:
        return ground_byte(d, byte);
    }
}

Key key_decode(KeyDecoder *d, unsigned char byte)
{
    bool torn = d->state == KEYS_UTF8 && (byte & 0xc0) != 0x80;
    bool after_return = d->after_return;
    Key key = { .code = KEY_NONE };

    d->after_return = byte == '\r';
    if (byte == '\n' && after_return) {
        return key;
    }
    /* A control character ends whatever was unfinished and counts itself. */
    if (byte < 0x20 || torn) {
        d->state = KEYS_GROUND;
    }
    if (byte == 0x1b) {
        d->state = KEYS_ESCAPE;
    } else {
        key = state_byte(d, byte);
    }
    key.torn = torn;
    return key;
}
