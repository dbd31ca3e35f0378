/*
 * What kept the main loop for too long.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/stall.h"
#include "util/event-loop.h"
#include "util/report.h"
#include "util/timer.h"

#include <stdlib.h>

#define REPORT_PERIOD_NS NS_PER_SEC

/* All of its text is static. */
typedef struct Stall {
    int64_t ns;
    const char *what;
    const char *detail;
    const char *note; /* NULL: nothing was said */
} Stall;

/* The main thread's. */
static int64_t stamp;
static int64_t next_report;
static struct {
    unsigned count;
    Stall longest;
    Timer timer; /* armed while there are any */
    bool set_up;
} held_back;

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

static void report(const Stall *stall, const char *others)
{
    g_autofree char *said = stall->note ? g_strdup_printf(", running '%s'", stall->note) : NULL;
    int64_t ms = stall->ns / NS_PER_MS;

    warn_report("the main loop was kept for %" G_GINT64_FORMAT " ms by %s%s%s%s", ms, stall->what,
                stall->detail, said ? said : "", others);
}

/* ---- what is held back until the second is over ---- */

static void report_held_back(void)
{
    g_autofree char *others = NULL;

    if (!held_back.count) {
        return;
    }
    if (held_back.count > 1) {
        others =
            g_strdup_printf(" (the longest of %u stalls since the last report)", held_back.count);
    }
    report(&held_back.longest, others ? others : "");
    held_back.count = 0;
    held_back.longest.ns = 0;
}

static void second_is_over(void *opaque)
{
    next_report = clock_now(CLOCK_HOST) + REPORT_PERIOD_NS;
    report_held_back();
}

static void set_up_once(void)
{
    if (!held_back.set_up) {
        held_back.set_up = true;
        timer_init(&held_back.timer, main_loop(), CLOCK_HOST, second_is_over, NULL);
        /* Something was reported before: at exit this comes before messages are waited for. */
        atexit(report_held_back);
    }
}

static void hold_back(const Stall *stall)
{
    set_up_once();
    if (stall->ns > held_back.longest.ns) {
        held_back.longest = *stall;
    }
    if (!held_back.count++) {
        timer_arm(&held_back.timer, next_report);
    }
}

/* ---- finding them ---- */

static G_GNUC_NO_INLINE void found(int64_t ns, const char *what, const char *detail)
{
    const Stall stall = { .ns = ns, .what = what, .detail = detail, .note = note };

    /* With some held back the timer, which is due then, tells of this one, too. */
    if (stamp < next_report || held_back.count) {
        hold_back(&stall);
    } else {
        next_report = stamp + REPORT_PERIOD_NS;
        report(&stall, "");
    }
}

static inline int64_t time_taken(void)
{
    int64_t before = stamp;

    stamp = clock_now(CLOCK_HOST);
    return stamp - before;
}

void stall_check(const char *place)
{
    int64_t ns = time_taken();

    if (G_UNLIKELY(ns >= STALL_NS)) {
        found(ns, "the callback set up at ", place);
    }
    note = NULL;
}

void stall_check_bql(const char *holder)
{
    int64_t ns = time_taken();

    if (G_UNLIKELY(ns >= STALL_NS)) {
        found(ns, "waiting for the BQL, held by thread ", holder ? holder : "of no name");
    }
}
