/*
 * Marshallers, registration and event emitters generated from run.json.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "test-marshal.h"
#include "qapi/qmp-registry.h"
#include "qapi/util.h"
#include "qobject/json-parser.h"
#include "sub/test-qapi-commands-part.h"
#include "sub/test-qapi-events-part.h"
#include "test-qapi-commands.h"
#include "test-qapi-events.h"
#include "test-qapi-init-commands.h"
#include "test-qapi-visit.h"

#include <string.h>

/* ---- the handlers ---- */

static int calls;

void qmp_nothing(Error **errp)
{
    calls++;
}

int64_t qmp_get_int(int64_t a, bool has_b, uint8_t b, Error **errp)
{
    calls++;
    return a + (has_b ? b : 1000);
}

strList *coroutine_fn qmp_get_words(strList *words, Error **errp)
{
    strList *result = NULL, **tail = &result;

    calls++;
    for (strList *word = words; word; word = word->next) {
        QAPI_LIST_APPEND(tail, g_strdup_printf("<%s>", word->value));
    }
    return result;
}

QObject *qmp_get_any(QObject *value, Error **errp)
{
    calls++;
    return qobject_ref(value);
}

StrOrPoint *qmp_get_alt(StrOrPoint *alt, Error **errp)
{
    calls++;
    return QAPI_CLONE(StrOrPoint, alt);
}

Named *qmp_get_named(int64_t x, bool has_y, int64_t y, const char *name, Error **errp)
{
    Named *result = g_new0(Named, 1);

    calls++;
    result->x = x;
    result->has_y = has_y;
    result->y = y;
    result->name = g_strdup(name);
    return result;
}

Shape *qmp_get_shape(Shape *arg, Error **errp)
{
    calls++;
    return QAPI_CLONE(Shape, arg);
}

EmptyChild *qmp_get_empty(Empty *arg, Error **errp)
{
    calls++;
    return g_new0(EmptyChild, 1);
}

PointList *qmp_fail(const char *message, Error **errp)
{
    calls++;
    error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "%s", message);
    return NULL;
}

void qmp_raw(QDict *args, JsonWriter *out, Error **errp)
{
    calls++;
    json_writer_int(out, qdict_get_int(args, "x", -1));
}

void qmp_with_underscore(Error **errp)
{
    calls++;
}

CondUnionList *qmp_get_cond(CondStruct *st, CondUnion *un, CondAlt *alt, Error **errp)
{
    CondUnionList *result = NULL;

    calls++;
    g_assert_cmpint(st->on, ==, 1);
    g_assert_cmpint(alt->type, ==, QTYPE_QBOOL);
    QAPI_LIST_PREPEND(result, QAPI_CLONE(CondUnion, un));
    return result;
}

Chain *qmp_get_names(const char *errp, int64_t v, int64_t arg, bool ok, Error **q_errp)
{
    Chain *result = g_new0(Chain, 1);

    calls++;
    result->value = v + arg;
    return result;
}

void qmp_cond_on(Error **errp)
{
    calls++;
}

Point *qmp_part_command(Error **errp)
{
    calls++;
    return g_new0(Point, 1);
}

/* ---- calling them ---- */

typedef struct Call {
    const char *command, *args;
    const char *result; /* NULL: fails, before the handler was called unless @handler_fails */
    const char *message;
    bool handler_fails;
} Call;

