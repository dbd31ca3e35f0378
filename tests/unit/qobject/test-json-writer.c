/*
 * Tests of the JSON writer: layout, escapes, numbers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-parser.h"
#include "qobject/json-writer.h"

#include <float.h>
#include <string.h>

#define SAMPLE "{'a': 1, 'b': [], 'c': {}, 'd': [1, {'e': [true, null]}, 'x, y: {z}']}"

static void write_sample(JsonWriter *writer)
{
    json_writer_begin_object(writer);
    json_writer_name(writer, "a");
    json_writer_int(writer, 1);
    json_writer_name(writer, "b");
    json_writer_begin_array(writer);
    json_writer_end_array(writer);
    json_writer_name(writer, "c");
    json_writer_begin_object(writer);
    json_writer_end_object(writer);
    json_writer_name(writer, "d");
    json_writer_begin_array(writer);
    json_writer_int(writer, 1);
    json_writer_begin_object(writer);
    json_writer_name(writer, "e");
    json_writer_begin_array(writer);
    json_writer_bool(writer, true);
    json_writer_null(writer);
    json_writer_end_array(writer);
    json_writer_end_object(writer);
    json_writer_str(writer, "x, y: {z}");
    json_writer_end_array(writer);
    json_writer_end_object(writer);
}

static const char compact[] =
    "{\"a\": 1, \"b\": [], \"c\": {}, \"d\": [1, {\"e\": [true, null]}, \"x, y: {z}\"]}";
static const char pretty[] = "{\n"
                             "    \"a\": 1,\n"
                             "    \"b\": [\n"
                             "    ],\n"
                             "    \"c\": {\n"
                             "    },\n"
                             "    \"d\": [\n"
                             "        1,\n"
                             "        {\n"
                             "            \"e\": [\n"
                             "                true,\n"
                             "                null\n"
                             "            ]\n"
                             "        },\n"
                             "        \"x, y: {z}\"\n"
                             "    ]\n"
                             "}";

static void test_layout(void)
{
    for (int is_pretty = 0; is_pretty < 2; is_pretty++) {
        const char *expected = is_pretty ? pretty : compact;
        g_autoptr(GString) out = g_string_new(NULL);
        g_autoptr(QObject) value = json_parse(SAMPLE, strlen(SAMPLE), &error_abort);
        JsonWriter writer;

        json_writer_init(&writer, out, is_pretty);
        write_sample(&writer);
        g_assert_cmpstr(out->str, ==, expected);
        g_string_truncate(out, 0);
        json_writer_qobject(&writer, value);
        g_assert_cmpstr(out->str, ==, expected);
        g_string_truncate(out, 0);
        json_writer_raw(&writer, compact, strlen(compact));
        g_assert_cmpstr(out->str, ==, expected);
    }
}

static void test_raw_inside(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    JsonWriter writer;

    json_writer_init(&writer, out, true);
    json_writer_begin_object(&writer);
    json_writer_name(&writer, "a");
    json_writer_raw(&writer, "[\"\\\"]\", 2]", 10);
    json_writer_name(&writer, "b");
    json_writer_raw(&writer, "nullx", 4);
    json_writer_end_object(&writer);
    g_assert_cmpstr(out->str, ==,
                    "{\n    \"a\": [\n        \"\\\"]\",\n        2\n    ],\n    \"b\": null\n}");
}

/* What a client nests deeply and widely must not grow out of bounds when it is sent back. */
static void test_indent_bound(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(QObject) value = NULL;
    g_autofree char *json = NULL;

    for (int i = 0; i < 1000; i++) {
        g_string_append_c(text, '[');
    }
    for (int i = 0; i < 10000; i++) {
        g_string_append(text, i ? ",0" : "0");
    }
    for (int i = 0; i < 1000; i++) {
        g_string_append_c(text, ']');
    }
    value = json_parse(text->str, text->len, &error_abort);
    json = qobject_to_json_pretty(value);
    g_assert_cmpuint(strlen(json), <, 12000 * (32 * 4 + 3));
}

static void test_deferred(void)
{
    g_autoptr(GString) out = g_string_new("before ");
    JsonWriter writer;

    json_writer_init(&writer, out, false);
    json_writer_defer_object(&writer, "return");
    g_string_append(out, "meanwhile ");
    json_writer_begin_object(&writer);
    json_writer_end_object(&writer);
    json_writer_name(&writer, "id");
    json_writer_int(&writer, 7);
    json_writer_end_object(&writer);
    g_assert_cmpstr(out->str, ==, "before meanwhile {\"return\": {}, \"id\": 7}");

    g_string_assign(out, "before ");
    json_writer_defer_object(&writer, "return");
    json_writer_begin_array(&writer);
    json_writer_int(&writer, 1);
    json_writer_rewind(&writer);
    g_assert_cmpstr(out->str, ==, "before ");
    json_writer_defer_object(&writer, "return");
    json_writer_rewind(&writer);
    json_writer_null(&writer);
    g_assert_cmpstr(out->str, ==, "before null");
}

