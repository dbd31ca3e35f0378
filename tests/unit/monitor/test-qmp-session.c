/*
 * QMP sessions over socket pairs: the protocol, flow control, disconnects, several at once, oob.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hmp-test-commands.h"
#include "monitor/monitor-internal.h"
#include "monitor/qmp-session.h"
#include "qapi/qapi-commands-control.h"
#include "test-client.h"
#include "util/bql.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEGOTIATE "{\"execute\": \"qmp_capabilities\"}"
#define EXPECTING                                                                                  \
    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": "                                      \
    "\"Expecting capabilities negotiation with 'qmp_capabilities'\"}}"

static QmpCommandList *commands;

/* ---- commands of the test's own ---- */

static unsigned slept;
static unsigned sleep_cancelled;
static unsigned sleeping;

static void coroutine_fn marshal_echo(QDict *args, JsonWriter *out, Error **errp)
{
    g_assert_true(in_coroutine());
    json_writer_qobject(out, QOBJECT(args));
}

static void marshal_plain(QDict *args, JsonWriter *out, Error **errp)
{
    g_assert_false(in_coroutine());
    bql_assert_locked();
    json_writer_int(out, 1);
}

static void marshal_peek(QDict *args, JsonWriter *out, Error **errp)
{
    g_assert_false(in_coroutine());
    json_writer_bool(out, event_loop_current() == main_loop());
}

static void coroutine_fn marshal_sleep(QDict *args, JsonWriter *out, Error **errp)
{
    sleeping++;
    if (co_sleep_ns(CLOCK_HOST, qdict_get_int(args, "ms", 0) * NS_PER_MS)) {
        slept++;
        json_writer_str(out, "slept");
    } else {
        sleep_cancelled++;
        error_setg(errp, "cancelled: %s",
                   cancel_token_reason(coroutine_get_cancel(coroutine_self())));
    }
    sleeping--;
}

static void coroutine_fn marshal_big(QDict *args, JsonWriter *out, Error **errp)
{
    g_autofree char *text = g_strnfill((gsize)qdict_get_int(args, "size", 0), 'x');

    json_writer_str(out, text);
}

static void coroutine_fn marshal_quiet(QDict *args, JsonWriter *out, Error **errp)
{
    json_writer_begin_object(out);
    json_writer_end_object(out);
}

static void set_up_commands(void)
{
    commands = qmp_command_list_new();
    qmp_register_command(commands, "qmp_capabilities", qmp_marshal_qmp_capabilities,
                         QCO_COROUTINE | QCO_ALLOW_PRECONFIG, 0);
    qmp_register_command(commands, "query-version", qmp_marshal_query_version, QCO_ALLOW_OOB, 0);
    qmp_register_command(commands, "query-commands", qmp_marshal_query_commands, QCO_COROUTINE, 0);
    qmp_register_command(commands, "human-monitor-command", qmp_marshal_human_monitor_command,
                         QCO_COROUTINE, 0);
    qmp_register_command(commands, "echo", marshal_echo, QCO_COROUTINE, 0);
    qmp_register_command(commands, "plain", marshal_plain, QCO_NO_OPTIONS, 0);
    qmp_register_command(commands, "peek", marshal_peek, QCO_ALLOW_OOB, 0);
    qmp_register_command(commands, "sleep", marshal_sleep, QCO_COROUTINE, 0);
    qmp_register_command(commands, "big", marshal_big, QCO_COROUTINE, 0);
    qmp_register_command(commands, "quiet", marshal_quiet, QCO_COROUTINE | QCO_NO_SUCCESS_RESP, 0);
}

/* ---- fixture: two monitors, one client each ---- */

typedef struct Fixture {
    Chardev *chr[2];
    TestClient client[2];
} Fixture;

static void connect_client(Fixture *f, unsigned i)
{
    test_client_init(&f->client[i], chardev_get_loop(f->chr[i]) == main_loop()
                                        ? fake_chardev_connect(f->chr[i])
                                        : fake_chardev_connect_soon(f->chr[i]));
}