static const Call call_cases[] = {
    {"nothing", "{}", "{}"},
    {"nothing", "{\"x\": 1}", NULL, "Parameter 'x' is unexpected"},
    {"get-int", "{\"a\": 1}", "1001"},
    {"get-int", "{\"a\": 1, \"b\": 2}", "3"},
    {"get-int", "{}", NULL, "Parameter 'a' is missing"},
    {"get-int", "{\"a\": 1, \"b\": 256}", NULL, "'b'"},
    {"get-int", "{\"a\": \"1\"}", NULL, "Invalid parameter type for 'a'"},
    {"get-words", "{}", "[]"},
    {"get-words", "{\"words\": [\"a\", \"b\"]}", "[\"<a>\", \"<b>\"]"},
    {"get-words", "{\"words\": [\"a\", 1]}", NULL, "'words[1]'"},
    {"get-any", "{\"value\": {\"deep\": [true]}}", "{\"deep\": [true]}"},
    {"get-any", "{\"value\": null}", "null"},
    {"get-alt", "{\"alt\": \"s\"}", "\"s\""},
    {"get-alt", "{\"alt\": {\"x\": 1}}", "{\"x\": 1}"},
    {"get-alt", "{\"alt\": [1, 2]}", "[1, 2]"},
    {"get-alt", "{\"alt\": true}", NULL, "'alt'"},
    {"get-named", "{\"x\": 1, \"y\": 2, \"name\": \"n\"}",
     "{\"x\": 1, \"y\": 2, \"name\": \"n\"}"},
    {"get-named", "{\"name\": \"n\", \"x\": 1}", "{\"x\": 1, \"name\": \"n\"}"},
    {"get-named", "{\"name\": \"freed on failure\"}", NULL, "Parameter 'x' is missing"},
    {"get-shape", "{\"kind\": \"path\", \"points\": [{\"x\": 1}]}",
     "{\"kind\": \"path\", \"points\": [{\"x\": 1}]}"},
    {"get-shape", "{\"kind\": \"path\", \"label\": \"l\", \"points\": [{\"x\": 1}, {}]}", NULL,
     "'points[1].x' is missing"},
    {"get-shape", "{\"kind\": \"path\", \"points\": [{\"x\": 1}], \"z\": 1}", NULL,
     "Parameter 'z' is unexpected"},
    {"get-empty", "{}", "{}"},
    {"fail", "{\"message\": \"no\"}", NULL, "no", true},
    {"raw", "{\"x\": 7}", "7"},
    {"with_underscore", "{}", "{}"},
    {"cond-on", "{}", "{}"},
    {"get-names", "{\"errp\": \"e\", \"v\": 1, \"arg\": 2, \"ok\": true}",
     "{\"value\": 3}"},
    {"get-cond",
     "{\"st\": {\"on\": 1}, \"un\": {\"c\": \"third\", \"x\": 1}, \"alt\": true}",
     "[{\"c\": \"third\", \"x\": 1}]"},
    {"get-cond", "{\"st\": {\"on\": 1}, \"un\": {\"c\": \"second\"}, \"alt\": 1}", NULL,
     "Invalid parameter type for 'alt'"},
    {"part-command", "{}", "{\"x\": 0}"},
};

static void coroutine_fn check_call(const QmpCommandList *cmds, const Call *call)
{
    const QmpCommand *cmd = qmp_find_command(cmds, call->command);
    QObject *args = json_parse(call->args, strlen(call->args), &error_abort);
    GString *text = g_string_new(NULL);
    JsonWriter out;
    Error *err = NULL;

    g_test_message("%s %s", call->command, call->args);
    g_assert_nonnull(cmd);
    calls = 0;
    json_writer_init(&out, text, false);
    if (cmd->coroutine) {
        cmd->coroutine(co_context(), qobject_to_qdict(args), &out, &err);
    } else {
        cmd->plain(qobject_to_qdict(args), &out, &err);
    }
    g_assert_cmpint(calls, ==, call->result || call->handler_fails);
    if (call->result) {
        g_assert_null(err);
        g_assert_cmpstr(text->str, ==, call->result);
    } else {
        g_assert_nonnull(strstr(error_get_pretty(err), call->message));
        g_assert_cmpstr(text->str, ==, "");
    }
    error_free(err);
    g_string_free(text, true);
    qobject_unref(args);
}

static void coroutine_fn check_calls(void *opaque)
{
    for (size_t i = 0; i < G_N_ELEMENTS(call_cases); i++) {
        check_call(opaque, &call_cases[i]);
    }
}

