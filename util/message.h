/*
 * Lines for stderr and the log, written without holding anybody up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_MESSAGE_H
#define UTIL_MESSAGE_H

/*
 * Have @line (newline included) written to @fd, in order and as one write. Once there is a main
 * loop a thread does it: whoever reads stderr or the log may take its time. What it is too slow for
 * is dropped, and a line says how much. Any thread.
 */
void message_post(int fd, const char *line);
/* Write what was posted, waiting a moment at most, then @line, at once. For last words. */
void message_write_now(int fd, const char *line);
/* From now on message_post() leaves the writing to a thread; the process does not fork any more. */
void message_start_queue(void);

#endif
