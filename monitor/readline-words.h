/*
 * What a line may be completed to, when there are several words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_READLINE_WORDS_H
#define MONITOR_READLINE_WORDS_H

#include <glib.h>

/* How many bytes the @count words, at least one, have in common at their beginnings. */
size_t readline_words_common(char *const *words, size_t count);
/* Append a list of them in columns, in rows that each end with CR LF. */
void readline_words_list(GString *out, char *const *words, size_t count);

#endif
