/*
 * The line that is edited, without what a terminal shows of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_READLINE_LINE_H
#define MONITOR_READLINE_LINE_H

#include <glib.h>
#include <stdbool.h>

typedef struct ReadlineLine {
    GString *text; /* UTF-8 */
    size_t cursor; /* a byte offset, always at a character's start */
} ReadlineLine;

void readline_line_init(ReadlineLine *line);
void readline_line_finish(ReadlineLine *line);
/* The cursor goes to the end. */
void readline_line_set(ReadlineLine *line, const char *text);
/*
 * Put @text in the place of the bytes from @from to before @to, and the cursor behind it. False,
 * nothing changed: the line is too long for it, or it has a combining mark for the prompt.
 */
bool readline_line_replace(ReadlineLine *line, size_t from, size_t to, const char *text);

/* Places to go from where the cursor is. A combining mark goes with what it combines with. */
size_t readline_line_previous_char(const ReadlineLine *line);
size_t readline_line_next_char(const ReadlineLine *line);
/* Words are what is between spaces. */
size_t readline_line_previous_word(const ReadlineLine *line);
size_t readline_line_next_word(const ReadlineLine *line);
size_t readline_line_begin(const ReadlineLine *line);
size_t readline_line_end(const ReadlineLine *line);

#endif
