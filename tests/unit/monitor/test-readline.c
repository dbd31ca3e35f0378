/*
 * The line editor: what keys do, and that a terminal shows what the line is.
 *
 * A small terminal interprets what the editor sends; its last row must at all times be the prompt,
 * the line and the cursor where they belong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/readline.h"

#include <stdlib.h>
#include <string.h>

#define PROMPT  "> "
#define COLUMNS 80

typedef struct Terminal {
    GArray *row;   /* of gunichar, the row of the cursor; combining marks are left out */
    guint column;  /* COLUMNS: what comes next goes to the next row */
    GString *sent; /* since the last terminal_reset() */
    unsigned bells;
    GPtrArray *rows; /* of char *, the rows before */
} Terminal;

typedef struct Fixture {
    Readline *rl;
    Terminal term;
    GPtrArray *lines;  /* finished ones */
    const char *fault; /* of the last one */
    char *completing;  /* what completion was asked for; NULL: nothing */
} Fixture;

/* ---- the terminal ---- */

static char *row_text(const Terminal *term)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < term->row->len; i++) {
        gunichar c = g_array_index(term->row, gunichar, i);

        if (c) {
            g_string_append_unichar(text, c);
        }
    }
    return g_strchomp(g_string_free(text, FALSE));
}

static void term_newline(Terminal *term)
{
    g_ptr_array_add(term->rows, row_text(term));
    g_array_set_size(term->row, 0);
}

static void term_put(Terminal *term, gunichar c)
{
    guint width = g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;

    if (!width) {
        return;
    }
    if (term->column + width > COLUMNS) {
        term_newline(term);
        term->column = 0;
    }
    if (term->row->len < term->column + width) {
        g_array_set_size(term->row, term->column + width);
    }
    g_array_index(term->row, gunichar, term->column) = c;
    if (width == 2) {
        g_array_index(term->row, gunichar, term->column + 1) = 0;
    }
    term->column += width;
}

static const char *term_sequence(Terminal *term, const char *pos)
{
    unsigned n = (unsigned)strtoul(pos, (char **)&pos, 10);

    n = MAX(n, 1);
    switch (*pos) {
    case 'C':
        term->column += n;
        g_assert_cmpuint(term->column, <, COLUMNS);
        break;
    case 'D':
        g_assert_cmpuint(n, <=, term->column);
        term->column -= n;
        break;
    case '@':
        for (unsigned i = 0; i < n && term->column < term->row->len; i++) {
            const gunichar blank = ' ';

            g_array_insert_val(term->row, term->column, blank);
        }
        break;
    case 'P':
        g_array_remove_range(term->row, term->column, MIN(n, term->row->len - term->column));
        break;
    case 'K':
        g_array_set_size(term->row, MIN(term->row->len, term->column));
        break;
    case 'H':
        term->column = 0;
        break;
    case 'J':
        g_array_set_size(term->row, 0);
        break;
    default:
        g_error("unknown sequence");
    }
    return pos + 1;
}

static void term_feed(Terminal *term, const char *text, size_t len)
{
    const char *end = text + len;

    g_assert_true(g_utf8_validate(text, (gssize)len, NULL));
    g_string_append_len(term->sent, text, (gssize)len);
    while (text < end) {
        switch (*text) {
        case '\r':
            term->column = 0;
            text++;
            break;
        case '\n':
            term_newline(term);
            text++;
            break;
        case '\a':
            term->bells++;
            text++;
            break;
        case '\033':
            g_assert_cmpint(text[1], ==, '[');
            text = term_sequence(term, text + 2);
            break;
        default:
            term_put(term, g_utf8_get_char(text));
            text = g_utf8_next_char(text);
        }
    }
}

/* ---- the editor's other side ---- */

static void on_write(void *opaque, const char *text, size_t len)
{
    Fixture *f = opaque;

    term_feed(&f->term, text, len);
}

