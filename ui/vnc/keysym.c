/*
 * Which key of a US keyboard has which X11 key symbol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/keyboard.h"

#include <rfb/keysym.h>
#include <string.h>

/* What rfb/keysym.h lacks; numbers of X11's keysymdef.h and XF86keysym.h. */
enum {
    KEYSYM_ISO_LEVEL3_SHIFT = 0xfe03,
    KEYSYM_ISO_LEFT_TAB = 0xfe20,
    KEYSYM_UNICODE = 0x01000000, /* plus the code point */
    KEYSYM_AUDIO_LOWER = 0x1008ff11,
    KEYSYM_AUDIO_MUTE,
    KEYSYM_AUDIO_RAISE,
    KEYSYM_AUDIO_PLAY,
    KEYSYM_AUDIO_STOP,
    KEYSYM_AUDIO_PREV,
    KEYSYM_AUDIO_NEXT,
    KEYSYM_HOME_PAGE,
    KEYSYM_MAIL,
    KEYSYM_CALCULATOR = 0x1008ff1d,
    KEYSYM_BACK = 0x1008ff26,
    KEYSYM_FORWARD = 0x1008ff27,
    KEYSYM_REFRESH = 0x1008ff29,
    KEYSYM_POWER = 0x1008ff2a,
    KEYSYM_WAKE = 0x1008ff2b,
    KEYSYM_SLEEP = 0x1008ff2f,
};

/* The keys that print something: without shift, with shift. */
typedef struct Printing {
    char plain, shifted;
    QKeyCode code;
} Printing;

static const Printing printing[] = {
    { '1', '!', Q_KEY_CODE_1 },
    { '2', '@', Q_KEY_CODE_2 },
    { '3', '#', Q_KEY_CODE_3 },
    { '4', '$', Q_KEY_CODE_4 },
    { '5', '%', Q_KEY_CODE_5 },
    { '6', '^', Q_KEY_CODE_6 },
    { '7', '&', Q_KEY_CODE_7 },
    { '8', '*', Q_KEY_CODE_8 },
    { '9', '(', Q_KEY_CODE_9 },
    { '0', ')', Q_KEY_CODE_0 },
    { '-', '_', Q_KEY_CODE_MINUS },
    { '=', '+', Q_KEY_CODE_EQUAL },
    { '[', '{', Q_KEY_CODE_BRACKET_LEFT },
    { ']', '}', Q_KEY_CODE_BRACKET_RIGHT },
    { ';', ':', Q_KEY_CODE_SEMICOLON },
    { '\'', '"', Q_KEY_CODE_APOSTROPHE },
    { '`', '~', Q_KEY_CODE_GRAVE_ACCENT },
    { '\\', '|', Q_KEY_CODE_BACKSLASH },
    { ',', '<', Q_KEY_CODE_COMMA },
    { '.', '>', Q_KEY_CODE_DOT },
    { '/', '?', Q_KEY_CODE_SLASH },
};

static const QKeyCode letters[] = {
    Q_KEY_CODE_A, Q_KEY_CODE_B, Q_KEY_CODE_C, Q_KEY_CODE_D, Q_KEY_CODE_E, Q_KEY_CODE_F,
    Q_KEY_CODE_G, Q_KEY_CODE_H, Q_KEY_CODE_I, Q_KEY_CODE_J, Q_KEY_CODE_K, Q_KEY_CODE_L,
    Q_KEY_CODE_M, Q_KEY_CODE_N, Q_KEY_CODE_O, Q_KEY_CODE_P, Q_KEY_CODE_Q, Q_KEY_CODE_R,
    Q_KEY_CODE_S, Q_KEY_CODE_T, Q_KEY_CODE_U, Q_KEY_CODE_V, Q_KEY_CODE_W, Q_KEY_CODE_X,
    Q_KEY_CODE_Y, Q_KEY_CODE_Z,
};

typedef struct Special {
    uint32_t keysym;
    QKeyCode code;
} Special;

