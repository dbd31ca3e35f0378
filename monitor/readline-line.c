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

const char *readline_line_replace(ReadlineLine *line, size_t from, size_t to, const char *text)
{
    size_t len = strlen(text);

    if (line->text->len - (to - from) + len > READLINE_MAX_LINE) {
        return "more than " G_STRINGIFY(READLINE_MAX_LINE) " bytes";
    }
    if (!from && is_mark(text)) {
        return "a combining mark at its beginning"; /* it would combine with the prompt */
    }
    g_string_erase(line->text, (gssize)from, (gssize)(to - from));
    g_string_insert(line->text, (gssize)from, text);
    line->cursor = from + len;
    return NULL;
}

/* ---- places; a combining mark goes with what it combines with ---- */

static size_t previous_char(const ReadlineLine *line)
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

static size_t next_char(const ReadlineLine *line)
{
    const char *pos = line->text->str + line->cursor;

    if (*pos) {
        do {
            pos = g_utf8_next_char(pos);
        } while (is_mark(pos));
    }
    return pos - line->text->str;
}

static size_t previous_word(const ReadlineLine *line)
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

static size_t next_word(const ReadlineLine *line)
{
    const char *text = line->text->str + line->cursor;
    const char *pos = text + strspn(text, " ");

    return line->cursor + (pos + strcspn(pos, " ") - text);
}

static size_t begin(const ReadlineLine *line)
{
    return 0;
}

static size_t end(const ReadlineLine *line)
{
    return line->text->len;
}

/* ---- keys ---- */

typedef struct PlaceKey {
    size_t (*place)(const ReadlineLine *line);
    bool deletes;
} PlaceKey;

static const PlaceKey place_keys[] = {
    [KEY_LEFT] = { previous_char, false },
    [KEY_RIGHT] = { next_char, false },
    [KEY_HOME] = { begin, false },
    [KEY_END] = { end, false },
    [KEY_WORD_LEFT] = { previous_word, false },
    [KEY_WORD_RIGHT] = { next_word, false },
    [KEY_BACKSPACE] = { previous_char, true },
    [KEY_DELETE] = { next_char, true },
    [KEY_KILL_WORD_LEFT] = { previous_word, true },
    [KEY_KILL_WORD_RIGHT] = { next_word, true },
    [KEY_KILL_LEFT] = { begin, true },
    [KEY_KILL_RIGHT] = { end, true },
};

bool readline_line_press(ReadlineLine *line, KeyCode code)
{
    const PlaceKey *key = code < G_N_ELEMENTS(place_keys) ? &place_keys[code] : NULL;
    size_t to;

    if (!key || !key->place) {
        return false;
    }
    to = key->place(line);
    if (key->deletes) {
        readline_line_replace(line, MIN(to, line->cursor), MAX(to, line->cursor), "");
    } else {
        line->cursor = to;
    }
    return true;
}