static void on_line(void *opaque, const char *line, const char *fault)
{
    Fixture *f = opaque;

    f->fault = fault;

    g_ptr_array_add(f->lines, g_strdup(line));
}

static void on_complete(void *opaque, const char *line)
{
    Fixture *f = opaque;

    g_free(f->completing);
    f->completing = g_strdup(line);
}

static const ReadlineOps ops = { .write = on_write, .line = on_line, .complete = on_complete };

static void set_up_echo(Fixture *f, bool echo)
{
    f->term.row = g_array_new(FALSE, TRUE, sizeof(gunichar));
    f->term.sent = g_string_new(NULL);
    f->term.rows = g_ptr_array_new_with_free_func(g_free);
    f->lines = g_ptr_array_new_with_free_func(g_free);
    f->rl = readline_new(&ops, f, PROMPT, echo);
    readline_begin(f->rl);
}

static void set_up(Fixture *f, const void *data)
{
    set_up_echo(f, true);
}

static void set_up_silent(Fixture *f, const void *data)
{
    set_up_echo(f, false);
}

static void tear_down(Fixture *f, const void *data)
{
    readline_free(f->rl);
    g_array_unref(f->term.row);
    g_string_free(f->term.sent, TRUE);
    g_ptr_array_unref(f->term.rows);
    g_ptr_array_unref(f->lines);
    g_free(f->completing);
}

/* Type; a finished line begins the next one. */
static void type_len(Fixture *f, const char *keys, size_t len)
{
    while (len) {
        size_t taken = readline_feed(f->rl, keys, len);

        keys += taken;
        len -= taken;
        if (!readline_is_editing(f->rl)) {
            if (f->completing) {
                return;
            }
            readline_begin(f->rl);
        }
    }
}

static void type(Fixture *f, const char *keys)
{
    g_string_truncate(f->term.sent, 0);
    type_len(f, keys, strlen(keys));
}

/* The bytes that @keys are answered with. */
#define assert_sends(f, keys, bytes)                                                               \
    do {                                                                                           \
        type(f, keys);                                                                             \
        g_assert_cmpstr((f)->term.sent->str, ==, bytes);                                           \
    } while (0)

/* The row shows the prompt and @line, with the cursor before the @after columns at its end. */
static void assert_shows(Fixture *f, const char *line, guint after)
{
    g_autofree char *expected = g_strchomp(g_strconcat(PROMPT, line, NULL));
    g_autofree char *row = row_text(&f->term);
    guint width = 0;

    g_assert_cmpstr(row, ==, expected);
    for (const char *pos = line; *pos; pos = g_utf8_next_char(pos)) {
        width += g_unichar_iswide(g_utf8_get_char(pos)) ? 2 : 1;
    }
    g_assert_cmpuint(f->term.column + after, ==, strlen(PROMPT) + width);
}

static void assert_finished(Fixture *f, const char *line, const char *fault)
{
    type(f, "\r");
    g_assert_cmpstr(f->fault, ==, fault);
    g_assert_cmpuint(f->lines->len, >, 0);
    g_assert_cmpstr(g_ptr_array_index(f->lines, f->lines->len - 1), ==, line);
}

static void assert_entered(Fixture *f, const char *line)
{
    assert_finished(f, line, NULL);
}

/* ---- tests ---- */

static void test_typing(Fixture *f, const void *data)
{
    type(f, "info status");
    assert_shows(f, "info status", 0);
    g_assert_cmpstr(f->term.sent->str, ==, "info status");
    assert_entered(f, "info status");
    g_assert_cmpstr(f->term.sent->str, ==, "\r\n" PROMPT);
    g_assert_cmpstr(g_ptr_array_index(f->term.rows, 0), ==, PROMPT "info status");
}

