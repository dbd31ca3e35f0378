/*
 * Watches: what changed on a console since somebody looked last.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/console-watch.h"

#include "tests/unit/util/loop-test.h"

static void no_update(void *opaque)
{
}

static const ConsoleOps ops = { .update = no_update };

static int changes;

static void on_changed(void *opaque)
{
    changes++;
}

/* Show a frame of which a square is new. */
static void draw_square(Console *con, int width, int x, int y)
{
    pixman_region32_t dirty;
    Frame *frame;

    pixman_region32_init_rect(&dirty, x, y, 10, 10);
    frame = console_draw_begin(con, width, 100, &dirty);
    console_draw_end(con, frame, &dirty);
    pixman_region32_fini(&dirty);
}

/* Take what there is; its damage must be @n rectangles (0: some dozens at most) with these extents.
 */
static void expect_damage(ConsoleWatch *watch, int n, int x1, int y1, int x2, int y2)
{
    pixman_region32_t damage;
    const pixman_box32_t *box;
    Frame *frame;

    pixman_region32_init(&damage);
    frame = console_watch_take(watch, &damage);
    g_assert_nonnull(frame);
    box = pixman_region32_extents(&damage);
    if (n) {
        g_assert_cmpint(pixman_region32_n_rects(&damage), ==, n);
    } else {
        g_assert_cmpint(pixman_region32_n_rects(&damage), <=, 64);
    }
    g_assert_cmpint(box->x1, ==, x1);
    g_assert_cmpint(box->y1, ==, y1);
    g_assert_cmpint(box->x2, ==, x2);
    g_assert_cmpint(box->y2, ==, y2);
    pixman_region32_fini(&damage);
    frame_unref(frame);
}

static void expect_nothing(ConsoleWatch *watch)
{
    pixman_region32_t damage;

    pixman_region32_init(&damage);
    g_assert_null(console_watch_take(watch, &damage));
    pixman_region32_fini(&damage);
}

static void test_no_console(void)
{
    ConsoleWatch *watch = console_watch_new(on_changed, NULL);

    g_assert_null(console_watch_get(watch));
    expect_damage(watch, 1, 0, 0, CONSOLE_INITIAL_WIDTH, CONSOLE_INITIAL_HEIGHT);
    expect_nothing(watch);
    console_watch_free(watch);
}

static void test_damage_adds_up(void)
{
    Console *con = console_new(NULL, 0, &ops, NULL);
    ConsoleWatch *watch = console_watch_new(on_changed, NULL);
    ConsoleWatch *other = console_watch_new(on_changed, NULL);

    draw_square(con, 100, 0, 0);
    console_watch_set(watch, con);
    console_watch_set(other, con);
    g_assert_true(console_watch_get(watch) == con);
    expect_damage(watch, 1, 0, 0, 100, 100);
    changes = 0;
    draw_square(con, 100, 10, 20);
    draw_square(con, 100, 50, 70);
    g_assert_cmpint(changes, ==, 4);
    expect_damage(watch, 2, 10, 20, 60, 80);
    expect_nothing(watch);
    expect_damage(other, 1, 0, 0, 100, 100); /* has not looked yet */
    draw_square(con, 100, 95, 95);
    expect_damage(other, 1, 95, 95, 100, 100);
    console_watch_free(other);
    console_watch_free(watch);
    draw_square(con, 100, 0, 0); /* nobody is told */
    console_destroy(con);
}

static void test_new_size(void)
{
    Console *con = console_new(NULL, 0, &ops, NULL);
    ConsoleWatch *watch = console_watch_new(on_changed, NULL);

    console_watch_set(watch, con);
    draw_square(con, 100, 0, 0);
    expect_damage(watch, 1, 0, 0, 100, 100);
    draw_square(con, 200, 10, 10);
    expect_damage(watch, 1, 0, 0, 200, 100);
    draw_square(con, 200, 10, 10);
    draw_square(con, 50, 10, 10);
    expect_damage(watch, 1, 0, 0, 50, 100);
    console_watch_free(watch);
    console_destroy(con);
}

/* Somebody who never looks costs no more than some rectangles and the frame that is shown. */
static void test_bounded(void)
{
    Console *con = console_new(NULL, 0, &ops, NULL);
    ConsoleWatch *watch = console_watch_new(on_changed, NULL);
    Frame *shown;

    console_watch_set(watch, con);
    draw_square(con, 4000, 0, 0);
    expect_damage(watch, 1, 0, 0, 4000, 100);
    for (int i = 0; i < 200; i++) {
        draw_square(con, 4000, i * 20, i % 2 * 50);
    }
    shown = console_take_frame(con);
    g_assert_cmpint(shown->refcount, ==, 3); /* the console, the watch, we */
    frame_unref(shown);
    expect_damage(watch, 0, 0, 0, 3990, 60);
    console_watch_free(watch);
    console_destroy(con);
}

static void test_console_goes_away(void)
{
    Console *con = console_new(NULL, 0, &ops, NULL);
    Console *next = console_new(NULL, 1, &ops, NULL);
    ConsoleWatch *watch = console_watch_new(on_changed, NULL);

    console_watch_set(watch, con);
    draw_square(con, 100, 0, 0);
    expect_damage(watch, 1, 0, 0, 100, 100);
    console_destroy(con);
    g_assert_null(console_watch_get(watch));
    expect_damage(watch, 1, 0, 0, CONSOLE_INITIAL_WIDTH, CONSOLE_INITIAL_HEIGHT);
    draw_square(next, 300, 0, 0);
    console_watch_set(watch, next);
    expect_damage(watch, 1, 0, 0, 300, 100);
    console_watch_set(watch, NULL);
    expect_damage(watch, 1, 0, 0, CONSOLE_INITIAL_WIDTH, CONSOLE_INITIAL_HEIGHT);
    console_watch_free(watch);
    console_destroy(next);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    g_test_add_func("/console-watch/no-console", test_no_console);
    g_test_add_func("/console-watch/damage-adds-up", test_damage_adds_up);
    g_test_add_func("/console-watch/new-size", test_new_size);
    g_test_add_func("/console-watch/bounded", test_bounded);
    g_test_add_func("/console-watch/console-goes-away", test_console_goes_away);
    return g_test_run();
}
