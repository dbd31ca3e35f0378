/*
 * HMP sessions over socket pairs: prompt, waiting commands, Ctrl-C, type-ahead, completion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hmp-test-commands.h"
#include "test-client.h"
#include "util/worker-pool.h"

#include <glib/gstdio.h>
#include <string.h>

#define BANNER "vitrine 0.1.0 monitor - type 'help' for more information\r\n"
#define PROMPT "(qemu) "

static QmpCommandList *commands;

typedef struct Fixture {
    Chardev *chr[2];
    TestClient client[2];
} Fixture;

static void connect_client(Fixture *f, unsigned i)
{
    test_client_init(&f->client[i], fake_chardev_connect(f->chr[i]));
}

static void set_up_readline(Fixture *f, bool readline)
{
    MonitorOptions options;

    monitor_options_init(&options);
    options.readline = readline;
    monitors_init(commands);
    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *banner = NULL;

        f->chr[i] = fake_chardev_new();
        g_assert_nonnull(monitor_new_hmp(f->chr[i], &options, &error_abort));
        connect_client(f, i);
        banner = test_client_until(&f->client[i], PROMPT);
        g_assert_cmpstr(banner, ==, BANNER PROMPT);
    }
}

static void set_up(Fixture *f, const void *data)
{
    set_up_readline(f, true);
}

static void set_up_silent(Fixture *f, const void *data)
{
    set_up_readline(f, false);
}

static void tear_down(Fixture *f, const void *data)
{
    for (unsigned i = 0; i < 2; i++) {
        test_client_close(&f->client[i]);
    }
    monitors_cleanup();
    for (unsigned i = 0; i < 2; i++) {
        fake_chardev_free(f->chr[i]);
    }
    g_assert_cmpuint(hmp_test_counts.waiting, ==, 0);
}

/* @text as it stays on the screen: without the progress lines of a slow machine. g_free(). */
static char *without_progress(const char *text)
{
    g_autoptr(GRegex) regex =
        g_regex_new("\r\033\\[K([^\r]*\\(Ctrl-C cancels\\))?", G_REGEX_RAW, 0, NULL);

    return g_regex_replace_literal(regex, text, -1, 0, "", 0, NULL);
}

/* Send @keys; what comes back up to the next prompt must be @expected. */
static void dialogue(TestClient *client, const char *keys, const char *expected)
{
    g_autofree char *got = NULL, *left = NULL;

    test_client_send(client, keys);
    got = test_client_until(client, PROMPT);
    left = without_progress(got);
    g_assert_cmpstr(left, ==, expected);
}

static bool is_waiting(void *opaque)
{
    return hmp_test_counts.waiting == *(unsigned *)opaque;
}

static void until_waiting(unsigned count)
{
    test_turn_until(is_waiting, &count);
}

/* ---- tests ---- */

static void test_commands(Fixture *f, const void *data)
{
    dialogue(&f->client[0], "echo hello\r", "echo hello\r\nhello\r\n" PROMPT);
    dialogue(&f->client[0], "\r", "\r\n" PROMPT);
    dialogue(&f->client[0], "p 2*(3+4)\n", "p 2*(3+4)\r\n0xe\r\n" PROMPT);
    dialogue(&f->client[0], "info version\r\n",
             "info version\r\nvitrine 0.1.0 (QMP as of 7.2.0)\r\n" PROMPT);
    dialogue(&f->client[0], "nonsense\r", "nonsense\r\nunknown command: 'nonsense'\r\n" PROMPT);
}

static void test_state_is_private(Fixture *f, const void *data)
{
    dialogue(&f->client[0], "p/d 10\r", "p/d 10\r\n10\r\n" PROMPT);
    dialogue(&f->client[1], "p 10\r", "p 10\r\n0xa\r\n" PROMPT);
    dialogue(&f->client[0], "p 10\r", "p 10\r\n10\r\n" PROMPT);
    /* The history too. */
    dialogue(&f->client[1], "\033[A\r", "p 10\r\n0xa\r\n" PROMPT);
    dialogue(&f->client[1], "\033[A\033[A\r", "p 10\a\r\n0xa\r\n" PROMPT);
}