/* Only what changed is sent. */
static void test_minimal_output(Fixture *f, const void *data)
{
    type(f, "a long line that is not sent again");
    assert_sends(f, "x", "x");
    assert_sends(f, "\177", "\033[D\033[K");
    assert_sends(f, "\033[D\033[D", "\033[2D");
    assert_sends(f, "y", "\033[@y");
    assert_sends(f, "\177", "\033[D\033[P");
    assert_sends(f, "\xe4\xb8\xad", "\033[2@\xe4\xb8\xad");
    assert_sends(f, "\177", "\033[2D\033[2P");
    assert_sends(f, "\005", "\033[2C");
    assert_sends(f, "\005", "");
}

/* Nothing moves but the cells behind: as many bytes in a long line as in a short one. */
static void test_middle_of_a_line(Fixture *f, const void *data)
{
    g_autofree char *line = g_strnfill(70, 'x');

    type(f, line);
    assert_sends(f, "\001", "\033[70D");
    for (unsigned i = 0; i < 7; i++) {
        type(f, "a");
        g_assert_cmpstr(f->term.sent->str, ==, "\033[@a");
    }
    for (unsigned i = 0; i < 7; i++) {
        type(f, "\177");
        g_assert_cmpstr(f->term.sent->str, ==, "\033[D\033[P");
    }
    assert_shows(f, line, 70);
    assert_sends(f, "\004", "\033[P");
    /* All that comes together is drawn once. */
    assert_sends(f, "one two three\027\027\033[D", "\033[4@one \033[D");
    assert_sends(f, "\025", "\033[3D\033[3P");
    type(f, "\033[C\033[C");
    assert_sends(f, "\013", "\033[K");
}

static void assert_cheap(const Fixture *f)
{
    g_assert_cmpuint(f->term.sent->len, <=, COLUMNS + 20);
    g_assert_cmpuint(f->term.rows->len, ==, 0);
}

/* A line longer than the terminal is wide stays in its row, at a bounded price. */
static void test_scrolling(Fixture *f, const void *data)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_autoptr(GString) rows = g_string_new(NULL);
    g_autofree char *begin = NULL;
    gsize sent = 0;

    for (unsigned i = 0; i < 1000; i++) {
        const char key[] = { (char)('a' + i % 26), 0 };

        g_string_append(line, key);
        type(f, key);
        assert_cheap(f);
        sent += f->term.sent->len;
    }
    g_assert_cmpuint(sent, <, 4 * line->len);
    type(f, "\001");
    assert_cheap(f);
    begin = g_strdup_printf("%.76s>", line->str);
    assert_shows(f, begin, 77);
    for (unsigned i = 0; i < 500; i++) {
        g_string_insert_c(line, 2 * i, 'X');
        type(f, "X");
        assert_cheap(f);
        type(f, "\033[C");
        assert_cheap(f);
    }
    /* The finished one is shown whole. */
    assert_entered(f, line->str);
    for (guint i = 0; i < f->term.rows->len; i++) {
        g_string_append(rows, g_ptr_array_index(f->term.rows, i));
    }
    g_assert_cmpstr(rows->str + strlen(PROMPT), ==, line->str);
}

static void test_scrolling_back(Fixture *f, const void *data)
{
    g_autofree char *text = g_strnfill(77, 'x');

    type(f, text);
    assert_shows(f, text, 0);
    type(f, "y");
    assert_shows(f, "<xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy", 0);
    type(f, "\177");
    assert_shows(f, text, 0);
    type(f, "yyy\001\005\025");
    assert_shows(f, "", 0);
}

/* Of a wide character that is cut in half its place is blank. */
static void test_scrolling_wide(Fixture *f, const void *data)
{
    g_autoptr(GString) row = g_string_new(NULL);

    for (unsigned i = 0; i < 40; i++) {
        type(f, "\xe4\xb8\xad");
        g_assert_cmpuint(f->term.column, <, COLUMNS);
    }
    type(f, "\001");
    for (unsigned i = 0; i < 38; i++) {
        g_string_append(row, "\xe4\xb8\xad");
    }
    g_string_append(row, ">");
    assert_shows(f, row->str, 77);
    type(f, "z");
    g_string_prepend(row, "z");
    g_string_truncate(row, 1 + 37 * strlen("\xe4\xb8\xad"));
    g_string_append(row, " >");
    assert_shows(f, row->str, 76);
}

