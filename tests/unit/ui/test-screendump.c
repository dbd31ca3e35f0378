/*
 * The screendump command without a process around it: many at once, errors, cancellation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/console.h"

#include "picture-test.h"
#include "qapi/qapi-commands-ui.h"
#include "tests/unit/util/loop-test.h"
#include "util/worker-pool.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A device that shows a new picture at each update, at once. */
typedef struct TestDisplay {
    Console *con;
    uint32_t seed;
    int width, height;
} TestDisplay;

static void test_display_update(void *opaque)
{
    TestDisplay *dev = opaque;
    g_autoptr(Frame) picture = picture_test_frame(dev->width, dev->height, dev->seed);
    Frame *frame = console_draw_begin(dev->con, dev->width, dev->height, NULL);

    memcpy(frame->pixels, picture->pixels, (size_t)frame->stride * frame->height);
    console_draw_end(dev->con, frame, NULL);
    graphic_hw_update_done(dev->con);
}

static const ConsoleOps test_display_ops = { .update = test_display_update };

typedef struct Dump {
    char *filename;
    ImageFormat format;
    CancelToken token;
    bool ended;
    Error *err;
} Dump;

static void coroutine_fn dump_main(void *opaque)
{
    Dump *dump = opaque;

    qmp_screendump(dump->filename, NULL, false, 0, true, dump->format, &dump->err);
    dump->ended = true;
}

static void start_dump(Dump *dump, const char *dir, const char *name, ImageFormat format)
{
    Coroutine *co = coroutine_create(dump_main, dump);

    *dump = (Dump){ .filename = g_build_filename(dir, name, NULL), .format = format };
    cancel_token_init(&dump->token);
    coroutine_set_cancel(co, &dump->token);
    coroutine_enter(co);
}

static void end_dump(Dump *dump)
{
    g_assert_true(dump->ended);
    cancel_token_finish(&dump->token);
    g_unlink(dump->filename);
    g_free(dump->filename);
    error_free(dump->err);
}

static TestDisplay display;
static char *dir;

static void set_up(int width, int height)
{
    display = (TestDisplay){ .width = width, .height = height };
    display.con = console_new(NULL, 0, &test_display_ops, &display);
    dir = g_dir_make_tmp("vitrine-test-XXXXXX", NULL);
    g_assert_nonnull(dir);
}

/* Fails when something was left in the directory. */
static void tear_down(void)
{
    console_destroy(display.con);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
    g_free(dir);
}

static void assert_shows(const Dump *dump, uint32_t seed)
{
    g_autoptr(Frame) expected = picture_test_frame(display.width, display.height, seed);
    g_autoptr(Frame) picture = picture_test_load(dump->filename);

    picture_test_assert_equal(picture, expected);
}

static void test_many_at_once(void)
{
    Dump dumps[12];

    set_up(320, 200);
    for (int i = 0; i < 12; i++) {
        g_autofree char *name = g_strdup_printf("picture-%d", i);

        start_dump(&dumps[i], dir, name, i % 2 ? IMAGE_FORMAT_PNG : IMAGE_FORMAT_PPM);
    }
    for (int i = 0; i < 12; i++) {
        turn_until(dumps[i].ended);
        g_assert_null(dumps[i].err);
        assert_shows(&dumps[i], 0);
        end_dump(&dumps[i]);
    }
    tear_down();
}

/* What the guest drew before, or a little later, and never a mixture. */
static void assert_shows_at_least(const Dump *dump, uint32_t seed)
{
    g_autoptr(Frame) picture = picture_test_load(dump->filename);
    uint32_t shown = *(uint32_t *)picture->pixels; /* picture_test_frame() has it there */

    g_assert_cmpuint(shown, >=, seed);
    assert_shows(dump, shown);
}

/* What changes between two requests shows, whatever the first is still busy with. */
static void test_fresh(void)
{
    Dump dumps[8];

    set_up(160, 100);
    for (uint32_t i = 0; i < 8; i++) {
        g_autofree char *name = g_strdup_printf("picture-%u", i);

        display.seed = i * 0x1234;
        start_dump(&dumps[i], dir, name, IMAGE_FORMAT_PNG);
        turn_until(dumps[i].ended || i % 2); /* every other one meets one under way */
    }
    for (uint32_t i = 0; i < 8; i++) {
        turn_until(dumps[i].ended);
        g_assert_null(dumps[i].err);
        assert_shows_at_least(&dumps[i], i * 0x1234);
        end_dump(&dumps[i]);
    }
    tear_down();
}

