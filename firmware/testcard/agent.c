/*
 * Requests are JSON, one a line: {"execute": NAME, "arguments": {"id": N or "mode": MODE}}.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "agent.h"

#include "channel.h"
#include "lib.h"
#include "sbi.h"
#include "serial.h"

/* A reply being made; what does not fit is left out, as is what would follow it. */
typedef struct Reply {
    char text[CHANNEL_LINE_SIZE];
    size_t length;
} Reply;

static void add(Reply *reply, const char *text, size_t length)
{
    if (length <= sizeof(reply->text) - reply->length) {
        memcpy(reply->text + reply->length, text, length);
        reply->length += length;
    }
}

static void add_string(Reply *reply, const char *text)
{
    add(reply, text, strlen(text));
}

/* The value of the member @key ("\"key\""), wherever it is: its start, or NULL. */
static const char *find_value(const char *line, const char *key)
{
    for (; *line; line++) {
        if (starts_with(line, key)) {
            line += strlen(key);
            while (*line == ' ' || *line == ':') {
                line++;
            }
            return line;
        }
    }
    return NULL;
}

/* An error, or the id handed back: that is how the host knows that the answers are to it. */
static void add_id(Reply *reply, const char *line)
{
    const char *id = find_value(line, "\"id\"");
    size_t digits = 0;

    while (id && id[digits] >= '0' && id[digits] <= '9') {
        digits++;
    }
    if (!digits) {
        add_string(reply, "{\"error\": {\"class\": \"GenericError\", "
                          "\"desc\": \"'id' must be a number\"}}\n");
        return;
    }
    add_string(reply, "{\"return\": ");
    add(reply, id, digits);
    add_string(reply, "}\n");
}

static void shut_down(const char *line)
{
    const char *mode = find_value(line, "\"mode\"");

    sbi_system_reset(mode && starts_with(mode, "\"reboot\"") ? SBI_SRST_COLD_REBOOT
                                                             : SBI_SRST_SHUTDOWN);
}

static void make_reply(Reply *reply, const char *name, const char *line)
{
    if (starts_with(name, "\"guest-sync-delimited\"")) {
        add_string(reply, "\xff");
        add_id(reply, line);
    } else if (starts_with(name, "\"guest-sync\"")) {
        add_id(reply, line);
    } else if (starts_with(name, "\"guest-ping\"")) {
        add_string(reply, "{\"return\": {}}\n");
    } else {
        add_string(reply, "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"commands are: "
                          "guest-sync guest-sync-delimited guest-ping guest-shutdown\"}}\n");
    }
}

/* The answer goes first: who waits for it may not read the serial port meanwhile. */
void agent_take_line(const char *line)
{
    const char *name = find_value(line, "\"execute\"");
    bool is_shutdown = name && starts_with(name, "\"guest-shutdown\"");
    Reply reply = { .length = 0 };

    if (!is_shutdown) {
        make_reply(&reply, name ? name : "", line);
        channel_send(reply.text, reply.length);
    }
    serial_printf("agent: %s\n", line);
    if (is_shutdown) {
        shut_down(line);
    }
}
