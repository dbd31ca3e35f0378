/*
 * How fast JSON is parsed and written, beside copying the same bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-parser.h"
#include "qobject/json-writer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SIZE   (16 << 20)
#define ROUNDS 5

/* CPU time, for the machine may be busy with something else. */
static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* The floor: the best of a few copies of @len bytes, in seconds. */
static double copy_time(const char *text, size_t len)
{
    g_autofree char *copy = g_malloc0(len);
    double best = 1e9;

    for (int i = 0; i < ROUNDS; i++) {
        double start = now();

        memcpy(copy, text, len);
        __asm__ volatile("" : : "r"(copy) : "memory");
        best = MIN(best, now() - start);
    }
    return best;
}

static void keep(void *opaque, QObject *value, Error *err)
{
    QObject **kept = opaque;

    g_assert_null(err);
    qobject_unref(*kept);
    *kept = value;
}

/* Parse @text in pieces of 64 KiB, as they come from a socket. */
static double parse_time(const char *text, size_t len, QObject **value)
{
    JsonLimits limits = json_default_limits;
    double best = 1e9;

    limits.max_tokens = SIZE;
    for (int i = 0; i < ROUNDS; i++) {
        JsonParser *parser = json_parser_new(&limits, keep, value);
        double start = now();

        for (size_t at = 0; at < len; at += 65536) {
            json_parser_feed(parser, text + at, MIN(65536, len - at));
        }
        best = MIN(best, now() - start);
        json_parser_free(parser);
    }
    return best;
}

static double write_time(const QObject *value)
{
    g_autoptr(GString) out = g_string_sized_new(SIZE * 2);
    double best = 1e9;

    for (int i = 0; i < ROUNDS; i++) {
        JsonWriter writer;
        double start = now();

        g_string_truncate(out, 0);
        json_writer_init(&writer, out, false);
        json_writer_qobject(&writer, value);
        best = MIN(best, now() - start);
    }
    return best;
}

static void report(const char *what, const char *step, double seconds, size_t len, double floor)
{
    printf("%-28s %-6s %8.1f MB/s %8.1f ms  %6.1fx a copy\n", what, step, len / seconds / 1e6,
           seconds * 1e3, seconds / floor);
}

static void bench(const char *what, const char *head, const char *unit, const char *tail)
{
    g_autoptr(GString) text = g_string_new(head);
    QObject *value = NULL;
    double floor;

    while (text->len < SIZE) {
        g_string_append(text, unit);
    }
    g_string_append(text, tail);
    floor = copy_time(text->str, text->len);
    report(what, "parse", parse_time(text->str, text->len, &value), text->len, floor);
    report(what, "write", write_time(value), text->len, floor);
    qobject_unref(value);
}

/* An object of @count keys, parsed: shows whether look-ups stay cheap when a client sends many. */
static void bench_keys(unsigned count)
{
    g_autoptr(GString) text = g_string_new("{");
    QObject *value = NULL;
    double seconds;

    for (unsigned i = 0; i < count; i++) {
        g_string_append_printf(text, "%s\"key%u\":%u", i ? "," : "", i, i);
    }
    g_string_append(text, "}");
    seconds = parse_time(text->str, text->len, &value);
    printf("%-28s %u keys: %.1f ms, %.0f ns a key\n", "one object", count, seconds * 1e3,
           seconds * 1e9 / count);
    qobject_unref(value);
}

int main(void)
{
    bench("one plain string", "\"", "the quick brown fox jumps over the lazy dog ", "\"");
    bench("one string of escapes", "\"", "a\\n\\u00e9\\\"bc", "\"");
    bench("one string of UTF-8", "\"", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"");
    bench("requests in a list", "[0",
          ",{\"execute\": \"qom-get\", \"arguments\": {\"path\": \"/machine/unattached\", "
          "\"property\": \"type\"}, \"id\": \"libvirt-123456\"}",
          "]");
    bench("integers in a list", "[0", ", 123456789, -98765, 4, 1844674407370955161", "]");
    bench_keys(100);
    bench_keys(100000);
    return 0;
}
