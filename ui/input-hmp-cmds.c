/*
 * HMP commands that type and move pointers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/input.h"

#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"
#include "qapi/qapi-commands-input.h"
#include "ui/keycode.h"

#include <string.h>

/* A key's name, "<", or its number in hexadecimal. */
static bool parse_key(const char *name, QKeyCode *code)
{
    guint64 number;

    if (g_str_has_prefix(name, "0x")) {
        *code = g_ascii_string_to_unsigned(name + 2, 16, 1, UINT8_MAX, &number, NULL)
                    ? keycode_from_number(number)
                    : Q_KEY_CODE_UNMAPPED;
    } else {
        int value = qapi_enum_parse(&QKeyCode_lookup, g_str_equal(name, "<") ? "less" : name,
                                    Q_KEY_CODE_UNMAPPED, NULL);

        *code = value < 0 ? Q_KEY_CODE_UNMAPPED : value;
    }
    return *code != Q_KEY_CODE_UNMAPPED;
}

void coroutine_fn hmp_sendkey(Hmp *hmp, const QDict *args)
{
    g_auto(GStrv) names = g_strsplit(qdict_get_str(args, "keys"), "-", -1);
    int64_t hold_ms = qdict_get_int(args, "hold_time", KEY_HOLD_DEFAULT_MS);
    QKeyCode codes[KEY_CHORD_MAX];
    Error *err = NULL;
    size_t n = g_strv_length(names);

    if (n > KEY_CHORD_MAX) {
        hmp_printf(hmp, "too many keys; at most %d are possible\n", KEY_CHORD_MAX);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (!parse_key(names[i], &codes[i])) {
            hmp_printf(hmp, "invalid parameter: %s\n", names[i]);
            return;
        }
    }
    if (n == 0 || hold_ms < 0) {
        hmp_printf(hmp, "invalid parameter: %s\n", n ? "hold_ms" : "");
        return;
    }
    key_player_play(codes, n, hold_ms, &err);
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_info_mice(Hmp *hmp, const QDict *args)
{
    g_autoptr(MouseInfoList) list = qmp_query_mice(NULL);

    if (!list) {
        hmp_printf(hmp, "No mouse devices connected\n");
    }
    for (MouseInfoList *it = list; it; it = it->next) {
        hmp_printf(hmp, "%c Mouse #%" G_GINT64_FORMAT ": %s%s\n", it->value->current ? '*' : ' ',
                   it->value->index, it->value->name, it->value->absolute ? " (absolute)" : "");
    }
}

void coroutine_fn hmp_mouse_set(Hmp *hmp, const QDict *args)
{
    Error *err = NULL;

    input_select_mouse(qdict_get_int(args, "index", 0), &err);
    hmp_handle_error(hmp, err);
}

static void add_step(InputItem *items, size_t *n, InputType type, int code, int32_t value)
{
    items[(*n)++] = (InputItem){ .type = type, .code = code, .value = value };
}

/* Words, because "1 -2" as an expression is one number. */
static bool parse_distance(Hmp *hmp, const QDict *args, const char *key, gint64 *value)
{
    const char *text = qdict_get_str(args, key);

    *value = 0;
    if (text && !g_ascii_string_to_signed(text, 10, INT32_MIN, INT32_MAX, value, NULL)) {
        hmp_printf(hmp, "invalid parameter: %s; a number is accepted\n", text);
        return false;
    }
    return true;
}

void coroutine_fn hmp_mouse_move(Hmp *hmp, const QDict *args)
{
    InputItem items[3], up = { .type = INPUT_BUTTON };
    Error *err = NULL;
    gint64 dx, dy, dz;
    size_t n = 0;

    if (!parse_distance(hmp, args, "dx", &dx) || !parse_distance(hmp, args, "dy", &dy) ||
        !parse_distance(hmp, args, "dz", &dz)) {
        return;
    }
    up.code = dz > 0 ? INPUT_BUTTON_WHEEL_UP : INPUT_BUTTON_WHEEL_DOWN;
    add_step(items, &n, INPUT_REL, INPUT_AXIS_X, dx);
    add_step(items, &n, INPUT_REL, INPUT_AXIS_Y, dy);
    if (dz) {
        add_step(items, &n, INPUT_BUTTON, up.code, 1);
    }
    if (input_send(items, n, &err) && dz) {
        input_send(&up, 1, &err);
    }
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_mouse_button(Hmp *hmp, const QDict *args)
{
    static const InputButton buttons[] = { INPUT_BUTTON_LEFT, INPUT_BUTTON_MIDDLE,
                                           INPUT_BUTTON_RIGHT };
    int64_t state = qdict_get_int(args, "state", 0);
    InputItem items[G_N_ELEMENTS(buttons)];
    Error *err = NULL;
    size_t n = 0;

    if (state < 0 || state > 7) {
        hmp_printf(hmp, "invalid parameter: state; a sum of 1 (left), 2 (middle) and 4 (right) is "
                        "accepted\n");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(buttons); i++) {
        add_step(items, &n, INPUT_BUTTON, buttons[i], state >> i & 1);
    }
    input_send(items, n, &err);
    hmp_handle_error(hmp, err);
}