static const Special specials[] = {
    { XK_BackSpace, Q_KEY_CODE_BACKSPACE },
    { XK_Tab, Q_KEY_CODE_TAB },
    { KEYSYM_ISO_LEFT_TAB, Q_KEY_CODE_TAB },
    { XK_Linefeed, Q_KEY_CODE_LF },
    { XK_Return, Q_KEY_CODE_RET },
    { XK_Pause, Q_KEY_CODE_PAUSE },
    { XK_Break, Q_KEY_CODE_PAUSE },
    { XK_Scroll_Lock, Q_KEY_CODE_SCROLL_LOCK },
    { XK_Sys_Req, Q_KEY_CODE_SYSRQ },
    { XK_Escape, Q_KEY_CODE_ESC },
    { XK_Delete, Q_KEY_CODE_DELETE },
    { XK_Multi_key, Q_KEY_CODE_COMPOSE },
    { XK_Muhenkan, Q_KEY_CODE_MUHENKAN },
    { XK_Henkan, Q_KEY_CODE_HENKAN },
    { XK_Hiragana, Q_KEY_CODE_HIRAGANA },
    { XK_Hiragana_Katakana, Q_KEY_CODE_KATAKANAHIRAGANA },
    { XK_Home, Q_KEY_CODE_HOME },
    { XK_Left, Q_KEY_CODE_LEFT },
    { XK_Up, Q_KEY_CODE_UP },
    { XK_Right, Q_KEY_CODE_RIGHT },
    { XK_Down, Q_KEY_CODE_DOWN },
    { XK_Page_Up, Q_KEY_CODE_PGUP },
    { XK_Page_Down, Q_KEY_CODE_PGDN },
    { XK_End, Q_KEY_CODE_END },
    { XK_Print, Q_KEY_CODE_PRINT },
    { XK_Insert, Q_KEY_CODE_INSERT },
    { XK_Undo, Q_KEY_CODE_UNDO },
    { XK_Redo, Q_KEY_CODE_AGAIN },
    { XK_Menu, Q_KEY_CODE_MENU },
    { XK_Find, Q_KEY_CODE_FIND },
    { XK_Cancel, Q_KEY_CODE_STOP },
    { XK_Help, Q_KEY_CODE_HELP },
    { XK_Num_Lock, Q_KEY_CODE_NUM_LOCK },
    { XK_KP_Enter, Q_KEY_CODE_KP_ENTER },
    { XK_KP_Home, Q_KEY_CODE_KP_7 },
    { XK_KP_Left, Q_KEY_CODE_KP_4 },
    { XK_KP_Up, Q_KEY_CODE_KP_8 },
    { XK_KP_Right, Q_KEY_CODE_KP_6 },
    { XK_KP_Down, Q_KEY_CODE_KP_2 },
    { XK_KP_Page_Up, Q_KEY_CODE_KP_9 },
    { XK_KP_Page_Down, Q_KEY_CODE_KP_3 },
    { XK_KP_End, Q_KEY_CODE_KP_1 },
    { XK_KP_Begin, Q_KEY_CODE_KP_5 },
    { XK_KP_Insert, Q_KEY_CODE_KP_0 },
    { XK_KP_Delete, Q_KEY_CODE_KP_DECIMAL },
    { XK_KP_Equal, Q_KEY_CODE_KP_EQUALS },
    { XK_KP_Multiply, Q_KEY_CODE_KP_MULTIPLY },
    { XK_KP_Add, Q_KEY_CODE_KP_ADD },
    { XK_KP_Separator, Q_KEY_CODE_KP_COMMA },
    { XK_KP_Subtract, Q_KEY_CODE_KP_SUBTRACT },
    { XK_KP_Decimal, Q_KEY_CODE_KP_DECIMAL },
    { XK_KP_Divide, Q_KEY_CODE_KP_DIVIDE },
    { XK_F11, Q_KEY_CODE_F11 },
    { XK_F12, Q_KEY_CODE_F12 },
    { XK_Shift_L, Q_KEY_CODE_SHIFT },
    { XK_Shift_R, Q_KEY_CODE_SHIFT_R },
    { XK_Control_L, Q_KEY_CODE_CTRL },
    { XK_Control_R, Q_KEY_CODE_CTRL_R },
    { XK_Caps_Lock, Q_KEY_CODE_CAPS_LOCK },
    { XK_Meta_L, Q_KEY_CODE_META_L },
    { XK_Meta_R, Q_KEY_CODE_META_R },
    { XK_Alt_L, Q_KEY_CODE_ALT },
    { XK_Alt_R, Q_KEY_CODE_ALT_R },
    { XK_Mode_switch, Q_KEY_CODE_ALT_R },
    { KEYSYM_ISO_LEVEL3_SHIFT, Q_KEY_CODE_ALT_R },
    { XK_Super_L, Q_KEY_CODE_META_L },
    { XK_Super_R, Q_KEY_CODE_META_R },
    { KEYSYM_AUDIO_LOWER, Q_KEY_CODE_VOLUMEDOWN },
    { KEYSYM_AUDIO_MUTE, Q_KEY_CODE_AUDIOMUTE },
    { KEYSYM_AUDIO_RAISE, Q_KEY_CODE_VOLUMEUP },
    { KEYSYM_AUDIO_PLAY, Q_KEY_CODE_AUDIOPLAY },
    { KEYSYM_AUDIO_STOP, Q_KEY_CODE_AUDIOSTOP },
    { KEYSYM_AUDIO_PREV, Q_KEY_CODE_AUDIOPREV },
    { KEYSYM_AUDIO_NEXT, Q_KEY_CODE_AUDIONEXT },
    { KEYSYM_HOME_PAGE, Q_KEY_CODE_AC_HOME },
    { KEYSYM_MAIL, Q_KEY_CODE_MAIL },
    { KEYSYM_CALCULATOR, Q_KEY_CODE_CALCULATOR },
    { KEYSYM_BACK, Q_KEY_CODE_AC_BACK },
    { KEYSYM_FORWARD, Q_KEY_CODE_AC_FORWARD },
    { KEYSYM_REFRESH, Q_KEY_CODE_AC_REFRESH },
    { KEYSYM_POWER, Q_KEY_CODE_POWER },
    { KEYSYM_WAKE, Q_KEY_CODE_WAKE },
    { KEYSYM_SLEEP, Q_KEY_CODE_SLEEP },
};

