/*
 * Input: who gets what, queues that keep room for releases, and keys held for a while.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/input.h"

#include "tests/unit/util/loop-test.h"
#include "ui/keycode.h"
#include "util/bql.h"

#include <linux/input-event-codes.h>

enum { BOUND = 32 };

static int ready_calls;

static void on_ready(void *opaque)
{
    ready_calls++;
}

static InputHandler *new_handler(const char *name, unsigned types)
{
    ready_calls = 0;
    return input_handler_new(name, types, BOUND, on_ready, NULL);
}

static InputHandler *new_keyboard(void)
{
    return new_handler("keys", INPUT_TYPE_BIT(INPUT_KEY));
}

static InputHandler *new_tablet(void)
{
    return new_handler("tablet", INPUT_TYPE_BIT(INPUT_ABS) | INPUT_TYPE_BIT(INPUT_BUTTON));
}

static bool send_one(InputType type, int code, int value, Error **errp)
{
    InputItem item = { .type = type, .code = code, .value = value };

    return input_send(&item, 1, errp);
}

static bool send_key(QKeyCode code, bool down, Error **errp)
{
    return send_one(INPUT_KEY, code, down, errp);
}

static void expect_item(InputHandler *handler, InputType type, int code, int value)
{
    InputItem item = { 0 };

    g_assert_true(input_handler_take(handler, &item));
    g_assert_cmpint(item.type, ==, type);
    g_assert_cmpint(item.code, ==, code);
    g_assert_cmpint(item.value, ==, value);
}

static void expect_sync(InputHandler *handler)
{
    expect_item(handler, INPUT_SYNC, 0, 0);
}

static void expect_nothing(InputHandler *handler)
{
    InputItem item;

    g_assert_false(input_handler_take(handler, &item));
}

static void expect_error(Error *err, const char *text)
{
    g_assert_nonnull(err);
    if (!strstr(error_get_pretty(err), text)) {
        g_error("'%s' lacks '%s'", error_get_pretty(err), text);
    }
    error_free(err);
}

/* ---- routing ---- */

static void test_nobody(void)
{
    Error *err = NULL;

    g_assert_false(send_key(Q_KEY_CODE_A, true, &err));
    expect_error(err, "Input handler not found for event type key");
    g_assert_true(input_send(NULL, 0, &error_abort));
    g_assert_null(input_list_mice());
}

static void test_group_to_several(void)
{
    InputHandler *keys = new_keyboard();
    InputHandler *tablet = new_tablet();
    const InputItem group[] = { { INPUT_KEY, Q_KEY_CODE_A, 1 },
                                { INPUT_ABS, INPUT_AXIS_X, 7 },
                                { INPUT_KEY, Q_KEY_CODE_B, 1 },
                                { INPUT_BUTTON, INPUT_BUTTON_LEFT, 1 } };

    g_assert_true(input_send(group, G_N_ELEMENTS(group), &error_abort));
    g_assert_cmpint(ready_calls, ==, 2);
    expect_item(keys, INPUT_KEY, Q_KEY_CODE_A, 1);
    expect_item(keys, INPUT_KEY, Q_KEY_CODE_B, 1);
    expect_sync(keys);
    expect_nothing(keys);
    expect_item(tablet, INPUT_ABS, INPUT_AXIS_X, 7);
    expect_item(tablet, INPUT_BUTTON, INPUT_BUTTON_LEFT, 1);
    expect_sync(tablet);
    input_handler_free(tablet);
    input_handler_free(keys);
}

static void test_all_or_nothing(void)
{
    InputHandler *keys = new_keyboard();
    const InputItem group[] = { { INPUT_KEY, Q_KEY_CODE_A, 1 }, { INPUT_REL, INPUT_AXIS_X, 1 } };
    Error *err = NULL;

    g_assert_false(input_send(group, 2, &err));
    expect_error(err, "event type rel");
    expect_nothing(keys);
    g_assert_cmpint(ready_calls, ==, 0);
    input_handler_free(keys);
}

