/*
 * What the tests of QMP sessions share: commands, monitors, clients.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qmp-fixture.h"
#include "monitor/qmp-session.h"
#include "qapi/qapi-commands-control.h"
#include "util/bql.h"

/* ---- commands of the test's own ---- */

QmpTestCounts qmp_test_counts;

static QmpCommandList *commands;

static void coroutine_fn marshal_echo(const CoContext *here, QDict *args, JsonWriter *out,
                                      Error **errp)
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

static void coroutine_fn marshal_sleep(const CoContext *here, QDict *args, JsonWriter *out,
                                       Error **errp)
{
    qmp_test_counts.sleeping++;
    if (co_sleep_ns(CLOCK_HOST, qdict_get_int(args, "ms", 0) * NS_PER_MS)) {
        qmp_test_counts.slept++;
        json_writer_str(out, "slept");
    } else {
        qmp_test_counts.cancelled++;
        error_setg(errp, "cancelled: %s",
                   cancel_token_reason(coroutine_get_cancel(coroutine_self())));
    }
    qmp_test_counts.sleeping--;
}

static void coroutine_fn marshal_big(const CoContext *here, QDict *args, JsonWriter *out,
                                     Error **errp)
{
    /* test_damage() may put a sign before the size. */
    int64_t size = CLAMP(qdict_get_int(args, "size", 0), 0, 1 << 20);
    g_autofree char *text = g_strnfill((gsize)size, 'x');

    json_writer_str(out, text);
}

static void coroutine_fn marshal_quiet(const CoContext *here, QDict *args, JsonWriter *out,
                                       Error **errp)
{
    json_writer_begin_object(out);
    json_writer_end_object(out);
}

static void set_up_commands(void)
{
    commands = qmp_command_list_new();
    qmp_register_coroutine_command(commands, "qmp_capabilities", qmp_marshal_qmp_capabilities,
                                   QCO_ALLOW_PRECONFIG, 0);
    qmp_register_plain_command(commands, "query-version", qmp_marshal_query_version, QCO_ALLOW_OOB,
                               0);
    qmp_register_coroutine_command(commands, "query-commands", qmp_marshal_query_commands,
                                   QCO_NO_OPTIONS, 0);
    qmp_register_coroutine_command(commands, "human-monitor-command",
                                   qmp_marshal_human_monitor_command, QCO_NO_OPTIONS, 0);
    qmp_register_coroutine_command(commands, "echo", marshal_echo, QCO_LONG_REQUEST, 0);
    qmp_register_plain_command(commands, "plain", marshal_plain, QCO_NO_OPTIONS, 0);
    qmp_register_plain_command(commands, "peek", marshal_peek, QCO_ALLOW_OOB, 0);
    qmp_register_coroutine_command(commands, "sleep", marshal_sleep, QCO_NO_OPTIONS, 0);
    qmp_register_coroutine_command(commands, "big", marshal_big, QCO_NO_OPTIONS, 0);
    qmp_register_coroutine_command(commands, "quiet", marshal_quiet, QCO_NO_SUCCESS_RESP, 0);
}

/* ---- two monitors, one client each ---- */

void qmp_connect_client(QmpFixture *f, unsigned i)
{
    test_client_init(&f->client[i], chardev_get_loop(f->chr[i]) == main_loop()
                                        ? fake_chardev_connect(f->chr[i])
                                        : fake_chardev_connect_soon(f->chr[i]));
}

void qmp_greet(TestClient *client)
{
    g_autofree char *greeting = test_client_line(client);

    g_assert_true(g_str_has_prefix(greeting, "{\"QMP\": {\"version\": {\"qemu\": {"));
}

void qmp_negotiate(TestClient *client)
{
    qmp_greet(client);
    test_client_send(client, NEGOTIATE);
    test_client_expect(client, "{\"return\": {}}");
}

static void set_up_pretty(QmpFixture *f, bool pretty)
{
    MonitorOptions options;

    monitor_options_init(&options);
    options.pretty = pretty;
    monitors_init(commands);
    for (unsigned i = 0; i < 2; i++) {
        f->chr[i] = fake_chardev_new();
        g_assert_nonnull(monitor_new_qmp(f->chr[i], &options, &error_abort));
        qmp_connect_client(f, i);
    }
}

void qmp_set_up(QmpFixture *f, const void *data)
{
    set_up_pretty(f, false);
}

void qmp_set_up_for_people(QmpFixture *f, const void *data)
{
    set_up_pretty(f, true);
}

void qmp_set_up_negotiated(QmpFixture *f, const void *data)
{
    qmp_set_up(f, data);
    qmp_negotiate(&f->client[0]);
    qmp_negotiate(&f->client[1]);
}

void qmp_tear_down(QmpFixture *f, const void *data)
{
    for (unsigned i = 0; i < 2; i++) {
        test_client_close(&f->client[i]);
    }
    monitors_cleanup();
    for (unsigned i = 0; i < 2; i++) {
        fake_chardev_free(f->chr[i]);
    }
    g_assert_cmpuint(qmp_test_counts.sleeping, ==, 0);
}

static bool is_sleeping(void *opaque)
{
    return qmp_test_counts.sleeping == *(unsigned *)opaque;
}

void qmp_wait_until_sleeping(unsigned count)
{
    test_turn_until(is_sleeping, &count);
}

void qmp_expect_event(TestClient *client, const char *tail)
{
    g_autofree char *line = test_client_line(client);

    g_assert_true(g_str_has_prefix(line, "{\"timestamp\": {\"seconds\": "));
    g_assert_true(g_str_has_suffix(line, tail));
}

void qmp_restart_monitors(void)
{
    monitors_cleanup();
    monitors_init(commands);
}

void qmp_fixture_init(int *argc, char ***argv)
{
    g_test_init(argc, argv, NULL);
    main_loop_init();
    set_up_commands();
}

int qmp_fixture_run(void)
{
    int status = g_test_run();

    qmp_command_list_free(commands);
    return status;
}
