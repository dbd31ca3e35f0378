/*
 * query-qmp-schema of our own schema.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qapi-commands-introspect.h"
#include "qapi/qapi-introspect.h"
#include "qapi/qapi-visit-introspect.h"
#include "qobject/json-parser.h"

#include <string.h>

typedef struct Query {
    QObject *args;
    JsonWriter out;
    Error **errp;
} Query;

static void coroutine_fn run_query(void *opaque)
{
    Query *q = opaque;

    qmp_query_qmp_schema(co_context(), qobject_to_qdict(q->args), &q->out, q->errp);
}

static GString *query(bool pretty, const char *args, Error **errp)
{
    Query q = {.args = json_parse(args, strlen(args), &error_abort), .errp = errp};
    GString *text = g_string_new(NULL);

    json_writer_init(&q.out, text, pretty);
    coroutine_enter(coroutine_create(run_query, &q));
    qobject_unref(q.args);
    return text;
}

static void test_compact(void)
{
    GString *text = query(false, "{}", &error_abort);

    g_assert_cmpstr(text->str, ==, qmp_schema_json);
    g_assert_cmpint(text->len, ==, qmp_schema_json_len);
    g_string_free(text, true);
}

static void test_pretty(void)
{
    GString *text = query(true, "{}", &error_abort);
    QObject *expected = json_parse(qmp_schema_json, qmp_schema_json_len, &error_abort);
    char *pretty = qobject_to_json_pretty(expected);

    g_assert_cmpstr(text->str, ==, pretty);
    g_free(pretty);
    qobject_unref(expected);
    g_string_free(text, true);
}

static void test_argument(void)
{
    Error *err = NULL;
    GString *text = query(false, "{\"x\": 1}", &err);

    g_assert_cmpstr(error_get_pretty(err), ==, "Parameter 'x' is unexpected");
    g_assert_cmpint(text->len, ==, 0);
    g_string_free(text, true);
    error_free(err);
}

/* The answer is of the type that the schema says it is, and describes itself. */
static void test_own_type(void)
{
    QObject *obj = json_parse(qmp_schema_json, qmp_schema_json_len, &error_abort);
    g_autoptr(Visitor) v = qobject_input_visitor_new(obj);
    g_autoptr(SchemaInfoList) list = NULL;
    bool found = false;

    g_assert_true(visit_type_SchemaInfoList(v, NULL, &list, &error_abort));
    for (SchemaInfoList *info = list; info; info = info->next) {
        found = found || (info->value->meta_type == SCHEMA_META_TYPE_COMMAND &&
                          !strcmp(info->value->name, "query-qmp-schema"));
    }
    g_assert_true(found);
    qobject_unref(obj);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query-schema/compact", test_compact);
    g_test_add_func("/query-schema/pretty", test_pretty);
    g_test_add_func("/query-schema/argument", test_argument);
    g_test_add_func("/query-schema/own-type", test_own_type);
    return g_test_run();
}