/* What was printed is shown while the command waits; the other session does not wait. */
static void test_waiting(Fixture *f, const void *data)
{
    g_autofree char *shown = NULL;

    test_client_send(&f->client[0], "wait 200\r");
    shown = test_client_until(&f->client[0], "waiting\r\n");
    g_assert_cmpuint(hmp_test_counts.waiting, ==, 1);
    dialogue(&f->client[1], "echo quick\r", "echo quick\r\nquick\r\n" PROMPT);
    g_assert_cmpuint(hmp_test_counts.waiting, ==, 1);
    dialogue(&f->client[0], "echo typed ahead\r", "done\r\n" PROMPT);
    dialogue(&f->client[0], "", "echo typed ahead\r\ntyped ahead\r\n" PROMPT);
}

static void test_ctrl_c(Fixture *f, const void *data)
{
    unsigned before = hmp_test_counts.cancelled;

    test_client_send(&f->client[0], "wait 60000\r");
    until_waiting(1);
    dialogue(&f->client[0], "echo forgotten\r\003",
             "wait 60000\r\nwaiting\r\n^C\r\ncancelled\r\n" PROMPT);
    g_assert_cmpuint(hmp_test_counts.cancelled, ==, before + 1);
    dialogue(&f->client[0], "echo next\r", "echo next\r\nnext\r\n" PROMPT);
    /* All at once. */
    dialogue(&f->client[0], "wait 60000\recho forgotten\r\003",
             "wait 60000\r\nwaiting\r\n^C\r\ncancelled\r\n" PROMPT);
    dialogue(&f->client[0], "half a line\003", "half a line^C\r\n" PROMPT);
}

/* A line that is rewritten in place, in the session that waits only. */
static void test_progress(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    g_autofree char *first = NULL, *second = NULL, *end = NULL;

    test_client_send(c, "wait 60000\r");
    first = test_client_until(c, "(Ctrl-C cancels)");
    g_assert_true(
        g_regex_match_simple("^wait 60000\r\nwaiting\r\n\r\033\\[Kwait: after \\d+\\.\\d s, "
                             "waiting for a timer \\(Ctrl-C cancels\\)$",
                             first, 0, 0));
    second = test_client_until(c, "(Ctrl-C cancels)");
    g_assert_true(g_regex_match_simple("^\r\033\\[Kwait: after [^\r\n]*$", second, 0, 0));
    dialogue(&f->client[1], "echo quick\r", "echo quick\r\nquick\r\n" PROMPT);
    test_client_send(c, "\003");
    end = test_client_until(c, PROMPT);
    g_assert_true(g_str_has_suffix(end, "\r\033[K^C\r\ncancelled\r\n" PROMPT));
    test_client_expect_silence(c);
}

static void test_progress_share(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    g_autofree char *shown = NULL;

    test_client_send(c, "work \"\" 60000\r");
    shown = test_client_until(c, "(Ctrl-C cancels)");
    g_assert_nonnull(strstr(shown, "\033[Kwork: 33 % after "));
    dialogue(c, "\003", "^C\r\n\r\n" PROMPT);
    /* Where a line is not finished there is no place for it. */
    test_client_send(c, "work half 1200\r");
    g_free(shown);
    shown = test_client_until(c, PROMPT);
    g_assert_cmpstr(shown, ==, "work half 1200\r\nhalf\r\n" PROMPT);
}

/* Scripts see nothing of it. */
static void test_silent_progress(Fixture *f, const void *data)
{
    g_autofree char *got = NULL;

    test_client_send(&f->client[0], "wait 1200\n");
    got = test_client_until(&f->client[0], PROMPT);
    g_assert_cmpstr(got, ==, "waiting\r\ndone\r\n" PROMPT);
}

static void test_disconnect(Fixture *f, const void *data)
{
    unsigned before = hmp_test_counts.cancelled;
    g_autofree char *greeting = NULL;

    test_client_send(&f->client[0], "wait 60000\recho never\r");
    until_waiting(1);
    test_client_close(&f->client[0]);
    until_waiting(0);
    g_assert_cmpuint(hmp_test_counts.cancelled, ==, before + 1);
    connect_client(f, 0);
    greeting = test_client_until(&f->client[0], PROMPT);
    g_assert_cmpstr(greeting, ==, BANNER PROMPT);
    test_client_expect_silence(&f->client[0]);
}