static void greet(TestClient *client)
{
    g_autofree char *greeting = test_client_line(client);

    g_assert_true(g_str_has_prefix(greeting, "{\"QMP\": {\"version\": {\"qemu\": {"));
}

static void negotiate(TestClient *client)
{
    greet(client);
    test_client_send(client, NEGOTIATE);
    test_client_expect(client, "{\"return\": {}}");
}

static void set_up_pretty(Fixture *f, bool pretty)
{
    monitors_init(commands);
    for (unsigned i = 0; i < 2; i++) {
        f->chr[i] = fake_chardev_new();
        g_assert_nonnull(monitor_new_qmp(f->chr[i], pretty, &error_abort));
        connect_client(f, i);
    }
}

static void set_up(Fixture *f, const void *data)
{
    set_up_pretty(f, false);
}

static void set_up_for_people(Fixture *f, const void *data)
{
    set_up_pretty(f, true);
}

static void set_up_negotiated(Fixture *f, const void *data)
{
    set_up(f, data);
    negotiate(&f->client[0]);
    negotiate(&f->client[1]);
}

static void tear_down(Fixture *f, const void *data)
{
    for (unsigned i = 0; i < 2; i++) {
        test_client_close(&f->client[i]);
    }
    monitors_cleanup();
    for (unsigned i = 0; i < 2; i++) {
        fake_chardev_free(f->chr[i]);
    }
    g_assert_cmpuint(sleeping, ==, 0);
}

/* ---- the protocol ---- */

static void test_greeting(Fixture *f, const void *data)
{
    test_client_expect(&f->client[0],
                       "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, "
                       "\"major\": 7}, \"package\": \"vitrine-0.1.0\"}, "
                       "\"capabilities\": [\"oob\"]}}");
    test_client_expect_silence(&f->client[0]);
}

static void test_negotiation(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];

    greet(c);
    test_client_send(c,
                     "{\"execute\": \"plain\"} {\"execute\": \"nothing\"} {\"exec-oob\": \"peek\"}"
                     "[1] {\"execute\": \"qmp_capabilities\", \"arguments\": {\"enable\": "
                     "[\"time-travel\"]}} {\"execute\": \"plain\"}" NEGOTIATE
                     "{\"execute\": \"plain\"}" NEGOTIATE "{\"exec-oob\": \"peek\"}");
    test_client_expect(c, EXPECTING);
    test_client_expect(c, EXPECTING);
    test_client_expect(c, "{\"error\": {\"class\": \"GenericError\", \"desc\": "
                          "\"QMP input member 'exec-oob' is unexpected\"}}");
    test_client_expect(c, "{\"error\": {\"class\": \"GenericError\", \"desc\": "
                          "\"QMP input must be a JSON object\"}}");
    {
        g_autofree char *refused = test_client_line(c);

        g_assert_nonnull(strstr(refused, "time-travel"));
    }
    test_client_expect(c, EXPECTING);
    test_client_expect(c, "{\"return\": {}}");
    test_client_expect(c, "{\"return\": 1}");
    test_client_expect(c, "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": "
                          "\"Capabilities negotiation is already complete, command ignored\"}}");
    test_client_expect(c, "{\"error\": {\"class\": \"GenericError\", \"desc\": "
                          "\"QMP input member 'exec-oob' is unexpected\"}}");
}

