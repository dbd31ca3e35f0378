/*
 * The line that is edited, without what a terminal shows of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_READLINE_LINE_H
#define MONITOR_READLINE_LINE_H

#include "monitor/readline-keys.h"

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
 * Put @text in the place of the bytes from @from to before @to, and the cursor behind it. What the
 * line would have that it may not have, static text, with nothing changed; else NULL.
 */
const char *readline_line_replace(ReadlineLine *line, size_t from, size_t to, const char *text);

/* Press a key that goes somewhere, or deletes up to there. False: it is another kind of key. */
bool readline_line_press(ReadlineLine *line, KeyCode code);

#endif