static void test_calls(void)
{
    QmpCommandList *cmds = qmp_command_list_new();

    test_qmp_init_marshal(cmds);
    coroutine_enter(coroutine_create(check_calls, cmds));
    qmp_command_list_free(cmds);
}

static void check_flags(const QmpCommandList *cmds, const char *name, QmpCommandOptions options,
                        unsigned special_features)
{
    const QmpCommand *cmd = qmp_find_command(cmds, name);

    g_assert_nonnull(cmd);
    g_assert_cmpint(cmd->options, ==, options);
    g_assert_cmpint(cmd->special_features, ==, special_features);
}

static void test_registration(void)
{
    QmpCommandList *cmds = qmp_command_list_new();

    test_qmp_init_marshal(cmds);
    check_flags(cmds, "nothing", QCO_NO_OPTIONS, 0);
    check_flags(cmds, "get-words", QCO_COROUTINE, 0);
    check_flags(cmds, "get-alt", QCO_ALLOW_PRECONFIG, 0);
    check_flags(cmds, "get-named", QCO_ALLOW_OOB, 0);
    check_flags(cmds, "raw", QCO_NO_SUCCESS_RESP, 0);
    check_flags(cmds, "with_underscore", QCO_NO_OPTIONS,
                1 << QAPI_DEPRECATED | 1 << QAPI_UNSTABLE);
    g_assert_null(qmp_find_command(cmds, "cond-off"));
    qmp_command_list_free(cmds);
}

/* ---- events ---- */

static char *last_event;
static QObject *last_data;

static void take_event(const char *name, QDict *event)
{
    QObject *data = qdict_get(event, "data");

    g_free(last_event);
    qobject_unref(last_data);
    last_event = g_strdup(name);
    last_data = data ? qobject_ref(data) : NULL;
    g_assert_cmpstr(qdict_get_str(event, "event"), ==, name);
}

static void check_event(const char *name, const char *data)
{
    g_assert_cmpstr(last_event, ==, name);
    if (data) {
        g_autofree char *text = qobject_to_json(last_data);

        g_assert_cmpstr(text, ==, data);
    } else {
        g_assert_null(last_data);
    }
}

static void test_events(void)
{
    Point to = {.x = 1};
    Shape shape = {.kind = SHAPE_KIND_TEXT};

    shape.u.text.style = TEXT_STYLE_BOLD;
    shape.u.text.u.bold.weight = 9;
    qmp_event_set_sink(take_event);
    qapi_event_send_happened();
    check_event("HAPPENED", NULL);
    qapi_event_send_moved(&to, NULL, false, 0, COLOUR_GREEN);
    check_event("MOVED", "{\"to\": {\"x\": 1}, \"c\": \"green\"}");
    qapi_event_send_moved(&to, "wind", true, 1.5, COLOUR_RED);
    check_event("MOVED",
                "{\"to\": {\"x\": 1}, \"why\": \"wind\", \"speed\": 1.5, \"c\": \"red\"}");
    qapi_event_send_named(1, true, 2, "n");
    check_event("NAMED", "{\"x\": 1, \"y\": 2, \"name\": \"n\"}");
    qapi_event_send_shaped(&shape);
    check_event("SHAPED", "{\"kind\": \"text\", \"style\": \"bold\", \"weight\": 9}");
    qapi_event_send_locals(1, "v", 2, 3);
    check_event("LOCALS", "{\"data\": 1, \"v\": \"v\", \"param\": 2, \"obj\": 3}");
    qapi_event_send_part_event(3, false, 0);
    check_event("PART_EVENT", "{\"x\": 3}");
    qmp_event_set_sink(NULL);
    g_free(last_event);
    qobject_unref(last_data);
}

void add_marshal_tests(void)
{
    g_test_add_func("/generated/calls", test_calls);
    g_test_add_func("/generated/registration", test_registration);
    g_test_add_func("/generated/events", test_events);
}
