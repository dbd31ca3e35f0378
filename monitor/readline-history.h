/*
 * The lines a person has entered before: bounded, without duplicates.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_READLINE_HISTORY_H
#define MONITOR_READLINE_HISTORY_H

#include <glib.h>

typedef struct ReadlineHistory {
    GPtrArray *lines; /* of char *, oldest first */
    guint pos;        /* the one shown; lines->len: the line being written */
    char *unfinished; /* the line being written, while another one is shown */
    guint max;
} ReadlineHistory;

void readline_history_init(ReadlineHistory *history, guint max);
void readline_history_finish(ReadlineHistory *history);
/* Add a finished line (not an empty one) and go to the end. An older equal one is dropped. */
void readline_history_add(ReadlineHistory *history, const char *line);
/* The next older / newer line; NULL at the end. @current: what is being edited. Borrowed. */
const char *readline_history_older(ReadlineHistory *history, const char *current);
const char *readline_history_newer(ReadlineHistory *history);

#endif