/* Nothing is drawn on a terminal that somebody else has. */
static void test_hidden(Fixture *f, const void *data)
{
    type(f, "ab");
    readline_hide(f->rl);
    assert_sends(f, "c\a\033[D\f", "");
    readline_redraw(f->rl);
    g_assert_cmpstr(f->term.sent->str, ==, PROMPT "abc\033[D");
}

static void test_line_ends(Fixture *f, const void *data)
{
    type(f, "a\rb\nc\r\nd\r");
    type(f, "\ne\r");
    g_assert_cmpuint(f->lines->len, ==, 5);
    for (guint i = 0; i < 5; i++) {
        const char *line = g_ptr_array_index(f->lines, i);

        g_assert_cmpint(line[0], ==, "abcde"[i]);
        g_assert_cmpint(line[1], ==, 0);
    }
}

static void test_editing(Fixture *f, const void *data)
{
    type(f, "abc\033[D\033[DX");
    assert_shows(f, "aXbc", 2);
    type(f, "\001<\005>");
    assert_shows(f, "<aXbc>", 0);
    type(f, "\033[H\033[3~\033[F\010");
    assert_shows(f, "aXbc", 0);
    type(f, "\002\002\004");
    assert_shows(f, "aXc", 1);
    type(f, "\006\006\006!");
    assert_shows(f, "aXc!", 0);
    type(f, "\002\013");
    assert_shows(f, "aXc", 0);
    type(f, "\002\025");
    assert_shows(f, "c", 1);
    assert_entered(f, "c");
}

static void test_words(Fixture *f, const void *data)
{
    type(f, "one two  three");
    type(f, "\033b");
    assert_shows(f, "one two  three", 5);
    type(f, "\033b");
    assert_shows(f, "one two  three", 10);
    type(f, "\033f");
    assert_shows(f, "one two  three", 7);
    type(f, "\033[1;5D\033d");
    assert_shows(f, "one   three", 7);
    type(f, "\033[1;5C\027");
    assert_shows(f, "one   ", 0);
    type(f, "\027");
    assert_shows(f, "", 0);
    type(f, "\027\177\033[3~\033b\033f\001\005\013\025\002\006");
    assert_shows(f, "", 0);
}

static void test_history(Fixture *f, const void *data)
{
    type(f, "first\rsecond\rfirst\r\rhalf");
    type(f, "\033[A");
    assert_shows(f, "first", 0);
    type(f, "\033[A");
    assert_shows(f, "second", 0);
    type(f, "\033[A"); /* "first" was moved, and there is only one of it */
    assert_shows(f, "second", 0);
    g_assert_cmpuint(f->term.bells, ==, 1);
    type(f, "\016\016");
    assert_shows(f, "half", 0);
    type(f, "\033OA\020!\r");
    assert_entered(f, "");
    type(f, "\033[A");
    assert_shows(f, "second!", 0);
}

static void test_history_bound(Fixture *f, const void *data)
{
    for (unsigned i = 0; i < READLINE_MAX_HISTORY + 50; i++) {
        g_autofree char *line = g_strdup_printf("%u\r", i);

        type(f, line);
    }
    for (unsigned i = 0; i < READLINE_MAX_HISTORY + 10; i++) {
        type(f, "\033[A");
    }
    assert_shows(f, "50", 0);
    g_assert_cmpuint(f->term.bells, ==, 10);
}