static void test_fifo_holds_up_nobody(void)
{
    g_autofree char *fifo = NULL;
    Dump stuck, other;

    set_up(320, 200);
    fifo = g_build_filename(dir, "fifo", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    start_dump(&stuck, dir, "fifo", IMAGE_FORMAT_PNG);
    start_dump(&other, dir, "other", IMAGE_FORMAT_PNG);
    turn_until(other.ended);
    g_assert_null(other.err);
    g_assert_false(stuck.ended);
    cancel_token_cancel(&stuck.token, "client disconnected");
    turn_few();
    g_assert_true(stuck.ended);
    g_assert_nonnull(strstr(error_get_pretty(stuck.err), "cancelled"));
    g_assert_true(g_file_test(fifo, G_FILE_TEST_EXISTS));
    end_dump(&stuck);
    end_dump(&other);
    tear_down();
}

/* At every moment: before the update, while the worker is at it, and when it is done. */
static void test_cancel_anywhere(void)
{
    set_up(640, 480);
    for (int i = 0; i < 40; i++) {
        Dump dump;

        start_dump(&dump, dir, "picture", IMAGE_FORMAT_PNG);
        for (int turn = 0; turn < i % 4; turn++) {
            event_loop_iterate(main_loop(), false);
        }
        g_usleep(i * 200);
        cancel_token_cancel(&dump.token, "timeout");
        turn_until(dump.ended);
        if (!dump.err) {
            assert_shows(&dump, 0);
        }
        end_dump(&dump);
        worker_pool_shutdown(NS_PER_SEC); /* the job sees that it is not wanted any more */
        g_autofree char *target = g_build_filename(dir, "picture", NULL);
        g_unlink(target); /* renamed at the very moment */
    }
    tear_down();
}

typedef struct Call {
    const char *filename;
    const char *device;
    bool has_head;
    int64_t head;
    bool ended;
    Error *err;
} Call;

static void coroutine_fn call_main(void *opaque)
{
    Call *call = opaque;

    qmp_screendump(call->filename, call->device, call->has_head, call->head, false, 0, &call->err);
    call->ended = true;
}

static void assert_refused(Call call, ErrorClass err_class, const char *text)
{
    coroutine_enter(coroutine_create(call_main, &call));
    turn_until(call.ended);
    g_assert_nonnull(call.err);
    g_assert_cmpint(error_get_class(call.err), ==, err_class);
    if (!strstr(error_get_pretty(call.err), text)) {
        g_error("'%s' lacks '%s'", error_get_pretty(call.err), text);
    }
    error_free(call.err);
}

static void test_bad_arguments(void)
{
    assert_refused((Call){ "/nowhere" }, ERROR_CLASS_GENERIC_ERROR,
                   "There is no console to take a screendump from");
    set_up(64, 64);
    assert_refused((Call){ "/nowhere", .has_head = true }, ERROR_CLASS_GENERIC_ERROR,
                   "'head' must be specified together with 'device'");
    assert_refused((Call){ "/nowhere", "vga" }, ERROR_CLASS_DEVICE_NOT_FOUND,
                   "Device 'vga' not found");
    assert_refused((Call){ "/nowhere", "vga", true, -1 }, ERROR_CLASS_GENERIC_ERROR, "'head'");
    assert_refused((Call){ "/nowhere", "vga", true, INT64_C(1) << 32 }, ERROR_CLASS_GENERIC_ERROR,
                   "'head'");
    assert_refused((Call){ "/no/where" }, ERROR_CLASS_GENERIC_ERROR, "'/no/where'");
    tear_down();
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    signal(SIGPIPE, SIG_IGN);
    main_loop_init();
    g_test_add_func("/screendump/many-at-once", test_many_at_once);
    g_test_add_func("/screendump/fresh", test_fresh);
    g_test_add_func("/screendump/fifo-holds-up-nobody", test_fifo_holds_up_nobody);
    g_test_add_func("/screendump/cancel-anywhere", test_cancel_anywhere);
    g_test_add_func("/screendump/bad-arguments", test_bad_arguments);
    status = g_test_run();
    worker_pool_shutdown(10 * NS_PER_SEC);
    return status;
}
