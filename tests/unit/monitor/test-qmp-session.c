/*
 * QMP sessions over socket pairs: the protocol, and the stream it comes in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hmp-test-commands.h"
#include "qmp-fixture.h"

#include <string.h>

#define EXPECTING                                                                                  \
    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": "                                      \
    "\"Expecting capabilities negotiation with 'qmp_capabilities'\"}}"

/* ---- the protocol ---- */

static void test_greeting(QmpFixture *f, const void *data)
{
    test_client_expect(&f->client[0],
                       "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, "
                       "\"major\": 7}, \"package\": \"vitrine-0.1.0\"}, "
                       "\"capabilities\": [\"oob\", \"drop\", \"event-serials\"]}}");
    test_client_expect_silence(&f->client[0]);
}

static void test_negotiation(QmpFixture *f, const void *data)
{
    TestClient *c = &f->client[0];

    qmp_greet(c);
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

static void test_ids(QmpFixture *f, const void *data)
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

static void test_pretty(QmpFixture *f, const void *data)
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

static void test_quiet(QmpFixture *f, const void *data)
{
    test_client_send(&f->client[0], "{\"execute\": \"quiet\"}{\"execute\": \"plain\"}");
    test_client_expect(&f->client[0], "{\"return\": 1}");
}

static void test_preconfig(QmpFixture *f, const void *data)
{
    monitor_set_preconfig(true);
    qmp_negotiate(&f->client[0]);
    test_client_send(&f->client[0], "{\"execute\": \"plain\"}");
    test_client_expect(&f->client[0],
                       "{\"error\": {\"class\": \"GenericError\", \"desc\": \"The command 'plain' "
                       "is permitted only after machine initialization has completed\"}}");
    monitor_set_preconfig(false);
    test_client_send(&f->client[0], "{\"execute\": \"plain\"}");
    test_client_expect(&f->client[0], "{\"return\": 1}");
}

static void test_own_commands(QmpFixture *f, const void *data)
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

static void test_human_monitor(QmpFixture *f, const void *data)
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

static void test_pipelining(QmpFixture *f, const void *data)
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

static void test_byte_wise(QmpFixture *f, const void *data)
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
static void test_garbage(QmpFixture *f, const void *data)
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

static void test_large_request(QmpFixture *f, const void *data)
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

static void test_large_request_refused(QmpFixture *f, const void *data)
{
    g_autoptr(GString) request = g_string_new("{\"id\": 7, \"execute\": \"plain\", \"arguments\": {");
    g_autofree char *line = NULL;

    for (unsigned i = 0; i < 20000; i++) {
        g_string_append_printf(request, "\"%u\": [0, 0],", i);
    }
    g_string_append(request, "\"last\": 0}}");
    test_client_send_len(&f->client[0], request->str, request->len);
    line = test_client_line(&f->client[0]);
    g_assert_nonnull(strstr(line, "A request for 'plain' may take 1048576 bytes of memory"));
    g_assert_true(g_str_has_suffix(line, "\"id\": 7}"));
}

/* Requests with bytes changed, cut and joined at random: whatever happens, the session lives. */
static void test_damage(QmpFixture *f, const void *data)
{
    static const char *const seeds[] = {
        "{\"execute\": \"echo\", \"arguments\": {\"a\": [1, -2.5e3, null, true]}, \"id\": 1}\r\n",
        "{'execute': 'human-monitor-command', 'arguments': {'command-line': 'p /x 1+(2*3)'}}",
        "{\"execute\": \"big\", \"arguments\": {\"size\": 5000}, \"id\": {\"\\u00e4\": []}}",
        "{\"execute\": \"query-commands\"}{\"execute\": \"plain\", \"id\": \"\\ud83d\\ude00\"}",
    };
    TestClient *c = &f->client[0];

    for (unsigned round = 0; round < 3000; round++) {
        const char *seed = seeds[g_test_rand_int_range(0, G_N_ELEMENTS(seeds))];
        g_autofree char *bytes = g_strdup(seed);
        gint32 len = (gint32)strlen(bytes);

        for (gint32 i = g_test_rand_int_range(0, 4); i > 0; i--) {
            bytes[g_test_rand_int_range(0, len)] = (char)g_test_rand_int_range(0, 256);
        }
        test_client_send_len(c, bytes, (size_t)g_test_rand_int_range(1, len + 1));
        if (round % 50 == 49) {
            test_client_send(c, "\xff\n\xff{\"execute\": \"plain\", \"id\": \"alive\"}");
            g_free(test_client_until(c, "{\"return\": 1, \"id\": \"alive\"}\r\n"));
        }
    }
}

int main(int argc, char **argv)
{
    qmp_fixture_init(&argc, &argv);
    QMP_TEST("greeting", qmp_set_up, test_greeting);
    QMP_TEST("negotiation", qmp_set_up, test_negotiation);
    QMP_TEST("ids", qmp_set_up_negotiated, test_ids);
    QMP_TEST("pretty", qmp_set_up_for_people, test_pretty);
    QMP_TEST("quiet", qmp_set_up_negotiated, test_quiet);
    QMP_TEST("preconfig", qmp_set_up, test_preconfig);
    QMP_TEST("own-commands", qmp_set_up_negotiated, test_own_commands);
    QMP_TEST("human-monitor", qmp_set_up_negotiated, test_human_monitor);
    QMP_TEST("pipelining", qmp_set_up_negotiated, test_pipelining);
    QMP_TEST("byte-wise", qmp_set_up_negotiated, test_byte_wise);
    QMP_TEST("garbage", qmp_set_up_negotiated, test_garbage);
    QMP_TEST("large-request", qmp_set_up_negotiated, test_large_request);
    QMP_TEST("large-request-refused", qmp_set_up_negotiated, test_large_request_refused);
    QMP_TEST("damage", qmp_set_up_negotiated, test_damage);
    return qmp_fixture_run();
}
