/*
 * Tests of the streaming JSON parser: RFC 8259, UTF-8, recovery, limits, any cutting of the input.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json-outcome.h"
#include "qobject/json-writer.h"

#include <string.h>

/* ---- one whole text ---- */

/* Each is a JSON text; the second member is how we write it. */
static const char *const good_texts[][2] = {
    { "null", "null" },
    { " true ", "true" },
    { "\t\r\nfalse\n", "false" },
    { "0", "0" },
    { "-0", "0" },
    { "-0.0", "-0.0" },
    { "0e1", "0" },
    { "0E+1", "0" },
    { "0e-1", "0" },
    { "-0e0", "-0.0" },
    { "1", "1" },
    { "-1", "-1" },
    { "9223372036854775807", "9223372036854775807" },
    { "9223372036854775808", "9223372036854775808" },
    { "18446744073709551615", "18446744073709551615" },
    { "18446744073709551616", "1.8446744073709552e+19" },
    { "-9223372036854775808", "-9223372036854775808" },
    { "-9223372036854775809", "-9.223372036854776e+18" },
    { "123456789012345678901234567890", "1.2345678901234568e+29" },
    { "1.0", "1" },
    { "1.5", "1.5" },
    { "-1.5e2", "-150" },
    { "0.1", "0.1" },
    { "1e22", "1e+22" },
    { "1.7976931348623157e308", "1.7976931348623157e+308" },
    { "2.2250738585072014e-308", "2.2250738585072014e-308" },
    { "4.9e-324", "4.94065645841247e-324" },
    { "1e-400", "0" },
    { "-1e-400", "-0.0" },
    { "3.141592653589793238462643383279", "3.141592653589793" },
    { "\"\"", "\"\"" },
    { "\"abc\"", "\"abc\"" },
    { "''", "\"\"" },
    { "'it\\'s \"so\"'", "\"it's \\\"so\\\"\"" },
    { "\"it's\"", "\"it's\"" },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
    { "\"\\u0041\\u00e9\\u20ac\"", "\"A\\u00E9\\u20AC\"" },
    { "\"\\uD83D\\uDE00\"", "\"\\uD83D\\uDE00\"" },
    { "\"\\u0000\"", "\"\\u0000\"" },
    { "\"\\u001f\\u007f\"", "\"\\u001F\\u007F\"" },
    { "\"\\uFFFE\\uFFFF\"", "\"\\uFFFE\\uFFFF\"" },
    { "\"\x7f\"", "\"\\u007F\"" },
    { "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "\"\\u00E9\\u20AC\\uD83D\\uDE00\"" },
    { "\"/* no comment */ // { [ \"", "\"/* no comment */ // { [ \"" },
    { "[]", "[]" },
    { " [ ] ", "[]" },
    { "[1,2 , 3]", "[1, 2, 3]" },
    { "[[[[]]]]", "[[[[]]]]" },
    { "[null,true,false,0,\"\",[],{}]", "[null, true, false, 0, \"\", [], {}]" },
    { "{}", "{}" },
    { "{ }", "{}" },
    { "{\"\":0}", "{\"\": 0}" },
    { "{\"a\":{\"a\":{}},\"b\":[{\"a\":1}]}", "{\"a\": {\"a\": {}}, \"b\": [{\"a\": 1}]}" },
    { "{\"b\":1,\"a\":2}", "{\"b\": 1, \"a\": 2}" },
    { "{\"\\u00e9\":1,\"e\":2}", "{\"\\u00E9\": 1, \"e\": 2}" },
    { "{'a':1}", "{\"a\": 1}" },
    { "[1\n,\n2\n]\r\n", "[1, 2]" },
};

static void test_good_texts(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(good_texts); i++) {
        g_autoptr(QObject) value = NULL;
        g_autoptr(QObject) again = NULL;
        g_autofree char *json = NULL;

        value = json_parse(good_texts[i][0], strlen(good_texts[i][0]), &error_abort);
        json = qobject_to_json(value);
        g_assert_cmpstr(json, ==, good_texts[i][1]);
        again = json_parse(json, strlen(json), &error_abort);
        g_assert(qobject_equal(value, again));
    }
}

