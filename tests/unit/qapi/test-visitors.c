/*
 * Tests of the visitors: what goes in comes out, and what is refused is named.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/compat-policy.h"
#include "qapi/keyval.h"
#include "qapi/util.h"
#include "qobject/json-parser.h"
#include "test-qapi-visit.h"

#include <string.h>

#define ALL                                                                                        \
    "{\"str\": \"a\\u00E9\\n\", \"number\": 1.5, \"bool\": true, \"color\": \"dark-blue\", "       \
    "\"any\": {\"x\": [1, null]}, \"null\": null, \"point\": {\"x\": -1}, "                        \
    "\"ints\": [1, -9223372036854775808], \"strs\": [], "                                          \
    "\"shapes\": [{\"kind\": \"point\", \"comment\": \"c\", \"x\": 1, \"y\": 2}, "                 \
    "{\"kind\": \"ints\", \"u64\": 18446744073709551615, \"size\": 4096}, "                        \
    "{\"kind\": \"nothing\"}], \"alts\": [\"t\", {\"x\": 3}, [4, 5]], "                            \
    "\"numbers\": [7, false, null]}"

static QObject *parse(const char *text)
{
    return json_parse(text, strlen(text), &error_abort);
}

typedef bool VisitFn(Visitor *v, const char *name, void *obj, Error **errp);

#define DEFINE_VISIT(Type)                                                                         \
    static bool visit_##Type(Visitor *v, const char *name, void *obj, Error **errp)                \
    {                                                                                              \
        return visit_type_##Type(v, name, obj, errp);                                              \
    }

DEFINE_VISIT(TestAll)
DEFINE_VISIT(TestInts)
DEFINE_VISIT(TestTree)

static char *to_json(VisitFn *visit, void *obj, bool pretty)
{
    GString *out = g_string_new(NULL);
    JsonWriter writer;
    Visitor *v;

    json_writer_init(&writer, out, pretty);
    v = json_output_visitor_new(&writer);
    g_assert(visit(v, NULL, &obj, &error_abort));
    visit_complete(v, NULL);
    visit_free(v);
    return g_string_free(out, false);
}

static TestAll *make_all(void)
{
    g_autoptr(QObject) value = parse(ALL);
    g_autoptr(Visitor) v = qobject_input_visitor_new(value);
    TestAll *all;

    g_assert(visit_type_TestAll(v, NULL, &all, &error_abort));
    return all;
}

static void test_input(void)
{
    g_autoptr(TestAll) all = make_all();

    g_assert_cmpstr(all->str, ==, "a\xc3\xa9\n");
    g_assert_cmpfloat(all->number, ==, 1.5);
    g_assert(all->q_bool);
    g_assert_cmpint(all->color, ==, TEST_COLOR_DARK_BLUE);
    g_assert_cmpint(all->point->x, ==, -1);
    g_assert(!all->point->has_y);
    g_assert_cmpint(all->ints->next->value, ==, INT64_MIN);
    g_assert_null(all->strs);
    g_assert_cmpuint(QAPI_LIST_LENGTH(all->shapes), ==, 3);
    g_assert_cmpint(all->shapes->value->u.point.y, ==, 2);
    g_assert_cmpuint(all->shapes->next->value->u.ints.u64, ==, UINT64_MAX);
    g_assert_cmpint(all->alts->next->value->type, ==, QTYPE_QDICT);
    g_assert_cmpint(all->alts->next->value->u.point.x, ==, 3);
    g_assert_cmpint(all->alts->next->next->value->u.list->next->value, ==, 5);
    g_assert_cmpint(all->numbers->next->value->type, ==, QTYPE_QBOOL);
    g_assert(!all->has_old);
}

static void test_json_output(void)
{
    g_autoptr(TestAll) all = make_all();
    g_autofree char *json = to_json(visit_TestAll, all, false);
    g_autofree char *pretty = to_json(visit_TestAll, all, true);
    g_autoptr(QObject) value = parse(pretty);
    g_autofree char *expected = qobject_to_json_pretty(value);

    g_assert_cmpstr(json, ==, ALL);
    g_assert_cmpstr(pretty, ==, expected);
}

static void test_qobject_output(void)
{
    g_autoptr(TestAll) all = make_all();
    g_autoptr(QObject) value = NULL;
    g_autofree char *json = NULL;
    Visitor *v = qobject_output_visitor_new(&value);

    g_assert(visit_type_TestAll(v, NULL, &all, &error_abort));
    visit_complete(v, &value);
    visit_free(v);
    json = qobject_to_json(value);
    g_assert_cmpstr(json, ==, ALL);

    /* one that is not completed leaves nothing behind */
    g_clear_pointer(&value, qobject_unref);
    v = qobject_output_visitor_new(&value);
    g_assert(visit_type_TestAll(v, NULL, &all, &error_abort));
    visit_free(v);
    g_assert_null(value);
}