static void test_utf8(Fixture *f, const void *data)
{
    type(f, "\xc3\xa4\xe2\x82\xac\xe4\xb8\xad");
    assert_shows(f, "\xc3\xa4\xe2\x82\xac\xe4\xb8\xad", 0);
    type(f, "\033[D\033[D\177");
    assert_shows(f, "\xe2\x82\xac\xe4\xb8\xad", 3);
    type(f, "\033[3~");
    assert_shows(f, "\xe4\xb8\xad", 2);
    type(f, "e\xcc\x81x\177"); /* a combining accent takes no column */
    assert_entered(f, "e\xcc\x81\xe4\xb8\xad");
    /* Broken, overlong, surrogate, truncated by a key, a stray byte, a C1 control. */
    type(f, "\xc3(\xc0\x80\xed\xa0\x80\xe2\x82z\x80\xff\xc2\x9b");
    assert_shows(f, "(z", 0);
    assert_finished(f, "(z", "bytes that are not UTF-8");
}

/* What could not be put into a line is told of with it, until there is nothing left of it. */
static void test_faults(Fixture *f, const void *data)
{
    static const struct {
        const char *keys;
        size_t len;
        const char *fault;
    } cases[] = {
        { "a\0b", 3, "a NUL byte" },
        { "\0ab", 3, "a NUL byte" },
        { "a\xff"
          "b",
          3, "bytes that are not UTF-8" },
        { "ab\xc3", 3, "bytes that are not UTF-8" },
        { "a\xe2\x82\033[Db", 7, "bytes that are not UTF-8" },
        { "a\xc2\x9b"
          "b",
          4, "a character that cannot be printed" },
        { "ab\a", 3, NULL },
        { "a\0b\025ab", 6, NULL },
        { "a\0b\003ab", 6, NULL },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        type_len(f, cases[i].keys, cases[i].len);
        type(f, "\005");
        g_assert_cmpuint(f->term.bells, ==, i + 1);
        if (strlen(cases[i].keys) == 7) {
            assert_finished(f, "ba", cases[i].fault);
        } else {
            assert_finished(f, "ab", cases[i].fault);
        }
    }
    /* The one that was refused can be had again. */
    type(f, "a\xff\r\033[A");
    assert_entered(f, "a");
}

static void test_hostile_sequences(Fixture *f, const void *data)
{
    g_autofree char *digits = g_strnfill(100000, '7');
    g_autofree char *semicolons = g_strnfill(100000, ';');

    type(f, "ab\033[");
    type(f, digits);
    type(f, semicolons);
    type(f, "~cd");
    assert_shows(f, "abcd", 0);
    type(f, "\033\033[\033[D\033[?25h\033[200~X\033[201~\033Oz\033q");
    assert_shows(f, "abcXd", 1);
    type(f, "\033[12\001>"); /* a control character ends the sequence */
    assert_shows(f, ">abcXd", 5);
    assert_entered(f, ">abcXd");
}

static void test_long_line(Fixture *f, const void *data)
{
    g_autofree char *text = g_strnfill(READLINE_MAX_LINE + 100, 'x');

    type(f, text);
    g_assert_cmpuint(f->term.bells, ==, 1);
    text[READLINE_MAX_LINE] = '\0';
    assert_finished(f, text, "more than 4096 bytes");
}

static void test_interrupt(Fixture *f, const void *data)
{
    type(f, "some\003");
    assert_shows(f, "", 0);
    g_assert_cmpstr(g_ptr_array_index(f->term.rows, 0), ==, PROMPT "some^C");
    assert_entered(f, "");
    g_assert_cmpuint(f->lines->len, ==, 1);
}

static void test_redraw(Fixture *f, const void *data)
{
    type(f, "some\033[D");
    type(f, "\014");
    assert_shows(f, "some", 1);
}

