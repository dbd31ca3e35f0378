/*
 * A bounded queue of the latest events.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-event-log.h"
#include "qapi/util.h"

typedef struct LoggedEvent {
    uint64_t serial;
    const char *name;
    QDict *event;
    size_t size;
} LoggedEvent;

static GQueue events = G_QUEUE_INIT; /* of LoggedEvent */
static size_t total_size;
static uint64_t last_forgotten; /* serial */

static void forget_oldest(void)
{
    LoggedEvent *oldest = g_queue_pop_head(&events);

    last_forgotten = oldest->serial;
    total_size -= oldest->size;
    qobject_unref(oldest->event);
    g_free(oldest);
}

void qmp_event_log_add(uint64_t serial, const char *name, QDict *event, size_t size)
{
    LoggedEvent *logged = g_new(LoggedEvent, 1);

    *logged = (LoggedEvent){ serial, name, qobject_ref(event), size };
    g_queue_push_tail(&events, logged);
    total_size += size;
    while (events.length > QMP_EVENT_LOG_MAX || total_size > QMP_EVENT_LOG_BYTES) {
        forget_oldest();
    }
}

static PastEvent *describe(const LoggedEvent *logged)
{
    PastEvent *past = g_new0(PastEvent, 1);
    const QDict *stamp = qobject_to_qdict(qdict_get(logged->event, "timestamp"));
    QObject *data = qdict_get(logged->event, "data");

    past->serial = (int64_t)logged->serial;
    past->timestamp = g_new0(EventTimestamp, 1);
    past->timestamp->seconds = qdict_get_int(stamp, "seconds", 0);
    past->timestamp->microseconds = qdict_get_int(stamp, "microseconds", 0);
    past->event = g_strdup(logged->name);
    past->data = data ? qobject_ref(data) : NULL;
    return past;
}

PastEvents *qmp_event_log_since(const QmpSession *session, uint64_t since)
{
    PastEvents *past = g_new0(PastEvents, 1);
    PastEventList **tail = &past->events;

    past->missing = (int64_t)(last_forgotten > since ? last_forgotten - since : 0);
    for (const GList *l = events.head; l; l = l->next) {
        const LoggedEvent *logged = l->data;

        if (logged->serial > since && qmp_session_wants(session, logged->name)) {
            QAPI_LIST_APPEND(tail, describe(logged));
        }
    }
    return past;
}

void qmp_event_log_clear(void)
{
    while (events.length) {
        forget_oldest();
    }
    last_forgotten = 0;
}
