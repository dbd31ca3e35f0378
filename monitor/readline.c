/*
 * Line editing: the line, and what each key does to it.
 *
 * Keys change the line only; what the terminal shows follows when all that has come is worked on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/readline.h"
#include "monitor/readline-history.h"
#include "monitor/readline-keys.h"
#include "monitor/readline-line.h"
#include "monitor/readline-screen.h"
#include "monitor/readline-words.h"

#include <string.h>

struct Readline {
    const ReadlineOps *ops;
    void *opaque;
    bool echo;
    bool editing;
    const char *fault; /* what was typed and is missing from the line; NULL: nothing */
    bool ring;         /* some key could not do what it is for */
    bool hidden;       /* the terminal shows somebody else's */
    ReadlineLine line;
    ReadlineScreen screen;
    KeyDecoder keys;
    ReadlineHistory history;
};

/* ---- what the terminal shows ---- */

static void put(Readline *rl, const char *text)
{
    if (rl->echo) {
        g_string_append(rl->screen.out, text);
    }
}

/* Draw what has changed. */
static void update(Readline *rl)
{
    if (rl->echo) {
        readline_screen_show(&rl->screen, rl->line.text, rl->line.cursor);
        put(rl, rl->ring ? "\a" : "");
    }
    rl->ring = false;
}

static void flush(Readline *rl)
{
    GString *out = rl->screen.out;

    if (rl->editing) {
        update(rl);
    }
    if (out->len && !rl->hidden) {
        rl->ops->write(rl->opaque, out->str, out->len);
    }
    g_string_truncate(out, 0);
}

/* ---- keys ---- */

static void set_fault(Readline *rl, const char *fault)
{
    rl->fault = rl->fault ? rl->fault : fault;
    rl->ring |= fault != NULL;
}

static void replace(Readline *rl, size_t from, size_t to, const char *text)
{
    set_fault(rl, readline_line_replace(&rl->line, from, to, text));
}

static void recall(Readline *rl, const char *line)
{
    if (line) {
        readline_line_set(&rl->line, line);
        rl->fault = NULL;
    } else {
        rl->ring = true;
    }
}

static void finish_line(Readline *rl)
{
    g_autofree char *line = g_strdup(rl->line.text->str);

    readline_history_add(&rl->history, line);
    update(rl);
    rl->editing = false;
    if (rl->echo) {
        readline_screen_leave(&rl->screen, rl->line.text);
    }
    flush(rl);
    rl->ops->line(rl->opaque, line, rl->fault);
}

static void ask_completion(Readline *rl)
{
    g_autofree char *line = g_strndup(rl->line.text->str, rl->line.cursor);

    if (!rl->echo) {
        replace(rl, rl->line.cursor, rl->line.cursor, " ");
        return;
    }
    flush(rl);
    rl->editing = false;
    rl->ops->complete(rl->opaque, line);
}

static void begin_line(Readline *rl)
{
    readline_line_set(&rl->line, "");
    rl->fault = NULL;
    readline_screen_begin(&rl->screen);
}

static void interrupt(Readline *rl)
{
    update(rl);
    put(rl, "^C\r\n");
    readline_history_add(&rl->history, "");
    begin_line(rl);
}

static void clear_screen(Readline *rl)
{
    if (rl->echo) {
        put(rl, "\033[H\033[2J");
        readline_screen_begin(&rl->screen);
    }
}

static const char not_utf8[] = "bytes that are not UTF-8";

static void press_other(Readline *rl, const Key *key)
{
    switch (key->code) {
    case KEY_TEXT:
        replace(rl, rl->line.cursor, rl->line.cursor, key->text);
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
    case KEY_UP:
        recall(rl, readline_history_older(&rl->history, rl->line.text->str));
        break;
    case KEY_DOWN:
        recall(rl, readline_history_newer(&rl->history));
        break;
    case KEY_REDRAW:
        clear_screen(rl);
        break;
    case KEY_NUL:
        set_fault(rl, "a NUL byte");
        break;
    case KEY_INVALID:
        set_fault(rl, not_utf8);
        break;
    case KEY_UNPRINTABLE:
        set_fault(rl, "a character that cannot be printed");
        break;
    case KEY_BELL:
        rl->ring = true;
        break;
    default:
        break;
    }
}

static void press(Readline *rl, const Key *key)
{
    if (key->torn) {
        set_fault(rl, not_utf8);
    }
    if (!readline_line_press(&rl->line, key->code)) {
        press_other(rl, key);
    } else if (!rl->line.text->len) {
        rl->fault = NULL;
    }
}

/* ---- completion ---- */

static void list_words(Readline *rl, char *const *words, size_t count)
{
    put(rl, "\r\n");
    readline_words_list(rl->screen.out, words, count);
    readline_screen_begin(&rl->screen);
}

void readline_completed(Readline *rl, size_t start, char *const *words, size_t count, bool no_space)
{
    size_t common = count ? readline_words_common(words, count) : 0;

    rl->editing = true;
    if (count == 0) {
        rl->ring = true;
    } else if (count == 1) {
        g_autofree char *word = g_strconcat(words[0], no_space ? "" : " ", NULL);

        replace(rl, start, rl->line.cursor, word);
    } else if (common > rl->line.cursor - start) {
        g_autofree char *word = g_strndup(words[0], common);

        replace(rl, start, rl->line.cursor, word);
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
    rl->echo = echo;
    readline_line_init(&rl->line);
    readline_screen_init(&rl->screen, prompt);
    readline_history_init(&rl->history, READLINE_MAX_HISTORY);
    return rl;
}

void readline_free(Readline *rl)
{
    readline_history_finish(&rl->history);
    readline_screen_finish(&rl->screen);
    readline_line_finish(&rl->line);
    g_free(rl);
}

void readline_begin(Readline *rl)
{
    begin_line(rl);
    rl->editing = true;
    rl->hidden = false;
    flush(rl);
}

void readline_redraw(Readline *rl)
{
    readline_screen_begin(&rl->screen);
    rl->hidden = false;
    flush(rl);
}

void readline_hide(Readline *rl)
{
    rl->hidden = true;
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
