/*
 * HMP commands that forward to QMP commands: arguments, errors, results, completion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hmp-test-commands.h"
#include "qobject/json-parser.h"
#include "util/event-loop.h"

#include <string.h>

static HmpSink sink;
static char *kept;        /* arguments of the last `keep`, JSON */
static const char *value; /* what `value` returns, JSON; NULL: it fails */

/* ---- QMP commands ---- */

static void coroutine_fn marshal_keep(const CoContext *here, QDict *args, JsonWriter *out,
                                      Error **errp)
{
    g_assert_true(in_coroutine());
    g_free(kept);
    kept = qobject_to_json(QOBJECT(args));
    json_writer_begin_object(out);
    json_writer_end_object(out);
}

static void marshal_plain(QDict *args, JsonWriter *out, Error **errp)
{
    g_assert_false(in_coroutine());
    json_writer_str(out, "plain");
}

static void coroutine_fn marshal_value(const CoContext *here, QDict *args, JsonWriter *out,
                                       Error **errp)
{
    if (value) {
        g_autoptr(QObject) obj = json_parse(value, strlen(value), &error_abort);

        json_writer_qobject(out, obj);
    } else {
        error_setg(errp, "no value");
        error_append_hint(errp, "There is one on Tuesdays.\n");
    }
}

/* ---- arguments ---- */

static void assert_keeps(const char *line, const char *expected)
{
    hmp_test_prints(&sink, line, "");
    g_assert_cmpstr(kept, ==, expected);
}

static void test_args(void)
{
    sink.state.cpu_index = 3;
    assert_keeps("forward on -f png 0x10 64k f",
                 "{\"flag\": true, \"format\": \"png\", \"big\": 16, \"size\": 65536, "
                 "\"file\": \"f\", \"cpu-index\": 3}");
    sink.state.cpu_index = 0;
    assert_keeps("forward off -1 4*1024 \"a b\" on",
                 "{\"flag\": false, \"big\": 18446744073709551615, \"size\": 4096, "
                 "\"file\": \"a b\", \"again\": true, \"cpu-index\": 0}");
    assert_keeps("forward off 1 1.5G f",
                 "{\"flag\": false, \"big\": 1, \"size\": 1610612736, \"file\": \"f\", "
                 "\"cpu-index\": 0}");
}

static void test_args_errors(void)
{
    static const char *const cases[][2] = {
        { "forward maybe 1 1 f", "forward: flag: 'on' or 'off' expected" },
        { "forward o 1 1 f", "forward: flag: 'on' or 'off' expected" },
        { "forward", "forward: flag: 'on' or 'off' expected" },
        { "forward on 1 1 f yes", "forward: again: 'on' or 'off' expected" },
        { "forward on 1 64q f", "expected" },
        { "forward on 1 1", "forward: file expected" },
        { "forward on 1 1 f on 1", "forward: extraneous characters at the end of line" },
    };

    g_clear_pointer(&kept, g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *printed = hmp_test_run(&sink, cases[i][0]);

        g_test_message("%s: %s", cases[i][0], printed);
        g_assert_nonnull(strstr(printed, cases[i][1]));
        g_assert_nonnull(strstr(printed, "\r\nTry \"help forward\" for more information\r\n"));
        g_assert_null(kept);
    }
}

/* ---- what is printed ---- */

