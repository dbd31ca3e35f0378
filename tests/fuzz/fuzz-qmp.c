/*
 * A libFuzzer target: bytes from a client, through parser, session and dispatcher, to the commands.
 *
 * The first byte of an input says how the client behaves (bits, so that a letter can be typed):
 *   0x01  capabilities are negotiated before the rest is sent
 *   0x02  with `oob`: the session moves to the monitor I/O thread
 *   0x04  the client reads in small pieces
 *   0x08  the client sends in small pieces
 *   0x10  it hangs up without waiting for its replies
 *   0x20  the monitor is a pretty one
 * For each input there is a session of its own. Afterwards every request must have been answered
 * with one well-formed message, and the session be gone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "dump.h"
#include "fuzz-chardev.h"
#include "fuzz-commands.h"
#include "monitor/monitor.h"
#include "monitor/qmp-session.h"
#include "util/timer.h"

#include <locale.h>
#include <string.h>

#define PATIENCE_NS (20 * NS_PER_SEC)
#define SPIN_TURNS  64

enum {
    NEGOTIATED = 0x01,
    OOB = 0x02,
    READS_SLOWLY = 0x04,
    SENDS_SLOWLY = 0x08,
    LEAVES = 0x10,
    PRETTY = 0x20
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Chardev *servers[2]; /* compact, pretty */

/* Of the leak detector, where there is one. */
__attribute__((weak)) void __lsan_disable(void);
__attribute__((weak)) void __lsan_enable(void);

static void set_up(void)
{
    MonitorOptions options;

    setlocale(LC_CTYPE, "C.UTF-8");
    module_init_types();
    main_loop_init();
    monitors_init(fuzz_commands());
    fuzz_machine_init();
    monitor_options_init(&options);
    for (int pretty = 0; pretty < 2; pretty++) {
        options.pretty = pretty;
        servers[pretty] = fuzz_server_new(pretty ? "fuzz-pretty" : "fuzz");
        g_assert_nonnull(monitor_new_qmp(servers[pretty], &options, &error_abort));
    }
}

/* What stays to the end, coroutines that wait on stacks of their own included, is no leak. */
static void set_up_for_good(void)
{
    if (__lsan_disable) {
        __lsan_disable();
    }
    set_up();
    if (__lsan_enable) {
        __lsan_enable();
    }
}

/* One turn of the main loop; others need the processor, too, when many bring nothing. */
static void turn(unsigned *turns, int64_t deadline)
{
    g_assert_cmpint(clock_now(CLOCK_HOST), <, deadline);
    event_loop_iterate(main_loop(), false);
    if (++*turns > SPIN_TURNS) {
        g_usleep(20);
    }
}

/* ---- what came back ---- */

typedef struct Count {
    bool of_replies;
    unsigned messages;
} Count;

static void count_message(void *opaque, QObject *value, Error *err)
{
    Count *count = opaque;
    QDict *dict = value ? qobject_to_qdict(value) : NULL;

    if (count->of_replies) {
        g_assert_nonnull(dict);
        g_assert_true(qdict_haskey(dict, "return") || qdict_haskey(dict, "error") ||
                      qdict_haskey(dict, "event") || qdict_haskey(dict, "QMP"));
        count->messages += qdict_haskey(dict, "return") || qdict_haskey(dict, "error");
    } else {
        count->messages++;
    }
    qobject_unref(value);
    error_free(err);
}

/* Requests, right or wrong, in what a client sends; or replies in what it gets. */
static unsigned count_messages(const void *bytes, size_t len, bool of_replies)
{
    Count count = { .of_replies = of_replies };
    JsonParser *parser = json_parser_new(&json_default_limits, count_message, &count);

    json_parser_feed(parser, bytes, len);
    json_parser_free(parser);
    return count.messages;
}

/* Negotiated by the input itself, a capability may have changed what is answered. */
static void check_output(const GString *got, unsigned requests, bool exact)
{
    unsigned replies = count_messages(got->str, got->len, true);

    g_assert_true(g_str_has_suffix(got->str, "\r\n"));
    for (size_t i = 0; i < got->len; i++) {
        g_assert_true((got->str[i] >= ' ' && got->str[i] < 0x7f) || got->str[i] == '\r' ||
                      got->str[i] == '\n');
    }
    g_assert_cmpuint(replies, <=, requests);
    g_assert_true(!exact || replies == requests);
}

/* ---- the client ---- */

/* Send all, taking replies meanwhile as fast as the client reads. */
static void send_all(Chardev *client, const void *bytes, size_t len)
{
    int64_t deadline = clock_now(CLOCK_HOST) + PATIENCE_NS;
    const char *text = bytes;
    unsigned turns = 0;

    while (len) {
        size_t taken = fuzz_client_step(client, text, len);

        text += taken;
        len -= taken;
        turns = taken ? 0 : turns;
        turn(&turns, deadline);
    }
}

static void settle(Chardev *client, QmpSession *session)
{
    int64_t deadline = clock_now(CLOCK_HOST) + PATIENCE_NS;
    unsigned turns = 0;

    while (!qmp_session_is_idle(session)) {
        fuzz_client_step(client, NULL, 0);
        turn(&turns, deadline);
    }
}

/* Only our own reference is left: nothing of a session stays behind. */
static void wait_until_gone(QmpSession *session)
{
    int64_t deadline = clock_now(CLOCK_HOST) + PATIENCE_NS;
    unsigned turns = 0;

    while (__atomic_load_n(&session->refcount, __ATOMIC_ACQUIRE) > 1) {
        turn(&turns, deadline);
    }
    qmp_session_unref(session);
}

static QmpSession *only_session(void)
{
    g_autoptr(GPtrArray) sessions = qmp_sessions();

    g_assert_cmpuint(sessions->len, ==, 1);
    return qmp_session_ref(sessions->pdata[0]);
}

/* Dumps do not outlive their input; and what `quit` has asked of a loop that is not run here. */
static void take_back(void)
{
    dump_finish();
    event_loop_quit(main_loop());
    event_loop_run(main_loop());
}

static unsigned negotiate(Chardev *client, QmpSession *session, bool oob)
{
    const char *request = oob ? "{\"execute\": \"qmp_capabilities\", "
                                "\"arguments\": {\"enable\": [\"oob\"]}}"
                              : "{\"execute\": \"qmp_capabilities\"}";

    send_all(client, request, strlen(request));
    settle(client, session);
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t mode = size ? data[0] : 0;
    const FuzzPace pace = { .send = mode & SENDS_SLOWLY ? 5 : 0,
                            .read = mode & READS_SLOWLY ? 4000 : 0 };
    g_autoptr(GString) got = g_string_new(NULL);
    unsigned requests = 0;
    QmpSession *session;
    Chardev *client;

    if (!size) {
        return 0;
    }
    if (!servers[0]) {
        set_up_for_good();
    }
    client = fuzz_client_new(servers[!!(mode & PRETTY)], pace, got);
    session = only_session();
    if (mode & NEGOTIATED) {
        requests += negotiate(client, session, mode & OOB);
    }
    send_all(client, data + 1, size - 1);
    if (!(mode & LEAVES)) {
        settle(client, session);
    }
    fuzz_client_hang_up(client);
    wait_until_gone(session);
    requests += count_messages(data + 1, size - 1, false);
    if (!(mode & LEAVES)) {
        check_output(got, requests, mode & NEGOTIATED);
    }
    take_back();
    return 0;
}
