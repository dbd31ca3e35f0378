/*
 * HMP lines: expressions, arguments, look-up, suggestions, help.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hmp-test-commands.h"

#include <string.h>

static HmpSink sink;

static char *run(const char *line)
{
    return hmp_test_run(&sink, line);
}

static void assert_prints(const char *line, const char *expected)
{
    hmp_test_prints(&sink, line, expected);
}

static void assert_complains(const char *line, const char *message)
{
    g_autofree char *printed = run(line);

    g_assert_nonnull(strstr(printed, message));
}

/* ---- expressions ---- */

static bool fake_cpu_exists(int64_t index)
{
    return index < 2;
}

static bool fake_get_register(int64_t index, const char *name, uint64_t *value)
{
    *value = 0x80000000 + (uint64_t)index;
    return !strcmp(name, "pc");
}

static void test_expr_values(void)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        { "0", 0 },
        { "0x1F", 31 },
        { "017", 15 },
        { "18446744073709551615", -1 },
        { "'a'", 'a' },
        { "1+2*3", 7 },
        { "(1+2)*3", 9 },
        { "10-3-4", 3 },
        { "1|2+4", 7 },
        { "2*3+4&4", 10 },
        { "5*3&1", 1 },
        { "6&3*2", 6 },
        { "1^3|4", 6 },
        { "-5/2", -2 },
        { "-5%3", -2 },
        { "~0", -1 },
        { "--5", 5 },
        { "-~+5", 6 },
        { " ( 1 + 1 ) ", 2 },
        { "0x7fffffffffffffff+1", INT64_MIN },
        { "-9223372036854775808-1", INT64_MAX },
        { "0x8000000000000000*2", 0 },
        { "$pc+4", 0x80000004 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *pos = cases[i].text;
        int64_t value = 0;
        Error *err = NULL;

        g_test_message("%s", cases[i].text);
        g_assert_true(hmp_expr_parse(&pos, &hmp_initial_state, &value, &err));
        g_assert_cmpint(value, ==, cases[i].value);
        g_assert_cmpstr(pos, ==, "");
    }
}

