/*
 * The HMP commands that the monitor's unit tests run, and what they leave behind.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HMP_TEST_COMMANDS_H
#define HMP_TEST_COMMANDS_H

#include "monitor/hmp-sink.h"
#include "monitor/hmp.h"

/* How often `wait` ended by itself / because it was cancelled, and is waiting now. */
typedef struct HmpTestCounts {
    unsigned waited;
    unsigned cancelled;
    unsigned waiting;
    unsigned listed; /* lines of the last `list` */
} HmpTestCounts;

extern HmpTestCounts hmp_test_counts;
/* The arguments `probe` was last given; NULL: none yet. */
extern QDict *hmp_test_args;

/* Run a line outside any session, as far as its first wait; returns what it printed. g_free(). */
char *hmp_test_run(HmpSink *sink, const char *line);
void hmp_test_prints(HmpSink *sink, const char *line, const char *expected);

#endif
