/*
 * QMP sessions over socket pairs: flow control, disconnects, several at once, events, oob, the end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-session.h"
#include "qmp-fixture.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- flow control ---- */

/* While a command waits, eight more are taken and the rest stays in the socket. */
static void test_queue_bound(QmpFixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    g_autoptr(GString) many = g_string_new(NULL);
    g_autoptr(GPtrArray) sessions = NULL;
    QmpSession *session;

    test_client_send(c, "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 300}}");
    qmp_wait_until_sleeping(1);
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
    g_assert_cmpuint(qmp_test_counts.sleeping, ==, 1);
    test_client_expect(c, "{\"return\": \"slept\"}");
    for (unsigned i = 0; i < 100; i++) {
        g_autofree char *reply = g_strdup_printf("{\"return\": {}, \"id\": %u}", i);

        test_client_expect(c, reply);
    }
}

/* Replies of a client that does not read are bounded; once it reads they are all there. */
static void test_not_reading(QmpFixture *f, const void *data)
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

/* @line tells of the loss of the last of 1000 events, all but the first @seen. */
static void expect_lost(const char *line, unsigned seen)
{
    g_autoptr(QDict) event = qobject_to_qdict(json_parse(line, strlen(line), &error_abort));
    const QDict *data = qobject_to_qdict(qdict_get(event, "data"));

    g_assert_cmpstr(qdict_get_str(event, "event"), ==, "EVENTS_LOST");
    g_assert_cmpint(qdict_get_int(data, "count", 0), ==, 1000 - seen);
    g_assert_cmpint(qdict_get_int(data, "first", 0), ==, seen + 1);
    g_assert_cmpint(qdict_get_int(data, "last", 0), ==, 1000);
}

/* Events that nobody reads cost at most the soft limit; the client is told how many it missed. */
static void test_event_flood(QmpFixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    g_autofree char *filler = g_strnfill(10000, 'x');
    g_autoptr(GPtrArray) sessions = qmp_sessions();
    QmpSession *session = g_ptr_array_index(sessions, 0);
    unsigned seen = 0;

    for (unsigned i = 0; i < 1000; i++) {
        QDict *event = qdict_new();

        qdict_put_str(event, "filler", filler);
        qmp_event_emit("FLOOD", event);
    }
    g_assert_cmpuint(out_buffer_pending(&session->out), <=, MONITOR_OUTPUT_SOFT);
    g_assert_cmpuint(out_buffer_pending(&session->out), >, MONITOR_OUTPUT_SOFT / 2);
    test_client_send(c, "{\"execute\": \"plain\"}");
    for (;;) {
        g_autofree char *line = test_client_line(c);

        if (g_str_has_suffix(line, "x\"}}")) {
            seen++;
        } else if (strcmp(line, "{\"return\": 1}") != 0) {
            expect_lost(line, seen);
            break;
        }
    }
}

/* ---- several sessions, disconnects ---- */

static void test_two_sessions(QmpFixture *f, const void *data)
{
    unsigned before = qmp_test_counts.slept;

    test_client_send(&f->client[0], "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 3000}}");
    qmp_wait_until_sleeping(1);
    for (unsigned i = 0; i < 20; i++) {
        test_client_send(&f->client[1], "{\"execute\": \"echo\"}");
        test_client_expect(&f->client[1], "{\"return\": {}}");
    }
    g_assert_cmpuint(qmp_test_counts.slept, ==, before);
    test_client_expect(&f->client[0], "{\"return\": \"slept\"}");
}

static void test_disconnect_cancels(QmpFixture *f, const void *data)
{
    unsigned before = qmp_test_counts.cancelled;

    test_client_send(&f->client[0], "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 60000}}"
                                    "{\"execute\": \"echo\"}{\"execute\":");
    qmp_wait_until_sleeping(1);
    test_client_close(&f->client[0]);
    qmp_wait_until_sleeping(0);
    g_assert_cmpuint(qmp_test_counts.cancelled, ==, before + 1);
    /* The next client gets its greeting and nothing of what its predecessor left behind. */
    qmp_connect_client(f, 0);
    qmp_negotiate(&f->client[0]);
    test_client_send(&f->client[0], "{\"execute\": \"plain\"}");
    test_client_expect(&f->client[0], "{\"return\": 1}");
    test_client_expect_silence(&f->client[0]);
}

/* A command that is not done when the next client is already there. */
static void test_late_reply(QmpFixture *f, const void *data)
{
    int old;

    test_client_send(&f->client[0], "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 60000}}");
    qmp_wait_until_sleeping(1);
    old = f->client[0].fd;
    g_string_free(f->client[0].input, TRUE);
    qmp_connect_client(f, 0); /* hangs up on the old one first */
    qmp_wait_until_sleeping(0);
    qmp_negotiate(&f->client[0]);
    test_client_expect_silence(&f->client[0]);
    close(old);
}

static void test_reconnects(QmpFixture *f, const void *data)
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
        qmp_connect_client(f, 0);
    }
    qmp_wait_until_sleeping(0);
    qmp_negotiate(&f->client[0]);
}

