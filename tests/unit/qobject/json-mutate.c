/*
 * Inputs for fuzzing without a fuzzer: pieces of JSON and of what clients get wrong, damaged.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json-mutate.h"

static const char *const pieces[] = {
    "{\"execute\": \"query-status\"}",
    "{\"execute\": \"qom-get\", \"arguments\": {\"path\": \"/machine\", \"property\": \"a\"}}\r\n",
    "{'id': [1, -2.5e-3, null, true, {\"x\": {}}]}",
    "{\"exec-oob\":\"x\",\"id\":\"\\u00e9\\ud83d\\ude00\\n\"}",
    "[[[[[[[[]]]]]]]]",
    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 plain text that is longer than a word\"",
    "18446744073709551615 -9223372036854775808 1e308 0.1",
    "{'a':1,'b':2,'c':3,'d':4,'e':5,'f':6,'g':7,'h':8,'i':9,'j':0,'k':1,'l':2,'m':3,'n':4}",
    "\xff",
    "\n",
    "\n{",
    "\\u",
    "\"",
    "'",
    "}}",
    "]",
    "1e999",
    "tru",
    "//",
    "\x1b[",
    "\xed\xa0\x80",
};

static const char bytes[] = "{}[]:,\"'\\ \n\r\t0123456789+-.eEtrufalsn\xff\xfe\xfd\x80\xc3\xf0\x1b";

static void damage(GRand *rand, GString *input)
{
    size_t at = g_rand_int_range(rand, 0, input->len + 1);
    char byte = bytes[g_rand_int_range(rand, 0, sizeof(bytes))]; /* its NUL too */

    switch (g_rand_int_range(rand, 0, 4)) {
    case 0:
        g_string_insert_c(input, at, byte);
        break;
    case 1:
        if (at < input->len) {
            g_string_erase(input, at, g_rand_int_range(rand, 1, MIN(input->len - at, 7) + 1));
        }
        break;
    case 2:
        if (at < input->len) {
            input->str[at] = byte;
        }
        break;
    default:
        if (at < input->len) {
            input->str[at] = g_rand_int(rand);
        }
    }
}

void json_mutate(GRand *rand, GString *input)
{
    int count = g_rand_int_range(rand, 1, 5);

    g_string_truncate(input, 0);
    while (count--) {
        g_string_append(input, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
    }
    count = g_rand_int_range(rand, 0, 6);
    while (count--) {
        damage(rand, input);
    }
}
