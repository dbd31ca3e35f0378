/*
 * How long QMP commands take.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_QMP_LATENCY_H
#define MONITOR_QMP_LATENCY_H

#include "monitor/qmp-session.h"
#include "qapi/qapi-types-monitor.h"

/*
 * Any thread: @item's command is through; it began at @started (CLOCK_HOST) and spent @waiting ns
 * of the time since not running. Requests without a known command do not count.
 */
void qmp_latency_note(const QmpItem *item, int64_t started, int64_t waiting);
/* Main thread; the slowest, by p99, first. */
CommandLatencyList *qmp_latency_list(void);
/* Forget everything. */
void qmp_latency_reset(void);

#endif
