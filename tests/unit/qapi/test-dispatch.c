/*
 * Tests of requests, dispatch and events, with the commands of test-schema.json.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/compat-policy.h"
#include "qobject/json-parser.h"
#include "test-handlers.h"
#include "test-qapi-events.h"
#include "test-qapi-init-commands.h"
#include "test-qapi-visit.h"
#include "util/event-loop.h"

#include <string.h>

/* ---- requests ---- */

static QObject *parse(const char *text)
{
    return json_parse(text, strlen(text), &error_abort);
}

static void test_request_good(void)
{
    g_autoptr(QObject) value = parse("{'execute': 'a', 'arguments': {'b': 1}, 'id': [null]}");
    g_autoptr(QObject) oob = parse("{'exec-oob': 'a'}");
    QmpRequest req;

    g_assert(qmp_request_parse(value, false, &req, &error_abort));
    g_assert_cmpstr(req.command, ==, "a");
    g_assert_cmpint(qdict_get_int(req.args, "b", 0), ==, 1);
    g_assert_cmpint(qobject_type(req.id), ==, QTYPE_QLIST);
    g_assert(!req.oob);
    g_assert(qmp_request_parse(oob, true, &req, &error_abort));
    g_assert(req.oob && !req.id && !req.args);
}

static void test_request_bad(void)
{
    static const struct {
        const char *text;
        bool allow_oob;
        const char *message;
    } cases[] = {
        { "[]", false, "QMP input must be a JSON object" },
        { "null", false, "QMP input must be a JSON object" },
        { "{}", false, "QMP input lacks member 'execute'" },
        { "{'arguments': {}}", false, "QMP input lacks member 'execute'" },
        { "{'execute': 5}", false, "QMP input member 'execute' must be a string" },
        { "{'exec-oob': 5}", true, "QMP input member 'exec-oob' must be a string" },
        { "{'execute': 'quit\\u0000x'}", false,
          "QMP input member 'execute' must not contain NUL characters" },
        { "{'execute': 'a', 'arguments': []}", false,
          "QMP input member 'arguments' must be an object" },
        { "{'execute': 'a', 'arguments': null}", false,
          "QMP input member 'arguments' must be an object" },
        { "{'execute': 'a', 'foo': 1, 'bar': 2}", false, "QMP input member 'foo' is unexpected" },
        { "{'exec-oob': 'a'}", false, "QMP input member 'exec-oob' is unexpected" },
        { "{'execute': 'a', 'exec-oob': 'a'}", true,
          "QMP input member 'execute' clashes with 'exec-oob'" },
        { "{'exec-oob': 'a', 'execute': 'a'}", true,
          "QMP input member 'execute' clashes with 'exec-oob'" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int with_id = 0; with_id < 2; with_id++) {
            g_autoptr(QObject) value = parse(cases[i].text);
            QmpRequest req;
            Error *err = NULL;

            if (with_id && value->type == QTYPE_QDICT) {
                qdict_put_str((QDict *)value, "id", "x"); /* behind what is wrong */
            }
            g_assert(!qmp_request_parse(value, cases[i].allow_oob, &req, &err));
            g_assert_cmpstr(error_get_pretty(err), ==, cases[i].message);
            g_assert_cmpint(req.id != NULL, ==, with_id && value->type == QTYPE_QDICT);
            error_free(err);
        }
    }
}

/* ---- dispatch ---- */

typedef struct Run {
    QmpCommandList *cmds;
    QmpRequest req;
    bool preconfig;
    GString *out;
    bool pretty;
    bool answered;
    bool done;
} Run;

static void coroutine_fn run_entry(void *opaque)
{
    Run *run = opaque;
    JsonWriter writer;

    json_writer_init(&writer, run->out, run->pretty);
    run->answered = qmp_dispatch(run->cmds, &run->req, run->preconfig, &writer);
    run->done = true;
}

static QmpCommandList *make_commands(void)
{
    QmpCommandList *cmds = qmp_command_list_new();

    test_qmp_init_marshal(cmds);
    return cmds;
}

