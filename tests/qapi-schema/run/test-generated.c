/*
 * Types and visitors generated from run.json: round trips, strictness, introspection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/compat-policy.h"
#include "qapi/keyval.h"
#include "qapi/qapi-builtin-visit.h"
#include "qapi/util.h"
#include "qapi/visitor.h"
#include "qobject/json-parser.h"
#include "qobject/json-writer.h"
#include "test-marshal.h"
#include "test-qapi-emit-events.h"
#include "test-qapi-introspect.h"
#include "test-qapi-visit.h"

#include <string.h>

/* What every generated visit_type_X() looks like to one who does not care for the type. */
typedef bool VisitFn(Visitor *v, const char *name, void **obj, Error **errp);

typedef struct TypeCase {
    const char *name;
    VisitFn *visit;
} TypeCase;

/* A wrapper a type, so that no function is called through a pointer of another type. */
#define WRAP(type)                                                                                 \
    static bool wrap_##type(Visitor *v, const char *name, void **obj, Error **errp)                \
    {                                                                                              \
        type *value = *obj;                                                                        \
        bool ok = visit_type_##type(v, name, &value, errp);                                        \
                                                                                                   \
        *obj = value;                                                                              \
        return ok;                                                                                 \
    }

WRAP(Scalars)
WRAP(Optionals)
WRAP(Lists)
WRAP(Reserved)
WRAP(Empty)
WRAP(EmptyChild)
WRAP(Named)
WRAP(Chain)
WRAP(Shape)
WRAP(StrOrPoint)
WRAP(NumOrBool)
WRAP(EnumOrInt)
WRAP(CondStruct)
WRAP(CondUnion)
WRAP(CondAlt)
WRAP(HalfUnion)
WRAP(NoUnion)
WRAP(FeatStruct)
WRAP(PointList)
WRAP(ColourList)

#define TYPE(type) {#type, wrap_##type}

static const TypeCase types[] = {
    TYPE(Scalars), TYPE(Optionals), TYPE(Lists), TYPE(Reserved), TYPE(Empty), TYPE(EmptyChild),
    TYPE(Named), TYPE(Chain), TYPE(Shape), TYPE(StrOrPoint), TYPE(NumOrBool), TYPE(EnumOrInt),
    TYPE(CondStruct), TYPE(CondUnion), TYPE(CondAlt), TYPE(HalfUnion), TYPE(NoUnion),
    TYPE(FeatStruct), TYPE(PointList), TYPE(ColourList),
};

static VisitFn *find_type(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (!strcmp(types[i].name, name)) {
            return types[i].visit;
        }
    }
    g_assert_not_reached();
}

/* ---- JSON -> C -> JSON ---- */

static void *input(VisitFn *visit, const char *json, Error **errp)
{
    QObject *obj = json_parse(json, strlen(json), &error_abort);
    g_autoptr(Visitor) v = qobject_input_visitor_new(obj);
    void *value = NULL;
    bool ok = visit(v, NULL, &value, errp);

    g_assert_cmpint(ok, ==, value != NULL);
    qobject_unref(obj);
    return value;
}

static void dealloc(VisitFn *visit, void *value)
{
    g_autoptr(Visitor) v = qapi_dealloc_visitor_new();

    g_assert_true(visit(v, NULL, &value, NULL));
}

static char *output_json(VisitFn *visit, void *value)
{
    GString *text = g_string_new(NULL);
    JsonWriter writer;
    g_autoptr(Visitor) v = NULL;

    json_writer_init(&writer, text, false);
    v = json_output_visitor_new(&writer);
    g_assert_true(visit(v, NULL, &value, &error_abort));
    visit_complete(v, NULL);
    return g_string_free(text, false);
}

static QObject *output_qobject(VisitFn *visit, void *value)
{
    QObject *obj = NULL;
    g_autoptr(Visitor) v = qobject_output_visitor_new(&obj);

    g_assert_true(visit(v, NULL, &value, &error_abort));
    visit_complete(v, &obj);
    return obj;
}

static void *clone_of(VisitFn *visit, void *value)
{
    g_autoptr(Visitor) v = qapi_clone_visitor_new();

    g_assert_true(visit(v, NULL, &value, &error_abort));
    return value;
}

