/*
 * Chardevs that several front ends share, ring buffers, and logs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/ringbuf.h"
#include "tests/unit/chardev/test-frontend.h"
#include "util/io-thread.h"
#include "util/worker-pool.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static char *dir;

static char *file_path(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

/* ---- a mux on a pair of FIFOs, which play the terminal ---- */

typedef struct Terminal {
    char *path;
    int in;  /* what is typed goes there */
    int out; /* what is shown comes from there; non-blocking */
    GString *shown;
    Chardev *mux;
} Terminal;

static int make_fifo(const char *path, const char *suffix)
{
    g_autofree char *name = g_strconcat(path, suffix, NULL);

    g_assert_cmpint(mkfifo(name, 0600), ==, 0);
    return open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static void terminal_begin(Terminal *t)
{
    t->path = file_path("terminal");
    t->in = make_fifo(t->path, ".in");
    t->out = make_fifo(t->path, ".out");
    t->shown = g_string_new(NULL);
    t->mux = test_chardev_new("backend", "pipe", "id", "t", "path", t->path, "mux", "on");
}

static void terminal_remove(const Terminal *t, const char *suffix)
{
    g_autofree char *name = g_strconcat(t->path, suffix, NULL);

    g_assert_cmpint(unlink(name), ==, 0);
}

static void terminal_end(Terminal *t)
{
    chardevs_cleanup();
    close(t->in);
    close(t->out);
    terminal_remove(t, ".in");
    terminal_remove(t, ".out");
    g_string_free(t->shown, TRUE);
    g_free(t->path);
}

static void type_text(const Terminal *t, const char *text)
{
    g_assert_cmpint(write(t->in, text, strlen(text)), ==, strlen(text));
}

static const char *look(Terminal *t)
{
    char bytes[4096];
    ssize_t n;

    while ((n = read(t->out, bytes, sizeof(bytes))) > 0) {
        g_string_append_len(t->shown, bytes, n);
    }
    return t->shown->str;
}

static void assert_shown(Terminal *t, const char *text)
{
    turn_until(strlen(look(t)) >= strlen(text));
    g_assert_cmpstr(look(t), ==, text);
    g_string_truncate(t->shown, 0);
}

/* A front end that also hears of focus ('+', '-') and breaks ('b'). */
static void shared_event(void *opaque, ChardevEvent event)
{
    static const char names[] = { 'o', 'c', '+', '-', 'b' };
    TestFrontend *fe = opaque;

    g_string_append_c(fe->events, names[event]);
    if (event == CHARDEV_BREAK) {
        g_string_append_c(fe->in, '!');
    }
}

static const ChardevFrontend shared_ops = {
    .can_read = test_fe_can_read,
    .read = test_fe_read,
    .event = shared_event,
    .writable = test_fe_writable,
};

static void shared_attach(TestFrontend *fe, Chardev *mux)
{
    *fe = (TestFrontend){
        .chr = chardev_for_frontend(mux, &error_abort),
        .in = g_string_new(NULL),
        .events = g_string_new(NULL),
        .room = 4096,
    };
    g_assert_true(chardev_attach(fe->chr, &shared_ops, fe, NULL, &error_abort));
}

static void shared_end(TestFrontend *fe)
{
    g_string_free(fe->in, TRUE);
    g_string_free(fe->events, TRUE);
}

static void test_mux_names(void)
{
    Chardev *mux = test_chardev_new("backend", "null", "id", "m", "mux", "on");
    Chardev *base = chardev_find("m-base");
    Chardev *plain = test_chardev_new("backend", "null", "id", "n", "mux", "off");
    Chardev *ports[8];
    g_autoptr(Error) err = NULL;

    g_assert_true(chardev_find("m") == mux);
    assert_filename(mux, "mux");
    assert_filename(base, "null");
    g_assert_true(chardev_has_frontend(base));
    g_assert_false(chardev_has_frontend(mux));
    g_assert_false(chardev_is_shared(plain));
    g_assert_true(chardev_for_frontend(plain, &error_abort) == plain);
    for (int i = 0; i < 8; i++) {
        ports[i] = chardev_for_frontend(mux, &error_abort);
        g_assert_true(chardev_is_shared(ports[i]));
        assert_filename(ports[i], "mux");
    }
    g_assert_null(chardev_for_frontend(mux, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "at most 8"));
    test_refused(test_args("backend", "null", "id", "m", "mux", "on", NULL), "Duplicate ID 'm'");
    test_refused(test_args("backend", "null", "id", "x", "mux", "on", "path", "p", NULL),
                 "accepted: id, mux");
    test_refused(test_args("backend", "null", "id", "x", "mux", "perhaps", NULL), "'mux'");
    test_chardev_new("backend", "null", "id", "taken-base");
    test_refused(test_args("backend", "null", "id", "taken", "mux", "on", NULL),
                 "Duplicate ID 'taken-base'");
    chardevs_cleanup();
}

static void test_mux_focus(void)
{
    TestFrontend one, two;
    Terminal t;

    terminal_begin(&t);
    shared_attach(&one, t.mux);
    shared_attach(&two, t.mux);
    g_assert_true(chardev_has_frontend(t.mux));
    type_text(&t, "ab\001ccd\001ce");
    turn_until(one.in->len == 3);
    g_assert_cmpstr(one.in->str, ==, "abe");
    g_assert_cmpstr(two.in->str, ==, "cd");
    g_assert_true(g_str_has_prefix(one.events->str, "o+"));
    /* Both write, with the focus or without. */
    g_assert_cmpint(chardev_write(one.chr, "1", 1), ==, 1);
    g_assert_cmpint(chardev_write(two.chr, "2", 1), ==, 1);
    assert_shown(&t, "12");
    /* Keys cut in two, keys of nobody. */
    type_text(&t, "\001");
    turn_few();
    type_text(&t, "\001x\001zy\001");
    turn_few();
    type_text(&t, "c");
    turn_until(g_str_has_suffix(two.events->str, "+"));
    g_assert_cmpstr(one.in->str, ==, "abe\001xy");
    g_assert_true(g_str_has_suffix(one.events->str, "-"));
    terminal_end(&t);
    shared_end(&one);
    shared_end(&two);
}

/* Who does not read loses nothing, and neither stops the keys nor the others. */
static void test_mux_slow_reader(void)
{
    TestFrontend one, two;
    Terminal t;

    terminal_begin(&t);
    shared_attach(&one, t.mux);
    shared_attach(&two, t.mux);
    turn_until(one.events->len == 2);
    one.room = 0;
    type_text(&t, "ab\001bcd\001bef\001cxy");
    turn_until(two.in->len == 2);
    g_assert_cmpstr(two.in->str, ==, "xy");
    g_assert_cmpstr(one.in->str, ==, "");
    one.room = 1;
    chardev_accept_input(one.chr);
    turn_until(one.in->len == 7);
    /* Breaks in their place; two that wait are one. */
    g_assert_cmpstr(one.in->str, ==, "abcd!ef");
    terminal_end(&t);
    shared_end(&one);
    shared_end(&two);
}

static void test_mux_flood(void)
{
    g_autofree char *much = g_strnfill(200 << 10, 'x');
    size_t typed = 0;
    TestFrontend fe;
    Terminal t;

    terminal_begin(&t);
    shared_attach(&fe, t.mux);
    turn_until(fe.events->len == 2);
    fe.room = 0;
    for (int quiet = 0; quiet < 20; quiet++) {
        ssize_t n = write(t.in, much, (200 << 10) - typed);

        if (n > 0) {
            typed += n;
            quiet = 0;
        }
        event_loop_iterate(main_loop(), false);
    }
    /* Bounded: the rest waits in the kernel. */
    g_assert_cmpuint(typed, <, 200 << 10);
    fe.room = 4096;
    chardev_accept_input(fe.chr);
    turn_until(fe.in->len == typed);
    terminal_end(&t);
    shared_end(&fe);
}

/* A terminal that nobody reads stops nobody, and whoever was short hears of room. */
static void test_mux_slow_terminal(void)
{
    char bytes[4096];
    TestFrontend one, two;
    Terminal t;
    ssize_t n;

    memset(bytes, '.', sizeof(bytes));
    terminal_begin(&t);
    shared_attach(&one, t.mux);
    shared_attach(&two, t.mux);
    turn_until(one.events->len == 2);
    do {
        n = chardev_write(one.chr, bytes, sizeof(bytes));
    } while (n == sizeof(bytes));
    g_assert_cmpint(n, >=, 0);
    g_assert_cmpint(chardev_write(two.chr, "x", 1), ==, 0);
    /* Help that finds no room is kept, and the keys work. */
    type_text(&t, "\001h\001cab");
    turn_until(two.in->len == 2);
    g_assert_cmpint(one.writables + two.writables, ==, 0);
    while (!one.writables || !two.writables) {
        look(&t);
        event_loop_iterate(main_loop(), false);
    }
    turn_few();
    g_assert_nonnull(strstr(look(&t), "C-a c    switch between console and monitor\n\r"));
    g_assert_cmpint(chardev_write(two.chr, "<end>", 5), ==, 5);
    turn_until(g_str_has_suffix(look(&t), "<end>"));
    terminal_end(&t);
    shared_end(&one);
    shared_end(&two);
}

static unsigned terminated;

static bool count_terminate(const char *id, Error **errp)
{
    terminated++;
    if (terminated == 2) {
        error_setg(errp, "not from '%s'", id);
    }
    return terminated != 2;
}

static void test_mux_words(void)
{
    TestFrontend fe;
    Terminal t;

    terminal_begin(&t);
    shared_attach(&fe, t.mux);
    type_text(&t, "\001x");
    assert_shown(&t, "QEMU: Terminated\n\r");
    chardev_set_terminate(count_terminate);
    type_text(&t, "\001x");
    turn_until(terminated == 1);
    assert_shown(&t, "QEMU: Terminated\n\r");
    type_text(&t, "\001x");
    turn_until(terminated == 2);
    chardev_set_terminate(NULL);
    assert_shown(&t, "\n\rError: not from 't'\n\r");
    chardev_write(fe.chr, "begun ", 6);
    type_text(&t, "\001tz");
    turn_until(fe.in->len == 1);
    chardev_write(fe.chr, "line\nnext\n", 10);
    assert_shown(&t, "begun line\n[00:00:00.000] next\n");
    type_text(&t, "\001tz");
    turn_until(fe.in->len == 2);
    chardev_write(fe.chr, "plain\n", 6);
    assert_shown(&t, "plain\n");
    terminal_end(&t);
    shared_end(&fe);
}

/* Ports in another thread's loop, as a QMP session with `oob` is. */
typedef struct ThreadedFrontend {
    Chardev *chr;
    int seen; /* atomic */
} ThreadedFrontend;

static size_t threaded_can_read(void *opaque)
{
    return 7;
}

static void threaded_read(void *opaque, const uint8_t *bytes, size_t len)
{
    ThreadedFrontend *fe = opaque;

    g_assert_true(event_loop_current() != main_loop());
    chardev_write(fe->chr, bytes, len);
    g_atomic_int_add(&fe->seen, (int)len);
}

static void move_back(void *opaque)
{
    ThreadedFrontend *fe = opaque;

    chardev_set_loop(fe->chr, main_loop());
    g_atomic_int_set(&fe->seen, 0);
}

static void test_mux_threads(void)
{
    static const ChardevFrontend ops = { .can_read = threaded_can_read, .read = threaded_read };
    IoThread *thread = io_thread_create("test");
    ThreadedFrontend threaded = { NULL };
    TestFrontend fe;
    Terminal t;

    terminal_begin(&t);
    threaded.chr = chardev_for_frontend(t.mux, &error_abort);
    g_assert_true(chardev_attach(threaded.chr, &ops, &threaded, NULL, &error_abort));
    shared_attach(&fe, t.mux);
    turn_few();
    chardev_set_loop(threaded.chr, io_thread_loop(thread));
    for (int i = 1; i <= 200; i++) {
        type_text(&t, "0123456789\001cx\001c");
        chardev_write(fe.chr, "y", 1);
        turn_until(fe.in->len == (size_t)i);
        look(&t);
    }
    while (g_atomic_int_get(&threaded.seen) < 2000) {
        event_loop_iterate(main_loop(), false);
    }
    turn_until(strlen(look(&t)) == 2200);
    event_loop_run_once(io_thread_loop(thread), move_back, &threaded);
    while (g_atomic_int_get(&threaded.seen)) {
        event_loop_iterate(main_loop(), false);
    }
    chardev_detach(threaded.chr);
    terminal_end(&t);
    io_thread_destroy(thread);
    shared_end(&fe);
}

static void test_mux_legacy(void)
{
    Chardev *port = chardev_new_from_legacy("l", "mon:null", &error_abort);
    g_autoptr(Error) err = NULL;

    g_assert_true(chardev_is_shared(port));
    g_assert_cmpstr(chardev_id(port), ==, "l");
    assert_filename(chardev_find("l"), "mux");
    g_assert_true(chardev_is_shared(chardev_new_from_legacy("k", "chardev:l", &error_abort)));
    g_assert_null(chardev_new_from_legacy("k", "mon:nonsense", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "'nonsense' is not a valid char driver"));
    chardevs_cleanup();
}

/* ---- ring buffers ---- */

static void assert_taken(Chardev *chr, size_t max, const char *expected)
{
    g_autoptr(GByteArray) bytes = ringbuf_take(chr, max, NULL);

    g_assert_cmpmem(bytes->data, bytes->len, expected, strlen(expected));
}

/* What a reader took in vain is there again, as far as nothing has been written over it. */
static void test_ringbuf_put_back(void)
{
    Chardev *chr = test_chardev_new("backend", "ringbuf", "id", "r", "size", "8");
    uint64_t end;

    chardev_write(chr, "abcdefgh", 8);
    g_byte_array_unref(ringbuf_take(chr, 6, &end));
    ringbuf_put_back(chr, end, 6);
    assert_taken(chr, 2, "ab");
    g_byte_array_unref(ringbuf_take(chr, 4, &end));
    chardev_write(chr, "0123", 4);
    ringbuf_put_back(chr, end, 4);
    assert_taken(chr, 5, "efgh0");
    ringbuf_put_back(chr, end, 4);
    assert_taken(chr, SIZE_MAX, "123");
    chardevs_cleanup();
}

static void test_ringbuf(void)
{
    Chardev *chr = test_chardev_new("backend", "ringbuf", "id", "r", "size", "8");
    Chardev *memory = test_chardev_new("backend", "memory", "id", "m");

    assert_filename(chr, "ringbuf");
    assert_filename(memory, "memory");
    assert_taken(chr, 10, "");
    for (int i = 0; i < 20; i++) {
        chardev_write(chr, "abcde", 5);
        assert_taken(chr, 2, "ab");
        assert_taken(chr, 99, "cde");
    }
    chardev_write(chr, "abcdef", 6);
    chardev_write(chr, "ghijk", 5);
    assert_taken(chr, 3, "def");
    chardev_write(chr, "0123456789abcdefghij", 20);
    assert_taken(chr, SIZE_MAX, "cdefghij");
    assert_taken(chr, SIZE_MAX, "");
    test_refused(test_args("backend", "ringbuf", "id", "x", "size", "12", NULL),
                 "size of ringbuf chardev must be power of two");
    test_refused(test_args("backend", "ringbuf", "id", "x", "size", "2G", NULL), "at most");
    test_refused(test_args("backend", "ringbuf", "id", "x", "size", "-1", NULL), "'size'");
    test_refused(test_args("backend", "memory", "id", "x", "size", "", NULL), "'size'");
    chardevs_cleanup();
}

/* ---- logs ---- */

static void assert_contents(const char *path, const char *text)
{
    g_autofree char *contents = NULL;

    g_assert_true(g_file_get_contents(path, &contents, NULL, NULL));
    g_assert_cmpstr(contents, ==, text);
}

static void log_text(const char *path, const char *append, const char *mux, const char *text)
{
    Chardev *chr = test_chardev_new("backend", "null", "id", "g", "logfile", path, "logappend",
                                    append, "mux", mux);
    Chardev *port = chardev_for_frontend(chr, &error_abort);

    chardev_write(port, text, strlen(text));
    chardevs_cleanup();
    worker_pool_shutdown(LOOP_TEST_PATIENCE);
}

static void test_log(void)
{
    g_autofree char *path = file_path("log");
    g_autofree char *nowhere = file_path("no/such");

    log_text(path, "off", "off", "one ");
    assert_contents(path, "one ");
    log_text(path, "on", "on", "two");
    assert_contents(path, "one two");
    log_text(path, "off", "off", "3");
    assert_contents(path, "3");
    test_refused(test_args("backend", "null", "id", "x", "logfile", nowhere, NULL), nowhere);
    test_refused(test_args("backend", "null", "id", "x", "logappend", "maybe", NULL),
                 "'logappend'");
    unlink(path);
}

/* A log that nobody writes to disk costs a bounded amount, delays nobody, and tells what it lost.
 */
static void test_slow_log(void)
{
    g_autofree char *path = file_path("slow");
    g_autofree char *much = g_strnfill(3 << 20, 'x');
    g_autoptr(GString) got = g_string_new(NULL);
    char bytes[65536];
    Chardev *chr;
    int fd;

    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    chr = test_chardev_new("backend", "null", "id", "g", "logfile", path);
    g_assert_cmpint(chardev_write(chr, much, 3 << 20), ==, 3 << 20);
    g_assert_cmpint(chardev_write(chr, "lost", 4), ==, 4);
    while (!g_str_has_suffix(got->str, "<end>")) {
        ssize_t n = read(fd, bytes, sizeof(bytes));

        if (n > 0) {
            g_string_append_len(got, bytes, n);
        } else if (!strstr(got->str, "<end>")) {
            chardev_write(chr, "<end>", 5);
            g_usleep(1000);
        }
        g_assert_cmpuint(got->len, <, 3 << 20);
    }
    g_assert_nonnull(strstr(got->str, " bytes were lost here]\n"));
    chardevs_cleanup();
    close(fd);
    unlink(path);
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    signal(SIGPIPE, SIG_IGN);
    dir = g_dir_make_tmp("vitrine-chardev-XXXXXX", NULL);
    g_test_add_func("/chardev/mux/names", test_mux_names);
    g_test_add_func("/chardev/mux/focus", test_mux_focus);
    g_test_add_func("/chardev/mux/slow-reader", test_mux_slow_reader);
    g_test_add_func("/chardev/mux/flood", test_mux_flood);
    g_test_add_func("/chardev/mux/slow-terminal", test_mux_slow_terminal);
    g_test_add_func("/chardev/mux/words", test_mux_words);
    g_test_add_func("/chardev/mux/threads", test_mux_threads);
    g_test_add_func("/chardev/mux/legacy", test_mux_legacy);
    g_test_add_func("/chardev/ringbuf", test_ringbuf);
    g_test_add_func("/chardev/ringbuf/put-back", test_ringbuf_put_back);
    g_test_add_func("/chardev/log", test_log);
    g_test_add_func("/chardev/log/slow", test_slow_log);
    result = g_test_run();
    g_rmdir(dir);
    g_free(dir);
    return result;
}
