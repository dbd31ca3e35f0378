/*
 * What kept the main loop for too long.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/stall.h"
#include "util/event-loop.h"
#include "util/report.h"
#include "util/timer.h"

#define REPORT_PERIOD_NS NS_PER_SEC

/* The main thread's. */
static int64_t stamp;
static int64_t next_report;
static unsigned unreported;

static __thread const char *note;

void stall_note(const char *what)
{
    note = what;
}

void stall_begin(void)
{
    stamp = clock_now(CLOCK_HOST);
    note = NULL;
}

/* How long it was, ms, if there is something to report; 0: nothing. */
static int64_t time_to_report(void)
{
    int64_t now = clock_now(CLOCK_HOST);
    int64_t took = now - stamp;

    stamp = now;
    if (G_LIKELY(took < STALL_NS)) {
        return 0;
    }
    if (now < next_report) {
        unreported++;
        return 0;
    }
    next_report = now + REPORT_PERIOD_NS;
    return took / NS_PER_MS;
}

static void report(int64_t ms, const char *what, const char *detail)
{
    g_autofree char *others =
        unreported ? g_strdup_printf(" (and %u stalls before that)", unreported) : NULL;

    unreported = 0;
    warn_report("the main loop was kept for %" G_GINT64_FORMAT " ms by %s%s%s", ms, what, detail,
                others ? others : "");
}

void stall_check(const char *place)
{
    int64_t ms = time_to_report();

    if (G_UNLIKELY(ms)) {
        g_autofree char *said = note ? g_strdup_printf(", running '%s'", note) : NULL;
        g_autofree char *detail = g_strdup_printf("%s%s", place, said ? said : "");

        report(ms, "the callback set up at ", detail);
    }
    note = NULL;
}

void stall_check_bql(const char *holder)
{
    int64_t ms = time_to_report();

    if (G_UNLIKELY(ms)) {
        report(ms, "waiting for the BQL, held by thread ", holder ? holder : "of no name");
    }
}