/* @json comes out as it went in: as text, as a QObject, and from a copy after the first is gone. */
static void check_round_trip(const char *type, const char *json)
{
    VisitFn *visit = find_type(type);
    void *value = input(visit, json, &error_abort);
    void *copy = clone_of(visit, value);
    char *text = output_json(visit, value);
    QObject *expected = json_parse(json, strlen(json), &error_abort);
    QObject *obj;

    g_assert_cmpstr(text, ==, json);
    g_free(text);
    dealloc(visit, value);
    obj = output_qobject(visit, copy);
    g_assert_true(qobject_equal(obj, expected));
    qobject_unref(obj);
    qobject_unref(expected);
    text = output_json(visit, copy);
    g_assert_cmpstr(text, ==, json);
    g_free(text);
    dealloc(visit, copy);
}

#define SCALARS(i, u8, b, e)                                                                       \
    "{\"i\": " i ", \"i8\": -128, \"i16\": -32768, \"i32\": -2147483648, "                         \
    "\"i64\": -9223372036854775808, \"u8\": " u8 ", \"u16\": 65535, \"u32\": 4294967295, "         \
    "\"u64\": 18446744073709551615, \"z\": 4096, \"n\": 0.5, \"b\": " b ", "                       \
    "\"s\": \"text\", \"e\": " e ", \"a\": {\"x\": [1, null]}, \"nil\": null}"

static void test_scalars(void)
{
    check_round_trip("Scalars", SCALARS("9223372036854775807", "255", "true", "\"dark-blue\""));
}

static void test_optionals(void)
{
    check_round_trip("Optionals", "{}");
    check_round_trip("Optionals",
                     "{\"i\": 0, \"u8\": 0, \"n\": 1.5, \"b\": false, \"s\": \"\", \"e\": \"red\", "
                     "\"a\": 7, \"nil\": null, \"l\": [1], \"o\": {\"x\": 1}, \"alt\": \"s\", "
                     "\"un\": {\"kind\": \"nothing\"}}");
    /* Each alone, so that no has_ stands for another. */
    check_round_trip("Optionals", "{\"b\": true}");
    check_round_trip("Optionals", "{\"s\": \"x\"}");
    check_round_trip("Optionals", "{\"alt\": null}");
    check_round_trip("Optionals", "{\"nil\": null}");
}

static void test_lists(void)
{
    check_round_trip("Lists",
                     "{\"ints\": [], \"bytes\": [], \"words\": [], \"bools\": [], \"numbers\": [], "
                     "\"sizes\": [], \"any\": [], \"nulls\": [], \"colours\": [], \"points\": [], "
                     "\"shapes\": [], \"alts\": []}");
    check_round_trip("Lists",
                     "{\"ints\": [1, -2, 3], \"bytes\": [0, 255], \"words\": [\"a\", \"\"], "
                     "\"bools\": [true, false], \"numbers\": [0.25, 2.5], \"sizes\": [0], "
                     "\"any\": [[], {}, null], \"nulls\": [null, null], "
                     "\"colours\": [\"green\", \"red\"], "
                     "\"points\": [{\"x\": 1, \"y\": 2}, {\"x\": 3}], "
                     "\"shapes\": [{\"kind\": \"nothing\"}, "
                     "{\"kind\": \"path\", \"points\": [{\"x\": 4}]}], "
                     "\"alts\": [\"s\", null, {\"x\": 5}, [6]]}");
    check_round_trip("PointList", "[{\"x\": 1}, {\"x\": 2, \"y\": 3}]");
    check_round_trip("ColourList", "[\"dark-blue\"]");
}

static void test_structs(void)
{
    check_round_trip("Reserved", "{\"default\": 1, \"__org.example_x-y\": 2}");
    check_round_trip("Reserved", "{\"default\": 1, \"unix\": \"u\", \"register\": true, "
                                 "\"__org.example_x-y\": 2}");
    check_round_trip("Empty", "{}");
    check_round_trip("EmptyChild", "{}");
    check_round_trip("Named", "{\"x\": 1, \"y\": 2, \"name\": \"n\"}");
    check_round_trip("Chain", "{\"value\": 1, \"next\": {\"value\": 2, \"next\": {\"value\": 3}}}");
}

static void test_unions(void)
{
    check_round_trip("Shape", "{\"kind\": \"nothing\", \"label\": \"l\"}");
    check_round_trip("Shape",
                     "{\"kind\": \"circle\", \"centre\": {\"x\": 1, \"y\": 2}, \"radius\": 2.5}");
    check_round_trip("Shape", "{\"kind\": \"path\", \"label\": \"l\", \"points\": [{\"x\": 1}]}");
    check_round_trip("Shape", "{\"kind\": \"text\", \"style\": \"plain\"}");
    check_round_trip("Shape", "{\"kind\": \"text\", \"style\": \"bold\", \"weight\": 7}");
}

