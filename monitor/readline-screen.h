/*
 * What a terminal shows of the line that is edited: one row, whatever the line's length.
 *
 * The row is changed by inserting and deleting cells (ICH and DCH of ECMA-48, which a VT102 has),
 * so that a key costs a few bytes wherever the cursor is. A line that does not fit is scrolled
 * sideways: the width of the terminal is not known, and from a row that has wrapped there is no way
 * back to the one before. It has to have READLINE_COLUMNS columns.
 *
 * No lock; used by one thread at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_READLINE_SCREEN_H
#define MONITOR_READLINE_SCREEN_H

#include <glib.h>
#include <stdbool.h>

#define READLINE_COLUMNS 80

typedef struct ReadlineScreen {
    /* What is to be sent; the owner takes it. */
    GString *out;
    /* private */
    const char *prompt;
    GString *row;    /* what stands behind the prompt */
    unsigned column; /* where the cursor is, counted from there */
    unsigned left;   /* the first column of the line that is shown */
    bool cut;        /* not all of the line is */
} ReadlineScreen;

/* @prompt is static text, ASCII. */
void readline_screen_init(ReadlineScreen *screen, const char *prompt);
void readline_screen_finish(ReadlineScreen *screen);

/* The cursor is at the start of an empty row: write the prompt there. */
void readline_screen_begin(ReadlineScreen *screen);
/* Show @line, valid UTF-8, with the cursor before the byte at @cursor. */
void readline_screen_show(ReadlineScreen *screen, const GString *line, size_t cursor);
/* The line is finished: show it whole, on as many rows as it takes, and go to the next row. */
void readline_screen_leave(ReadlineScreen *screen, const GString *line);

/* How many columns the @len bytes of valid UTF-8 take. */
unsigned readline_columns(const char *text, size_t len);
/* Where two texts begin to differ: at a character's start, with no combining mark torn off. */
size_t readline_common_prefix(const char *a, const char *b);

#endif