static void test_script(Fixture *f, const void *data)
{
    g_autoptr(GString) script = g_string_new(NULL);

    for (unsigned i = 0; i < 2000; i++) {
        g_string_append_printf(script, "echo line %u\n", i);
    }
    test_client_send_len(&f->client[0], script->str, script->len);
    for (unsigned i = 0; i < 2000; i++) {
        g_autofree char *expected = g_strdup_printf("echo line %u\r\nline %u\r\n" PROMPT, i, i);

        dialogue(&f->client[0], "", expected);
    }
}

/* A long listing that nobody reads costs its own session only. */
static void test_not_reading(Fixture *f, const void *data)
{
    g_autofree char *listing = NULL;

    test_client_send(&f->client[0], "flood 30000\recho after\r");
    test_turn_for_ms(20);
    dialogue(&f->client[1], "echo quick\r", "echo quick\r\nquick\r\n" PROMPT);
    listing = test_client_until(&f->client[0], PROMPT);
    g_assert_cmpuint(strlen(listing), ==, strlen("flood 30000\r\n") + 30000 * 64 + strlen(PROMPT));
    dialogue(&f->client[0], "", "echo after\r\nafter\r\n" PROMPT);
}

/* What the session keeps of a listing that nobody reads, in lines, with the socket's share. */
#define KEPT_LINES ((1u << 20) / 64)

/* Longer than what may be kept of one command: it waits for its reader and comes whole. */
static void test_long_listing(Fixture *f, const void *data)
{
    g_autofree char *listing = NULL;

    test_client_send(&f->client[0], "list 100000\r");
    test_turn_for_ms(50);
    g_assert_cmpuint(hmp_test_counts.listed, >, 0);
    g_assert_cmpuint(hmp_test_counts.listed, <, KEPT_LINES);
    dialogue(&f->client[1], "echo quick\r", "echo quick\r\nquick\r\n" PROMPT);
    listing = test_client_until(&f->client[0], PROMPT);
    g_assert_cmpuint(strlen(listing), ==, strlen("list 100000\r\n") + 100000 * 64 + strlen(PROMPT));
    g_assert_cmpuint(hmp_test_counts.listed, ==, 100000);
}

static bool has_stopped_listing(void *opaque)
{
    unsigned *before = opaque;
    bool same = *before == hmp_test_counts.listed && *before > 0;

    *before = hmp_test_counts.listed;
    return same;
}

static void test_long_listing_ends(Fixture *f, const void *data)
{
    g_autofree char *listing = NULL;
    unsigned lines = 0;

    hmp_test_counts.listed = 0;
    test_client_send(&f->client[0], "list 100000\r");
    test_turn_until(has_stopped_listing, &lines);
    test_client_send(&f->client[0], "\003");
    test_turn_for_ms(20);
    listing = test_client_until(&f->client[0], "^C\r\n" PROMPT);
    g_assert_cmpuint(strlen(listing), <, 100000 * 64);
    g_assert_cmpuint(hmp_test_counts.listed, <, KEPT_LINES);
    dialogue(&f->client[0], "echo next\r", "echo next\r\nnext\r\n" PROMPT);

    /* And without its reader. */
    test_client_send(&f->client[0], "list 100000\r");
    lines = 0;
    test_turn_until(has_stopped_listing, &lines);
    test_client_close(&f->client[0]);
    test_turn_for_ms(20);
    g_assert_cmpuint(hmp_test_counts.listed, <, KEPT_LINES);
    connect_client(f, 0);
    g_free(test_client_until(&f->client[0], BANNER PROMPT));
}

static void test_completion(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];

    dialogue(c, "ec\tx\r", "echo x\r\nx\r\n" PROMPT);
    dialogue(c, "info v\t\r", "info version \r\nvitrine 0.1.0 (QMP as of 7.2.0)\r\n" PROMPT);
    dialogue(c, "info s\t\t", "info stat\r\nstats   status\r\n" PROMPT);
    dialogue(c, "\025\r", "info stat\033[9D\033[K\r\n" PROMPT);
    dialogue(c, "help inf\ts\t\003", "help info stat^C\r\n" PROMPT);
    dialogue(c, "zzz\t\003", "zzz\a^C\r\n" PROMPT);
}

