/*
 * Line editing on a byte stream to and from a terminal (VT100, UTF-8).
 *
 * A Readline is one person's: line, history and key decoder are its own. It is in editing from
 * readline_begin() until the person has finished a line or asked for completion. Of what
 * the terminal shows only the difference is sent, once for all keys that came together. Bytes of
 * hostile or broken terminals cost no memory: the line and the history are bounded, unknown
 * sequences are skipped as they come.
 *
 * No lock; used by one thread at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_READLINE_H
#define MONITOR_READLINE_H

#include <glib.h>
#include <stdbool.h>

#define READLINE_MAX_LINE    4096
#define READLINE_MAX_HISTORY 100

typedef struct Readline Readline;

typedef struct ReadlineOps {
    /* Send to the terminal. */
    void (*write)(void *opaque, const char *text, size_t len);
    /*
     * A line is finished; editing has ended. @line is valid until the next readline call. @fault:
     * something was typed that could not be put into the line, which so is not what was meant: what
     * that was, static text, as in "the line has ..."; else NULL.
     */
    void (*line)(void *opaque, const char *line, const char *fault);
    /* Tab: editing stands still until readline_completed(). @line ends at the cursor. */
    void (*complete)(void *opaque, const char *line);
} ReadlineOps;

/* @prompt is static text. Without @echo nothing but the prompt is sent, and Tab is a space. */
Readline *readline_new(const ReadlineOps *ops, void *opaque, const char *prompt, bool echo);
void readline_free(Readline *rl);

/* Show the prompt and edit a new, empty line. */
void readline_begin(Readline *rl);
/* While in editing: show the prompt and the line again, where the cursor is at a row's start. */
void readline_redraw(Readline *rl);
/* Send nothing until readline_begin() or readline_redraw(), whatever happens to the line. */
void readline_hide(Readline *rl);
bool readline_is_editing(const Readline *rl);
/* Take keys while in editing; returns how many bytes were taken. */
size_t readline_feed(Readline *rl, const char *bytes, size_t len);
/*
 * The answer to complete(): what the text from @start to the cursor may become. One word replaces
 * it, with a space unless @no_space; what several have in common is inserted, or they are listed.
 */
void readline_completed(Readline *rl, size_t start, char *const *words, size_t count,
                        bool no_space);

#endif