static void test_completion(Fixture *f, const void *data)
{
    char *const one[] = { (char *)"screendump" };
    char *const two[] = { (char *)"stop", (char *)"stopx" };
    char *const dir[] = { (char *)"/etc/" };

    type(f, "help s c\033[D\t");
    g_assert_cmpstr(f->completing, ==, "help s ");
    g_assert_cmpuint(readline_feed(f->rl, "zzz", 3), ==, 0);
    readline_completed(f->rl, 5, NULL, 0, false);
    g_assert_cmpuint(f->term.bells, ==, 1);
    g_clear_pointer(&f->completing, g_free);
    assert_shows(f, "help s c", 1);
    type(f, "\002\t");
    g_assert_cmpstr(f->completing, ==, "help s");
    readline_completed(f->rl, 5, one, 1, false);
    g_clear_pointer(&f->completing, g_free);
    assert_shows(f, "help screendump  c", 2);
    type(f, "\025\013s\t");
    readline_completed(f->rl, 0, two, 2, false);
    assert_shows(f, "stop", 0);
    readline_completed(f->rl, 0, two, 2, false);
    assert_shows(f, "stop", 0);
    g_assert_cmpstr(g_ptr_array_index(f->term.rows, f->term.rows->len - 1), ==, "stop   stopx");
    g_clear_pointer(&f->completing, g_free);
    type(f, "\025/e\t");
    readline_completed(f->rl, 0, dir, 1, true);
    g_clear_pointer(&f->completing, g_free);
    assert_shows(f, "/etc/", 0);
}

static void test_silent(Fixture *f, const void *data)
{
    assert_sends(f, "print\t5\033[D\0334\177\r", "\r\n" PROMPT + 2);
    g_assert_cmpstr(g_ptr_array_index(f->lines, 0), ==, "print5");
    g_assert_null(f->completing);
}

/* Whatever is typed, in whatever pieces: the terminal shows the line, and nothing is torn. */
static void test_random(Fixture *f, const void *data)
{
    static const char *const keys[] = {
        "a",
        "b",
        " ",
        "\xc3\xa4",
        "\xe4\xb8\xad",
        "\033[D",
        "\033[C",
        "\033[A",
        "\033[B",
        "\001",
        "\005",
        "\013",
        "\025",
        "\027",
        "\177",
        "\033[3~",
        "\033b",
        "\033f",
        "\033d",
        "\014",
        "\003",
        "\r",
        "e\xcc\x81",
        "\xff",
        "\033[1;5D",
        "word ",
        "a word that is long enough ",
    };

    for (unsigned i = 0; i < 20000; i++) {
        const char *key = keys[g_test_rand_int_range(0, G_N_ELEMENTS(keys))];
        size_t split = (size_t)g_test_rand_int_range(0, (gint32)strlen(key) + 1);
        g_autofree char *before = NULL;
        g_autofree char *after = NULL;
        guint column;

        type_len(f, key, split);
        type_len(f, key + split, strlen(key) - split);
        before = row_text(&f->term);
        column = f->term.column;
        /* Drawn anew it looks the same. */
        type(f, "\014");
        after = row_text(&f->term);
        g_assert_cmpstr(before, ==, after);
        g_assert_cmpuint(column, ==, f->term.column);
    }
}

#define ADD(name, set_up, fn) g_test_add("/readline/" name, Fixture, NULL, set_up, fn, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("typing", set_up, test_typing);
    ADD("minimal-output", set_up, test_minimal_output);
    ADD("middle-of-a-line", set_up, test_middle_of_a_line);
    ADD("scrolling", set_up, test_scrolling);
    ADD("scrolling-back", set_up, test_scrolling_back);
    ADD("scrolling-wide", set_up, test_scrolling_wide);
    ADD("hidden", set_up, test_hidden);
    ADD("line-ends", set_up, test_line_ends);
    ADD("editing", set_up, test_editing);
    ADD("words", set_up, test_words);
    ADD("history", set_up, test_history);
    ADD("history-bound", set_up, test_history_bound);
    ADD("utf8", set_up, test_utf8);
    ADD("faults", set_up, test_faults);
    ADD("hostile-sequences", set_up, test_hostile_sequences);
    ADD("long-line", set_up, test_long_line);
    ADD("interrupt", set_up, test_interrupt);
    ADD("redraw", set_up, test_redraw);
    ADD("completion", set_up, test_completion);
    ADD("silent", set_up_silent, test_silent);
    ADD("random", set_up, test_random);
    return g_test_run();
}
