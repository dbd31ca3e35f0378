/*
 * Random damaged input: however it is cut the outcome is the same, and what is accepted survives
 * being written and read again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json-mutate.h"
#include "json-outcome.h"
#include "qobject/json-writer.h"

#include <string.h>

#define INPUTS 100000
#define SEED   20231120

static const JsonLimits small_limits = { .max_nesting = 6, .max_tokens = 24, .max_size = 120 };

static void check(const JsonLimits *limits, const GString *input, size_t cut)
{
    g_autofree char *whole = json_outcome(limits, input->str, input->len, input->len, 0, false);
    g_autofree char *bytes = json_outcome(limits, input->str, input->len, 0, 1, false);
    g_autofree char *parts = json_outcome(limits, input->str, input->len, cut, 0, true);

    g_assert_cmpstr(bytes, ==, whole);
    g_assert_cmpstr(parts, ==, whole);
}

static void test_cuts(void)
{
    g_autoptr(GString) input = g_string_new(NULL);
    GRand *rand = g_rand_new_with_seed(SEED);

    for (int i = 0; i < INPUTS; i++) {
        json_mutate(rand, input);
        check(i & 1 ? &small_limits : NULL, input, g_rand_int_range(rand, 0, input->len + 1));
    }
    g_rand_free(rand);
}

static void test_round_trip(void)
{
    g_autoptr(GString) input = g_string_new(NULL);
    GRand *rand = g_rand_new_with_seed(SEED + 1);
    unsigned accepted = 0;

    for (int i = 0; i < INPUTS; i++) {
        QObject *value, *again;
        g_autofree char *json = NULL;

        json_mutate(rand, input);
        value = json_parse(input->str, input->len, NULL);
        if (!value) {
            continue;
        }
        accepted++;
        json = i & 1 ? qobject_to_json(value) : qobject_to_json_pretty(value);
        for (const char *p = json; *p; p++) {
            g_assert((*p >= 0x20 && *p < 0x7f) || *p == '\n');
        }
        again = json_parse(json, strlen(json), &error_abort);
        g_assert(qobject_equal(value, again));
        qobject_unref(value);
        qobject_unref(again);
    }
    g_assert_cmpuint(accepted, >, INPUTS / 100);
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json-fuzz/cuts", test_cuts);
    g_test_add_func("/json-fuzz/round-trip", test_round_trip);
    return g_test_run();
}
