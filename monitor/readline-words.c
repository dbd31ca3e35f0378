/*
 * Listing what a line may be completed to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/readline-words.h"
#include "monitor/readline-screen.h"

#include <string.h>

size_t readline_words_common(char *const *words, size_t count)
{
    size_t len = strlen(words[0]);

    for (size_t i = 1; i < count; i++) {
        len = MIN(len, readline_common_prefix(words[0], words[i]));
    }
    return len;
}

void readline_words_list(GString *out, char *const *words, size_t count)
{
    unsigned width = 0;
    unsigned per_row;

    for (size_t i = 0; i < count; i++) {
        width = MAX(width, readline_columns(words[i], strlen(words[i])));
    }
    per_row = MAX(1, READLINE_COLUMNS / (width + 2));
    for (size_t i = 0; i < count; i++) {
        bool last = i % per_row == per_row - 1 || i == count - 1;
        unsigned pad = width + 2 - readline_columns(words[i], strlen(words[i]));

        g_string_append_printf(out, "%s%*s", words[i], last ? 0 : (int)pad, last ? "\r\n" : "");
    }
}