static void test_alternates(void)
{
    check_round_trip("StrOrPoint", "\"text\"");
    check_round_trip("StrOrPoint", "{\"x\": 1}");
    check_round_trip("StrOrPoint", "[1, 2]");
    check_round_trip("StrOrPoint", "null");
    check_round_trip("NumOrBool", "1.5");
    check_round_trip("NumOrBool", "true");
    check_round_trip("NumOrBool", "{\"kind\": \"text\", \"style\": \"bold\", \"weight\": 7}");
    check_round_trip("EnumOrInt", "\"red\"");
    check_round_trip("EnumOrInt", "-5");
}

static void test_conditions(void)
{
    check_round_trip("CondStruct", "{\"on\": 1}");
    check_round_trip("CondStruct", "{\"on\": 1, \"p\": \"x\"}");
    check_round_trip("CondUnion", "{\"c\": \"second\"}");
    check_round_trip("CondUnion", "{\"c\": \"third\", \"x\": 1}");
    check_round_trip("CondAlt", "true");
    check_round_trip("HalfUnion", "{\"c\": \"red\"}");
    check_round_trip("HalfUnion", "{\"c\": \"green\", \"x\": 1}");
    check_round_trip("HalfUnion", "{\"c\": \"dark-blue\"}");
    g_assert_cmpint(MY_COND_SECOND, ==, 0);
    g_assert_cmpint(MY_COND__MAX, ==, 2);
    g_assert_cmpstr(Cond_str(MY_COND_THIRD), ==, "third");
}

/* ---- strictness ---- */

typedef struct BadInput {
    const char *type, *json, *message;
} BadInput;

static const BadInput bad_inputs[] = {
    {"Named", "{\"x\": 1}", "Parameter 'name' is missing"},
    {"Named", "{\"name\": \"n\"}", "Parameter 'x' is missing"},
    {"Named", "{\"x\": \"1\", \"name\": \"n\"}", "Invalid parameter type for 'x'"},
    {"Named", "{\"x\": 1.5, \"name\": \"n\"}", "Invalid parameter type for 'x'"},
    {"Named", "{\"x\": 1, \"name\": \"n\", \"z\": 0}", "Parameter 'z' is unexpected"},
    {"Named", "[]", "Invalid parameter type"},
    {"Named", "null", "Invalid parameter type"},
    {"Scalars", SCALARS("1", "256", "true", "\"red\""), "'u8'"},
    {"Scalars", SCALARS("9223372036854775808", "1", "true", "\"red\""), "'i'"},
    {"Scalars", SCALARS("1", "-1", "true", "\"red\""), "'u8'"},
    {"Scalars", SCALARS("1", "1", "1", "\"red\""), "Invalid parameter type for 'b'"},
    {"Scalars", SCALARS("1", "1", "true", "\"blue\""), "blue"},
    {"Scalars", SCALARS("1", "1", "true", "0"), "Invalid parameter type for 'e'"},
    {"Optionals", "{\"o\": {\"x\": {}}}", "Invalid parameter type for 'o.x'"},
    {"Optionals", "{\"l\": [1, 2, \"3\"]}", "Invalid parameter type for 'l[2]'"},
    {"Optionals", "{\"s\": null}", "Invalid parameter type for 's'"},
    {"Optionals", "{\"un\": {\"kind\": \"path\", \"points\": [{\"x\": 1}, {\"z\": 1}]}}",
     "'un.points[1].x' is missing"},
    {"Lists", "{\"ints\": {}}", "Invalid parameter type for 'ints'"},
    {"PointList", "[{\"x\": 1}, 5]", "Invalid parameter type for '[1]'"},
    {"Empty", "{\"a\": 1}", "Parameter 'a' is unexpected"},
    {"Reserved", "{\"q_default\": 1}", "'default' is missing"},
    {"Shape", "{}", "Parameter 'kind' is missing"},
    {"Shape", "{\"kind\": \"square\"}", "square"},
    {"Shape", "{\"kind\": \"nothing\", \"radius\": 1}", "Parameter 'radius' is unexpected"},
    {"Shape", "{\"kind\": \"circle\", \"centre\": {\"x\": 1}}", "Parameter 'radius' is missing"},
    {"Shape", "{\"kind\": \"text\", \"style\": \"bold\", \"weight\": []}", "'weight'"},
    {"StrOrPoint", "true", "Invalid parameter type"},
    {"StrOrPoint", "{\"x\": 1, \"name\": \"n\"}", "Parameter 'name' is unexpected"},
    {"StrOrPoint", "[1, \"a\"]", "Invalid parameter type for '[1]'"},
    {"Optionals", "{\"alt\": 5}", "Invalid parameter type for 'alt'"},
    {"NumOrBool", "\"1\"", "expected: number or boolean or object"},
    {"EnumOrInt", "\"blue\"", "blue"},
    {"EnumOrInt", "1000", "from -128 to 127"},
    {"CondStruct", "{\"on\": 1, \"off\": \"x\"}", "Parameter 'off' is unexpected"},
    {"CondUnion", "{\"c\": \"first\"}", "first"},
    {"HalfUnion", "{\"c\": \"red\", \"x\": 1}", "Parameter 'x' is unexpected"},
    {"NoUnion", "{\"s\": \"freed\", \"e\": \"a\"}", "'e'"},
    {"CondAlt", "1", "expected: one of: boolean"},
    {"Chain", "{\"value\": 1, \"next\": {\"value\": 2, \"next\": {}}}",
     "Parameter 'next.next.value' is missing"},
};

