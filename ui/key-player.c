/*
 * The key player: chords of keys, one after the other, each held for a while.
 *
 * Time is the machine's: while that stands still, so do the keys. A chord for which the keyboard
 * has no room when its turn comes is tried again later.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/input.h"

#include "util/bql.h"
#include "util/timer.h"

#include <string.h>

typedef struct Chord {
    QKeyCode keys[KEY_CHORD_MAX];
    size_t n;
    int64_t hold_ns;
} Chord;

static struct {
    GQueue waiting; /* Chord */
    Chord *held;
    Timer timer;
    bool ready;
} player;

static bool press(const Chord *chord, Error **errp)
{
    InputItem items[KEY_CHORD_MAX];

    for (size_t i = 0; i < chord->n; i++) {
        items[i] = (InputItem){ .type = INPUT_KEY, .code = chord->keys[i], .value = 1 };
    }
    return input_send(items, chord->n, errp);
}

static void release(const Chord *chord)
{
    InputItem items[KEY_CHORD_MAX];

    for (size_t i = 0; i < chord->n; i++) {
        items[i] = (InputItem){ .type = INPUT_KEY, .code = chord->keys[chord->n - 1 - i] };
    }
    input_send(items, chord->n, NULL); /* the keyboard may have been unplugged */
}

static void wait_ns(int64_t ns)
{
    timer_arm(&player.timer, clock_now(CLOCK_VIRTUAL) + ns);
}

static void next_step(void *opaque)
{
    if (player.held) {
        release(player.held);
        g_clear_pointer(&player.held, g_free);
    }
    if (!input_is_handled(INPUT_KEY)) {
        g_queue_clear_full(&player.waiting, g_free);
    }
    if (g_queue_is_empty(&player.waiting)) {
        return;
    }
    if (press(g_queue_peek_head(&player.waiting), NULL)) {
        player.held = g_queue_pop_head(&player.waiting);
        wait_ns(player.held->hold_ns);
    } else {
        wait_ns(KEY_HOLD_DEFAULT_MS * NS_PER_MS);
    }
}

static bool check_turn(Error **errp)
{
    if (!virtual_clock_is_running()) {
        error_setg(errp, "VM not running");
        return false;
    }
    if (g_queue_get_length(&player.waiting) >= KEY_PLAYER_MAX) {
        error_setg(errp, "The queue of keys to type is full: %d combinations wait for their turn",
                   KEY_PLAYER_MAX);
        return false;
    }
    return true;
}

bool key_player_play(const QKeyCode *keys, size_t n, int64_t hold_ms, Error **errp)
{
    g_autofree Chord *chord = g_new0(Chord, 1);

    bql_assert_locked();
    g_assert(n <= KEY_CHORD_MAX);
    if (!player.ready) {
        timer_init(&player.timer, main_loop(), CLOCK_VIRTUAL, next_step, NULL);
        player.ready = true;
    }
    memcpy(chord->keys, keys, n * sizeof(*keys));
    chord->n = n;
    chord->hold_ns = hold_ms * NS_PER_MS;
    if (!player.held && g_queue_is_empty(&player.waiting)) {
        if (!press(chord, errp)) {
            return false;
        }
        player.held = g_steal_pointer(&chord);
        wait_ns(player.held->hold_ns);
        return true;
    }
    if (!check_turn(errp)) {
        return false;
    }
    g_queue_push_tail(&player.waiting, g_steal_pointer(&chord));
    return true;
}

void key_player_finish(void)
{
    g_queue_clear_full(&player.waiting, g_free);
    g_clear_pointer(&player.held, g_free);
    if (player.ready) {
        timer_finish(&player.timer);
        player.ready = false;
    }
}