static void test_clone(void)
{
    TestAll *all = make_all();
    g_autoptr(TestAll) copy = QAPI_CLONE(TestAll, all);
    g_autofree char *json = NULL;
    TestAll *none = NULL;

    g_assert(copy->str != all->str && copy->shapes->value != all->shapes->value);
    qapi_free_TestAll(all);
    json = to_json(visit_TestAll, copy, false);
    g_assert_cmpstr(json, ==, ALL);
    g_assert_null(QAPI_CLONE(TestAll, none));
    qapi_free_TestAll(NULL);
}

static void test_lists(void)
{
    g_autoptr(intList) list = NULL;
    intList **tail = &list;

    for (int i = 1; i <= 3; i++) {
        QAPI_LIST_APPEND(tail, i);
    }
    QAPI_LIST_PREPEND(list, 0);
    g_assert_cmpuint(QAPI_LIST_LENGTH(list), ==, 4);
    int expected = 0;
    for (intList *node = list; node; node = node->next) {
        g_assert_cmpint(node->value, ==, expected++);
    }
}

/* More containers open at once than the output visitor has room for at first. */
static void test_deep_tree(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(QObject) value = NULL;
    g_autoptr(TestTree) tree = NULL;
    g_autofree char *json = NULL;
    g_autoptr(Visitor) v = NULL;

    for (int i = 0; i < 100; i++) {
        g_string_append(text, "{\"name\": \"n\", \"children\": [");
    }
    for (int i = 0; i < 100; i++) {
        g_string_append(text, "]}");
    }
    value = parse(text->str);
    v = qobject_input_visitor_new(value);
    g_assert(visit_type_TestTree(v, NULL, &tree, &error_abort));
    /* an empty list of an optional member is no list */
    json = to_json(visit_TestTree, tree, false);
    g_assert(strstr(json, "\"children\": [{\"name\": \"n\"}]"));
    g_assert_cmpuint(strlen(json), ==, text->len - strlen(", \"children\": []"));
}

/* ---- what is refused ---- */

/* ALL with the first @from replaced. */
static char *damaged(const char *from, const char *to)
{
    const char *at = strstr(ALL, from);

    g_assert_nonnull(at);
    return g_strdup_printf("%.*s%s%s", (int)(at - ALL), ALL, to, at + strlen(from));
}