/* None of these is a JSON text (nor one with our extensions). */
static const char *const bad_texts[] = {
    "",
    " ",
    "nul",
    "nulll",
    "NULL",
    "True",
    "undefined",
    "NaN",
    "Infinity",
    "-Infinity",
    "inf",
    "1e999",
    "-1e999",
    "+1",
    ".5",
    "1.",
    "1.e5",
    "-.5",
    "01",
    "-01",
    "00",
    "0x10",
    "1e",
    "1e+",
    "1e1.5",
    "1-2",
    "--1",
    "-",
    "1_000",
    "1 2",
    "1,",
    "\"",
    "\"abc",
    "'abc\"",
    "\"abc'",
    "\"a\nb\"",
    "\"a\tb\"",
    "\"a\rb\"",
    "\"\x01\"",
    "\"\x1f\"",
    "\"\\\"",
    "\"\\x41\"",
    "\"\\a\"",
    "\"\\0\"",
    "\"\\U0041\"",
    "\"\\u\"",
    "\"\\u12\"",
    "\"\\u123\"",
    "\"\\u12G4\"",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\ud800\\u0041\"",
    "\"\\ud800\\ud800\"",
    "\"\\ud800x\"",
    "\"\\ud800\\\"",
    "\"\\ud8\\u0000\"",
    "\"\x80\"",
    "\"\xff\"",
    "\"\\\xff\"",
    "\"\\\xc3\xa9\"",
    "[",
    "]",
    "[1",
    "[1,",
    "[,]",
    "[1,]",
    "[,1]",
    "[1,,2]",
    "[1 2]",
    "[1:2]",
    "[}",
    "[1}",
    "[\"a\":1]",
    "{",
    "}",
    "{]",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{,\"a\":1}",
    "{\"a\"}",
    "{\"a\",1}",
    "{\"a\" 1}",
    "{\"a\"::1}",
    "{a:1}",
    "{1:1}",
    "{null:1}",
    "{[]:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,'\\u0061':2}",
    "{\"a\\u0000b\":1}",
    "{\"a\":1}}",
    "[1]]",
    "[1] x",
    "{} {}",
    "/**/1",
    "1//",
    "# 1",
    "\xef\xbb\xbf"
    "1",
    "\x0c"
    "1",
    "\x0b"
    "1",
    "\xff"
    "1",
    "\x1b"
    "1",
    "1\xff",
    "\xc2\xa0"
    "1",
    "[1]\x01",
    "[\x01]",
    "[\xff]",
    "tru\xe9",
    "\"\\u00zz\"",
    "%d",
    "[%s]",
    "@",
    "*",
    "\\u0031",
    "[\"a\\",
    "{\"k\":tru}",
    "[fals]",
    "()",
    "<a>",
};

static void test_bad_texts(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(bad_texts); i++) {
        Error *err = NULL;
        QObject *value = json_parse(bad_texts[i], strlen(bad_texts[i]), &err);

        if (value) {
            g_error("accepted: %s", bad_texts[i]);
        }
        g_assert(g_str_has_prefix(error_get_pretty(err), "JSON parse error, "));
        error_free(err);
    }
}

/* RFC 3629, and what Markus Kuhn's decoder stress test looks at. */
static const struct {
    const char *bytes;
    bool valid;
} utf8_cases[] = {
    { "\x7f", true },
    { "\xc2\x80", true },
    { "\xdf\xbf", true },
    { "\xe0\xa0\x80", true },
    { "\xed\x9f\xbf", true },
    { "\xee\x80\x80", true },
    { "\xef\xbf\xbd", true },
    { "\xef\xbf\xbf", true },
    { "\xf0\x90\x80\x80", true },
    { "\xf4\x8f\xbf\xbf", true },
    { "\x80", false }, /* continuation without a lead */
    { "\xbf", false },
    { "\xc3", false }, /* cut */
    { "\xc3(", false },
    { "\xe2\x82", false },
    { "\xe2\x82(", false },
    { "\xe2(\xac", false },
    { "\xf0\x9f\x98", false },
    { "\xf0\x9f\x98(", false },
    { "\xf0\x9f(\x80", false },
    { "\xc0\x80", false }, /* overlong */
    { "\xc0\xaf", false },
    { "\xc1\xbf", false },
    { "\xe0\x80\xaf", false },
    { "\xe0\x9f\xbf", false },
    { "\xf0\x80\x80\xaf", false },
    { "\xf0\x8f\xbf\xbf", false },
    { "\xed\xa0\x80", false }, /* surrogates */
    { "\xed\xbf\xbf", false },
    { "\xed\xa0\xbd\xed\xb8\x80", false },
    { "\xf4\x90\x80\x80", false }, /* over U+10FFFF */
    { "\xf5\x80\x80\x80", false },
    { "\xf8\x88\x80\x80\x80", false }, /* five bytes */
    { "\xfc\x84\x80\x80\x80\x80", false },
    { "\xfe", false },
    { "\xff", false },
};