static void test_select_mouse(void)
{
    InputHandler *keys = new_keyboard();
    InputHandler *one = new_tablet();
    InputHandler *two = new_tablet();
    MouseInfoList *mice = input_list_mice();
    Error *err = NULL;

    g_assert_true(mice->value->current && mice->value->absolute);
    g_assert_false(mice->next->value->current);
    g_assert_null(mice->next->next);
    send_one(INPUT_ABS, INPUT_AXIS_X, 1, &error_abort);
    expect_item(one, INPUT_ABS, INPUT_AXIS_X, 1);
    g_assert_true(input_select_mouse(mice->next->value->index, &error_abort));
    send_one(INPUT_ABS, INPUT_AXIS_X, 2, &error_abort);
    expect_item(two, INPUT_ABS, INPUT_AXIS_X, 2);
    g_assert_false(input_select_mouse(mice->value->index - 1, &err)); /* the keyboard */
    expect_error(err, "not found");
    qapi_free_MouseInfoList(mice);
    input_handler_free(two);
    input_handler_free(one);
    input_handler_free(keys);
}

static void test_machine_stands_still(void)
{
    InputHandler *keys = new_keyboard();
    Error *err = NULL;

    g_assert_true(send_key(Q_KEY_CODE_A, true, &error_abort));
    virtual_clock_stop();
    g_assert_false(send_key(Q_KEY_CODE_B, true, &err));
    expect_error(err, "VM not running");
    g_assert_true(send_key(Q_KEY_CODE_A, false, &error_abort));
    virtual_clock_start();
    expect_item(keys, INPUT_KEY, Q_KEY_CODE_A, 1);
    expect_sync(keys);
    expect_item(keys, INPUT_KEY, Q_KEY_CODE_A, 0);
    input_handler_free(keys);
}

/* ---- queues ---- */

static void test_what_changes_nothing(void)
{
    InputHandler *keys = new_keyboard();

    g_assert_true(send_key(Q_KEY_CODE_A, false, &error_abort));
    expect_nothing(keys);
    g_assert_true(send_key(Q_KEY_CODE_A, true, &error_abort));
    g_assert_true(send_key(Q_KEY_CODE_A, true, &error_abort));
    expect_item(keys, INPUT_KEY, Q_KEY_CODE_A, 1);
    expect_sync(keys);
    expect_nothing(keys);
    input_handler_clear(keys);
    g_assert_true(send_key(Q_KEY_CODE_A, true, &error_abort));
    expect_item(keys, INPUT_KEY, Q_KEY_CODE_A, 1);
    input_handler_free(keys);
}

/* A queue that nobody empties takes presses up to a point, and the release of each of them. */
static void test_room_for_releases(void)
{
    InputHandler *keys = new_keyboard();
    Error *err = NULL;
    InputItem item;
    int pressed = 0;
    int taken = 0;

    while (send_key(Q_KEY_CODE_SHIFT + pressed, true, &err)) {
        pressed++;
    }
    expect_error(err, "The queue of 'keys' is full");
    g_assert_cmpint(pressed, ==, BOUND / 4);
    for (int i = 0; i < pressed; i++) {
        g_assert_true(send_key(Q_KEY_CODE_SHIFT + i, false, &error_abort));
    }
    g_assert_false(send_key(Q_KEY_CODE_SHIFT, true, NULL));
    while (input_handler_take(keys, &item)) {
        taken++;
    }
    g_assert_cmpint(taken, ==, BOUND);
    g_assert_true(send_key(Q_KEY_CODE_SHIFT, true, &error_abort));
    input_handler_free(keys);
}

/* Random groups never overrun the queue, and what is taken is pressed and released in turn. */
static void test_random(void)
{
    InputHandler *keys = new_keyboard();
    bool down[Q_KEY_CODE__MAX] = { false };
    InputItem group[40], item;

    for (int round = 0; round < 20000; round++) {
        int n = g_test_rand_int_range(0, G_N_ELEMENTS(group));

        for (int i = 0; i < n; i++) {
            group[i] = (InputItem){ INPUT_KEY, g_test_rand_int_range(1, 8), rand() & 1 };
        }
        input_send(group, n, NULL);
        for (int i = g_test_rand_int_range(0, 8); i && input_handler_take(keys, &item); i--) {
            if (item.type == INPUT_KEY) {
                g_assert_true(down[item.code] == !item.value);
                down[item.code] = item.value;
            }
        }
    }
    input_handler_free(keys);
}

