/*
 * The stall detector: says what kept the main loop.
 *
 * Between two looks at the clock the main loop runs one callback, or waits for the BQL. What took
 * longer than a tenth of a second is reported, with the place where the callback was set up and what
 * the running code said about itself (stall_note()). At most one report a second: what comes between
 * is held back and told when the second is over or the process ends, the longest of it with its place.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_STALL_H
#define UTIL_STALL_H

#define STALL_NS (100 * NS_PER_MS)

/* In the main thread, by the event loop: time that counts begins now. */
void stall_begin(void);
/* What came since was done by the callback set up at @place (static). */
void stall_check(const char *place);
/* What came since was waiting for the BQL, which @holder had last (static; NULL: not known). */
void stall_check_bql(const char *holder);

#endif