static void test_utf8(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(utf8_cases); i++) {
        /* alone, and where a word of plain bytes stands before and behind it */
        for (int padded = 0; padded < 2; padded++) {
            const char *pad = padded ? "0123456789" : "";
            g_autofree char *text = g_strdup_printf("\"%s%s%s\"", pad, utf8_cases[i].bytes, pad);
            g_autoptr(QObject) value = json_parse(text, strlen(text), NULL);

            g_assert_cmpint(value != NULL, ==, utf8_cases[i].valid);
            if (value) {
                g_autofree char *plain = g_strdup_printf("%s%s%s", pad, utf8_cases[i].bytes, pad);

                g_assert_cmpstr(qstring_get(qobject_to_qstring(value)), ==, plain);
            }
        }
    }
}

static void test_nul(void)
{
    static const char text[] = "\"a\\u0000b\"";
    static const char raw[] = "\"a\0b\"";
    g_autoptr(QObject) value = json_parse(text, sizeof(text) - 1, &error_abort);
    QString *str = qobject_to_qstring(value);

    g_assert_cmpuint(qstring_len(str), ==, 3);
    g_assert(!memcmp(qstring_get(str), "a\0b", 4));
    g_assert_null(json_parse(raw, sizeof(raw) - 1, NULL));
}

static void test_number_kinds(void)
{
    static const struct {
        const char *text;
        QNumKind kind;
    } cases[] = {
        { "0", QNUM_I64 },
        { "-0", QNUM_I64 },
        { "9223372036854775807", QNUM_I64 },
        { "9223372036854775808", QNUM_U64 },
        { "18446744073709551615", QNUM_U64 },
        { "18446744073709551616", QNUM_DOUBLE },
        { "-9223372036854775808", QNUM_I64 },
        { "-9223372036854775809", QNUM_DOUBLE },
        { "1.0", QNUM_DOUBLE },
        { "1e3", QNUM_DOUBLE },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(QObject) value = json_parse(cases[i].text, strlen(cases[i].text), &error_abort);

        g_assert_cmpint(qnum_kind(qobject_to_qnum(value)), ==, cases[i].kind);
    }
}

