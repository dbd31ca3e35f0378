/*
 * A viewer's keyboard: what is held, and shift where the symbol asks for it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/keyboard.h"

static void add(InputItem *items, size_t *n, QKeyCode code, bool down)
{
    items[(*n)++] = (InputItem){ .type = INPUT_KEY, .code = code, .value = down };
}

/* Shortcuts are meant as they are held. */
static bool is_shortcut(const VncKeyboard *keyboard)
{
    return keyboard->down[Q_KEY_CODE_CTRL] || keyboard->down[Q_KEY_CODE_CTRL_R] ||
           keyboard->down[Q_KEY_CODE_ALT] || keyboard->down[Q_KEY_CODE_META_L] ||
           keyboard->down[Q_KEY_CODE_META_R];
}

/* Whether shift must be held for the symbol, given that it @is. */
static bool wants_shift(const VncKeyboard *keyboard, VncShift shift, bool is)
{
    if (shift == VNC_SHIFT_ANY || is_shortcut(keyboard)) {
        return is;
    }
    if (shift == VNC_SHIFT_ON || shift == VNC_SHIFT_OFF) {
        return shift == VNC_SHIFT_ON;
    }
    return (shift == VNC_SHIFT_UPPER) != keyboard->caps;
}

static size_t press(VncKeyboard *keyboard, QKeyCode code, VncShift shift, InputItem *items)
{
    bool left = keyboard->down[Q_KEY_CODE_SHIFT];
    bool right = keyboard->down[Q_KEY_CODE_SHIFT_R];
    bool wanted = wants_shift(keyboard, shift, left || right);
    size_t n = 0;

    if (wanted == (left || right)) {
        add(items, &n, code, true);
        return n;
    }
    if (wanted) {
        add(items, &n, Q_KEY_CODE_SHIFT, true);
        add(items, &n, code, true);
        add(items, &n, Q_KEY_CODE_SHIFT, false);
        return n;
    }
    for (int down = 0; down <= 1; down++) {
        if (left) {
            add(items, &n, Q_KEY_CODE_SHIFT, down);
        }
        if (right) {
            add(items, &n, Q_KEY_CODE_SHIFT_R, down);
        }
        if (!down) {
            add(items, &n, code, true);
        }
    }
    return n;
}

size_t vnc_keyboard_event(VncKeyboard *keyboard, uint32_t keysym, bool down,
                          InputItem items[VNC_KEY_ITEMS_MAX])
{
    VncShift shift;
    QKeyCode code = vnc_key_of_keysym(keysym, &shift);
    size_t n = 0;

    /* The guest repeats keys by itself. */
    if (code == Q_KEY_CODE_UNMAPPED || keyboard->down[code] == down) {
        return 0;
    }
    if (down) {
        n = press(keyboard, code, shift, items);
        keyboard->caps ^= code == Q_KEY_CODE_CAPS_LOCK;
    } else {
        add(items, &n, code, false);
    }
    keyboard->down[code] = down;
    return n;
}