static void test_expr_errors(void)
{
    g_autofree char *deep = g_strnfill(10000, '(');
    g_autofree char *signs = g_strnfill(10000, '-');
    const struct {
        const char *text;
        const char *message;
    } cases[] = {
        { "", "unexpected end of expression" },
        { "1+", "unexpected end of expression" },
        { "(1", "')' expected" },
        { "()", "invalid char ')' in expression" },
        { "abc", "invalid char 'a' in expression" },
        { "\xc3\xa4", "invalid char '\xc3\xa4' in expression" },
        { "1/0", "division by zero" },
        { "1%(2-2)", "division by zero" },
        { "-9223372036854775808/-1", "quotient does not fit in 64 bits" },
        { "-9223372036854775808%-1", "quotient does not fit in 64 bits" },
        { "18446744073709551616", "number too large" },
        { "0xfffffffffffffffff", "number too large" },
        { "'a", "missing terminating ' character" },
        { "'", "missing terminating ' character" },
        { "$bad", "unknown register '$bad'" },
        { "$abcdefghijabcdefghijabcdefghijabcdefghij", "unknown register" },
        { deep, "nested deeper" },
        { signs, "nested deeper" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *pos = cases[i].text;
        int64_t value;
        Error *err = NULL;

        g_assert_false(hmp_expr_parse(&pos, &hmp_initial_state, &value, &err));
        g_assert_nonnull(strstr(error_get_pretty(err), cases[i].message));
        error_free(err);
    }
}

static void test_print(void)
{
    assert_prints("print 0x10", "0x10\r\n");
    assert_prints("p /d -1", "-1\r\n");
    assert_prints("p 255", "255\r\n"); /* the format stays */
    assert_prints("p/x 255", "0xff\r\n");
    assert_prints("p /u -1", "18446744073709551615\r\n");
    assert_prints("p /o 8", "010\r\n");
    assert_prints("p /c 65", "'A'\r\n");
    assert_prints("p /c 39", "'\\''\r\n");
    assert_prints("p /c 10", "'\\n'\r\n");
    assert_prints("p /c 300", "'\\x12c'\r\n");
    assert_prints("p /x 0", "0\r\n");
    assert_complains("p /t 4", "invalid char in format: 't'");
    assert_complains("p 1<<4", "print|p: extraneous characters at the end of line");
    assert_complains("p 5 6", "Try \"help p\" for more information");
    assert_complains("p /99999999999x 5", "count must be at most 2147483647");
}

/* ---- arguments ---- */

static void assert_args(const char *line, const char *name, bool all, const char *format,
                        int64_t number, int64_t big)
{
    g_autofree char *printed = run(line);

    g_assert_cmpstr(printed, ==, "");
    g_assert_cmpstr(qdict_get_str(hmp_test_args, "name"), ==, name);
    g_assert_cmpint(qdict_get_bool(hmp_test_args, "all", false), ==, all);
    g_assert_cmpstr(qdict_get_str(hmp_test_args, "format"), ==, format);
    g_assert_cmpint(qdict_get_int(hmp_test_args, "number", -99), ==, number);
    g_assert_cmpint(qdict_get_int(hmp_test_args, "big", -99), ==, big);
}

static void test_args(void)
{
    assert_args("probe abc", "abc", false, NULL, -99, -99);
    assert_args("  probe\tabc  ", "abc", false, NULL, -99, -99);
    assert_args("probe -a abc", "abc", true, NULL, -99, -99);
    assert_args("probe abc -a 7", "abc", true, NULL, 7, -99);
    assert_args("probe abc -f png 1+1 0xffffffffffffffff", "abc", false, "png", 2, -1);
    assert_args("probe -x", "-x", false, NULL, -99, -99);
    assert_args("probe \"-a\"", "-a", false, NULL, -99, -99);
    assert_args("probe \"a b \\\"c\\\" \\\\ \\n\"", "a b \"c\" \\ \n", false, NULL, -99, -99);
    assert_args("probe \"\"", "", false, NULL, -99, -99);
    assert_args("probe \xc3\xa4 -2147483648", "\xc3\xa4", false, NULL, INT32_MIN, -99);
    assert_args("probe a 4294967295", "a", false, NULL, UINT32_MAX, -99);
}

static void test_args_errors(void)
{
    assert_complains("probe", "probe: string expected");
    assert_complains("load", "load: file expected");
    assert_complains("load -f", "load: format expected");
    assert_complains("probe \"abc", "unterminated string");
    assert_complains("probe \"abc\\", "unsupported escape code");
    assert_complains("probe \"a\\qb\"", "unsupported escape code: '\\q'");
    assert_complains("probe abc 4294967296", "integer is for 32-bit values");
    assert_complains("probe abc -2147483649", "integer is for 32-bit values");
    assert_complains("probe abc -x", "probe: unsupported option -x");
    assert_complains("probe abc 1 2 3", "extraneous characters");
    assert_complains("info version 3", "extraneous characters");
    assert_complains("info version 3", "Try \"help info version\"");
    assert_complains("probe \xff", "not valid UTF-8");
}

static void test_formats(void)
{
    g_autofree char *printed = run("look /3xg file");

    g_assert_cmpstr(printed, ==, "");
    g_assert_cmpint(qdict_get_int(hmp_test_args, "count", 0), ==, 3);
    g_assert_cmpint(qdict_get_int(hmp_test_args, "format", 0), ==, 'x');
    g_assert_cmpint(qdict_get_int(hmp_test_args, "size", 0), ==, 8);
    g_free(run("look file"));
    g_assert_cmpint(qdict_get_int(hmp_test_args, "count", 0), ==, 1);
    g_assert_cmpint(qdict_get_int(hmp_test_args, "size", 0), ==, 8);
    g_free(run("look /c file"));
    g_assert_cmpint(qdict_get_int(hmp_test_args, "size", 0), ==, 1);
    /* What was refused changes nothing. */
    assert_complains("look /wz file", "invalid char in format: 'z'");
    g_assert_cmpint(sink.state.mem_size, ==, 1);
}

/* ---- look-up ---- */

static void test_unknown(void)
{
    assert_prints("foo", "unknown command: 'foo'\r\n");
    assert_prints("ecko", "unknown command: 'ecko'\r\nDid you mean 'echo'?\r\n");
    assert_prints("prnit 5", "unknown command: 'prnit'\r\nDid you mean 'print'?\r\n");
    assert_prints("pri", "unknown command: 'pri'\r\nDid you mean 'print'?\r\n");
    assert_prints("info versoin",
                  "unknown command: 'info versoin'\r\nDid you mean 'info version'?\r\n");
    assert_prints("info zzz", "unknown command: 'info zzz'\r\n");
    assert_prints("z", "unknown command: 'z'\r\n");
    assert_prints("/x", "unknown command: '/x'\r\n");
    assert_prints("", "");
    assert_prints("  \t ", "");
}

static void test_unknown_long(void)
{
    g_autofree char *line = g_strnfill(100000, 'x');
    g_autofree char *printed = run(line);

    g_assert_true(g_str_has_prefix(printed, "unknown command: 'xxx"));
}

static void test_help(void)
{
    g_autofree char *all = run("help");
    g_autofree char *info = run("info");
    g_autofree char *info_help = run("? info");

    g_assert_nonnull(strstr(all, "print|p /fmt expr     -- print expression value\r\n"));
    g_assert_nonnull(strstr(all, "help|? [cmd]          -- show the help\r\n"));
    g_assert_cmpstr(info, ==, info_help);
    g_assert_nonnull(strstr(info, "info stats    -- show figures\r\n"));
    g_assert_nonnull(strstr(info, "info version  -- show the version\r\n"));
    assert_prints("help p", "print|p /fmt expr -- print expression value\r\n");
    assert_prints("help info stats", "info stats  -- show figures\r\n");
    assert_prints("help nothing", "unknown command: 'nothing'\r\n");
    assert_prints("help prnit", "unknown command: 'prnit'\r\nDid you mean 'print'?\r\n");
    assert_prints("help info versoin",
                  "unknown command: 'info versoin'\r\nDid you mean 'info version'?\r\n");
    assert_prints("help /x", "unknown command: '/x'\r\n");
}

/* ---- too much ---- */

static void test_output_bound(void)
{
    g_autofree char *printed = run("flood 100000");

    g_assert_cmpuint(strlen(printed), <, 6u << 20);
    g_assert_true(g_str_has_suffix(printed, "cut off here)\r\n"));
    assert_prints("echo again", "again\r\n");
}

int main(int argc, char **argv)
{
    static const MonitorCpuOps cpu_ops = { .exists = fake_cpu_exists,
                                           .get_register = fake_get_register };
    int status;

    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    monitor_set_cpu_ops(&cpu_ops);
    hmp_sink_init(&sink, NULL);
    g_test_add_func("/hmp/expr/values", test_expr_values);
    g_test_add_func("/hmp/expr/errors", test_expr_errors);
    g_test_add_func("/hmp/print", test_print);
    g_test_add_func("/hmp/args", test_args);
    g_test_add_func("/hmp/args-errors", test_args_errors);
    g_test_add_func("/hmp/formats", test_formats);
    g_test_add_func("/hmp/unknown", test_unknown);
    g_test_add_func("/hmp/unknown-long", test_unknown_long);
    g_test_add_func("/hmp/help", test_help);
    g_test_add_func("/hmp/output-bound", test_output_bound);
    status = g_test_run();
    hmp_sink_finish(&sink);
    qobject_unref(hmp_test_args);
    return status;
}