static void test_motion_is_joined(void)
{
    InputHandler *tablet = new_tablet();
    InputItem group[] = { { INPUT_ABS, INPUT_AXIS_X, 0 }, { INPUT_ABS, INPUT_AXIS_Y, 0 } };

    for (int i = 0; i < 10 * BOUND; i++) {
        group[0].value = i;
        group[1].value = 2 * i;
        g_assert_true(input_send(group, 2, &error_abort));
    }
    expect_item(tablet, INPUT_ABS, INPUT_AXIS_X, 10 * BOUND - 1);
    g_assert_true(input_send(group, 2, &error_abort)); /* the other one has been begun */
    expect_item(tablet, INPUT_ABS, INPUT_AXIS_Y, 2 * (10 * BOUND - 1));
    expect_sync(tablet);
    expect_item(tablet, INPUT_ABS, INPUT_AXIS_X, group[0].value);
    input_handler_free(tablet);
}

static void test_clicks_are_not_joined(void)
{
    InputHandler *tablet = new_tablet();

    send_one(INPUT_ABS, INPUT_AXIS_X, 1, &error_abort);
    send_one(INPUT_BUTTON, INPUT_BUTTON_LEFT, 1, &error_abort);
    send_one(INPUT_ABS, INPUT_AXIS_X, 2, &error_abort);
    expect_item(tablet, INPUT_ABS, INPUT_AXIS_X, 1);
    expect_sync(tablet);
    expect_item(tablet, INPUT_BUTTON, INPUT_BUTTON_LEFT, 1);
    expect_sync(tablet);
    expect_item(tablet, INPUT_ABS, INPUT_AXIS_X, 2);
    input_handler_free(tablet);
}

static void test_relative_motion_adds_up(void)
{
    InputHandler *mouse = new_handler("mouse", INPUT_TYPE_BIT(INPUT_REL));

    send_one(INPUT_REL, INPUT_AXIS_X, 3, &error_abort);
    send_one(INPUT_REL, INPUT_AXIS_X, -5, &error_abort);
    expect_item(mouse, INPUT_REL, INPUT_AXIS_X, -2);
    expect_sync(mouse);
    send_one(INPUT_REL, INPUT_AXIS_X, INT32_MAX, &error_abort);
    send_one(INPUT_REL, INPUT_AXIS_X, INT32_MAX, &error_abort);
    expect_item(mouse, INPUT_REL, INPUT_AXIS_X, INT32_MAX);
    input_handler_free(mouse);
}

/* ---- key names ---- */

static void test_key_numbers(void)
{
    g_assert_cmpint(keycode_from_number(211), ==, Q_KEY_CODE_DELETE);
    g_assert_cmpint(keycode_from_number(30), ==, Q_KEY_CODE_A);
    g_assert_cmpint(keycode_from_number(0x1d), ==, Q_KEY_CODE_CTRL);
    g_assert_cmpint(keycode_from_number(0x9d), ==, Q_KEY_CODE_CTRL_R);
    for (int64_t n = -2; n < 70000; n++) {
        g_assert_true(keycode_from_number(n) == Q_KEY_CODE_UNMAPPED || (n > 0 && n < 256));
    }
    g_assert_cmpint(keycode_from_number(INT64_MIN), ==, Q_KEY_CODE_UNMAPPED);
    g_assert_cmpint(keycode_from_number((1LL << 32) + 30), ==, Q_KEY_CODE_UNMAPPED);
}

static void test_linux_codes(void)
{
    g_assert_cmpint(keycode_to_linux(Q_KEY_CODE_DELETE), ==, KEY_DELETE);
    g_assert_cmpint(keycode_to_linux(Q_KEY_CODE_UNMAPPED), ==, 0);
    /* The first 83 keys of a PC have the same code in both. */
    for (int n = 1; n <= 0x53; n++) {
        g_assert_cmpint(keycode_to_linux(keycode_from_number(n)), ==, n);
    }
    for (int code = 1; code < Q_KEY_CODE__MAX; code++) {
        g_assert_cmpint(keycode_to_linux(code), >, 0);
    }
}

/* ---- typing ---- */

static void test_chord(void)
{
    InputHandler *keys = new_keyboard();
    const QKeyCode chord[] = { Q_KEY_CODE_CTRL, Q_KEY_CODE_ALT, Q_KEY_CODE_DELETE };

    g_assert_true(key_player_play(chord, 3, 1, &error_abort));
    turn_until(ready_calls == 2);
    for (int i = 0; i < 3; i++) {
        expect_item(keys, INPUT_KEY, chord[i], 1);
    }
    expect_sync(keys);
    for (int i = 2; i >= 0; i--) {
        expect_item(keys, INPUT_KEY, chord[i], 0);
    }
    expect_sync(keys);
    expect_nothing(keys);
    input_handler_free(keys);
}

