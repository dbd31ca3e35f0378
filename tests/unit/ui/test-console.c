/*
 * Consoles: tickets, waiters, and frames that nobody draws into while somebody looks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/console.h"

#include "tests/unit/util/loop-test.h"
#include "util/io-thread.h"

#include <pthread.h>
#include <string.h>

/* A device whose updates end when the test says so. */
typedef struct FakeDisplay {
    Console *con;
    int begun;
    bool instant;
} FakeDisplay;

static void fake_update(void *opaque)
{
    FakeDisplay *dev = opaque;

    dev->begun++;
    if (dev->instant) {
        graphic_hw_update_done(dev->con);
    }
}

static const ConsoleOps fake_ops = { .update = fake_update };

static void set_up(FakeDisplay *dev)
{
    *dev = (FakeDisplay){ 0 };
    dev->con = console_new(NULL, 0, &fake_ops, dev);
}

static void finish_update(FakeDisplay *dev)
{
    graphic_hw_update_done(dev->con);
    turn_few();
}

typedef struct Viewer {
    FakeDisplay *dev;
    CancelToken token;
    uint64_t ticket;
    bool ended;
    bool ok;
    Error *err;
} Viewer;

static void coroutine_fn viewer_main(void *opaque)
{
    Viewer *v = opaque;

    v->ticket = graphic_hw_update(v->dev->con);
    v->ok = console_wait_update(v->dev->con, v->ticket, &v->err);
    v->ended = true;
}

static void start_viewer(Viewer *v, FakeDisplay *dev)
{
    Coroutine *co = coroutine_create(viewer_main, v);

    *v = (Viewer){ .dev = dev };
    cancel_token_init(&v->token);
    coroutine_set_cancel(co, &v->token);
    coroutine_enter(co);
}

static void end_viewer(Viewer *v)
{
    g_assert_true(v->ended);
    cancel_token_finish(&v->token);
    error_free(v->err);
}

/* ---- tickets ---- */

static void test_one_update(void)
{
    FakeDisplay dev;
    Viewer v;

    set_up(&dev);
    start_viewer(&v, &dev);
    turn_few();
    g_assert_cmpint(dev.begun, ==, 1);
    g_assert_false(v.ended);
    finish_update(&dev);
    g_assert_true(v.ended && v.ok);
    end_viewer(&v);
    console_destroy(dev.con);
}

static void test_instant_update(void)
{
    FakeDisplay dev;
    Viewer v;

    set_up(&dev);
    dev.instant = true;
    start_viewer(&v, &dev);
    turn_until(v.ended);
    g_assert_true(v.ok);
    g_assert_cmpint(dev.begun, ==, 1);
    end_viewer(&v);
    console_destroy(dev.con);
}

/* Whoever asks while an update is under way gets the next one, and all of them the same. */
static void test_no_stale_update(void)
{
    FakeDisplay dev;
    Viewer first, late[3];

    set_up(&dev);
    start_viewer(&first, &dev);
    for (int i = 0; i < 3; i++) {
        start_viewer(&late[i], &dev);
        g_assert_cmpuint(late[i].ticket, ==, first.ticket + 1);
    }
    g_assert_cmpint(dev.begun, ==, 1);
    finish_update(&dev);
    g_assert_true(first.ended);
    g_assert_cmpint(dev.begun, ==, 2);
    for (int i = 0; i < 3; i++) {
        g_assert_false(late[i].ended);
    }
    finish_update(&dev);
    for (int i = 0; i < 3; i++) {
        g_assert_true(late[i].ended && late[i].ok);
        end_viewer(&late[i]);
    }
    end_viewer(&first);
    g_assert_cmpint(dev.begun, ==, 2);
    console_destroy(dev.con);
}

static void test_ticket_served_late(void)
{
    FakeDisplay dev;
    Viewer v;
    uint64_t early;

    set_up(&dev);
    early = graphic_hw_update(dev.con);
    finish_update(&dev);
    start_viewer(&v, &dev);
    g_assert_cmpuint(v.ticket, ==, early + 1);
    finish_update(&dev);
    end_viewer(&v);
    console_destroy(dev.con);
}