static void test_ids(Fixture *f, const void *data)
{
    static const char *const ids[] = { "1",  "\"x\"", "null", "true",       "[1, {\"a\": 2}]",
                                       "{}", "-5",    "1.5",  "\"\\u00E4\"" };

    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autofree char *request = g_strdup_printf("{\"execute\": \"plain\", \"id\": %s}"
                                                   "{\"execute\": \"no\", \"id\": %s}{\"id\": %s}",
                                                   ids[i], ids[i], ids[i]);
        g_autofree char *reply = g_strdup_printf("{\"return\": 1, \"id\": %s}", ids[i]);
        g_autofree char *id = g_strdup_printf(", \"id\": %s}", ids[i]);
        g_autofree char *unknown = NULL;
        g_autofree char *incomplete = NULL;

        test_client_send(&f->client[0], request);
        test_client_expect(&f->client[0], reply);
        unknown = test_client_line(&f->client[0]);
        g_assert_true(g_str_has_suffix(unknown, id));
        incomplete = test_client_line(&f->client[0]);
        g_assert_true(g_str_has_suffix(incomplete, id));
    }
}

static void test_pretty(Fixture *f, const void *data)
{
    g_autofree char *greeting = test_client_until(&f->client[0], "\r\n}\r\n");
    g_autofree char *reply = NULL;

    g_assert_true(g_str_has_prefix(greeting, "{\r\n    \"QMP\": {\r\n"));
    test_client_send(&f->client[0], NEGOTIATE);
    g_free(test_client_until(&f->client[0], "\r\n}\r\n"));
    test_client_send(&f->client[0], "{\"execute\": \"plain\"}");
    reply = test_client_until(&f->client[0], "\r\n}\r\n");
    g_assert_cmpstr(reply, ==, "{\r\n    \"return\": 1\r\n}\r\n");
}

static void test_quiet(Fixture *f, const void *data)
{
    test_client_send(&f->client[0], "{\"execute\": \"quiet\"}{\"execute\": \"plain\"}");
    test_client_expect(&f->client[0], "{\"return\": 1}");
}

static void test_preconfig(Fixture *f, const void *data)
{
    monitor_set_preconfig(true);
    negotiate(&f->client[0]);
    test_client_send(&f->client[0], "{\"execute\": \"plain\"}");
    test_client_expect(&f->client[0],
                       "{\"error\": {\"class\": \"GenericError\", \"desc\": \"The command 'plain' "
                       "is permitted only after machine initialization has completed\"}}");
    monitor_set_preconfig(false);
    test_client_send(&f->client[0], "{\"execute\": \"plain\"}");
    test_client_expect(&f->client[0], "{\"return\": 1}");
}

static void test_own_commands(Fixture *f, const void *data)
{
    g_autofree char *list = NULL;

    test_client_send(&f->client[0], "{\"execute\": \"query-version\"}");
    test_client_expect(&f->client[0],
                       "{\"return\": {\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 0}, "
                       "\"package\": \"vitrine-0.1.0\"}}");
    test_client_send(&f->client[0], "{\"execute\": \"query-commands\"}");
    list = test_client_line(&f->client[0]);
    g_assert_nonnull(strstr(list, "{\"name\": \"sleep\"}"));
    g_assert_nonnull(strstr(list, "{\"name\": \"query-commands\"}"));
}

static bool cpu_exists(int64_t index)
{
    return index == 3;
}

static bool cpu_get_register(int64_t index, const char *name, uint64_t *value)
{
    *value = (uint64_t)index * 16;
    return true;
}