static void test_strict(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_inputs); i++) {
        const BadInput *bad = &bad_inputs[i];
        Error *err = NULL;

        g_test_message("%s %s", bad->type, bad->json);
        g_assert_null(input(find_type(bad->type), bad->json, &err));
        g_assert_nonnull(err);
        if (!strstr(error_get_pretty(err), bad->message)) {
            g_test_message("is: %s, not: %s", error_get_pretty(err), bad->message);
            g_test_fail();
        }
        error_free(err);
    }
}

/* ---- what C code sees ---- */

static void test_members(void)
{
    g_autoptr(Named) named = input(wrap_Named, "{\"x\": 1, \"name\": \"n\"}", &error_abort);
    g_autoptr(Shape) shape = input(wrap_Shape, "{\"kind\": \"circle\", \"centre\": {\"x\": 3}, "
                                               "\"radius\": 4}", &error_abort);
    g_autoptr(Point) copy = NULL;
    Point *base = qapi_Named_base(named);

    g_assert_cmpint(base->x, ==, 1);
    g_assert_false(base->has_y);
    g_assert_cmpint(shape->kind, ==, SHAPE_KIND_CIRCLE);
    g_assert_null(shape->label);
    g_assert_cmpint(shape->u.circle.centre->x, ==, 3);
    copy = QAPI_CLONE(Point, shape->u.circle.centre);
    g_assert_cmpint(copy->x, ==, 3);
    qapi_free_Point(NULL);
}

static void test_enums(void)
{
    Error *err = NULL;

    g_assert_cmpstr(Colour_str(COLOUR_DARK_BLUE), ==, "dark-blue");
    g_assert_cmpint(COLOUR__MAX, ==, 3);
    g_assert_cmpint(qapi_enum_parse(&Colour_lookup, "green", -1, &error_abort), ==, COLOUR_GREEN);
    g_assert_cmpint(qapi_enum_parse(&Colour_lookup, "mauve", -1, &err), ==, -1);
    g_assert_nonnull(err);
    error_free(err);
    g_assert_cmpint(FeatEnum_lookup.special_features[FEAT_ENUM_PLAIN], ==, 0);
    g_assert_cmpint(FeatEnum_lookup.special_features[FEAT_ENUM_OLD], ==, 1 << QAPI_DEPRECATED);
    g_assert_cmpint(FeatEnum_lookup.special_features[FEAT_ENUM_NEW], ==, 1 << QAPI_UNSTABLE);
    g_assert_cmpstr(QType_str(QTYPE_QLIST), ==, "qlist");
    g_assert_cmpint(QTYPE__MAX, ==, QType_lookup.size);
    g_assert_cmpstr(test_QAPIEvent_str(TEST_QAPI_EVENT_MOVED), ==, "MOVED");
}

static void test_policy(void)
{
    Error *err = NULL;
    FeatStruct value = {.a = 1, .has_b = true, .b = 2};
    char *text;

    qapi_set_compat_policy(1 << QAPI_DEPRECATED, 1 << QAPI_DEPRECATED);
    text = output_json(wrap_FeatStruct, &value);
    g_assert_cmpstr(text, ==, "{\"a\": 1}");
    g_free(text);
    g_assert_null(input(wrap_FeatStruct, "{\"a\": 1, \"b\": 2}", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "b"));
    error_free(err);
    err = NULL;
    g_assert_null(input(wrap_FeatStruct, "{\"a\": 1, \"e\": \"old\"}", &err));
    error_free(err);
    qapi_set_compat_policy(0, 0);
    check_round_trip("FeatStruct", "{\"a\": 1, \"b\": 2, \"e\": \"old\"}");
}