/* ---- events ---- */

static void test_events(QmpFixture *f, const void *data)
{
    QDict *event = qdict_new();

    qmp_event_emit("EARLY", NULL); /* nobody has negotiated */
    qmp_negotiate(&f->client[0]);
    qdict_put_int(event, "n", 1);
    qmp_event_emit("HAPPENED", event);
    qmp_expect_event(&f->client[0], "\"event\": \"HAPPENED\", \"data\": {\"n\": 1}}");
    qmp_greet(&f->client[1]);
    test_client_expect_silence(&f->client[1]);
    test_client_send(&f->client[1], NEGOTIATE);
    test_client_expect(&f->client[1], "{\"return\": {}}");
    qmp_event_emit("AGAIN", NULL);
    qmp_expect_event(&f->client[0], "\"event\": \"AGAIN\"}");
    qmp_expect_event(&f->client[1], "\"event\": \"AGAIN\"}");
}

static gpointer emit_events(gpointer data)
{
    for (unsigned i = 0; i < 500; i++) {
        qmp_event_emit("FROM_AFAR", NULL);
    }
    return NULL;
}

/* Events of other threads arrive whole, between replies. */
static void test_event_threads(QmpFixture *f, const void *data)
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

static void test_oob(QmpFixture *f, const void *data)
{
    TestClient *c = &f->client[0];

    qmp_greet(c);
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
static void test_oob_busy(QmpFixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    char reply[64];
    ssize_t len = 0;

    qmp_greet(c);
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

static void test_oob_pipelining(QmpFixture *f, const void *data)
{
    TestClient *c = &f->client[0];
    g_autoptr(GString) many = g_string_new(NULL);

    qmp_greet(c);
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
static void test_oob_reconnect(QmpFixture *f, const void *data)
{
    for (unsigned i = 0; i < 20; i++) {
        TestClient *c = &f->client[0];

        qmp_greet(c);
        test_client_send(c, i % 2 ? NEGOTIATE : NEGOTIATE_OOB);
        test_client_expect(c, "{\"return\": {}}");
        test_client_send(c, "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 60000}}");
        qmp_wait_until_sleeping(1);
        test_client_close(c);
        qmp_wait_until_sleeping(0);
        qmp_connect_client(f, 0);
    }
    qmp_negotiate(&f->client[0]);
    test_client_send(&f->client[0], "{\"exec-oob\": \"peek\"}{\"execute\": \"plain\"}");
    test_client_expect(&f->client[0], "{\"error\": {\"class\": \"GenericError\", \"desc\": "
                                      "\"QMP input member 'exec-oob' is unexpected\"}}");
    test_client_expect(&f->client[0], "{\"return\": 1}");
}

/* ---- the end ---- */

/* What was accepted is answered, by an error if it would wait, and the answers are delivered. */
static void test_cleanup(QmpFixture *f, const void *data)
{
    TestClient *c = &f->client[0];

    test_client_send(c, "{\"execute\": \"sleep\", \"arguments\": {\"ms\": 60000}, \"id\": 1}"
                        "{\"execute\": \"echo\", \"id\": 2}");
    qmp_wait_until_sleeping(1);
    qmp_event_emit("SHUTDOWN", NULL);
    qmp_restart_monitors();
    qmp_expect_event(c, "\"event\": \"SHUTDOWN\"}");
    test_client_expect(c, "{\"error\": {\"class\": \"GenericError\", \"desc\": "
                          "\"cancelled: the emulator is shutting down\"}, \"id\": 1}");
    test_client_expect(c, "{\"return\": {}, \"id\": 2}");
}

int main(int argc, char **argv)
{
    qmp_fixture_init(&argc, &argv);
    QMP_TEST("queue-bound", qmp_set_up_negotiated, test_queue_bound);
    QMP_TEST("not-reading", qmp_set_up_negotiated, test_not_reading);
    QMP_TEST("event-flood", qmp_set_up_negotiated, test_event_flood);
    QMP_TEST("two-sessions", qmp_set_up_negotiated, test_two_sessions);
    QMP_TEST("disconnect-cancels", qmp_set_up_negotiated, test_disconnect_cancels);
    QMP_TEST("late-reply", qmp_set_up_negotiated, test_late_reply);
    QMP_TEST("reconnects", qmp_set_up, test_reconnects);
    QMP_TEST("events", qmp_set_up, test_events);
    QMP_TEST("event-threads", qmp_set_up_negotiated, test_event_threads);
    QMP_TEST("oob", qmp_set_up, test_oob);
    QMP_TEST("oob-busy", qmp_set_up, test_oob_busy);
    QMP_TEST("oob-pipelining", qmp_set_up, test_oob_pipelining);
    QMP_TEST("oob-reconnect", qmp_set_up, test_oob_reconnect);
    QMP_TEST("cleanup", qmp_set_up_negotiated, test_cleanup);
    return qmp_fixture_run();
}
