/*
 * What the streaming parser makes of some bytes, as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json-outcome.h"
#include "qobject/json-writer.h"

typedef struct Outcome {
    JsonParser *parser;
    GString *text;
    bool pause;
    bool emitted;
} Outcome;

static void on_emit(void *opaque, QObject *value, Error *err)
{
    static const char common[] = "JSON parse error, ";
    Outcome *outcome = opaque;

    g_assert(!value != !err);
    if (value) {
        g_autofree char *json = qobject_to_json(value);

        g_string_append_printf(outcome->text, "value %s\n", json);
        qobject_unref(value);
    } else {
        g_assert(g_str_has_prefix(error_get_pretty(err), common));
        g_string_append_printf(outcome->text, "error %s\n",
                               error_get_pretty(err) + sizeof(common) - 1);
        error_free(err);
    }
    g_assert_cmpuint(json_parser_pending(outcome->parser), ==, 0);
    if (outcome->pause) {
        g_assert(!outcome->emitted); /* one for each feed */
        outcome->emitted = true;
        json_parser_pause(outcome->parser);
    }
}

/* The bytes go through memory of their own, so that a read past their end is seen by ASan. */
static void feed(Outcome *outcome, const char *bytes, size_t len)
{
    g_autofree char *copy = g_memdup2(bytes, len);
    size_t taken = 0;

    while (taken < len) {
        size_t n = json_parser_feed(outcome->parser, copy + taken, len - taken);

        g_assert(n == len - taken || (outcome->pause && outcome->emitted));
        taken += n;
        outcome->emitted = false;
    }
}

char *json_outcome(const JsonLimits *limits, const char *bytes, size_t len, size_t first,
                   size_t piece, bool pause)
{
    Outcome outcome = { .text = g_string_new(NULL), .pause = pause };

    outcome.parser = json_parser_new(limits, on_emit, &outcome);
    feed(&outcome, bytes, MIN(first, len));
    for (size_t at = MIN(first, len); at < len;) {
        size_t n = piece ? MIN(piece, len - at) : len - at;

        feed(&outcome, bytes + at, n);
        at += n;
    }
    json_parser_flush(outcome.parser);
    json_parser_free(outcome.parser);
    return g_string_free(outcome.text, false);
}