static void test_human_monitor(Fixture *f, const void *data)
{
    static const MonitorCpuOps cpu_ops = { .exists = cpu_exists, .get_register = cpu_get_register };
    TestClient *c = &f->client[0];

    monitor_set_cpu_ops(&cpu_ops);
    test_client_send(c, "{\"execute\": \"human-monitor-command\", \"arguments\": "
                        "{\"command-line\": \"echo \\u00E4 \\\"b\\\"\"}}");
    test_client_expect(c, "{\"return\": \"\\u00E4 \\\"b\\\"\\r\\n\"}");
    test_client_send(c, "{\"execute\": \"human-monitor-command\", \"arguments\": "
                        "{\"command-line\": \"p $x\", \"cpu-index\": 3}}");
    test_client_expect(c, "{\"return\": \"0x30\\r\\n\"}");
    test_client_send(c, "{\"execute\": \"human-monitor-command\", \"arguments\": "
                        "{\"command-line\": \"p 1\", \"cpu-index\": 4294967299}}");
    test_client_expect(c, "{\"error\": {\"class\": \"GenericError\", \"desc\": "
                          "\"Parameter 'cpu-index' expects a CPU number\"}}");
    monitor_set_cpu_ops(NULL);
    /* A waiting one holds up nobody else. */
    test_client_send(c, "{\"execute\": \"human-monitor-command\", \"arguments\": "
                        "{\"command-line\": \"wait 150\"}}");
    test_client_send(&f->client[1], "{\"execute\": \"plain\"}");
    test_client_expect(&f->client[1], "{\"return\": 1}");
    g_assert_cmpuint(hmp_test_counts.waiting, ==, 1);
    test_client_expect(c, "{\"return\": \"waiting\\r\\ndone\\r\\n\"}");
}

/* ---- the stream ---- */

static void test_pipelining(Fixture *f, const void *data)
{
    g_autoptr(GString) requests = g_string_new(NULL);

    for (unsigned i = 0; i < 1000; i++) {
        const char *command = i % 5 == 4 ? "plain" : "echo";

        if (i % 10 == 7) {
            g_string_append(requests, "{\"execute\": }\n");
        } else {
            g_string_append_printf(requests, "{\"execute\": \"%s\", \"id\": %u}%s", command, i,
                                   i % 3 ? "" : "\r\n");
        }
    }
    test_client_send_len(&f->client[0], requests->str, requests->len);
    for (unsigned i = 0; i < 1000; i++) {
        g_autofree char *line = test_client_line(&f->client[0]);
        g_autofree char *id = g_strdup_printf(", \"id\": %u}", i);

        if (i % 10 == 7) {
            g_assert_nonnull(strstr(line, "GenericError"));
        } else {
            g_assert_true(g_str_has_prefix(line, "{\"return\": "));
            g_assert_true(g_str_has_suffix(line, id));
        }
    }
    test_client_expect_silence(&f->client[0]);
}

static void test_byte_wise(Fixture *f, const void *data)
{
    static const char request[] =
        "{\"execute\": \"echo\", \"arguments\": {\"a\": [1, \"\xc3\xa4\"]}}";

    for (size_t i = 0; i < strlen(request); i++) {
        test_client_send_len(&f->client[0], request + i, 1);
        event_loop_iterate(main_loop(), false);
    }
    test_client_expect(&f->client[0], "{\"return\": {\"a\": [1, \"\\u00E4\"]}}");
}

/* After any garbage and a reset the session answers. */
static void test_garbage(Fixture *f, const void *data)
{
    static const char *const garbage[] = {
        "}",          "]",      "nonsense\n",    "{\"execute\": \"echo\"",
        "{\"a\": \"", "[[[[[[", "\x01\x02\x1f",  "{\"execute\": \"plain\" \"id\"}\n",
        "'",          "1e999 ", "\"\\ud800\"\n", "\xc3\x28\n",
    };
    TestClient *c = &f->client[0];

    for (size_t i = 0; i < G_N_ELEMENTS(garbage); i++) {
        test_client_send(c, garbage[i]);
        test_client_send(c, "\xff{\"execute\": \"plain\", \"id\": \"ok\"}");
        for (;;) {
            g_autofree char *line = test_client_line(c);

            if (!strcmp(line, "{\"return\": 1, \"id\": \"ok\"}")) {
                break;
            }
            g_assert_nonnull(strstr(line, "GenericError"));
        }
    }
}

static void test_large_request(Fixture *f, const void *data)
{
    g_autoptr(GString) request = g_string_new("{\"execute\": \"echo\", \"arguments\": {\"a\": \"");
    g_autofree char *line = NULL;
    gsize begin = request->len;

    g_string_set_size(request, begin + (4 << 20));
    memset(request->str + begin, 'x', 4 << 20);
    g_string_append(request, "\"}}");
    test_client_send_len(&f->client[0], request->str, request->len);
    line = test_client_line(&f->client[0]);
    g_assert_cmpuint(strlen(line), ==, strlen("{\"return\": {\"a\": \"\"}}") + (4 << 20));
}

