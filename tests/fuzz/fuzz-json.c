/*
 * A libFuzzer target: the streaming parser, whole against byte by byte, and the round trip.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/unit/qobject/json-outcome.h"
#include "qobject/json-writer.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    g_autofree char *whole = json_outcome(NULL, text, size, size, 0, false);
    g_autofree char *bytes = json_outcome(NULL, text, size, 0, 1, true);
    g_autoptr(QObject) value = json_parse(text, size, NULL);

    g_assert_cmpstr(whole, ==, bytes);
    if (value) {
        g_autofree char *json = qobject_to_json_pretty(value);
        g_autoptr(QObject) again = json_parse(json, strlen(json), &error_abort);

        g_assert(qobject_equal(value, again));
    }
    return 0;
}