/* Dispatch @request to its end; what is in the buffer then. */
static char *dispatch_with(const char *request, bool preconfig, bool pretty)
{
    g_autoptr(QObject) value = parse(request);
    Run run = { .cmds = make_commands(), .preconfig = preconfig, .pretty = pretty };

    run.out = g_string_new(NULL);
    g_assert(qmp_request_parse(value, true, &run.req, &error_abort));
    coroutine_enter(coroutine_create(run_entry, &run));
    while (!run.done) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_cmpint(run.answered, ==, run.out->len > 0);
    qmp_command_list_free(run.cmds);
    return g_string_free(run.out, false);
}

static void check(const char *request, bool preconfig, const char *reply)
{
    g_autofree char *text = dispatch_with(request, preconfig, false);

    g_assert_cmpstr(text, ==, reply);
}

#define GENERIC(desc)   "{\"error\": {\"class\": \"GenericError\", \"desc\": \"" desc "\"}"
#define NOT_FOUND(desc) "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"" desc "\"}"

static void test_replies(void)
{
    check("{'execute': 'test-status'}", false, "{\"return\": {\"x\": 7}}");
    check("{'execute': 'test-status', 'id': {'a': [1, 'b']}}", false,
          "{\"return\": {\"x\": 7}, \"id\": {\"a\": [1, \"b\"]}}");
    check("{'execute': 'test-status', 'arguments': {}, 'id': null}", false,
          "{\"return\": {\"x\": 7}, \"id\": null}");
    check("{'execute': 'test-echo-number', 'arguments': {'n': 18446744073709551615}}", false,
          "{\"return\": 1.8446744073709552e+19}");
    check("{'execute': 'test-fail', 'id': 1}", false, GENERIC("It \\\"fails\\\"") ", \"id\": 1}");
    check("{'execute': 'test-fail', 'arguments': {'not-found': true}}", false,
          "{\"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"Device 'a\\u00E9\\uFFFD' not "
          "found\"}}");
    check("{'execute': 'test-fail', 'arguments': {'x': 1}}", false,
          GENERIC("Parameter 'x' is unexpected") "}");
    check("{'execute': 'test-status', 'arguments': {'x': 1}}", false,
          GENERIC("Parameter 'x' is unexpected") "}");
    check("{'execute': 'nosuch', 'id': 5}", false,
          NOT_FOUND("The command nosuch has not been found") ", \"id\": 5}");
    check("{'execute': ''}", false, NOT_FOUND("The command  has not been found") "}");
    check("{'exec-oob': 'test-status'}", false,
          GENERIC("The command test-status does not support OOB") "}");
}

/* Names are quoted in messages only as far as a person would read. */
static void test_long_names(void)
{
    static const char *const formats[] = {
        "{'execute': '%s'}",
        "{'execute': 'test-status', 'arguments': {'%s': 1}}",
    };
    g_autofree char *name = g_strnfill(1 << 20, 'x');

    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_auto(GStrv) parts = g_strsplit(formats[i], "%s", 2);
        g_autofree char *request = g_strjoinv(name, parts);
        g_autofree char *reply = dispatch_with(request, false, false);

        g_assert(strstr(reply, "xxxxxxxx"));
        g_assert_cmpuint(strlen(reply), <, 400);
    }
}

static void test_pretty(void)
{
    g_autofree char *text = dispatch_with("{'execute': 'test-status', 'id': 1}", false, true);

    g_assert_cmpstr(text, ==, "{\n    \"return\": {\n        \"x\": 7\n    },\n    \"id\": 1\n}");
}

static void test_plain(void)
{
    test_handlers.plain_calls = 0;
    check("{'execute': 'test-plain'}", false, "{\"return\": {}}");
    check("{'execute': 'test-plain', 'arguments': {'n': 5}}", false, "{\"return\": {}}");
    g_assert_cmpuint(test_handlers.plain_calls, ==, 6);
    check("{'execute': 'test-oob'}", false, "{\"return\": {}}");
    g_assert_cmpuint(test_handlers.plain_calls, ==, 7);
}

static void test_silent(void)
{
    test_handlers.silent_calls = 0;
    check("{'execute': 'test-silent', 'id': 1}", false, "");
    check("{'execute': 'test-silent', 'arguments': {'fail': true}, 'id': 1}", false,
          GENERIC("Not silent") ", \"id\": 1}");
    g_assert_cmpuint(test_handlers.silent_calls, ==, 2);
}