/* ---- flow control ---- */

static bool is_sleeping(void *opaque)
{
    return sleeping == *(unsigned *)opaque;
}

static void wait_until_sleeping(unsigned count)
{
    test_turn_until(is_sleeping, &count);
}

/* While a command waits, eight more are taken and the rest stays in the socket. */
static void test_queue_bound(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    g_autoptr(GString) many = g_string_new(NULL);
    g_autoptr(GPtrArray) sessions = NULL;
    QmpSession *session;

    test_client_send(c, "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 300}}");
    wait_until_sleeping(1);
    for (unsigned i = 0; i < 5000; i++) {
        g_string_append_printf(many, "{\"execute\": \"echo\", \"id\": %u}", i);
    }
    test_client_send_some(c, many->str, many->len);
    test_turn_for_ms(50);
    sessions = qmp_sessions();
    session = g_ptr_array_index(sessions, 0);
    g_assert_cmpuint(session->queue.length, ==, QMP_QUEUE_MAX);
    g_assert_cmpuint(qmp_session_can_read(session), ==, 0);
    g_assert_cmpuint(session->unparsed, <=, 64 << 10);
    g_assert_cmpuint(sleeping, ==, 1);
    test_client_expect(c, "{\"return\": \"slept\"}");
    for (unsigned i = 0; i < 100; i++) {
        g_autofree char *reply = g_strdup_printf("{\"return\": {}, \"id\": %u}", i);

        test_client_expect(c, reply);
    }
}

/* Replies of a client that does not read are bounded; once it reads they are all there. */
static void test_not_reading(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    g_autoptr(GPtrArray) sessions = qmp_sessions();
    QmpSession *session = g_ptr_array_index(sessions, 0);
    g_autoptr(GString) many = g_string_new(NULL);
    size_t sent;

    for (unsigned i = 0; i < 1000; i++) {
        g_string_append(many, "{\"execute\": \"big\", \"arguments\": {\"size\": 100000}}\r\n");
    }
    sent = test_client_send_some(c, many->str, many->len);
    test_turn_for_ms(100);
    g_assert_cmpuint(out_buffer_pending(&session->out), >, MONITOR_OUTPUT_SOFT);
    g_assert_cmpuint(out_buffer_pending(&session->out), <, MONITOR_OUTPUT_SOFT + 200000);
    /* The other session does not notice. */
    test_client_send(&f->client[1], "{\"execute\": \"plain\"}");
    test_client_expect(&f->client[1], "{\"return\": 1}");
    /* Now read. */
    for (unsigned i = 0; i < sent * 1000 / many->len; i++) {
        g_autofree char *line = test_client_line(c);

        g_assert_cmpuint(strlen(line), ==, 100000 + strlen("{\"return\": \"\"}"));
    }
    test_turn_for_ms(20);
    g_assert_cmpuint(out_buffer_pending(&session->out), ==, 0);
    g_assert_null(session->out.bytes);
}

/* Events that nobody reads cost at most the hard limit. */
static void test_event_flood(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    g_autofree char *filler = g_strnfill(10000, 'x');
    g_autoptr(GPtrArray) sessions = qmp_sessions();
    QmpSession *session = g_ptr_array_index(sessions, 0);

    for (unsigned i = 0; i < 1000; i++) {
        QDict *event = qdict_new();

        qdict_put_str(event, "filler", filler);
        qmp_event_emit("FLOOD", event);
    }
    g_assert_cmpuint(out_buffer_pending(&session->out), <=, MONITOR_OUTPUT_HARD);
    g_assert_cmpuint(out_buffer_pending(&session->out), >, MONITOR_OUTPUT_HARD / 2);
    test_client_send(c, "{\"execute\": \"plain\"}");
    for (;;) {
        g_autofree char *line = test_client_line(c);

        if (!strcmp(line, "{\"return\": 1}")) {
            break;
        }
        g_assert_true(g_str_has_suffix(line, "x\"}}"));
    }
}