/* ---- a stream ---- */

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *bytes;
    size_t len;
    const char *outcome;
} streams[] = {
    { BYTES(""), "" },
    { BYTES(" \n\r\t"), "" },
    { BYTES("{}[]\"\"1 2\n"), "value {}\nvalue []\nvalue \"\"\nvalue 1\nvalue 2\n" },
    { BYTES("1"), "value 1\n" },
    { BYTES("true"), "value true\n" },
    { BYTES("true1\n"), "error invalid keyword 'true1'\n" },
    { BYTES("{\"a\":[1,{\"b\":null}],\"c\":\"x\\u00e9\\n\xe2\x82\xac\"}\r\n"),
      "value {\"a\": [1, {\"b\": null}], \"c\": \"x\\u00E9\\n\\u20AC\"}\n" },
    /* sequences with more than their length before and behind them */
    { BYTES("['0123456789abcde\\uD83D\\uDE00\xf0\x9f\x98\x80\\n0123456789abcdef\xe2\x82\xac']"),
      "value [\"0123456789abcde\\uD83D\\uDE00\\uD83D\\uDE00\\n0123456789abcdef\\u20AC\"]\n" },
    { BYTES("{'0123456789abcdef\\u00e9':'\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\u0041'}"),
      "value {\"0123456789abcdef\\u00E9\": \"\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\tA\"}\n" },
    { BYTES("['0123456789abcdef\\q0123456789abcdef\t'] []"),
      "error invalid escape sequence '\\q' in string\nvalue []\n" },
    { BYTES("['\\uD83D0123456789abcdef\xff[]"),
      "error \\uD83D is not a valid Unicode character\nvalue []\n" },
    { BYTES("['0123456789\xe2\x82 0123456789abcdef'] []"),
      "error invalid UTF-8 sequence in string\nvalue []\n" },
    { BYTES("['0123456789abcdef\\q\xff[]"), "error stray byte 0xFF\nvalue []\n" },
    { BYTES("[1 '0123456789abcdef\\q'] []"), "error expected separator in list\nvalue []\n" },
    /* an error in brackets ends where they do */
    { BYTES("{\"a\" 1} {}"), "error missing : in object pair\nvalue {}\n" },
    { BYTES("[1 2 [3] \"]\" {\"}\":']'} 4] {}"), "error expected separator in list\nvalue {}\n" },
    { BYTES("[1,] [2]"), "error expecting value\nvalue [2]\n" },
    { BYTES("{1:2}{}"), "error key is not a string in object\nvalue {}\n" },
    { BYTES("[}[]"), "error expecting value\nvalue []\n" },
    { BYTES("[nope, \"\\q\", %] 5\n"), "error invalid keyword 'nope'\nvalue 5\n" },
    { BYTES("[\"\\q\"]{}"), "error invalid escape sequence '\\q' in string\nvalue {}\n" },
    { BYTES("[\"a\tb]\", 1]{}"), "error unescaped control character 0x09 in string\nvalue {}\n" },
    { BYTES("[\"\x80\"]{}"), "error invalid UTF-8 sequence in string\nvalue {}\n" },
    { BYTES("{\"a\":1,\n\"a\":2,\n\"b\":{}}\n{}"), "error duplicate key 'a'\nvalue {}\n" },
    /* an error outside ends at the line's end or an opening bracket */
    { BYTES("junk more junk, ]}\n{}"), "error invalid keyword 'junk'\nvalue {}\n" },
    { BYTES("junk more {\"a\":1}\n"), "error invalid keyword 'junk'\nvalue {\"a\": 1}\n" },
    { BYTES("]\n]\n"), "error expecting value\nerror expecting value\n" },
    { BYTES("/* {} */\n[]"), "error stray '/'\nvalue {}\nerror stray '*'\nvalue []\n" },
    { BYTES("\"\\x\" \"{\" [1]\n"), "error invalid escape sequence '\\x' in string\nvalue [1]\n" },
    { BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      "error invalid keyword 'GET'\nerror invalid keyword 'Host'\n" },
    /* a line cut off: the next that begins with a brace is taken */
    { BYTES("{\"a\":\"b\n{}\n"), "error unescaped control character 0x0A in string\nvalue {}\n" },
    { BYTES("{\"a\":\n{\"b\":1}\n{\"c\":1}\n"),
      "error expected separator in dict\nvalue {\"c\": 1}\n" },
    { BYTES("{\"a\" 1\n {\"b\":1}\n{\"c\":1}\n"),
      "error missing : in object pair\nvalue {\"c\": 1}\n" },
    { BYTES("\"abc\n{}"), "error unescaped control character 0x0A in string\nvalue {}\n" },
    /* resets */
    { BYTES("\xff{}"), "error stray byte 0xFF\nvalue {}\n" },
    { BYTES("\xfd\x1b\x01{}"),
      "error stray byte 0xFD\nerror stray byte 0x1B\nerror stray byte 0x01\nvalue {}\n" },
    { BYTES("\0{}"), "error stray byte 0x00\nvalue {}\n" },
    { BYTES("{\"a\":\xff{}"), "error stray byte 0xFF\nvalue {}\n" },
    { BYTES("{\"a\":[[[\x1b{}"), "error stray byte 0x1B\nvalue {}\n" },
    { BYTES("{\"a\":\"b\\\xff{}"), "error stray byte 0xFF\nvalue {}\n" },
    { BYTES("{\"a\":\"b\xfe{}"), "error stray byte 0xFE\nvalue {}\n" },
    { BYTES("12\xff{}"), "value 12\nerror stray byte 0xFF\nvalue {}\n" },
    { BYTES("{\"a\" 1 {{{ \xff{}"), "error missing : in object pair\nvalue {}\n" },
    { BYTES("{\"a\" 1 \" {{{ \xff{}"), "error missing : in object pair\nvalue {}\n" },
    /* the end of the stream */
    { BYTES("{"), "error input ends inside a value\n" },
    { BYTES("\"abc"), "error input ends inside a value\n" },
    { BYTES("\"abc\\"), "error input ends inside a value\n" },
    { BYTES("[1,2"), "error input ends inside a value\n" },
    { BYTES("[1 2"), "error expected separator in list\n" },
    { BYTES("-"), "error invalid number '-'\n" },
    { BYTES("{\"a\":tr"), "error invalid keyword 'tr'\n" },
};

