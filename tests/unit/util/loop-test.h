/*
 * What the tests of util/ share: turning the main loop until something is so.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_LOOP_TEST_H
#define TEST_LOOP_TEST_H

#include "util/event-loop.h"
#include "util/timer.h"

/* Long enough for a loaded machine under a sanitizer; reached only when something is broken. */
#define LOOP_TEST_PATIENCE (60 * NS_PER_SEC)

static inline void loop_test_wake(void *opaque)
{
}

/* Turn the main loop until @cond; fails when that takes for ever. */
#define turn_until(cond)                                                                           \
    do {                                                                                           \
        Timer patience_;                                                                           \
        timer_init(&patience_, main_loop(), CLOCK_HOST, loop_test_wake, NULL);                     \
        timer_arm(&patience_, clock_now(CLOCK_HOST) + LOOP_TEST_PATIENCE);                         \
        while (!(cond)) {                                                                          \
            g_assert_true(timer_is_armed(&patience_));                                             \
            event_loop_iterate(main_loop(), true);                                                 \
        }                                                                                          \
        timer_finish(&patience_);                                                                  \
    } while (0)

/* As many turns as any chain of wake-ups in these tests needs. */
static inline void turn_few(void)
{
    for (int i = 0; i < 8; i++) {
        event_loop_iterate(main_loop(), false);
    }
}

#endif