static void test_preconfig(void)
{
    check("{'execute': 'test-status'}", true, "{\"return\": {\"x\": 7}}");
    check("{'execute': 'test-plain'}", true,
          GENERIC("The command 'test-plain' is permitted only after machine initialization has "
                  "completed") "}");
}

static void test_policy(void)
{
    check("{'execute': 'test-old'}", false, "{\"return\": {}}");
    qapi_set_compat_policy(1 << QAPI_DEPRECATED, 0);
    check("{'execute': 'test-old'}", false,
          NOT_FOUND("Deprecated command test-old disabled by policy") "}");
    qapi_set_compat_policy(0, 0);
}

/* While a handler waits, others write to the same buffer: the reply comes whole, and later. */
static void test_wait(void)
{
    g_autoptr(QObject) value = parse("{'execute': 'test-wait', 'id': 1}");
    Run run = { .cmds = make_commands(), .out = g_string_new(NULL) };

    g_assert(qmp_request_parse(value, false, &run.req, &error_abort));
    coroutine_enter(coroutine_create(run_entry, &run));
    g_assert(!run.done);
    g_assert_cmpuint(run.out->len, ==, 0);
    g_string_append(run.out, "<event>");
    coroutine_enter(test_handlers.waiter);
    g_assert(run.done && run.answered);
    g_assert_cmpstr(run.out->str, ==, "<event>{\"return\": {}, \"id\": 1}");
    g_string_free(run.out, true);
    qmp_command_list_free(run.cmds);
}

static void test_oob(void)
{
    QmpCommandList *cmds = make_commands();
    g_autoptr(QObject) value = parse("{'exec-oob': 'test-oob', 'id': 9}");
    g_autoptr(QObject) in_band = parse("{'exec-oob': 'test-plain', 'id': 9}");
    g_autoptr(GString) out = g_string_new(NULL);
    JsonWriter writer;
    QmpRequest req;

    json_writer_init(&writer, out, false);
    g_assert(qmp_request_parse(value, true, &req, &error_abort));
    g_assert(qmp_dispatch_oob(cmds, &req, false, &writer));
    g_assert_cmpstr(out->str, ==, "{\"return\": {}, \"id\": 9}");
    g_string_truncate(out, 0);
    g_assert(qmp_request_parse(in_band, true, &req, &error_abort));
    g_assert(qmp_dispatch_oob(cmds, &req, false, &writer));
    g_assert_cmpstr(out->str, ==,
                    GENERIC("The command test-plain does not support OOB") ", \"id\": 9}");
    qmp_command_list_free(cmds);
}

static void append_name(const QmpCommand *cmd, void *opaque)
{
    g_string_append_printf(opaque, "%s ", cmd->name);
}

static void test_registry(void)
{
    QmpCommandList *cmds = make_commands();
    g_autoptr(GString) names = g_string_new(NULL);

    qmp_for_each_command(cmds, append_name, names);
    g_assert_cmpstr(names->str, ==,
                    "test-status test-echo test-echo-number test-fail test-plain test-oob "
                    "test-silent test-wait test-old ");
    g_assert_cmpint(qmp_find_command(cmds, "test-plain")->options, ==, QCO_NO_OPTIONS);
    g_assert_cmpint(qmp_find_command(cmds, "test-oob")->options, ==, QCO_ALLOW_OOB);
    g_assert_cmpint(qmp_find_command(cmds, "test-old")->special_features, ==, 1 << QAPI_DEPRECATED);
    g_assert_null(qmp_find_command(cmds, "test"));
    qmp_command_list_free(cmds);
    qmp_command_list_free(NULL);
}

/* ---- events ---- */

static QDict *last_event;

static void keep_event(const char *name, QDict *event)
{
    g_assert_cmpstr(name, ==, qdict_get_str(event, "event"));
    qobject_unref(last_event);
    last_event = qobject_ref(event);
}