static void test_cancelled(void)
{
    FakeDisplay dev;
    Viewer gone, stays;

    set_up(&dev);
    start_viewer(&gone, &dev);
    start_viewer(&stays, &dev);
    cancel_token_cancel(&gone.token, "client disconnected");
    turn_few();
    g_assert_true(gone.ended && !gone.ok);
    g_assert_nonnull(gone.err);
    g_assert_false(stays.ended);
    finish_update(&dev);
    finish_update(&dev);
    g_assert_true(stays.ended && stays.ok);
    end_viewer(&gone);
    end_viewer(&stays);
    console_destroy(dev.con);
}

static void test_destroyed(void)
{
    FakeDisplay dev;
    Viewer v[2];

    set_up(&dev);
    start_viewer(&v[0], &dev);
    start_viewer(&v[1], &dev);
    graphic_hw_update_done(dev.con); /* not yet seen by the main loop */
    console_destroy(dev.con);
    turn_few();
    for (int i = 0; i < 2; i++) {
        g_assert_true(v[i].ended && !v[i].ok);
        g_assert_nonnull(strstr(error_get_pretty(v[i].err), "removed"));
        end_viewer(&v[i]);
    }
}

/* ---- the list ---- */

static void test_list(void)
{
    FakeDisplay a, b, c;
    Error *err = NULL;

    g_assert_null(console_by_index(0));
    g_assert_null(console_default());
    set_up(&a);
    set_up(&b);
    g_assert_true(console_default() == a.con);
    g_assert_true(console_by_index(0) == a.con && console_by_index(1) == b.con);
    g_assert_cmpuint(console_index(b.con), ==, 1);
    console_destroy(a.con);
    g_assert_null(console_by_index(0));
    g_assert_true(console_default() == b.con);
    set_up(&c);
    g_assert_true(console_by_index(0) == c.con);
    console_destroy(b.con);
    console_destroy(c.con);
    g_assert_null(console_by_device("nothing", 0, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Device 'nothing' not found");
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    error_free(err);
}

static void test_by_device(void)
{
    Object *dev = object_new("test-display"), *other = object_new("test-display");
    Object *peripherals = object_get_container("/machine/peripheral");
    Error *err = NULL;
    FakeDisplay fake = { 0 };
    Console *first, *second;

    object_property_add_child(peripherals, "vga0", dev);
    object_property_add_child(peripherals, "net0", other);
    first = console_new(dev, 0, &fake_ops, &fake);
    second = console_new(dev, 1, &fake_ops, &fake);
    g_assert_true(console_by_device("vga0", 0, &error_abort) == first);
    g_assert_true(console_by_device("/machine/peripheral/vga0", 1, &error_abort) == second);
    g_assert_null(console_by_device("vga0", 2, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "no head 2"));
    g_clear_pointer(&err, error_free);
    g_assert_null(console_by_device("net0", 0, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "'net0' is not a display"));
    g_clear_pointer(&err, error_free);
    g_assert_null(console_by_device("../peripheral/vga0", 0, &err));
    error_free(err);
    console_destroy(first);
    console_destroy(second);
    object_unparent(dev);
    object_unparent(other);
}

/* ---- frames ---- */

static uint32_t pixel_at(const Frame *frame, int x, int y)
{
    return ((const uint32_t *)(frame->pixels + (size_t)y * frame->stride))[x] & 0xffffff;
}

static void fill_rows(Frame *frame, int first, int end, uint32_t colour)
{
    for (int y = first; y < end; y++) {
        for (int x = 0; x < frame->width; x++) {
            ((uint32_t *)(frame->pixels + (size_t)y * frame->stride))[x] = colour;
        }
    }
}

static void assert_rows(const Frame *frame, int first, int end, uint32_t colour)
{
    for (int y = first; y < end; y++) {
        for (int x = 0; x < frame->width; x++) {
            g_assert_cmphex(pixel_at(frame, x, y), ==, colour);
        }
    }
}

static void draw_rows(Console *con, int width, int height, int first, int end, uint32_t colour)
{
    pixman_region32_t dirty;
    Frame *frame;

    pixman_region32_init_rect(&dirty, 0, first, width, end - first);
    frame = console_draw_begin(con, width, height, &dirty);
    g_assert_nonnull(frame);
    fill_rows(frame, first, end, colour);
    console_draw_end(con, frame, &dirty);
    pixman_region32_fini(&dirty);
}

static bool has_two_colours(const Frame *frame)
{
    for (int y = 0; y < frame->height; y++) {
        for (int x = 0; x < frame->width; x++) {
            if (pixel_at(frame, x, y) != pixel_at(frame, 0, 0)) {
                return true;
            }
        }
    }
    return false;
}

static void test_placeholder(void)
{
    g_autoptr(Frame) frame = NULL, other = NULL;
    FakeDisplay dev;

    set_up(&dev);
    frame = console_take_frame(dev.con);
    g_assert_cmpint(frame->width, ==, 640);
    g_assert_cmpint(frame->height, ==, 480);
    g_assert_true(has_two_colours(frame));
    console_draw_placeholder(dev.con, 320, 200, "Display output is not active.");
    other = console_take_frame(dev.con);
    g_assert_cmpint(other->width, ==, 320);
    g_assert_true(has_two_colours(other));
    console_destroy(dev.con);
}

/* Spares come and go; whatever the order, a frame shows what was drawn last, whole. */
static void test_partial_draws(void)
{
    FakeDisplay dev;
    Frame *held = NULL;

    set_up(&dev);
    draw_rows(dev.con, 64, 64, 0, 64, 0xff0000);
    for (int i = 0; i < 64; i++) {
        Frame *frame;

        draw_rows(dev.con, 64, 64, i, i + 1, 0x00ff00);
        frame = console_take_frame(dev.con);
        assert_rows(frame, 0, i + 1, 0x00ff00);
        assert_rows(frame, i + 1, 64, 0xff0000);
        if (i % 3 == 0) { /* this one stays away for a while */
            frame_unref(held);
            held = frame;
        } else {
            frame_unref(frame);
        }
    }
    frame_unref(held);
    console_destroy(dev.con);
}

static void test_held_frame_stays(void)
{
    g_autoptr(Frame) red = NULL, between = NULL, green = NULL, small = NULL;
    FakeDisplay dev;
    Frame *drawing;

    set_up(&dev);
    draw_rows(dev.con, 64, 32, 0, 32, 0xff0000);
    red = console_take_frame(dev.con);
    drawing = console_draw_begin(dev.con, 64, 32, NULL);
    fill_rows(drawing, 0, 16, 0x00ff00);
    between = console_take_frame(dev.con); /* half drawn: nobody sees that */
    assert_rows(between, 0, 32, 0xff0000);
    fill_rows(drawing, 16, 32, 0x00ff00);
    console_draw_end(dev.con, drawing, NULL);
    green = console_take_frame(dev.con);
    assert_rows(green, 0, 32, 0x00ff00);
    draw_rows(dev.con, 16, 16, 0, 8, 0x0000ff);
    small = console_take_frame(dev.con);
    assert_rows(small, 0, 8, 0x0000ff);
    assert_rows(small, 8, 16, 0x000000);
    assert_rows(red, 0, 32, 0xff0000);
    assert_rows(green, 0, 32, 0x00ff00);
    console_destroy(dev.con);
}

/* The frame that was shown before is kept for the next update, but not for ever. */
static void test_spare_is_dropped(void)
{
    g_autoptr(Frame) first = NULL;
    FakeDisplay dev;

    set_up(&dev);
    draw_rows(dev.con, 64, 32, 0, 32, 0xff0000);
    first = console_take_frame(dev.con);
    draw_rows(dev.con, 64, 32, 0, 32, 0x00ff00);
    g_assert_false(frame_is_exclusive(first));
    graphic_hw_update(dev.con);
    finish_update(&dev);
    turn_until(frame_is_exclusive(first));
    draw_rows(dev.con, 64, 32, 0, 1, 0x0000ff);
    assert_rows(first, 0, 32, 0xff0000);
    console_destroy(dev.con);
}

static void test_sizes(void)
{
    FakeDisplay dev;
    Error *err = NULL;

    set_up(&dev);
    g_assert_null(console_draw_begin(dev.con, 0, 10, NULL));
    g_assert_null(console_draw_begin(dev.con, FRAME_MAX_SIZE + 1, 10, NULL));
    g_assert_null(console_draw_begin(dev.con, 10, -1, NULL));
    g_assert_null(frame_new(10, FRAME_MAX_SIZE + 1, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "16384"));
    error_free(err);
    console_destroy(dev.con);
}

/* ---- a renderer and viewers at once: every frame is of one colour ---- */

enum { RACE_WIDTH = 64, RACE_HEIGHT = 64, RACE_UPDATES = 2000 };

typedef struct Race {
    Console *con;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int wanted; /* updates begun, under @lock */
    bool quit;
} Race;

static void race_update(void *opaque)
{
    Race *race = opaque;

    pthread_mutex_lock(&race->lock);
    race->wanted++;
    pthread_cond_signal(&race->changed);
    pthread_mutex_unlock(&race->lock);
}

static const ConsoleOps race_ops = { .update = race_update };

static void *race_renderer(void *opaque)
{
    Race *race = opaque;

    for (int done = 0;; done++) {
        bool quit;

        pthread_mutex_lock(&race->lock);
        while (race->wanted == done && !race->quit) {
            pthread_cond_wait(&race->changed, &race->lock);
        }
        quit = race->wanted == done;
        pthread_mutex_unlock(&race->lock);
        if (quit) {
            return NULL;
        }
        draw_rows(race->con, RACE_WIDTH, RACE_HEIGHT, 0, RACE_HEIGHT, done + 1);
        graphic_hw_update_done(race->con);
    }
}

typedef struct RaceViewer {
    Race *race;
    int rounds;
} RaceViewer;

static void coroutine_fn race_viewer_main(void *opaque)
{
    RaceViewer *v = opaque;

    while (v->rounds > 0) {
        uint64_t ticket = graphic_hw_update(v->race->con);
        g_autoptr(Frame) frame = NULL;

        g_assert_true(console_wait_update(v->race->con, ticket, &error_abort));
        frame = console_take_frame(v->race->con);
        g_assert_cmpuint(pixel_at(frame, 0, 0), >=, ticket);
        assert_rows(frame, 0, RACE_HEIGHT, pixel_at(frame, 0, 0));
        v->rounds--;
    }
}

static void test_race(void)
{
    Race race = { 0 };
    RaceViewer viewers[3];
    GThread *thread;

    pthread_mutex_init(&race.lock, NULL);
    pthread_cond_init(&race.changed, NULL);
    race.con = console_new(NULL, 0, &race_ops, &race);
    thread = thread_start("renderer", race_renderer, &race);
    for (int i = 0; i < 3; i++) {
        viewers[i] = (RaceViewer){ &race, RACE_UPDATES / 3 };
        coroutine_enter(coroutine_create(race_viewer_main, &viewers[i]));
    }
    turn_until(!viewers[0].rounds && !viewers[1].rounds && !viewers[2].rounds);
    pthread_mutex_lock(&race.lock);
    race.quit = true;
    pthread_cond_signal(&race.changed);
    pthread_mutex_unlock(&race.lock);
    g_thread_join(thread);
    console_destroy(race.con);
    pthread_mutex_destroy(&race.lock);
    pthread_cond_destroy(&race.changed);
}

static void register_types(void)
{
    static const TypeInfo test_display = { .name = "test-display",
                                           .instance_size = sizeof(Object) };

    type_register_static(&test_display);
}
type_init(register_types)

    int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    module_init_types();
    g_test_add_func("/console/ticket/one", test_one_update);
    g_test_add_func("/console/ticket/instant", test_instant_update);
    g_test_add_func("/console/ticket/no-stale-update", test_no_stale_update);
    g_test_add_func("/console/ticket/served-late", test_ticket_served_late);
    g_test_add_func("/console/ticket/cancelled", test_cancelled);
    g_test_add_func("/console/ticket/destroyed", test_destroyed);
    g_test_add_func("/console/list", test_list);
    g_test_add_func("/console/by-device", test_by_device);
    g_test_add_func("/console/frame/placeholder", test_placeholder);
    g_test_add_func("/console/frame/partial-draws", test_partial_draws);
    g_test_add_func("/console/frame/held-stays", test_held_frame_stays);
    g_test_add_func("/console/frame/spare-is-dropped", test_spare_is_dropped);
    g_test_add_func("/console/frame/sizes", test_sizes);
    g_test_add_func("/console/race", test_race);
    return g_test_run();
}
