/*
 * A viewer's keyboard: from X11 key symbols to keys, with shift where it is needed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/keyboard.h"

#include "ui/keycode.h"

#include <rfb/keysym.h>
#include <string.h>

/* Type a symbol and note what is sent, as "+shift +a -shift". */
static char *type(VncKeyboard *keyboard, uint32_t keysym, bool down)
{
    InputItem items[VNC_KEY_ITEMS_MAX];
    size_t n = vnc_keyboard_event(keyboard, keysym, down, items);
    GString *text = g_string_new(NULL);

    g_assert_cmpint(n, <=, VNC_KEY_ITEMS_MAX);
    for (size_t i = 0; i < n; i++) {
        g_assert_cmpint(items[i].type, ==, INPUT_KEY);
        g_string_append_printf(text, "%s%c%s", i ? " " : "", items[i].value ? '+' : '-',
                               QKeyCode_str(items[i].code));
    }
    return g_string_free(text, false);
}

static void expect(VncKeyboard *keyboard, uint32_t keysym, bool down, const char *wanted)
{
    g_autofree char *sent = type(keyboard, keysym, down);

    g_assert_cmpstr(sent, ==, wanted);
}

static void press_and_release(VncKeyboard *keyboard, uint32_t keysym, const char *wanted)
{
    g_autofree char *released = NULL;

    expect(keyboard, keysym, true, wanted);
    released = type(keyboard, keysym, false);
    g_assert_true(released[0] == '-');
}

static void test_plain(void)
{
    VncKeyboard keyboard = { 0 };

    press_and_release(&keyboard, 'a', "+a");
    press_and_release(&keyboard, '1', "+1");
    press_and_release(&keyboard, ' ', "+spc");
    press_and_release(&keyboard, XK_Return, "+ret");
    press_and_release(&keyboard, XK_F1, "+f1");
    press_and_release(&keyboard, XK_F10, "+f10");
    press_and_release(&keyboard, XK_F12, "+f12");
    press_and_release(&keyboard, XK_KP_5, "+kp_5");
    press_and_release(&keyboard, XK_Delete, "+delete");
    press_and_release(&keyboard, 0x1000061, "+a");
    press_and_release(&keyboard, 0xfe03, "+alt_r");
}

static void test_held_as_meant(void)
{
    VncKeyboard keyboard = { 0 };

    expect(&keyboard, XK_Shift_L, true, "+shift");
    press_and_release(&keyboard, 'A', "+a");
    press_and_release(&keyboard, '!', "+1");
    press_and_release(&keyboard, XK_Tab, "+tab");
    press_and_release(&keyboard, ' ', "+spc");
    expect(&keyboard, XK_Shift_L, false, "-shift");
    expect(&keyboard, XK_Shift_R, true, "+shift_r");
    press_and_release(&keyboard, '?', "+slash");
}

/* A viewer with another layout: the symbol counts. */
static void test_shift_is_lent(void)
{
    VncKeyboard keyboard = { 0 };

    press_and_release(&keyboard, 'A', "+shift +a -shift");
    press_and_release(&keyboard, '+', "+shift +equal -shift");
    expect(&keyboard, XK_Shift_L, true, "+shift");
    press_and_release(&keyboard, '/', "-shift +slash +shift");
    press_and_release(&keyboard, 'a', "-shift +a +shift");
    expect(&keyboard, XK_Shift_R, true, "+shift_r");
    press_and_release(&keyboard, '/', "-shift -shift_r +slash +shift +shift_r");
    expect(&keyboard, XK_Shift_L, false, "-shift");
    press_and_release(&keyboard, '/', "-shift_r +slash +shift_r");
}

static void test_caps_lock(void)
{
    VncKeyboard keyboard = { 0 };

    press_and_release(&keyboard, XK_Caps_Lock, "+caps_lock");
    press_and_release(&keyboard, 'A', "+a");
    press_and_release(&keyboard, '1', "+1");
    press_and_release(&keyboard, 'a', "+shift +a -shift");
    expect(&keyboard, XK_Shift_L, true, "+shift");
    press_and_release(&keyboard, 'a', "+a");
    expect(&keyboard, XK_Shift_L, false, "-shift");
    press_and_release(&keyboard, XK_Caps_Lock, "+caps_lock");
    press_and_release(&keyboard, 'a', "+a");
}

static void test_shortcuts(void)
{
    VncKeyboard keyboard = { 0 };

    expect(&keyboard, XK_Control_L, true, "+ctrl");
    expect(&keyboard, XK_Alt_L, true, "+alt");
    press_and_release(&keyboard, '+', "+equal");
    press_and_release(&keyboard, 'C', "+c");
    press_and_release(&keyboard, XK_Delete, "+delete");
}

static void test_repeats_and_strays(void)
{
    VncKeyboard keyboard = { 0 };

    expect(&keyboard, 'x', false, "");
    expect(&keyboard, 'x', true, "+x");
    expect(&keyboard, 'x', true, "");
    expect(&keyboard, 'X', true, "");
    expect(&keyboard, 'X', false, "-x"); /* shift was pressed meanwhile */
    expect(&keyboard, 'x', false, "");
}

/* Whatever number a viewer sends, nothing goes wrong, and every press can be undone. */
static void test_every_keysym(void)
{
    static const uint32_t ranges[] = { 0, 0xfd00, 0x01000000, 0x1008ff00, 0xfffffe00 };
    bool reached[Q_KEY_CODE__MAX] = { false };
    VncShift shift;

    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
        for (uint32_t offset = 0; offset < 0x400 && ranges[i] + offset >= ranges[i]; offset++) {
            VncKeyboard keyboard = { 0 };
            g_autofree char *pressed = type(&keyboard, ranges[i] + offset, true);
            g_autofree char *released = type(&keyboard, ranges[i] + offset, false);

            g_assert_true((pressed[0] == '+') == (released[0] == '-'));
            reached[vnc_key_of_keysym(ranges[i] + offset, &shift)] = true;
        }
    }
    /* All keys that a US keyboard has. */
    for (int number = 1; number <= 0x58; number++) {
        QKeyCode code = keycode_from_number(number);

        if (code != Q_KEY_CODE_UNMAPPED && code != Q_KEY_CODE_ASTERISK && code != Q_KEY_CODE_LESS) {
            g_assert_true(reached[code]);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vnc-keyboard/plain", test_plain);
    g_test_add_func("/vnc-keyboard/held-as-meant", test_held_as_meant);
    g_test_add_func("/vnc-keyboard/shift-is-lent", test_shift_is_lent);
    g_test_add_func("/vnc-keyboard/caps-lock", test_caps_lock);
    g_test_add_func("/vnc-keyboard/shortcuts", test_shortcuts);
    g_test_add_func("/vnc-keyboard/repeats-and-strays", test_repeats_and_strays);
    g_test_add_func("/vnc-keyboard/every-keysym", test_every_keysym);
    return g_test_run();
}
