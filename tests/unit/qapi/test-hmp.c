/*
 * Tests of what HMP handlers print with.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/hmp.h"

typedef struct Sink {
    Hmp hmp;
    GString *text;
} Sink;

static void write_text(Hmp *hmp, const char *text, size_t len)
{
    g_string_append_len(((Sink *)hmp)->text, text, len);
}

static void test_print(void)
{
    Sink sink = { .hmp = { .write = write_text }, .text = g_string_new(NULL) };

    hmp_printf(&sink.hmp, "%s=%d%%\n", "a", 5);
    hmp_puts(&sink.hmp, "100%s\n");
    g_assert_cmpstr(sink.text->str, ==, "a=5%\n100%s\n");
    g_string_free(sink.text, true);
}

static void test_error(void)
{
    Sink sink = { .hmp = { .write = write_text }, .text = g_string_new(NULL) };
    Error *err = NULL;

    g_assert(!hmp_handle_error(&sink.hmp, NULL));
    g_assert_cmpuint(sink.text->len, ==, 0);
    error_setg(&err, "Device '%s' not found", "x%d");
    g_assert(hmp_handle_error(&sink.hmp, err));
    g_assert_cmpstr(sink.text->str, ==, "Error: Device 'x%d' not found\n");

    g_string_truncate(sink.text, 0);
    err = NULL;
    error_setg(&err, "No");
    error_append_hint(&err, "Try %d\n", 5);
    g_assert(hmp_handle_error(&sink.hmp, err));
    g_assert_cmpstr(sink.text->str, ==, "Error: No\nTry 5\n");
    g_string_free(sink.text, true);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hmp/print", test_print);
    g_test_add_func("/hmp/error", test_error);
    return g_test_run();
}
