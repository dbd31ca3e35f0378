/*
 * Events: built here, handed to whoever sends them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qmp-registry.h"

static QmpEventSink *event_sink;

void qmp_event_set_sink(QmpEventSink *sink)
{
    g_atomic_pointer_set((void **)&event_sink, (void *)sink);
}

static QDict *time_stamp(void)
{
    int64_t now = g_get_real_time();
    QDict *stamp = qdict_new();

    qdict_put_int(stamp, "seconds", now / G_USEC_PER_SEC);
    qdict_put_int(stamp, "microseconds", now % G_USEC_PER_SEC);
    return stamp;
}

void qmp_event_emit(const char *name, QDict *data)
{
    QmpEventSink *sink = (QmpEventSink *)g_atomic_pointer_get((void **)&event_sink);
    g_autoptr(QDict) event = NULL;

    if (!sink) {
        qobject_unref(data);
        return;
    }
    event = qdict_new();
    qdict_put_take(event, "timestamp", time_stamp());
    qdict_put_str(event, "event", name);
    if (data) {
        qdict_put_take(event, "data", data);
    }
    sink(name, event);
}
