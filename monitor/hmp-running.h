/*
 * The commands that HMP sessions run, for query-commands-in-flight.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_HMP_RUNNING_H
#define MONITOR_HMP_RUNNING_H

#include "qapi/qapi-types-control.h"
#include "util/coroutine.h"

typedef struct HmpRunning {
    /* private */
    GList link;
    int64_t session;
    int64_t since; /* CLOCK_HOST */
    const char *line;
    const Coroutine *co;
} HmpRunning;

/* The running coroutine begins with the command in @line, which stays until hmp_running_end(). */
void coroutine_fn hmp_running_begin(HmpRunning *running, int64_t session, const char *line);
void hmp_running_end(HmpRunning *running);

/* Append them to the list that ends at *@tail. Any thread. */
void hmp_running_list(CommandInFlightList ***tail);

#endif