static QKeyCode special_key(uint32_t keysym)
{
    if (keysym >= XK_F1 && keysym <= XK_F10) {
        return Q_KEY_CODE_F1 + (keysym - XK_F1);
    }
    if (keysym >= XK_KP_0 && keysym <= XK_KP_9) {
        return Q_KEY_CODE_KP_0 + (keysym - XK_KP_0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(specials); i++) {
        if (specials[i].keysym == keysym) {
            return specials[i].code;
        }
    }
    return Q_KEY_CODE_UNMAPPED;
}

static QKeyCode printing_key(char c, VncShift *shift)
{
    if (c == ' ') {
        *shift = VNC_SHIFT_ANY;
        return Q_KEY_CODE_SPC;
    }
    if (g_ascii_isalpha(c)) {
        *shift = g_ascii_isupper(c) ? VNC_SHIFT_UPPER : VNC_SHIFT_LOWER;
        return letters[g_ascii_tolower(c) - 'a'];
    }
    for (size_t i = 0; i < G_N_ELEMENTS(printing); i++) {
        if (printing[i].plain == c || printing[i].shifted == c) {
            *shift = printing[i].shifted == c ? VNC_SHIFT_ON : VNC_SHIFT_OFF;
            return printing[i].code;
        }
    }
    return Q_KEY_CODE_UNMAPPED;
}

QKeyCode vnc_key_of_keysym(uint32_t keysym, VncShift *shift)
{
    if (keysym >= KEYSYM_UNICODE && keysym < KEYSYM_UNICODE + 0x80) {
        keysym -= KEYSYM_UNICODE;
    }
    if (keysym >= ' ' && keysym <= '~') {
        return printing_key(keysym, shift);
    }
    *shift = VNC_SHIFT_ANY;
    return special_key(keysym);
}