/* ---- several sessions, disconnects ---- */

static void test_two_sessions(Fixture *f, const void *data)
{
    unsigned before = slept;

    test_client_send(&f->client[0], "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 200}}");
    wait_until_sleeping(1);
    for (unsigned i = 0; i < 100; i++) {
        test_client_send(&f->client[1], "{\"execute\": \"echo\"}");
        test_client_expect(&f->client[1], "{\"return\": {}}");
    }
    g_assert_cmpuint(slept, ==, before);
    test_client_expect(&f->client[0], "{\"return\": \"slept\"}");
}

static void test_disconnect_cancels(Fixture *f, const void *data)
{
    unsigned before = sleep_cancelled;

    test_client_send(&f->client[0], "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 60000}}"
                                    "{\"execute\": \"echo\"}{\"execute\":");
    wait_until_sleeping(1);
    test_client_close(&f->client[0]);
    wait_until_sleeping(0);
    g_assert_cmpuint(sleep_cancelled, ==, before + 1);
    /* The next client gets its greeting and nothing of what its predecessor left behind. */
    connect_client(f, 0);
    negotiate(&f->client[0]);
    test_client_send(&f->client[0], "{\"execute\": \"plain\"}");
    test_client_expect(&f->client[0], "{\"return\": 1}");
    test_client_expect_silence(&f->client[0]);
}

/* A command that is not done when the next client is already there. */
static void test_late_reply(Fixture *f, const void *data)
{
    int old;

    test_client_send(&f->client[0], "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 60000}}");
    wait_until_sleeping(1);
    old = f->client[0].fd;
    g_string_free(f->client[0].input, TRUE);
    connect_client(f, 0); /* hangs up on the old one first */
    wait_until_sleeping(0);
    negotiate(&f->client[0]);
    test_client_expect_silence(&f->client[0]);
    close(old);
}

static void test_reconnects(Fixture *f, const void *data)
{
    static const char *const last_words[] = {
        "",
        "{\"exec",
        NEGOTIATE,
        NEGOTIATE "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 9000}}",
        NEGOTIATE
        "{\"execute\": \"big\", \"arguments\": {\"size\": 300000}}{\"execute\": \"plain\"}",
    };

    for (unsigned i = 0; i < 200; i++) {
        test_client_send(&f->client[0], last_words[i % G_N_ELEMENTS(last_words)]);
        event_loop_iterate(main_loop(), false);
        test_client_close(&f->client[0]);
        test_turn_for_ms(1);
        connect_client(f, 0);
    }
    wait_until_sleeping(0);
    negotiate(&f->client[0]);
}

/* ---- events ---- */

static void expect_event(TestClient *client, const char *tail)
{
    g_autofree char *line = test_client_line(client);

    g_assert_true(g_str_has_prefix(line, "{\"timestamp\": {\"seconds\": "));
    g_assert_true(g_str_has_suffix(line, tail));
}

static void test_events(Fixture *f, const void *data)
{
    QDict *event = qdict_new();

    qmp_event_emit("EARLY", NULL); /* nobody has negotiated */
    negotiate(&f->client[0]);
    qdict_put_int(event, "n", 1);
    qmp_event_emit("HAPPENED", event);
    expect_event(&f->client[0], "\"event\": \"HAPPENED\", \"data\": {\"n\": 1}}");
    greet(&f->client[1]);
    test_client_expect_silence(&f->client[1]);
    test_client_send(&f->client[1], NEGOTIATE);
    test_client_expect(&f->client[1], "{\"return\": {}}");
    qmp_event_emit("AGAIN", NULL);
    expect_event(&f->client[0], "\"event\": \"AGAIN\"}");
    expect_event(&f->client[1], "\"event\": \"AGAIN\"}");
}