static void test_values(void)
{
    static const char *const cases[][2] = {
        { "{}", "" },
        { "[]", "" },
        { "null", "" },
        { "\"\"", "" },
        { "7", "7\r\n" },
        { "true", "true\r\n" },
        { "18446744073709551615", "18446744073709551615\r\n" },
        { "\"some text\"", "some text\r\n" },
        /* What would steer the terminal, or look like another line. */
        { "\"a\\u001b[2Jb\"", "\"a\\u001B[2Jb\"\r\n" },
        { "\"a\\nb\"", "\"a\\nb\"\r\n" },
        { "\"a\\u009bb\"", "\"a\\u009Bb\"\r\n" },
        { "\"a\\u0000b\"", "\"a\\u0000b\"\r\n" },
        { "{\"a\": 1, \"b\": \"x\"}", "a: 1\r\nb: x\r\n" },
        { "{\"a\\n\": 1}", "\"a\\n\": 1\r\n" },
        { "{\"a\": {\"b\": {\"c\": 1}}, \"d\": [], \"e\": {}}",
          "a:\r\n  b:\r\n    c: 1\r\nd: []\r\ne: {}\r\n" },
        { "[1, \"x\", null]", "- 1\r\n- x\r\n- null\r\n" },
        { "[{\"a\": 1, \"b\": [2, 3]}, {\"a\": 4}, {}]",
          "- a: 1\r\n  b:\r\n    - 2\r\n    - 3\r\n- a: 4\r\n- {}\r\n" },
        { "[[1], []]", "-\r\n  - 1\r\n- []\r\n" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        value = cases[i][0];
        hmp_test_prints(&sink, "forward-value", cases[i][1]);
    }
}

static void test_error(void)
{
    value = NULL;
    hmp_test_prints(&sink, "forward-value", "Error: no value\r\nThere is one on Tuesdays.\r\n");
}

static void test_plain(void)
{
    hmp_test_prints(&sink, "forward-plain", "plain\r\n");
}

/* Refused before it gets to QMP, where people say it in their own words. */
static void test_preconfig(void)
{
    monitor_set_preconfig(true);
    hmp_test_prints(&sink, "forward-plain",
                    "Error: Command 'forward-plain' not available until machine initialization has "
                    "completed.\r\n");
    monitor_set_preconfig(false);
}

/* ---- completion ---- */

typedef struct CompleteCall {
    const char *line;
    HmpCompletion completion;
} CompleteCall;

static void coroutine_fn complete_main(void *opaque)
{
    CompleteCall *call = opaque;

    g_assert_true(hmp_complete(call->line, &call->completion));
}

static void assert_completes(const char *line, const char *expected)
{
    CompleteCall call = { .line = line };
    g_autofree char *words = NULL;

    coroutine_enter(coroutine_create(complete_main, &call));
    g_ptr_array_add(call.completion.words, NULL);
    words = g_strjoinv(" ", (char **)call.completion.words->pdata);
    g_ptr_array_remove_index(call.completion.words, call.completion.words->len - 1);
    g_assert_cmpstr(words, ==, expected);
    hmp_completion_finish(&call.completion);
}

static void test_completion(void)
{
    assert_completes("forward ", "off on");
    assert_completes("forward of", "off");
    assert_completes("forward on -f ", "png ppm");
    assert_completes("forward on -f pn", "png");
    assert_completes("forward -f ppm o", "off on");
    assert_completes("forward on 1", "");
    assert_completes("forward on 1 2 file o", "off on");
    assert_completes("forward on 1 2 file on ", "");
    assert_completes("forw", "forward forward-plain forward-value");
}

int main(int argc, char **argv)
{
    QmpCommandList *commands = qmp_command_list_new();
    int status;

    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    qmp_register_coroutine_command(commands, "keep", marshal_keep, QCO_NO_OPTIONS, 0);
    qmp_register_plain_command(commands, "plain", marshal_plain, QCO_NO_OPTIONS, 0);
    qmp_register_coroutine_command(commands, "value", marshal_value, QCO_NO_OPTIONS, 0);
    monitors_init(commands);
    hmp_sink_init(&sink, NULL);

    g_test_add_func("/hmp-forward/args", test_args);
    g_test_add_func("/hmp-forward/args-errors", test_args_errors);
    g_test_add_func("/hmp-forward/values", test_values);
    g_test_add_func("/hmp-forward/error", test_error);
    g_test_add_func("/hmp-forward/plain", test_plain);
    g_test_add_func("/hmp-forward/preconfig", test_preconfig);
    g_test_add_func("/hmp-forward/completion", test_completion);
    status = g_test_run();

    g_free(kept);
    hmp_sink_finish(&sink);
    monitors_cleanup();
    qmp_command_list_free(commands);
    return status;
}