static void check_event(const char *format)
{
    QDict *stamp = qdict_get_dict(last_event, "timestamp");
    g_autofree char *json = qobject_to_json(QOBJECT(last_event));
    g_autofree char *expected = g_strdup_printf(format, (int)qdict_get_int(stamp, "seconds", -1),
                                                (int)qdict_get_int(stamp, "microseconds", -1));

    g_assert_cmpstr(json, ==, expected);
    g_assert_cmpint(qdict_get_int(stamp, "microseconds", -1), >=, 0);
    g_assert_cmpint(qdict_get_int(stamp, "microseconds", -1), <, 1000000);
    g_assert_cmpint(llabs(qdict_get_int(stamp, "seconds", 0) - g_get_real_time() / 1000000), <,
                    3600);
}

static void test_events(void)
{
    TestPoint point = { .x = 1, .has_y = true, .y = -2 };

    qapi_event_send_test_plain(); /* nobody listens */
    qmp_event_set_sink(keep_event);
    qapi_event_send_test_plain();
    check_event("{\"timestamp\": {\"seconds\": %d, \"microseconds\": %d}, "
                "\"event\": \"TEST_PLAIN\"}");
    qapi_event_send_test_data(&point, NULL);
    check_event("{\"timestamp\": {\"seconds\": %d, \"microseconds\": %d}, "
                "\"event\": \"TEST_DATA\", \"data\": {\"point\": {\"x\": 1, \"y\": -2}}}");
    qapi_event_send_test_data(&point, "so");
    check_event("{\"timestamp\": {\"seconds\": %d, \"microseconds\": %d}, \"event\": "
                "\"TEST_DATA\", \"data\": {\"point\": {\"x\": 1, \"y\": -2}, \"why\": \"so\"}}");
    qmp_event_set_sink(NULL);
    g_clear_pointer(&last_event, qobject_unref);
    qapi_event_send_test_data(&point, NULL);
    g_assert_null(last_event);
}

static GString *seen; /* "ID:N " or "N " of each event */

static void note_event(const char *name, QDict *event)
{
    const QDict *data = qdict_get_dict(event, "data");

    if (qdict_haskey(data, "id")) {
        g_string_append_printf(seen, "%s:", qdict_get_str(data, "id"));
    }
    g_string_append_printf(seen, "%d ", (int)qdict_get_int(data, "n", -1));
}

static void expect_seen(const char *expected)
{
    g_assert_cmpstr(seen->str, ==, expected);
    g_string_truncate(seen, 0);
}

/* The first at once; of those that follow, the last one when the second is over. */
static void test_limited_events(void)
{
    seen = g_string_new(NULL);
    qmp_event_set_sink(note_event);
    for (int i = 1; i <= 5; i++) {
        qapi_event_send_test_limited(i);
    }
    expect_seen("1 ");
    while (!seen->len) {
        event_loop_iterate(main_loop(), true);
    }
    expect_seen("5 ");
    /* That began another second. */
    qapi_event_send_test_limited(6);
    expect_seen("");
    qmp_events_flush();
    expect_seen("6 ");
    qmp_events_flush();
    expect_seen("");

    for (int i = 1; i <= 3; i++) {
        qapi_event_send_test_limited_by("a", i);
        qapi_event_send_test_limited_by("b", -i);
    }
    expect_seen("a:1 b:-1 ");
    qmp_events_flush();
    g_assert_true(strstr(seen->str, "a:3 ") && strstr(seen->str, "b:-3 "));
    g_assert_cmpuint(seen->len, ==, strlen("a:3 b:-3 "));
    qmp_event_set_sink(NULL);
    g_string_free(seen, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    g_test_add_func("/dispatch/request/good", test_request_good);
    g_test_add_func("/dispatch/request/bad", test_request_bad);
    g_test_add_func("/dispatch/replies", test_replies);
    g_test_add_func("/dispatch/long-names", test_long_names);
    g_test_add_func("/dispatch/pretty", test_pretty);
    g_test_add_func("/dispatch/plain", test_plain);
    g_test_add_func("/dispatch/silent", test_silent);
    g_test_add_func("/dispatch/preconfig", test_preconfig);
    g_test_add_func("/dispatch/policy", test_policy);
    g_test_add_func("/dispatch/wait", test_wait);
    g_test_add_func("/dispatch/limited-events", test_limited_events);
    g_test_add_func("/dispatch/oob", test_oob);
    g_test_add_func("/dispatch/registry", test_registry);
    g_test_add_func("/dispatch/events", test_events);
    return g_test_run();
}