static gpointer emit_events(gpointer data)
{
    for (unsigned i = 0; i < 500; i++) {
        qmp_event_emit("FROM_AFAR", NULL);
    }
    return NULL;
}

/* Events of other threads arrive whole, between replies. */
static void test_event_threads(Fixture *f, const void *data)
{
    GThread *threads[3];
    unsigned events = 0;
    unsigned replies = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("emitter", emit_events, NULL);
    }
    for (unsigned i = 0; i < 200; i++) {
        test_client_send(&f->client[0], "{\"execute\": \"echo\"}");
    }
    while (events < 1500 || replies < 200) {
        g_autofree char *line = test_client_line(&f->client[0]);

        events += g_str_has_suffix(line, "\"event\": \"FROM_AFAR\"}");
        replies += !strcmp(line, "{\"return\": {}}");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i]);
    }
}

/* ---- out-of-band ---- */

#define NEGOTIATE_OOB "{\"execute\": \"qmp_capabilities\", \"arguments\": {\"enable\": [\"oob\"]}}"

static void test_oob(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];

    greet(c);
    /* In one write: what follows must be read as oob allows. */
    test_client_send(c, NEGOTIATE_OOB "{\"exec-oob\": \"peek\", \"id\": 1}");
    test_client_expect(c, "{\"return\": {}}");
    test_client_expect(c, "{\"return\": false, \"id\": 1}");
    /* In-band they still run on the main loop. */
    test_client_send(c, "{\"execute\": \"peek\", \"id\": 2}{\"execute\": \"plain\"}");
    test_client_expect(c, "{\"return\": true, \"id\": 2}");
    test_client_expect(c, "{\"return\": 1}");
    test_client_send(c, "{\"exec-oob\": \"plain\", \"id\": 3}{\"exec-oob\": \"no\", \"id\": 4}");
    test_client_expect(c, "{\"error\": {\"class\": \"GenericError\", \"desc\": "
                          "\"The command plain does not support OOB\"}, \"id\": 3}");
    test_client_expect(c, "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": "
                          "\"The command no has not been found\"}, \"id\": 4}");
    /* Ahead of what waits. */
    test_client_send(c, "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 200}}"
                        "{\"execute\": \"plain\"}{\"exec-oob\": \"peek\"}");
    test_client_expect(c, "{\"return\": false}");
    test_client_expect(c, "{\"return\": \"slept\"}");
    test_client_expect(c, "{\"return\": 1}");
}

/* While the main thread does not get to its loop at all. */
static void test_oob_busy(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    char reply[64];
    ssize_t len = 0;

    greet(c);
    test_client_send(c, NEGOTIATE_OOB);
    test_client_expect(c, "{\"return\": {}}");
    test_turn_for_ms(20);
    test_client_send_some(c, "{\"exec-oob\": \"peek\"}", strlen("{\"exec-oob\": \"peek\"}"));
    for (unsigned i = 0; i < 5000 && len <= 0; i++) {
        g_usleep(1000);
        len = recv(c->fd, reply, sizeof(reply), 0);
    }
    g_assert_cmpint(len, ==, strlen("{\"return\": false}\r\n"));
}

static void test_oob_pipelining(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    g_autoptr(GString) many = g_string_new(NULL);

    greet(c);
    test_client_send(c, NEGOTIATE_OOB);
    test_client_expect(c, "{\"return\": {}}");
    for (unsigned i = 0; i < 3000; i++) {
        g_string_append_printf(many, "{\"execute\": \"%s\", \"id\": %u}", i % 2 ? "plain" : "echo",
                               i);
    }
    test_client_send_len(c, many->str, many->len);
    for (unsigned i = 0; i < 3000; i++) {
        g_autofree char *line = test_client_line(c);
        g_autofree char *id = g_strdup_printf(", \"id\": %u}", i);

        g_assert_true(g_str_has_suffix(line, id));
    }
}