static void check_outcome(const char *bytes, size_t len, size_t first, size_t piece, bool pause,
                          const char *expected)
{
    g_autofree char *outcome = json_outcome(NULL, bytes, len, first, piece, pause);

    g_assert_cmpstr(outcome, ==, expected);
}

static void test_streams(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(streams); i++) {
        check_outcome(streams[i].bytes, streams[i].len, streams[i].len, 0, false,
                      streams[i].outcome);
        check_outcome(streams[i].bytes, streams[i].len, streams[i].len, 0, true,
                      streams[i].outcome);
    }
}

/* However the input is cut, the outcome is the same. */
static void test_cuts(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(streams); i++) {
        for (size_t cut = 0; cut <= streams[i].len; cut++) {
            check_outcome(streams[i].bytes, streams[i].len, cut, 0, false, streams[i].outcome);
            check_outcome(streams[i].bytes, streams[i].len, cut, 0, true, streams[i].outcome);
        }
        check_outcome(streams[i].bytes, streams[i].len, 0, 1, false, streams[i].outcome);
        check_outcome(streams[i].bytes, streams[i].len, 0, 1, true, streams[i].outcome);
        check_outcome(streams[i].bytes, streams[i].len, 0, 3, false, streams[i].outcome);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bad_texts); i++) {
        size_t len = strlen(bad_texts[i]);
        g_autofree char *whole = json_outcome(NULL, bad_texts[i], len, len, 0, false);

        for (size_t cut = 0; cut < len; cut++) {
            check_outcome(bad_texts[i], len, cut, 0, false, whole);
        }
        check_outcome(bad_texts[i], len, 0, 1, true, whole);
    }
}

/* ---- limits ---- */

static void check_limit(const JsonLimits *limits, const char *text, const char *expected)
{
    size_t len = strlen(text);
    g_autofree char *whole = json_outcome(limits, text, len, len, 0, false);
    g_autofree char *bytes = json_outcome(limits, text, len, 0, 1, false);

    g_assert_cmpstr(whole, ==, expected);
    g_assert_cmpstr(bytes, ==, expected);
}

static void test_nesting_limit(void)
{
    JsonLimits limits = { .max_nesting = 3, .max_tokens = 100, .max_size = 100 };

    check_limit(&limits, "[[[]]] 1", "value [[[]]]\nvalue 1\n");
    check_limit(&limits, "[[[[]]]] 1", "error nesting depth limit of 3 exceeded\nvalue 1\n");
    check_limit(&limits, "[{\"a\":[{\"b\":[[[[[[]]]]]]}]}] 1",
                "error nesting depth limit of 3 exceeded\nvalue 1\n");
    check_limit(&limits, "[[[[[[[[[[[[[[[[[[[\n{}",
                "error nesting depth limit of 3 exceeded\n"
                "value {}\n");
}

static void test_token_limit(void)
{
    JsonLimits limits = { .max_nesting = 10, .max_tokens = 6, .max_size = 100 };

    check_limit(&limits, "[1,2,3] 1", "value [1, 2, 3]\nvalue 1\n");
    check_limit(&limits, "[1,2,3,4] 1", "error token count limit of 6 exceeded\nvalue 1\n");
    check_limit(&limits, "[[],[],[]] 1", "error token count limit of 6 exceeded\nvalue 1\n");
    check_limit(&limits, "1 2 3 4 5 6 7",
                "value 1\nvalue 2\nvalue 3\nvalue 4\nvalue 5\nvalue 6\n"
                "value 7\n");
}