static void test_file_completion(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    g_autofree char *dir = g_dir_make_tmp("vitrine-test-XXXXXX", NULL);
    g_autofree char *sub = g_build_filename(dir, "subdir", NULL);
    g_autofree char *file = g_build_filename(dir, "subdir", "only", NULL);
    g_autofree char *keys = g_strdup_printf("load -f x %s/su\ton\t\r", dir);
    g_autofree char *expected = g_strdup_printf("load -f x %s/subdir/only \r\n" PROMPT, dir);

    g_assert_cmpint(g_mkdir(sub, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    dialogue(c, keys, expected);
    g_assert_cmpstr(qdict_get_str(hmp_test_args, "file"), ==, file);
    dialogue(c, "load /does/not/exist/x\t\003", "load /does/not/exist/x\a^C\r\n" PROMPT);
    g_unlink(file);
    g_rmdir(sub);
    g_rmdir(dir);
}

/* Nothing is echoed, and a tab is only white space. */
static void test_silent(Fixture *f, const void *data)
{
    dialogue(&f->client[0], "echo\tx\033[D\n", "x\r\n" PROMPT);
}

/* Keys, words and bytes at random; Ctrl-C and a new line always lead back to the prompt. */
static void test_random(Fixture *f, const void *data)
{
    static const char *const pieces[] = {
        "echo ",  "print ", "/x ",   "wait 1\r", "info ", "help\r", "\t",
        "\033[A", "\033[",  "\003",  "\"",       "\\",    "\r",     "\n",
        "((1+",   "-f ",    "load ", "/etc/\t",  "\xc3",  "\xff",   "9999999999",
    };
    TestClient *c = &f->client[0];

    for (unsigned i = 0; i < 3000; i++) {
        char byte = (char)g_test_rand_int_range(1, 256);
        const char *piece = pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))];

        test_client_send(c, piece);
        test_client_send_len(c, &byte, 1);
        if (i % 100 == 99) {
            /* Twice: the first one may end a command. */
            test_client_send(c, "\003\003\recho alive\r");
            g_free(test_client_until(c, "\r\nalive\r\n" PROMPT));
        }
    }
}

static void test_cleanup(Fixture *f, const void *data)
{
    g_autofree char *text = NULL, *left = NULL;

    test_client_send(&f->client[0], "wait 60000\r");
    until_waiting(1);
    monitors_cleanup();
    text = test_client_until(&f->client[0], "cancelled\r\n");
    left = without_progress(text);
    g_assert_cmpstr(left, ==, "wait 60000\r\nwaiting\r\ncancelled\r\n");
    monitors_init(commands);
}

#define ADD(name, set_up, fn) g_test_add("/hmp/" name, Fixture, NULL, set_up, fn, tear_down)

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    commands = qmp_command_list_new();
    ADD("commands", set_up, test_commands);
    ADD("state-is-private", set_up, test_state_is_private);
    ADD("waiting", set_up, test_waiting);
    ADD("ctrl-c", set_up, test_ctrl_c);
    ADD("progress", set_up, test_progress);
    ADD("progress-share", set_up, test_progress_share);
    ADD("silent-progress", set_up_silent, test_silent_progress);
    ADD("disconnect", set_up, test_disconnect);
    ADD("script", set_up, test_script);
    ADD("not-reading", set_up, test_not_reading);
    ADD("long-listing", set_up, test_long_listing);
    ADD("long-listing-ends", set_up, test_long_listing_ends);
    ADD("completion", set_up, test_completion);
    ADD("file-completion", set_up, test_file_completion);
    ADD("silent", set_up_silent, test_silent);
    ADD("random", set_up, test_random);
    ADD("cleanup", set_up, test_cleanup);
    status = g_test_run();
    qmp_command_list_free(commands);
    qobject_unref(hmp_test_args);
    worker_pool_shutdown(NS_PER_SEC);
    return status;
}