static void check_refused(VisitFn *visit, const char *text, bool keyval, const char *message)
{
    g_autoptr(QObject) value =
        keyval ? QOBJECT(keyval_parse(text, NULL, &error_abort)) : parse(text);
    g_autoptr(Visitor) v =
        keyval ? qobject_input_visitor_new_keyval(value) : qobject_input_visitor_new(value);
    void *obj = &obj;
    Error *err = NULL;

    g_assert(!visit(v, NULL, &obj, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    g_assert_null(obj);
    error_free(err);
}

static void test_refused(void)
{
    static const struct {
        const char *from, *to;
        const char *message;
    } cases[] = {
        { "\"str\"", "\"Str\"", "Parameter 'str' is missing" },
        { "\"a\\u00E9\\n\"", "5", "Invalid parameter type for 'str', expected: string" },
        { "\"a\\u00E9\\n\"", "null", "Invalid parameter type for 'str', expected: string" },
        { "\"a\\u00E9\\n\"", "\"a\\u0000b\"",
          "Parameter 'str' expects a string without NUL characters" },
        { "1.5", "\"1.5\"", "Invalid parameter type for 'number', expected: number" },
        { "true", "1", "Invalid parameter type for 'bool', expected: boolean" },
        { "dark-blue", "black",
          "Parameter 'color' does not accept value 'black' (accepted: red, green, dark-blue, "
          "faded)" },
        { "\"dark-blue\"", "2", "Invalid parameter type for 'color', expected: string" },
        { "\"null\": null", "\"null\": 0", "Invalid parameter type for 'null', expected: null" },
        { "{\"x\": -1}", "[]", "Invalid parameter type for 'point', expected: object" },
        { "-1", "-1.0", "Invalid parameter type for 'point.x', expected: integer" },
        { "-1", "9223372036854775808", "Invalid parameter type for 'point.x', expected: integer" },
        { "{\"x\": -1}", "{}", "Parameter 'point.x' is missing" },
        { "\"x\": -1", "\"x\": -1, \"z\": 0", "Parameter 'point.z' is unexpected" },
        { "[1, -", "[1, true, -", "Invalid parameter type for 'ints[1]', expected: integer" },
        { "\"strs\": []", "\"strs\": {}", "Invalid parameter type for 'strs', expected: array" },
        { "\"strs\": []", "\"strs\": [\"a\", []]",
          "Invalid parameter type for 'strs[1]', expected: string" },
        { "\"kind\": \"nothing\"", "\"kind\": \"what\"",
          "Parameter 'shapes[2].kind' does not accept value 'what' (accepted: point, ints, "
          "nothing)" },
        { "\"kind\": \"nothing\"", "\"x\": 1", "Parameter 'shapes[2].kind' is missing" },
        { "\"kind\": \"nothing\"", "\"kind\": \"nothing\", \"x\": 1",
          "Parameter 'shapes[2].x' is unexpected" },
        { "18446744073709551615", "-1",
          "Invalid parameter type for 'shapes[1].u64', expected: non-negative integer" },
        { "18446744073709551615", "18446744073709551616",
          "Invalid parameter type for 'shapes[1].u64', expected: integer" },
        { "4096", "\"4k\"", "Invalid parameter type for 'shapes[1].size', expected: integer" },
        { "[4, 5]", "[4, {}]", "Invalid parameter type for 'alts[2][1]', expected: integer" },
        { "[4, 5]", "6",
          "Invalid parameter type for 'alts[2]', expected: string or object or array" },
        { "{\"x\": 3}", "{\"x\": 3, \"q\": 1}", "Parameter 'alts[1].q' is unexpected" },
        { "{\"x\": 3}", "{\"x\": {}}",
          "Invalid parameter type for 'alts[1].x', expected: integer" },
        { "false", "\"no\"",
          "Invalid parameter type for 'numbers[1]', expected: integer or boolean or null" },
        { "\"any\": {\"x\": [1, null]}, ", "", "Parameter 'any' is missing" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = damaged(cases[i].from, cases[i].to);

        check_refused(visit_TestAll, text, false, cases[i].message);
    }
    check_refused(visit_TestAll, "[]", false,
                  "Invalid parameter type for 'value', expected: object");
    check_refused(visit_TestTree, "{\"name\": \"a\", \"zz\": 1, \"yy\": 2}", false,
                  "Parameter 'zz' is unexpected");
    check_refused(visit_TestTree,
                  "{\"name\": \"a\", \"children\": [{\"name\": \"b\", "
                  "\"children\": [{\"name\": 5}]}]}",
                  false,
                  "Invalid parameter type for 'children[0].children[0].name', expected: string");
}

static void test_ranges(void)
{
    static const struct {
        const char *member;
        int64_t min, max;
    } cases[] = {
        { "i8", INT8_MIN, INT8_MAX },    { "i16", INT16_MIN, INT16_MAX },
        { "i32", INT32_MIN, INT32_MAX }, { "u8", 0, UINT8_MAX },
        { "u16", 0, UINT16_MAX },        { "u32", 0, UINT32_MAX },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int side = 0; side < 2; side++) {
            int64_t edge = side ? cases[i].max : cases[i].min;
            g_autofree char *good =
                g_strdup_printf("{\"%s\": %" G_GINT64_FORMAT "}", cases[i].member, edge);
            g_autofree char *bad = g_strdup_printf("{\"%s\": %" G_GINT64_FORMAT "}",
                                                   cases[i].member, edge + (side ? 1 : -1));
            g_autofree char *message = g_strdup_printf(
                "Parameter '%s' expects an integer from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                cases[i].member, cases[i].min, cases[i].max);
            g_autoptr(QObject) value = parse(good);
            g_autoptr(Visitor) v = qobject_input_visitor_new(value);
            g_autoptr(TestInts) ints = NULL;
            g_autofree char *json = NULL;

            g_assert(visit_type_TestInts(v, NULL, &ints, &error_abort));
            json = to_json(visit_TestInts, ints, false);
            g_assert_cmpstr(json, ==, good);
            check_refused(visit_TestInts, bad, false, message);
        }
    }
}

/* A hostile object with many members nobody knows is refused at once. */
static void test_many_unknown(void)
{
    g_autoptr(QDict) dict = qdict_new();
    g_autoptr(Visitor) v = NULL;
    TestTree *tree;
    Error *err = NULL;

    qdict_put_str(dict, "name", "a");
    for (int i = 0; i < 100000; i++) {
        g_autofree char *key = g_strdup_printf("k%d", i);

        qdict_put_int(dict, key, i);
    }
    v = qobject_input_visitor_new(QOBJECT(dict));
    g_assert(!visit_type_TestTree(v, NULL, &tree, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Parameter 'k0' is unexpected");
    error_free(err);
}

static void test_not_finite(void)
{
    for (int kind = 0; kind < 2; kind++) {
        g_autoptr(GString) out = g_string_new(NULL);
        JsonWriter writer;
        QObject *value;
        double number = kind ? 1.0 / 0.0 : 0.0 / 0.0;
        Error *err = NULL;
        Visitor *v;

        json_writer_init(&writer, out, false);
        v = json_output_visitor_new(&writer);
        g_assert(!visit_type_number(v, "n", &number, &err));
        g_assert_cmpstr(error_get_pretty(err), ==, "The value of 'n' is not a finite number");
        g_clear_pointer(&err, error_free);
        visit_free(v);
        v = qobject_output_visitor_new(&value);
        g_assert(!visit_type_number(v, "n", &number, &err));
        error_free(err);
        visit_free(v);
    }
}

static void test_policy(void)
{
    g_autofree char *with_old = damaged("\"str\"", "\"old\": 1, \"str\"");
    g_autofree char *faded = damaged("dark-blue", "faded");
    g_autoptr(QObject) value = parse(with_old);
    g_autoptr(Visitor) v = qobject_input_visitor_new(value);
    g_autoptr(TestAll) all = NULL;
    g_autofree char *shown = NULL;
    g_autofree char *hidden = NULL;

    g_assert(visit_type_TestAll(v, NULL, &all, &error_abort));
    g_assert(all->has_old);
    shown = to_json(visit_TestAll, all, false);
    g_assert(strstr(shown, "\"old\": 1"));

    qapi_set_compat_policy(1 << QAPI_DEPRECATED, 1 << QAPI_DEPRECATED);
    hidden = to_json(visit_TestAll, all, false);
    g_assert_null(strstr(hidden, "\"old\""));
    check_refused(visit_TestAll, with_old, false, "Deprecated parameter 'old' disabled by policy");
    check_refused(visit_TestAll, faded, false, "Deprecated value 'faded' disabled by policy");
    qapi_set_compat_policy(1 << QAPI_UNSTABLE, 0);
    g_assert_null(qapi_policy_refuses(1 << QAPI_DEPRECATED));
    g_assert_cmpstr(qapi_policy_refuses(1 << QAPI_UNSTABLE), ==, "Unstable");
    qapi_set_compat_policy(0, 0);
}

/* A string that nobody else has is moved, not copied; others stay what they are. */
static void test_taking(void)
{
    g_autoptr(QObject) value = QOBJECT(qlist_new());
    QList *list = qobject_to_qlist(value);
    char *text = g_strdup("mine");
    QString *shared = qstring_new_take(g_strdup("shared"), 6);
    g_autoptr(Visitor) v = NULL;
    g_autoptr(strList) strs = NULL;

    qlist_append_take(list, QOBJECT(qstring_new_take(text, 4)));
    qlist_append_take(list, QOBJECT(qobject_ref(shared)));
    qlist_append_take(list, QOBJECT(qstring_new("short")));
    v = qobject_input_visitor_new_taking(value);
    g_assert(visit_type_strList(v, NULL, &strs, &error_abort));
    g_assert_true(strs->value == text);
    g_assert_cmpstr(strs->next->value, ==, "shared");
    g_assert_cmpstr(strs->next->next->value, ==, "short");
    g_assert_cmpstr(qstring_get(shared), ==, "shared");
    g_assert_cmpstr(qstring_get(qobject_to_qstring(qlist_at(list, 0))), ==, "");
    g_assert_cmpstr(qstring_get(qobject_to_qstring(qlist_at(list, 2))), ==, "short");
    qobject_unref(shared);
}

/* ---- strings ---- */

static void test_keyval_input(void)
{
    g_autoptr(QDict) dict = keyval_parse(
        "str=a,,b,number=-1.5,bool=on,color=red,any.x=1,null=,point.x=0x10,point.y=-5,ints.0=1,"
        "ints.1=-9223372036854775808,strs.0=,shapes.0.kind=ints,shapes.0.size=1.5k,"
        "shapes.0.u64=18446744073709551615,alts.0=t,alts.1.x=3,alts.2.0=4,numbers.0.x=1",
        NULL, &error_abort);
    g_autoptr(Visitor) v = NULL;
    g_autoptr(TestAll) all = NULL;
    TestAll *none;
    g_autofree char *json = NULL;
    Error *err = NULL;

    v = qobject_input_visitor_new_keyval(QOBJECT(dict));
    /* there is no text for a number that may be something else as well */
    g_assert(!visit_type_TestAll(v, NULL, &none, &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "Invalid parameter type for 'numbers.0', expected: integer or boolean or null");
    error_free(err);
    visit_free(v);
    qdict_put_take(dict, "numbers", qlist_new());
    v = qobject_input_visitor_new_keyval(QOBJECT(dict));
    g_assert(visit_type_TestAll(v, NULL, &all, &error_abort));
    json = to_json(visit_TestAll, all, false);
    g_assert_cmpstr(json, ==,
                    "{\"str\": \"a,b\", \"number\": -1.5, \"bool\": true, \"color\": \"red\", "
                    "\"any\": {\"x\": \"1\"}, \"null\": null, \"point\": {\"x\": 16, \"y\": -5}, "
                    "\"ints\": [1, -9223372036854775808], \"strs\": [\"\"], "
                    "\"shapes\": [{\"kind\": \"ints\", \"u64\": 18446744073709551615, "
                    "\"size\": 1536}], \"alts\": [\"t\", {\"x\": 3}, [4]], \"numbers\": []}");
}

static void test_keyval_refused(void)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        { "i=1k", "Parameter 'i' expects an integer, not '1k'" },
        { "i=", "Parameter 'i' expects an integer, not ''" },
        { "i= 1", "Parameter 'i' expects an integer, not ' 1'" },
        { "i=0x", "Parameter 'i' expects an integer, not '0x'" },
        { "i=9223372036854775808", "Parameter 'i' expects an integer, not '9223372036854775808'" },
        { "i8=128", "Parameter 'i8' expects an integer from -128 to 127" },
        { "u64=-1", "Parameter 'u64' expects a non-negative integer below 2^64, not '-1'" },
        { "u64=18446744073709551616", "Parameter 'u64' expects a non-negative integer below 2^64, "
                                      "not '18446744073709551616'" },
        { "size=4kk", "Parameter 'size' expects a size: a non-negative number below 2^64, "
                      "optionally with suffix k, M, G, T, P or E, not '4kk'" },
        { "i.x=1", "Invalid parameter type for 'i', expected: integer" },
        { "what=1", "Parameter 'what' is unexpected" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        check_refused(visit_TestInts, cases[i].text, true, cases[i].message);
    }
    check_refused(visit_TestTree, "name=a,children.0.name=b,children.1.nam=c", true,
                  "Parameter 'children.1.name' is missing");
}

static void test_string_input(void)
{
    g_autoptr(Visitor) v = string_input_visitor_new("32M");
    g_autoptr(Visitor) on = string_input_visitor_new("yes");
    g_autoptr(Visitor) bad = string_input_visitor_new("maybe");
    g_autoptr(Visitor) inf = string_input_visitor_new("inf");
    g_autofree char *text = NULL;
    uint64_t size;
    double number;
    bool flag = false;
    Error *err = NULL;

    g_assert(visit_type_size(v, "s", &size, &error_abort) && size == 32 << 20);
    g_assert(visit_type_str(v, "s", &text, &error_abort));
    g_assert_cmpstr(text, ==, "32M");
    g_assert(visit_type_bool(on, "b", &flag, &error_abort) && flag);
    g_assert(!visit_type_bool(bad, "b", &flag, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Parameter 'b' expects 'on' or 'off', not 'maybe'");
    g_clear_pointer(&err, error_free);
    g_assert(!visit_type_number(inf, "n", &number, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Parameter 'n' expects a number, not 'inf'");
    error_free(err);
}

static void test_string_output(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Visitor) v = string_output_visitor_new(out);
    g_autoptr(TestAll) all = make_all();
    char *text = (char *)"plain \"text\"";
    uint64_t sizes[] = { 1023, 4096, 1536ull << 20, UINT64_MAX };
    int64_t integer = -5;
    bool flag = true;

    visit_type_str(v, "s", &text, &error_abort);
    g_string_append_c(out, '|');
    visit_type_int(v, "i", &integer, &error_abort);
    g_string_append_c(out, '|');
    visit_type_bool(v, "b", &flag, &error_abort);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_string_append_c(out, '|');
        visit_type_size(v, "s", &sizes[i], &error_abort);
    }
    g_string_append_c(out, '|');
    visit_type_TestShapeList(v, "l", &all->shapes, &error_abort);
    g_assert_cmpstr(out->str, ==,
                    "plain \"text\"|-5|true|1023|4096 (4 KiB)|1610612736 (1.5 GiB)|"
                    "18446744073709551615 (16 EiB)|[{\"kind\": \"point\", \"comment\": \"c\", "
                    "\"x\": 1, \"y\": 2}, {\"kind\": \"ints\", \"u64\": 18446744073709551615, "
                    "\"size\": 4096}, {\"kind\": \"nothing\"}]");
}

static void test_enum(void)
{
    Error *err = NULL;

    g_assert_cmpstr(TestColor_str(TEST_COLOR_DARK_BLUE), ==, "dark-blue");
    g_assert_cmpint(qapi_enum_parse(&TestColor_lookup, "green", -1, &error_abort), ==,
                    TEST_COLOR_GREEN);
    g_assert_cmpint(qapi_enum_parse(&TestColor_lookup, NULL, 7, &error_abort), ==, 7);
    g_assert_cmpint(qapi_enum_parse(&TestColor_lookup, "Green", -1, &err), ==, -1);
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "Invalid parameter value 'Green' (accepted: red, green, dark-blue, faded)");
    error_free(err);
}

/* Inputs cut short and damaged at random: refused or taken, nothing leaks or crashes. */
static void test_random_damage(void)
{
    GRand *rand = g_rand_new_with_seed(5);
    unsigned taken = 0, refused = 0;

    for (int i = 0; i < 20000; i++) {
        g_autofree char *text = g_strdup(ALL);
        g_autoptr(QObject) value = NULL;
        g_autoptr(TestAll) all = NULL;
        g_autoptr(Visitor) v = NULL;

        for (int n = g_rand_int_range(rand, 1, 3); n; n--) {
            static const char bytes[] = "0123456789\"{}[],:tfn xk-";

            text[g_rand_int_range(rand, 0, strlen(text))] =
                bytes[g_rand_int_range(rand, 0, sizeof(bytes) - 1)];
        }
        value = json_parse(text, strlen(text), NULL);
        if (!value) {
            continue;
        }
        v = qobject_input_visitor_new(value);
        if (visit_type_TestAll(v, NULL, &all, NULL)) {
            taken++;
        } else {
            refused++;
            g_assert_null(all);
        }
    }
    g_assert_cmpuint(taken, >, 100);
    g_assert_cmpuint(refused, >, 100);
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/visitors/input", test_input);
    g_test_add_func("/visitors/json-output", test_json_output);
    g_test_add_func("/visitors/qobject-output", test_qobject_output);
    g_test_add_func("/visitors/clone", test_clone);
    g_test_add_func("/visitors/lists", test_lists);
    g_test_add_func("/visitors/deep-tree", test_deep_tree);
    g_test_add_func("/visitors/refused", test_refused);
    g_test_add_func("/visitors/ranges", test_ranges);
    g_test_add_func("/visitors/many-unknown", test_many_unknown);
    g_test_add_func("/visitors/not-finite", test_not_finite);
    g_test_add_func("/visitors/policy", test_policy);
    g_test_add_func("/visitors/taking", test_taking);
    g_test_add_func("/visitors/keyval/input", test_keyval_input);
    g_test_add_func("/visitors/keyval/refused", test_keyval_refused);
    g_test_add_func("/visitors/string/input", test_string_input);
    g_test_add_func("/visitors/string/output", test_string_output);
    g_test_add_func("/visitors/enum", test_enum);
    g_test_add_func("/visitors/random-damage", test_random_damage);
    return g_test_run();
}