static void test_escapes(void)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        { "", "" },
        { "plain /~", "plain /~" },
        { "\"\\\b\f\n\r\t", "\\\"\\\\\\b\\f\\n\\r\\t" },
        { "\x01\x1f\x7f", "\\u0001\\u001F\\u007F" },
        { "\xc3\xa9", "\\u00E9" },
        { "\xef\xbf\xbf", "\\uFFFF" },
        { "\xf0\x9f\x98\x80", "\\uD83D\\uDE00" },
        { "\xf4\x8f\xbf\xbf", "\\uDBFF\\uDFFF" },
        /* ill-formed: one replacement for each maximal part */
        { "a\xff"
          "b",
          "a\\uFFFDb" },
        { "\xc3", "\\uFFFD" },
        { "\xe2\x82", "\\uFFFD" },
        { "\xe2\x82"
          "x",
          "\\uFFFDx" },
        { "\xf0\x9f\x98\xe2\x82\xac", "\\uFFFD\\u20AC" },
        { "\xc0\x80", "\\uFFFD\\uFFFD" },
        { "\xed\xa0\x80", "\\uFFFD\\uFFFD\\uFFFD" },
        { "\xf5\x80", "\\uFFFD\\uFFFD" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(QString) str = qstring_new(cases[i].text);
        g_autofree char *json = qobject_to_json(QOBJECT(str));
        g_autofree char *expected = g_strdup_printf("\"%s\"", cases[i].json);

        g_assert_cmpstr(json, ==, expected);
    }
}

static void test_nul(void)
{
    g_autoptr(QString) str = qstring_new_len("a\0b", 3);
    g_autofree char *json = qobject_to_json(QOBJECT(str));

    g_assert_cmpstr(json, ==, "\"a\\u0000b\"");
}

static void test_integers(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    JsonWriter writer;

    json_writer_init(&writer, out, false);
    json_writer_begin_array(&writer);
    json_writer_int(&writer, 0);
    json_writer_int(&writer, INT64_MIN);
    json_writer_int(&writer, INT64_MAX);
    json_writer_uint(&writer, UINT64_MAX);
    json_writer_end_array(&writer);
    g_assert_cmpstr(out->str, ==,
                    "[0, -9223372036854775808, 9223372036854775807, 18446744073709551615]");
}

/* Every double comes back as it was: corner cases, then random bit patterns. */
static void check_double(double value)
{
    g_autoptr(QNum) num = qnum_new_double(value);
    g_autofree char *json = qobject_to_json(QOBJECT(num));
    g_autoptr(QObject) again = json_parse(json, strlen(json), &error_abort);
    double got = qnum_get_double(qobject_to_qnum(again));

    g_assert(!memcmp(&got, &value, sizeof(value)));
}

static void test_doubles(void)
{
    static const double corners[] = { 0.0,
                                      -0.0,
                                      1.0,
                                      -1.5,
                                      0.1,
                                      1e15,
                                      1e16,
                                      1e17,
                                      1e21,
                                      1e22,
                                      1e23,
                                      5e-324,
                                      DBL_MIN,
                                      DBL_MAX,
                                      -DBL_MAX,
                                      DBL_EPSILON,
                                      9007199254740993.0,
                                      18446744073709551616.0,
                                      1.0 / 3 };
    GRand *rand = g_rand_new_with_seed(1);

    for (unsigned i = 0; i < G_N_ELEMENTS(corners); i++) {
        check_double(corners[i]);
    }
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
        double value;

        memcpy(&value, &bits, sizeof(value));
        if (value - value == 0) {
            check_double(value);
        }
    }
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json-writer/layout", test_layout);
    g_test_add_func("/json-writer/raw-inside", test_raw_inside);
    g_test_add_func("/json-writer/indent-bound", test_indent_bound);
    g_test_add_func("/json-writer/deferred", test_deferred);
    g_test_add_func("/json-writer/escapes", test_escapes);
    g_test_add_func("/json-writer/nul", test_nul);
    g_test_add_func("/json-writer/integers", test_integers);
    g_test_add_func("/json-writer/doubles", test_doubles);
    return g_test_run();
}
