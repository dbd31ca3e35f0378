/*
 * The latest events, for clients that missed some.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_QMP_EVENT_LOG_H
#define MONITOR_QMP_EVENT_LOG_H

#include "monitor/qmp-session.h"
#include "qapi/qapi-types-monitor.h"

/* What is kept: so many, and about so much text. */
#define QMP_EVENT_LOG_MAX   1024
#define QMP_EVENT_LOG_BYTES (1u << 20)

/* These three are called with the lock of the events held (qmp-events.c). */

/* @name is static; a reference to @event is kept; @size: bytes of its text. */
void qmp_event_log_add(uint64_t serial, const char *name, QDict *event, size_t size);
/* Those after @since that @session wants. */
PastEvents *qmp_event_log_since(const QmpSession *session, uint64_t since);
void qmp_event_log_clear(void);

/* Main thread: the same with the lock, and a check of @since. */
PastEvents *qmp_events_since(const QmpSession *session, uint64_t since, Error **errp);

#endif
