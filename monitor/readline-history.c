/*
 * The history of a line editor.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/readline-history.h"

#include <string.h>

void readline_history_init(ReadlineHistory *history, guint max)
{
    history->lines = g_ptr_array_new_with_free_func(g_free);
    history->pos = 0;
    history->unfinished = NULL;
    history->max = max;
}

void readline_history_finish(ReadlineHistory *history)
{
    g_ptr_array_unref(history->lines);
    g_free(history->unfinished);
}

void readline_history_add(ReadlineHistory *history, const char *line)
{
    guint index;

    if (*line) {
        if (g_ptr_array_find_with_equal_func(history->lines, line, g_str_equal, &index)) {
            g_ptr_array_remove_index(history->lines, index);
        }
        if (history->lines->len == history->max) {
            g_ptr_array_remove_index(history->lines, 0);
        }
        g_ptr_array_add(history->lines, g_strdup(line));
    }
    history->pos = history->lines->len;
    g_clear_pointer(&history->unfinished, g_free);
}

const char *readline_history_older(ReadlineHistory *history, const char *current)
{
    if (history->pos == 0) {
        return NULL;
    }
    if (history->pos == history->lines->len) {
        g_free(history->unfinished);
        history->unfinished = g_strdup(current);
    }
    return g_ptr_array_index(history->lines, --history->pos);
}

const char *readline_history_newer(ReadlineHistory *history)
{
    if (history->pos == history->lines->len) {
        return NULL;
    }
    history->pos++;
    return history->pos == history->lines->len ? history->unfinished
                                               : g_ptr_array_index(history->lines, history->pos);
}