static void test_keyval(void)
{
    QDict *dict = keyval_parse("circle,centre.x=7,radius=1.5,label=a", "kind", &error_abort);
    g_autoptr(Visitor) v = qobject_input_visitor_new_keyval(QOBJECT(dict));
    g_autoptr(Shape) shape = NULL;

    g_assert_true(visit_type_Shape(v, NULL, &shape, &error_abort));
    g_assert_cmpint(shape->kind, ==, SHAPE_KIND_CIRCLE);
    g_assert_cmpint(shape->u.circle.centre->x, ==, 7);
    g_assert_cmpfloat(shape->u.circle.radius, ==, 1.5);
    g_assert_cmpstr(shape->label, ==, "a");
    qobject_unref(dict);
}

/* ---- introspection ---- */

static QDict *find_entry(QList *schema, const char *name)
{
    for (size_t i = 0; i < qlist_size(schema); i++) {
        QDict *entry = qobject_to_qdict(qlist_at(schema, i));

        if (!strcmp(qdict_get_str(entry, "name"), name)) {
            return entry;
        }
    }
    return NULL;
}

static void check_entry(QList *schema, const char *name, const char *meta)
{
    QDict *entry = find_entry(schema, name);

    g_assert_nonnull(entry);
    g_assert_cmpstr(qdict_get_str(entry, "meta-type"), ==, meta);
}

/* Every type that is named is there. */
static void check_references(QList *schema, QObject *value)
{
    QDict *dict = qobject_to_qdict(value);
    QList *list = qobject_to_qlist(value);

    for (size_t i = 0; list && i < qlist_size(list); i++) {
        check_references(schema, qlist_at(list, i));
    }
    for (const QDictEntry *e = dict ? qdict_first(dict) : NULL; e; e = qdict_next(dict, e)) {
        QString *name = qobject_to_qstring(qdict_entry_value(e));

        if (name && g_str_has_suffix(qdict_entry_key(e), "type") &&
            strcmp(qdict_entry_key(e), "meta-type") && strcmp(qdict_entry_key(e), "json-type")) {
            g_assert_nonnull(find_entry(schema, qstring_get(name)));
        }
        check_references(schema, qdict_entry_value(e));
    }
}

static void test_introspection(void)
{
    QObject *obj = json_parse(test_qmp_schema_json, test_qmp_schema_json_len, &error_abort);
    QList *schema = qobject_to_qlist(obj);
    QDict *arg;
    char *text;

    g_assert_nonnull(schema);
    check_entry(schema, "get-shape", "command");
    check_entry(schema, "part-command", "command");
    check_entry(schema, "MOVED", "event");
    check_entry(schema, "int", "builtin");
    check_entry(schema, "[str]", "array");
    check_entry(schema, "cond-on", "command");
    g_assert_null(find_entry(schema, "cond-off"));
    g_assert_null(find_entry(schema, "OFF"));
    g_assert_null(find_entry(schema, "Shape"));
    g_assert_true(qdict_get_bool(find_entry(schema, "get-named"), "allow-oob", false));
    g_assert_false(qdict_haskey(find_entry(schema, "get-shape"), "allow-oob"));
    arg = find_entry(schema, qdict_get_str(find_entry(schema, "get-shape"), "arg-type"));
    g_assert_cmpstr(qdict_get_str(arg, "tag"), ==, "kind");
    g_assert_cmpint(qlist_size(qdict_get_list(arg, "variants")), ==, 4);
    arg = find_entry(schema, qdict_get_str(find_entry(schema, "get-cond"), "arg-type"));
    g_assert_cmpint(qlist_size(qdict_get_list(arg, "members")), ==, 3);
    check_references(schema, obj);
    /* The text is as our own writer would write it. */
    text = qobject_to_json(obj);
    g_assert_cmpstr(text, ==, test_qmp_schema_json);
    g_free(text);
    qobject_unref(obj);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/generated/scalars", test_scalars);
    g_test_add_func("/generated/optionals", test_optionals);
    g_test_add_func("/generated/lists", test_lists);
    g_test_add_func("/generated/structs", test_structs);
    g_test_add_func("/generated/unions", test_unions);
    g_test_add_func("/generated/alternates", test_alternates);
    g_test_add_func("/generated/conditions", test_conditions);
    g_test_add_func("/generated/strict", test_strict);
    g_test_add_func("/generated/members", test_members);
    g_test_add_func("/generated/enums", test_enums);
    g_test_add_func("/generated/policy", test_policy);
    g_test_add_func("/generated/keyval", test_keyval);
    g_test_add_func("/generated/introspection", test_introspection);
    add_marshal_tests();
    return g_test_run();
}
