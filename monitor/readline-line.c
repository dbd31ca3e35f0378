/*
 * The line that is edited: changing it, and finding places in it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/readline-line.h"
#include "monitor/readline.h"

#include <string.h>

void readline_line_init(ReadlineLine *line)
{
    *line = (ReadlineLine){ .text = g_string_new(NULL) };
}

void readline_line_finish(ReadlineLine *line)
{
    g_string_free(line->text, TRUE);
}

void readline_line_set(ReadlineLine *line, const char *text)
{
    g_string_assign(line->text, text);
    line->cursor = line->text->len;
}

static bool is_mark(const char *pos)
{
    return (unsigned char)*pos >= 0x80 && g_unichar_iszerowidth(g_utf8_get_char(pos));
}

bool readline_line_replace(ReadlineLine *line, size_t from, size_t to, const char *text)
{
    size_t len = strlen(text);

    if (line->text->len - (to - from) + len > READLINE_MAX_LINE || (!from && is_mark(text))) {
        return false;
    }
    g_string_erase(line->text, (gssize)from, (gssize)(to - from));
    g_string_insert(line->text, (gssize)from, text);
    line->cursor = from + len;
    return true;
}

size_t readline_line_previous_char(const ReadlineLine *line)
{
    const char *pos = line->text->str + line->cursor;

    while (pos > line->text->str) {
        pos = g_utf8_prev_char(pos);
        if (!is_mark(pos)) {
            break;
        }
    }
    return pos - line->text->str;
}

size_t readline_line_next_char(const ReadlineLine *line)
{
    const char *pos = line->text->str + line->cursor;

    if (*pos) {
        do {
            pos = g_utf8_next_char(pos);
        } while (is_mark(pos));
    }
    return pos - line->text->str;
}

size_t readline_line_previous_word(const ReadlineLine *line)
{
    const char *text = line->text->str;
    size_t pos = line->cursor;

    while (pos && text[pos - 1] == ' ') {
        pos--;
    }
    while (pos && text[pos - 1] != ' ') {
        pos--;
    }
    return pos;
}

size_t readline_line_next_word(const ReadlineLine *line)
{
    const char *text = line->text->str + line->cursor;
    const char *pos = text + strspn(text, " ");

    return line->cursor + (pos + strcspn(pos, " ") - text);
}

size_t readline_line_begin(const ReadlineLine *line)
{
    return 0;
}

size_t readline_line_end(const ReadlineLine *line)
{
    return line->text->len;
}