static void test_chords_take_turns(void)
{
    InputHandler *keys = new_keyboard();
    const QKeyCode a = Q_KEY_CODE_A, b = Q_KEY_CODE_B;

    g_assert_true(key_player_play(&a, 1, 1, &error_abort));
    g_assert_true(key_player_play(&b, 1, 1, &error_abort));
    g_assert_true(key_player_play(&a, 1, 1, &error_abort));
    turn_until(ready_calls == 6);
    for (int i = 0; i < 3; i++) {
        for (int down = 1; down >= 0; down--) {
            expect_item(keys, INPUT_KEY, i == 1 ? b : a, down);
            expect_sync(keys);
        }
    }
    input_handler_free(keys);
}

static void test_too_many_chords(void)
{
    InputHandler *keys = new_keyboard();
    const QKeyCode a = Q_KEY_CODE_A;
    Error *err = NULL;
    int played = 0;

    while (key_player_play(&a, 1, 1000000, &err)) {
        played++;
    }
    expect_error(err, "queue of keys to type is full");
    g_assert_cmpint(played, ==, KEY_PLAYER_MAX + 1);
    key_player_finish();
    input_handler_free(keys);
}

/* The guest takes nothing for a while: what waits is typed once it does. */
static void test_chords_wait_for_room(void)
{
    InputHandler *keys = new_keyboard();
    const QKeyCode a = Q_KEY_CODE_A;
    InputItem item;
    int presses = 0;

    for (int i = 0; i < 20; i++) {
        g_assert_true(key_player_play(&a, 1, 0, &error_abort));
    }
    turn_until(ready_calls == BOUND / 2); /* full: a press and a release take four */
    g_assert_false(send_key(Q_KEY_CODE_B, true, NULL));
    while (presses < 20) {
        event_loop_iterate(main_loop(), true);
        while (input_handler_take(keys, &item)) {
            presses += item.type == INPUT_KEY && item.code == Q_KEY_CODE_A && item.value;
        }
    }
    key_player_finish();
    input_handler_free(keys);
}

static void test_keyboard_is_unplugged(void)
{
    InputHandler *keys = new_keyboard();
    const QKeyCode a = Q_KEY_CODE_A;
    Error *err = NULL;

    g_assert_true(key_player_play(&a, 1, 1, &error_abort));
    g_assert_true(key_player_play(&a, 1, 1, &error_abort));
    input_handler_free(keys);
    keys = NULL;
    for (int64_t end = clock_now(CLOCK_VIRTUAL) + 50 * NS_PER_MS; clock_now(CLOCK_VIRTUAL) < end;) {
        event_loop_iterate(main_loop(), false);
    }
    g_assert_false(key_player_play(&a, 1, 1, &err));
    expect_error(err, "Input handler not found for event type key");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    virtual_clock_start();
    g_test_add_func("/input/nobody", test_nobody);
    g_test_add_func("/input/group-to-several", test_group_to_several);
    g_test_add_func("/input/all-or-nothing", test_all_or_nothing);
    g_test_add_func("/input/select-mouse", test_select_mouse);
    g_test_add_func("/input/machine-stands-still", test_machine_stands_still);
    g_test_add_func("/input/what-changes-nothing", test_what_changes_nothing);
    g_test_add_func("/input/room-for-releases", test_room_for_releases);
    g_test_add_func("/input/random", test_random);
    g_test_add_func("/input/motion-is-joined", test_motion_is_joined);
    g_test_add_func("/input/clicks-are-not-joined", test_clicks_are_not_joined);
    g_test_add_func("/input/relative-motion-adds-up", test_relative_motion_adds_up);
    g_test_add_func("/input/key-numbers", test_key_numbers);
    g_test_add_func("/input/linux-codes", test_linux_codes);
    g_test_add_func("/input/chord", test_chord);
    g_test_add_func("/input/chords-take-turns", test_chords_take_turns);
    g_test_add_func("/input/too-many-chords", test_too_many_chords);
    g_test_add_func("/input/chords-wait-for-room", test_chords_wait_for_room);
    g_test_add_func("/input/keyboard-is-unplugged", test_keyboard_is_unplugged);
    return g_test_run();
}
