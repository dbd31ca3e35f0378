/*
 * Tests of keyval_parse() and parse_size().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/keyval.h"
#include "qobject/json-writer.h"

#include <string.h>

static void test_good(void)
{
    static const struct {
        const char *text, *implied, *json;
    } cases[] = {
        { "", NULL, "{}" },
        { "a=1", NULL, "{\"a\": \"1\"}" },
        { "a=1,", NULL, "{\"a\": \"1\"}" },
        { "a=1,b=", NULL, "{\"a\": \"1\", \"b\": \"\"}" },
        { "a=1,a=2", NULL, "{\"a\": \"2\"}" },
        { "a==1=", NULL, "{\"a\": \"=1=\"}" },
        { "a=x,,y,,,b=1", NULL, "{\"a\": \"x,y,\", \"b\": \"1\"}" },
        { "flag", NULL, "{\"flag\": \"on\"}" },
        { "flag,a=1,other", NULL, "{\"flag\": \"on\", \"a\": \"1\", \"other\": \"on\"}" },
        { "virt", "type", "{\"type\": \"virt\"}" },
        { "virt,acl=off", "type", "{\"type\": \"virt\", \"acl\": \"off\"}" },
        { "a,,b,c=1", "type", "{\"type\": \"a,b\", \"c\": \"1\"}" },
        { "type=virt,x", "type", "{\"type\": \"virt\", \"x\": \"on\"}" },
        { ",a=1", "type", "{\"type\": \"\", \"a\": \"1\"}" },
        { "a.b.c=1,a.b.d=2,a.e=3", NULL,
          "{\"a\": {\"b\": {\"c\": \"1\", \"d\": \"2\"}, \"e\": \"3\"}}" },
        { "l.0=a,l.1=b", NULL, "{\"l\": [\"a\", \"b\"]}" },
        { "l.1=b,l.0=a", NULL, "{\"l\": [\"a\", \"b\"]}" },
        { "l.0.x=1,l.1.0=2", NULL, "{\"l\": [{\"x\": \"1\"}, [\"2\"]]}" },
        { "x-foo=1,_u=2,a1=3,A=4", NULL,
          "{\"x-foo\": \"1\", \"_u\": \"2\", \"a1\": \"3\", \"A\": \"4\"}" },
        { "path=/tmp/a b\xc3\xa9", NULL, "{\"path\": \"/tmp/a b\\u00E9\"}" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(QDict) dict = keyval_parse(cases[i].text, cases[i].implied, &error_abort);
        g_autofree char *json = qobject_to_json(QOBJECT(dict));

        g_assert_cmpstr(json, ==, cases[i].json);
    }
}

#define NAMES ": expecting names of letters, digits, '-' and '_', with dots between them"

static void test_bad(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { ",a=1", "Expected a parameter name at ',a=1'" },
        { "a=1,=2", "Expected a parameter name at '=2'" },
        { "a,,b", "Expected a parameter name at ',b'" },
        { "a b=1", "Invalid parameter 'a b'" NAMES },
        { "a..b=1", "Invalid parameter 'a..b'" NAMES },
        { ".a=1", "Invalid parameter '.a'" NAMES },
        { "a.=1", "Invalid parameter 'a.'" NAMES },
        { "9x=1", "Invalid parameter '9x'" NAMES },
        { "0=1", "Invalid parameter '0'" NAMES },
        { "-a=1", "Invalid parameter '-a'" NAMES },
        { "a\xc3\xa9=1", "Invalid parameter 'a\xc3\xa9'" NAMES },
        { "f=a,f.x=1", "Parameters 'f.*' used inconsistently" },
        { "f.x=1,f=a", "Parameters 'f.*' used inconsistently" },
        { "a.f.x=1,a.f.x.y=a", "Parameters 'a.f.x.*' used inconsistently" },
        { "f.0=1,f.x=2", "Parameters 'f.*' used inconsistently" },
        { "f.1=1", "Parameter 'f.0' is missing" },
        { "a.f.0=1,a.f.2=1", "Parameter 'a.f.1' is missing" },
        { "a.f.00=1", "Parameter 'a.f.0' is missing" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Error *err = NULL;

        g_assert_null(keyval_parse(cases[i].text, NULL, &err));
        g_assert_cmpstr(error_get_pretty(err), ==, cases[i].message);
        error_free(err);
    }
}

static void test_deep(void)
{
    g_autoptr(GString) text = g_string_new("a");
    Error *err = NULL;

    for (int i = 0; i < 10000; i++) {
        g_string_append(text, ".a");
    }
    g_string_append(text, "=1");
    g_assert_null(keyval_parse(text->str, NULL, &err));
    g_assert(strstr(error_get_pretty(err), "has 10001 parts, at most 32 are accepted"));
    error_free(err);
}

static void test_json(void)
{
    bool is_json;
    g_autoptr(QDict) dict = keyval_parse_or_json("{\"a\": 1}", "t", &is_json, &error_abort);
    int64_t value = qdict_get_int(dict, "a", 0);
    Error *err = NULL;

    g_assert(is_json && value == 1);
    g_assert_null(keyval_parse_or_json("{\"a\": 1} x", "t", &is_json, &err));
    g_assert(is_json);
    g_clear_pointer(&err, error_free);
    g_assert_null(keyval_parse_or_json("{", "t", &is_json, &err));
    error_free(err);
    g_clear_pointer(&dict, qobject_unref);
    dict = keyval_parse_or_json("x", "t", &is_json, &error_abort);
    g_assert(!is_json);
    g_assert_cmpstr(qdict_get_str(dict, "t"), ==, "x");
}

static void test_sizes(void)
{
    static const struct {
        const char *text;
        char def_suffix;
        bool good;
        uint64_t size;
    } cases[] = {
        { "0", 'B', true, 0 },
        { "4096", 'B', true, 4096 },
        { "4096", 'M', true, 4096ull << 20 },
        { "4096B", 'M', true, 4096 },
        { "4k", 'B', true, 4096 },
        { "4K", 'M', true, 4096 },
        { "32M", 'B', true, 32 << 20 },
        { "1.5G", 'B', true, 1536ull << 20 },
        { "0.5k", 'B', true, 512 },
        { "0.1G", 'B', true, 107374182 },
        { "1.5", 'M', true, 1536 << 10 },
        { "0.99999999999999999999999k", 'B', true, 1024 },
        { "0x1000", 'B', true, 0x1000 },
        { "0x10M", 'B', true, 16 << 20 },
        { "010", 'B', true, 10 },
        { "18446744073709551615", 'B', true, UINT64_MAX },
        { "15.999E", 'B', true, 18445591152204944769u },
        { "16777215T", 'B', true, 16777215ull << 40 },
        { "18446744073709551616", 'B', false, 0 },
        { "16E", 'B', false, 0 },
        { "16777216T", 'B', false, 0 },
        { "15.9999999999999999999999999E", 'B', false, 0 },
        { "17592186044416", 'M', false, 0 },
        { "", 'B', false, 0 },
        { "k", 'B', false, 0 },
        { "-1", 'B', false, 0 },
        { "+1", 'B', false, 0 },
        { " 1", 'B', false, 0 },
        { "1 ", 'B', false, 0 },
        { "1.", 'B', false, 0 },
        { "1.k", 'B', false, 0 },
        { ".5k", 'B', false, 0 },
        { "1.5", 'B', false, 0 },
        { "1e3", 'B', false, 0 },
        { "4kk", 'B', false, 0 },
        { "4kB", 'B', false, 0 },
        { "12x", 'B', false, 0 },
        { "0x", 'B', false, 0 },
        { "0x1.8k", 'B', false, 0 },
        { "nan", 'B', false, 0 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t size = 0;
        Error *err = NULL;
        bool good = parse_size(cases[i].text, cases[i].def_suffix, &size, &err);

        if (good != cases[i].good) {
            g_error("'%s' %s", cases[i].text, good ? "taken" : "refused");
        }
        if (good) {
            g_assert_cmpuint(size, ==, cases[i].size);
        } else {
            g_assert(strstr(error_get_pretty(err), cases[i].text));
            error_free(err);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keyval/good", test_good);
    g_test_add_func("/keyval/bad", test_bad);
    g_test_add_func("/keyval/deep", test_deep);
    g_test_add_func("/keyval/json", test_json);
    g_test_add_func("/keyval/sizes", test_sizes);
    return g_test_run();
}
