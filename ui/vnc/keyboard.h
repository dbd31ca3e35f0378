/*
 * A viewer's keyboard: from X11 key symbols to the keys of a US keyboard.
 *
 * A viewer says which symbol is meant, the guest has to be told which key was pressed. Where the
 * symbol needs shift and that is not held (or the other way round), shift is pressed (or released)
 * for the moment.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_VNC_KEYBOARD_H
#define UI_VNC_KEYBOARD_H

#include "ui/input.h"

typedef struct VncKeyboard {
    bool down[Q_KEY_CODE__MAX];
    bool caps; /* caps lock is on, as far as was seen */
} VncKeyboard;

#define VNC_KEY_ITEMS_MAX 5

/* How a symbol is typed. */
typedef enum VncShift {
    VNC_SHIFT_ANY, /* shift means nothing to it, or something of its own (F1, tab, shift itself) */
    VNC_SHIFT_OFF,
    VNC_SHIFT_ON,
    VNC_SHIFT_LOWER, /* a letter: off, but for caps lock */
    VNC_SHIFT_UPPER, /* on, but for caps lock */
} VncShift;

/* Q_KEY_CODE_UNMAPPED: no key of a US keyboard has this symbol. */
QKeyCode vnc_key_of_keysym(uint32_t keysym, VncShift *shift);

/* What to send for an event; returns how many items. Notes what is held down. */
size_t vnc_keyboard_event(VncKeyboard *keyboard, uint32_t keysym, bool down,
                          InputItem items[VNC_KEY_ITEMS_MAX]);

#endif
