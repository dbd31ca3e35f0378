/*
 * A client of a monitor under test.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "test-client.h"
#include "util/timer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_NS (20 * NS_PER_SEC)

static void tick(void *opaque)
{
    timer_arm(opaque, clock_now(CLOCK_HOST) + NS_PER_MS);
}

void test_turn_until(bool (*done)(void *opaque), void *opaque)
{
    int64_t deadline = clock_now(CLOCK_HOST) + PATIENCE_NS;
    Timer timer;

    timer_init(&timer, main_loop(), CLOCK_HOST, tick, &timer);
    tick(&timer);
    while (!done(opaque)) {
        g_assert_cmpint(clock_now(CLOCK_HOST), <, deadline);
        event_loop_iterate(main_loop(), true);
    }
    timer_finish(&timer);
}

static bool is_past(void *opaque)
{
    return clock_now(CLOCK_HOST) >= *(int64_t *)opaque;
}

void test_turn_for_ms(unsigned ms)
{
    int64_t end = clock_now(CLOCK_HOST) + ms * NS_PER_MS;

    test_turn_until(is_past, &end);
}

void test_client_init(TestClient *client, int fd)
{
    g_assert_cmpint(fcntl(fd, F_SETFL, O_NONBLOCK), ==, 0);
    client->fd = fd;
    client->input = g_string_new(NULL);
    client->eof = false;
}

void test_client_close(TestClient *client)
{
    close(client->fd);
    g_string_free(client->input, TRUE);
}

size_t test_client_send_some(TestClient *client, const char *text, size_t len)
{
    size_t sent = 0;

    while (sent < len) {
        ssize_t n = send(client->fd, text + sent, len - sent, MSG_NOSIGNAL);

        if (n < 0) {
            g_assert_cmpint(errno, ==, EAGAIN);
            break;
        }
        sent += (size_t)n;
    }
    return sent;
}

typedef struct SendState {
    TestClient *client;
    const char *text;
    size_t len;
} SendState;

static bool all_sent(void *opaque)
{
    SendState *state = opaque;
    size_t sent = test_client_send_some(state->client, state->text, state->len);

    state->text += sent;
    state->len -= sent;
    return !state->len;
}

void test_client_send_len(TestClient *client, const char *text, size_t len)
{
    SendState state = { .client = client, .text = text, .len = len };

    test_turn_until(all_sent, &state);
}

void test_client_send(TestClient *client, const char *text)
{
    test_client_send_len(client, text, strlen(text));
}

static void receive(TestClient *client)
{
    char bytes[65536];
    ssize_t n;

    while ((n = recv(client->fd, bytes, sizeof(bytes), 0)) > 0) {
        g_string_append_len(client->input, bytes, n);
    }
    client->eof |= n == 0;
}

typedef struct UntilState {
    TestClient *client;
    const char *end;
    size_t searched;
} UntilState;

static bool has_end(void *opaque)
{
    UntilState *state = opaque;
    GString *input = state->client->input;
    const char *found;

    receive(state->client);
    found = memmem(input->str + state->searched, input->len - state->searched, state->end,
                   strlen(state->end));
    if (!found) {
        g_assert_false(state->client->eof);
        state->searched = input->len > 16 ? input->len - 16 : 0;
        return false;
    }
    state->searched = (size_t)(found - input->str) + strlen(state->end);
    return true;
}

char *test_client_until(TestClient *client, const char *end)
{
    UntilState state = { .client = client, .end = end };
    char *text;

    if (!has_end(&state)) {
        test_turn_until(has_end, &state);
    }
    text = g_strndup(client->input->str, state.searched);
    g_string_erase(client->input, 0, (gssize)state.searched);
    return text;
}

char *test_client_line(TestClient *client)
{
    char *line = test_client_until(client, "\n");
    size_t len = strlen(line);

    g_assert_cmpuint(len, >=, 2);
    g_assert_cmpint(line[len - 2], ==, '\r');
    line[len - 2] = '\0';
    for (const char *pos = line; *pos; pos++) {
        g_assert_true(*pos > 0 && *pos != '\r');
    }
    return line;
}

void test_client_expect(TestClient *client, const char *line)
{
    g_autofree char *got = test_client_line(client);

    g_assert_cmpstr(got, ==, line);
}

void test_client_expect_silence(TestClient *client)
{
    test_turn_for_ms(20);
    receive(client);
    g_assert_cmpstr(client->input->str, ==, "");
}
