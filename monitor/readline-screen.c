/*
 * Drawing the line that is edited.
 *
 * What the row shall be is compared with what it is, and the difference sent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/readline-screen.h"

#include <string.h>

/* A row that is full to the last column is neither here nor on the next row. */
#define ROW_COLUMNS (READLINE_COLUMNS - 1)

void readline_screen_init(ReadlineScreen *screen, const char *prompt)
{
    *screen = (ReadlineScreen){
        .out = g_string_new(NULL),
        .prompt = prompt,
        .row = g_string_new(NULL),
    };
}

void readline_screen_finish(ReadlineScreen *screen)
{
    g_string_free(screen->out, TRUE);
    g_string_free(screen->row, TRUE);
}

/* ---- text ---- */

/* Most are ASCII, and all of a long line are looked at for each key. */
static unsigned char_columns(const char *pos)
{
    gunichar c;

    if ((unsigned char)*pos < 0x80) {
        return 1;
    }
    c = g_utf8_get_char(pos);
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

unsigned readline_columns(const char *text, size_t len)
{
    unsigned width = 0;

    for (const char *pos = text; pos < text + len; pos = g_utf8_next_char(pos)) {
        width += char_columns(pos);
    }
    return width;
}

/* Whether text may be cut before @pos: continuation bytes are no characters to look at. */
static bool may_cut(const char *pos)
{
    return (*pos & 0xc0) != 0x80 && (!*pos || char_columns(pos));
}

size_t readline_common_prefix(const char *a, const char *b)
{
    size_t same = 0;

    while (a[same] && a[same] == b[same]) {
        same++;
    }
    while (same && !(may_cut(a + same) && may_cut(b + same))) {
        same--;
    }
    return same;
}

/* How many bytes at their ends are the same, of those behind the first @from. */
static size_t common_suffix(const GString *a, const GString *b, size_t from)
{
    size_t most = MIN(a->len, b->len) - from;
    size_t same = 0;

    while (same < most && a->str[a->len - same - 1] == b->str[b->len - same - 1]) {
        same++;
    }
    while (same && !may_cut(a->str + a->len - same)) {
        same--;
    }
    return same;
}

/* ---- what the row shall be ---- */

static unsigned width_of_row(const ReadlineScreen *screen)
{
    return ROW_COLUMNS - strlen(screen->prompt);
}

/* Scroll by half a row when the cursor would leave it, or come to stand on a mark of the cut. */
static void scroll(ReadlineScreen *screen, unsigned columns, unsigned cursor)
{
    unsigned width = width_of_row(screen);
    unsigned right = screen->left + width;
    bool before = screen->left && cursor <= screen->left;
    bool behind = columns > right && cursor >= right - 1;

    screen->cut = columns > width;
    if (!screen->cut) {
        screen->left = 0;
    } else if (before || behind) {
        screen->left = cursor - MIN(cursor, width / 2);
    }
}

/* Of a character at the columns from @at before @end: all, or blanks for those that are shown. */
static void append_char(GString *row, const char *pos, unsigned at, unsigned end, unsigned from,
                        unsigned to)
{
    bool whole = at == end ? at > from || !from : at >= from && end <= to;

    if (whole) {
        g_string_append_len(row, pos, g_utf8_next_char(pos) - pos);
    } else if (MAX(at, from) < MIN(end, to)) {
        g_string_append_c(row, ' ');
    }
}

/* Append the columns of @line from @from to before @to. */
static void append_columns(GString *row, const char *line, unsigned from, unsigned to)
{
    unsigned at = 0;

    for (const char *pos = line; *pos && at <= to; pos = g_utf8_next_char(pos)) {
        unsigned end = at + char_columns(pos);

        append_char(row, pos, at, end, from, to);
        at = end;
    }
}

/* g_string_free(). */
static GString *wanted_row(const ReadlineScreen *screen, const GString *line, unsigned columns)
{
    unsigned left = screen->left;
    unsigned right = left + width_of_row(screen);
    GString *row;

    if (!screen->cut) {
        return g_string_new_len(line->str, (gssize)line->len);
    }
    row = g_string_new(left ? "<" : "");
    append_columns(row, line->str, left ? left + 1 : 0, columns > right ? right - 1 : right);
    if (columns > right) {
        g_string_append_c(row, '>');
    }
    return row;
}

/* ---- changing the row ---- */

/* ESC [ @n @final; a count of 1 need not be said. */
static void control(ReadlineScreen *screen, unsigned n, char final)
{
    if (n == 1) {
        g_string_append_printf(screen->out, "\033[%c", final);
    } else if (n) {
        g_string_append_printf(screen->out, "\033[%u%c", n, final);
    }
}

/* How many bytes of @text, at most @len, are before @column. */
static size_t bytes_before(const char *text, size_t len, unsigned column)
{
    const char *pos = text;
    unsigned at = 0;

    while (pos < text + len && (at += char_columns(pos)) <= column) {
        pos = g_utf8_next_char(pos);
    }
    return pos - text;
}

static void move(ReadlineScreen *screen, unsigned column)
{
    unsigned from = screen->column;

    control(screen, from > column ? from - column : column - from, from > column ? 'D' : 'C');
    screen->column = column;
}

/* Put @next in the place of what is from @begin to @tail bytes before the row's end. */
static void replace(ReadlineScreen *screen, const GString *next, size_t begin, size_t tail)
{
    const char *text = next->str + begin;
    size_t len = next->len - tail - begin;
    unsigned width = readline_columns(text, len);
    unsigned old = readline_columns(screen->row->str + begin, screen->row->len - tail - begin);

    move(screen, readline_columns(next->str, begin));
    if (tail && old != width) {
        control(screen, old, 'P');
        control(screen, width, '@');
    }
    g_string_append_len(screen->out, text, (gssize)len);
    if (!tail && old > width) {
        g_string_append(screen->out, "\033[K");
    }
    screen->column += width;
}

void readline_screen_show(ReadlineScreen *screen, const GString *line, size_t cursor)
{
    unsigned columns = readline_columns(line->str, line->len);
    unsigned at = readline_columns(line->str, cursor);
    GString *next;
    size_t begin;

    scroll(screen, columns, at);
    at -= screen->left;
    next = wanted_row(screen, line, columns);
    begin = readline_common_prefix(screen->row->str, next->str);
    /* Of many that are alike, those at the cursor have come or gone. */
    begin = bytes_before(next->str, begin, MIN(at, screen->column));
    if (begin < next->len || begin < screen->row->len) {
        replace(screen, next, begin, common_suffix(screen->row, next, begin));
    }
    move(screen, at);
    g_string_free(screen->row, TRUE);
    screen->row = next;
}

void readline_screen_begin(ReadlineScreen *screen)
{
    g_string_append(screen->out, screen->prompt);
    g_string_truncate(screen->row, 0);
    screen->column = 0;
}

void readline_screen_leave(ReadlineScreen *screen, const GString *line)
{
    if (screen->cut) {
        g_string_append_printf(screen->out, "\r\033[K%s%s", screen->prompt, line->str);
    }
    g_string_append(screen->out, "\r\n");
}
