/*
 * Line editing: the line, what the terminal shows of it, and what each key does.
 *
 * Every change of the line goes through show(), which compares it with what is on the screen and
 * sends the difference.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/readline.h"
#include "monitor/readline-history.h"
#include "monitor/readline-keys.h"

#include <string.h>

#define SCREEN_COLUMNS 80

struct Readline {
    const ReadlineOps *ops;
    void *opaque;
    const char *prompt;
    bool echo;
    bool editing;
    GString *line;
    size_t cursor; /* a byte offset, always at a character's start */
    GString *out;  /* to be sent at the end of the feed */
    KeyDecoder keys;
    ReadlineHistory history;
};

/* ---- what the terminal shows ---- */

static unsigned char_columns(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

static unsigned columns(const char *text, size_t len)
{
    unsigned width = 0;

    for (const char *pos = text; pos < text + len; pos = g_utf8_next_char(pos)) {
        /* Most are ASCII, and all up to the cursor are looked at for each key. */
        width += (unsigned char)*pos < 0x80 ? 1 : char_columns(g_utf8_get_char(pos));
    }
    return width;
}

static void put(Readline *rl, const char *text)
{
    if (rl->echo) {
        g_string_append(rl->out, text);
    }
}

static void flush(Readline *rl)
{
    if (rl->out->len) {
        rl->ops->write(rl->opaque, rl->out->str, rl->out->len);
        g_string_truncate(rl->out, 0);
    }
}

static void move_columns(Readline *rl, unsigned from, unsigned to)
{
    unsigned distance = from > to ? from - to : to - from;
    char direction = from > to ? 'D' : 'C';

    if (distance == 1) {
        g_string_append_printf(rl->out, "\033[%c", direction);
    } else if (distance) {
        g_string_append_printf(rl->out, "\033[%u%c", distance, direction);
    }
}

/* Where two texts begin to differ, at a character's start, with no combining mark torn off. */
static size_t common_prefix(const char *a, const char *b)
{
    size_t same = 0;

    while (a[same] && a[same] == b[same]) {
        same++;
    }
    /* Continuation bytes first: only at a character's start may a character be looked at. */
    while (same && ((a[same] & 0xc0) == 0x80 || (b[same] & 0xc0) == 0x80 ||
                    g_unichar_iszerowidth(g_utf8_get_char(a + same)) ||
                    g_unichar_iszerowidth(g_utf8_get_char(b + same)))) {
        same--;
    }
    return same;
}

/* Make the line @len bytes of @text with the cursor at @cursor, on the screen too. */
static void show(Readline *rl, const char *text, size_t len, size_t cursor)
{
    g_autofree char *next = g_strndup(text, len);
    size_t same = strcmp(rl->line->str, next) ? common_prefix(rl->line->str, next) : len;

    if (rl->echo) {
        unsigned at = columns(rl->line->str, rl->cursor);
        unsigned width = columns(next, len);

        if (same < len || same < rl->line->len) {
            move_columns(rl, at, columns(next, same));
            g_string_append(rl->out, next + same);
            if (columns(rl->line->str, rl->line->len) > width) {
                put(rl, "\033[K");
            }
            at = width;
        }
        move_columns(rl, at, columns(next, cursor));
    }
    g_string_assign(rl->line, next);
    rl->cursor = cursor;
}

static void move_to(Readline *rl, size_t cursor)
{
    move_columns(rl, rl->echo ? columns(rl->line->str, rl->cursor) : 0,
                 rl->echo ? columns(rl->line->str, cursor) : 0);
    rl->cursor = cursor;
}

static void begin_on_screen(Readline *rl)
{
    g_string_append(rl->out, rl->prompt);
}

/* Draw prompt and line anew, where the cursor stands at the start of a row. */
static void redraw(Readline *rl)
{
    begin_on_screen(rl);
    if (rl->echo) {
        g_string_append_len(rl->out, rl->line->str, rl->line->len);
        move_columns(rl, columns(rl->line->str, rl->line->len), columns(rl->line->str, rl->cursor));
    }
}

static void ring(Readline *rl)
{
    put(rl, "\a");
}

/* ---- positions ---- */

static size_t previous_char(const Readline *rl)
{
    return rl->cursor ? (size_t)(g_utf8_prev_char(rl->line->str + rl->cursor) - rl->line->str) : 0;
}

static size_t next_char(const Readline *rl)
{
    return rl->cursor < rl->line->len
               ? (size_t)(g_utf8_next_char(rl->line->str + rl->cursor) - rl->line->str)
               : rl->cursor;
}

static size_t previous_word(const Readline *rl)
{
    size_t pos = rl->cursor;

    while (pos && rl->line->str[pos - 1] == ' ') {
        pos--;
    }
    while (pos && rl->line->str[pos - 1] != ' ') {
        pos--;
    }
    return pos;
}

static size_t next_word(const Readline *rl)
{
    size_t pos = rl->cursor;

    while (pos < rl->line->len && rl->line->str[pos] == ' ') {
        pos++;
    }
    while (pos < rl->line->len && rl->line->str[pos] != ' ') {
        pos++;
    }
    return pos;
}

/* ---- edits ---- */

static void replace(Readline *rl, size_t from, size_t to, const char *text)
{
    g_autoptr(GString) next = NULL;

    if (rl->line->len - (to - from) + strlen(text) > READLINE_MAX_LINE) {
        ring(rl);
        return;
    }
    next = g_string_new_len(rl->line->str, (gssize)rl->line->len);
    g_string_erase(next, from, to - from);
    g_string_insert(next, from, text);
    show(rl, next->str, next->len, from + strlen(text));
}

static void recall(Readline *rl, const char *line)
{
    if (line) {
        size_t len = strlen(line);

        show(rl, line, len, len);
    } else {
        ring(rl);
    }
}

static void finish_line(Readline *rl)
{
    g_autofree char *line = g_strdup(rl->line->str);

    readline_history_add(&rl->history, line);
    put(rl, "\r\n");
    flush(rl);
    rl->editing = false;
    rl->ops->line(rl->opaque, line);
}

static void ask_completion(Readline *rl)
{
    g_autofree char *line = g_strndup(rl->line->str, rl->cursor);

    if (!rl->echo) {
        replace(rl, rl->cursor, rl->cursor, " ");
        return;
    }
    flush(rl);
    rl->editing = false;
    rl->ops->complete(rl->opaque, line);
}

static void interrupt(Readline *rl)
{
    put(rl, "^C\r\n");
    readline_history_add(&rl->history, "");
    g_string_truncate(rl->line, 0);
    rl->cursor = 0;
    begin_on_screen(rl);
}

static void clear_screen(Readline *rl)
{
    put(rl, "\033[H\033[2J");
    if (rl->echo) {
        redraw(rl);
    }
}

static void press(Readline *rl, const Key *key)
{
    switch (key->code) {
    case KEY_TEXT:
        replace(rl, rl->cursor, rl->cursor, key->text);
        break;
    case KEY_ENTER:
        finish_line(rl);
        break;
    case KEY_TAB:
        ask_completion(rl);
        break;
    case KEY_INTERRUPT:
        interrupt(rl);
        break;
    case KEY_LEFT:
        move_to(rl, previous_char(rl));
        break;
    case KEY_RIGHT:
        move_to(rl, next_char(rl));
        break;
    case KEY_WORD_LEFT:
        move_to(rl, previous_word(rl));
        break;
    case KEY_WORD_RIGHT:
        move_to(rl, next_word(rl));
        break;
    case KEY_HOME:
        move_to(rl, 0);
        break;
    case KEY_END:
        move_to(rl, rl->line->len);
        break;
    case KEY_BACKSPACE:
        replace(rl, previous_char(rl), rl->cursor, "");
        break;
    case KEY_DELETE:
        replace(rl, rl->cursor, next_char(rl), "");
        break;
    case KEY_KILL_WORD_LEFT:
        replace(rl, previous_word(rl), rl->cursor, "");
        break;
    case KEY_KILL_WORD_RIGHT:
        replace(rl, rl->cursor, next_word(rl), "");
        break;
    case KEY_KILL_LEFT:
        replace(rl, 0, rl->cursor, "");
        break;
    case KEY_KILL_RIGHT:
        replace(rl, rl->cursor, rl->line->len, "");
        break;
    case KEY_UP:
        recall(rl, readline_history_older(&rl->history, rl->line->str));
        break;
    case KEY_DOWN:
        recall(rl, readline_history_newer(&rl->history));
        break;
    case KEY_REDRAW:
        clear_screen(rl);
        break;
    case KEY_INVALID:
        ring(rl);
        break;
    case KEY_NONE:
        break;
    }
}

/* ---- completion ---- */

static size_t common_length(char *const *words, size_t count)
{
    size_t len = strlen(words[0]);

    for (size_t i = 1; i < count; i++) {
        len = MIN(len, common_prefix(words[0], words[i]));
    }
    return len;
}

static void list_words(Readline *rl, char *const *words, size_t count)
{
    unsigned width = 0;
    unsigned per_row;

    for (size_t i = 0; i < count; i++) {
        width = MAX(width, columns(words[i], strlen(words[i])));
    }
    per_row = MAX(1, SCREEN_COLUMNS / (width + 2));
    for (size_t i = 0; i < count; i++) {
        unsigned pad = width + 2 - columns(words[i], strlen(words[i]));

        put(rl, i % per_row ? "" : "\r\n");
        put(rl, words[i]);
        if (i % per_row + 1 < per_row && i + 1 < count) {
            g_string_append_printf(rl->out, "%*s", (int)pad, "");
        }
    }
    put(rl, "\r\n");
    redraw(rl);
}

void readline_completed(Readline *rl, size_t start, char *const *words, size_t count, bool no_space)
{
    size_t common = count ? common_length(words, count) : 0;

    rl->editing = true;
    if (count == 0) {
        ring(rl);
    } else if (count == 1) {
        g_autofree char *word = g_strconcat(words[0], no_space ? "" : " ", NULL);

        replace(rl, start, rl->cursor, word);
    } else if (common > rl->cursor - start) {
        g_autofree char *word = g_strndup(words[0], common);

        replace(rl, start, rl->cursor, word);
    } else {
        list_words(rl, words, count);
    }
    flush(rl);
}

/* ---- life ---- */

Readline *readline_new(const ReadlineOps *ops, void *opaque, const char *prompt, bool echo)
{
    Readline *rl = g_new0(Readline, 1);

    rl->ops = ops;
    rl->opaque = opaque;
    rl->prompt = prompt;
    rl->echo = echo;
    rl->line = g_string_new(NULL);
    rl->out = g_string_new(NULL);
    readline_history_init(&rl->history, READLINE_MAX_HISTORY);
    return rl;
}

void readline_free(Readline *rl)
{
    readline_history_finish(&rl->history);
    g_string_free(rl->line, TRUE);
    g_string_free(rl->out, TRUE);
    g_free(rl);
}

void readline_begin(Readline *rl)
{
    g_string_truncate(rl->line, 0);
    rl->cursor = 0;
    rl->editing = true;
    begin_on_screen(rl);
    flush(rl);
}

void readline_redraw(Readline *rl)
{
    redraw(rl);
    flush(rl);
}

bool readline_is_editing(const Readline *rl)
{
    return rl->editing;
}

size_t readline_feed(Readline *rl, const char *bytes, size_t len)
{
    size_t taken = 0;

    while (taken < len && rl->editing) {
        Key key = key_decode(&rl->keys, (unsigned char)bytes[taken++]);

        press(rl, &key);
    }
    flush(rl);
    return taken;
}