/* The chardev's next client starts anew, wherever its predecessor had moved it. */
static void test_oob_reconnect(Fixture *f, const void *data)
{
    for (unsigned i = 0; i < 20; i++) {
        TestClient *c = &f->client[0];

        greet(c);
        test_client_send(c, i % 2 ? NEGOTIATE : NEGOTIATE_OOB);
        test_client_expect(c, "{\"return\": {}}");
        test_client_send(c, "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 60000}}");
        wait_until_sleeping(1);
        test_client_close(c);
        wait_until_sleeping(0);
        connect_client(f, 0);
    }
    negotiate(&f->client[0]);
    test_client_send(&f->client[0], "{\"exec-oob\": \"peek\"}{\"execute\": \"plain\"}");
    test_client_expect(&f->client[0], "{\"error\": {\"class\": \"GenericError\", \"desc\": "
                                      "\"QMP input member 'exec-oob' is unexpected\"}}");
    test_client_expect(&f->client[0], "{\"return\": 1}");
}

/* ---- the end ---- */

/* What was accepted is answered, by an error if it would wait, and the answers are delivered. */
static void test_cleanup(Fixture *f, const void *data)
{
    TestClient *c = &f->client[0];

    test_client_send(c, "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 60000}, \"id\": 1}"
                        "{\"execute\": \"echo\", \"id\": 2}");
    wait_until_sleeping(1);
    qmp_event_emit("SHUTDOWN", NULL);
    monitors_cleanup();
    expect_event(c, "\"event\": \"SHUTDOWN\"}");
    test_client_expect(c, "{\"error\": {\"class\": \"GenericError\", \"desc\": "
                          "\"cancelled: the emulator is shutting down\"}, \"id\": 1}");
    test_client_expect(c, "{\"return\": {}, \"id\": 2}");
    monitors_init(commands);
}

#define ADD(name, set_up, fn) g_test_add("/qmp/" name, Fixture, NULL, set_up, fn, tear_down)

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    set_up_commands();
    ADD("greeting", set_up, test_greeting);
    ADD("negotiation", set_up, test_negotiation);
    ADD("ids", set_up_negotiated, test_ids);
    ADD("pretty", set_up_for_people, test_pretty);
    ADD("quiet", set_up_negotiated, test_quiet);
    ADD("preconfig", set_up, test_preconfig);
    ADD("own-commands", set_up_negotiated, test_own_commands);
    ADD("human-monitor", set_up_negotiated, test_human_monitor);
    ADD("pipelining", set_up_negotiated, test_pipelining);
    ADD("byte-wise", set_up_negotiated, test_byte_wise);
    ADD("garbage", set_up_negotiated, test_garbage);
    ADD("large-request", set_up_negotiated, test_large_request);
    ADD("queue-bound", set_up_negotiated, test_queue_bound);
    ADD("not-reading", set_up_negotiated, test_not_reading);
    ADD("event-flood", set_up_negotiated, test_event_flood);
    ADD("two-sessions", set_up_negotiated, test_two_sessions);
    ADD("disconnect-cancels", set_up_negotiated, test_disconnect_cancels);
    ADD("late-reply", set_up_negotiated, test_late_reply);
    ADD("reconnects", set_up, test_reconnects);
    ADD("events", set_up, test_events);
    ADD("event-threads", set_up_negotiated, test_event_threads);
    ADD("oob", set_up, test_oob);
    ADD("oob-busy", set_up, test_oob_busy);
    ADD("oob-pipelining", set_up, test_oob_pipelining);
    ADD("oob-reconnect", set_up, test_oob_reconnect);
    ADD("cleanup", set_up_negotiated, test_cleanup);
    status = g_test_run();
    qmp_command_list_free(commands);
    return status;
}