static void test_size_limit(void)
{
    JsonLimits limits = { .max_nesting = 10, .max_tokens = 100, .max_size = 10 };

    check_limit(&limits, "\"12345678\" 1", "value \"12345678\"\nvalue 1\n");
    check_limit(&limits, "\"123456789\"\n1", "error size limit of 10 bytes exceeded\nvalue 1\n");
    check_limit(&limits, "                  [1,2,3,4]", "value [1, 2, 3, 4]\n");
    check_limit(&limits, "[1,2,3,4  ] 1", "error size limit of 10 bytes exceeded\nvalue 1\n");
    check_limit(&limits, "123456789 1", "value 123456789\nvalue 1\n");
    check_limit(&limits, "12345678901\n1", "error size limit of 10 bytes exceeded\nvalue 1\n");
    check_limit(&limits, "[\"0123456789]\"] 1", "error size limit of 10 bytes exceeded\nvalue 1\n");
}

/* A string that never ends is dropped once it is too long, and its memory is given back. */
static void test_endless_string(void)
{
    g_autofree char *filler = g_strnfill(1 << 20, 'x');
    g_autoptr(GString) input = g_string_new("{\"a\":\"");
    g_autofree char *outcome = NULL;

    for (int i = 0; i < 70; i++) {
        g_string_append_len(input, filler, 1 << 20);
    }
    g_string_append(input, "\xff{}");
    outcome = json_outcome(NULL, input->str, input->len, 100, 65536, false);
    g_assert_cmpstr(outcome, ==, "error size limit of 67108864 bytes exceeded\nvalue {}\n");
}

static void count_emit(void *opaque, QObject *value, Error *err)
{
    unsigned *values = opaque;

    g_assert_null(err);
    ++*values;
    qobject_unref(value);
}

static void test_pending(void)
{
    unsigned values = 0;
    JsonParser *parser = json_parser_new(NULL, count_emit, &values);

    g_assert_cmpuint(json_parser_pending(parser), ==, 0);
    json_parser_feed(parser, "  {\"a\"", 6);
    g_assert_cmpuint(json_parser_pending(parser), ==, 4);
    json_parser_feed(parser, ":1", 2);
    g_assert_cmpuint(json_parser_pending(parser), ==, 6);
    g_assert_cmpuint(values, ==, 0);
    json_parser_feed(parser, "}  ", 3);
    g_assert_cmpuint(json_parser_pending(parser), ==, 0);
    g_assert_cmpuint(values, ==, 1);
    json_parser_feed(parser, "[[", 2);
    json_parser_free(parser);
}

/* Two million tokens of the worst kinds come and go without recursion. */
static void test_deep_and_wide(void)
{
    JsonLimits limits = { .max_nesting = 1000000, .max_tokens = 4000000, .max_size = 1 << 24 };
    g_autofree char *text = g_malloc(2000000);
    unsigned values = 0;
    JsonParser *parser = json_parser_new(&limits, count_emit, &values);

    memset(text, '[', 1000000);
    memset(text + 1000000, ']', 1000000);
    json_parser_feed(parser, text, 2000000);
    g_assert_cmpuint(values, ==, 1);
    json_parser_feed(parser, text, 1000000);
    json_parser_free(parser);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json-parser/good-texts", test_good_texts);
    g_test_add_func("/json-parser/bad-texts", test_bad_texts);
    g_test_add_func("/json-parser/utf8", test_utf8);
    g_test_add_func("/json-parser/nul", test_nul);
    g_test_add_func("/json-parser/number-kinds", test_number_kinds);
    g_test_add_func("/json-parser/streams", test_streams);
    g_test_add_func("/json-parser/cuts", test_cuts);
    g_test_add_func("/json-parser/limits/nesting", test_nesting_limit);
    g_test_add_func("/json-parser/limits/tokens", test_token_limit);
    g_test_add_func("/json-parser/limits/size", test_size_limit);
    g_test_add_func("/json-parser/limits/endless-string", test_endless_string);
    g_test_add_func("/json-parser/pending", test_pending);
    g_test_add_func("/json-parser/deep-and-wide", test_deep_and_wide);
    return g_test_run();
}
