/*
 * Events, from whichever thread emits them to every session that is in command mode.
 *
 * Each event gets a serial and is kept for a while, for clients that come back. Lock order: the
 * BQL, the lock of the events, that of the list of sessions, a session's, its output's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-event-log.h"
#include "monitor/qmp-session.h"
#include "qapi/qapi-events-monitor.h"
#include "util/report.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last_serial;

/* Whom the events of this thread are for; NULL: everybody. Then this thread holds the lock. */
static __thread QmpSession *private_to;

/* ---- text ---- */

/* One event as text, made when the first session wants it: compact or pretty, without or with
 * serial. */
typedef struct EventText {
    const char *name;
    const QDict *event;
    uint64_t serial;
    GString *text[2][2];
} EventText;

static GString *make_text(const EventText *event, bool pretty, bool serial)
{
    GString *text = g_string_sized_new(256);
    JsonWriter writer;

    json_writer_init(&writer, text, pretty);
    json_writer_begin_object(&writer);
    for (const QDictEntry *e = qdict_first(event->event); e; e = qdict_next(event->event, e)) {
        json_writer_name(&writer, qdict_entry_key(e));
        json_writer_qobject(&writer, qdict_entry_value(e));
    }
    if (serial) {
        json_writer_name(&writer, "serial");
        json_writer_uint(&writer, event->serial);
    }
    json_writer_end_object(&writer);
    qmp_session_frame(text, pretty);
    return text;
}

static const GString *event_text(EventText *event, bool pretty, bool serial)
{
    if (!event->text[pretty][serial]) {
        event->text[pretty][serial] = make_text(event, pretty, serial);
    }
    return event->text[pretty][serial];
}

static void event_text_finish(EventText *event)
{
    for (size_t i = 0; i < 4; i++) {
        if (event->text[i / 2][i % 2]) {
            g_string_free(event->text[i / 2][i % 2], TRUE);
        }
    }
}

/* ---- to one session; its lock is held ---- */

bool qmp_session_wants(const QmpSession *session, const char *name)
{
    return !session->filter || g_hash_table_contains(session->filter, name);
}

static void note_lost(QmpSession *session, const EventText *event)
{
    QmpEventsLost *lost = &session->lost;

    if (lost->count++ == 0) {
        lost->first = event->serial;
        log_mask(LOG_MONITOR, "qmp %p: event %s dropped, the client does not read", (void *)session,
                 event->name);
    }
    lost->last = event->serial;
    session->counters.events_lost++;
}

/*
 * At the soft limit events yield to replies, but for the one that stands for a reply, whose limit is
 * that no more is read, and the last of all.
 */
static size_t limit_of(const QmpSession *session, const char *name)
{
    if (g_str_equal(name, "COMMAND_DROPPED")) {
        return SIZE_MAX;
    }
    return g_str_equal(name, "SHUTDOWN") ? session->options.output_hard
                                         : session->options.output_soft;
}

static bool yields(const QmpSession *session, const char *name)
{
    return limit_of(session, name) == session->options.output_soft;
}

static bool write_event(QmpSession *session, EventText *event)
{
    const GString *text = event_text(event, session->options.pretty,
                                     qmp_session_has(session, QMP_CAPABILITY_EVENT_SERIALS));
    bool fits = out_buffer_try_write(&session->out, text->str, text->len,
                                     limit_of(session, event->name));

    session->counters.events += fits;
    return fits;
}

/* After a loss nothing follows before the client was told of it: see qmp_session_tell_lost(). */
static void send_event(QmpSession *session, void *opaque)
{
    EventText *event = opaque;

    /* Under the lock, so that no event overtakes the reply to qmp_capabilities. */
    pthread_mutex_lock(&session->lock);
    if (session->state == MONITOR_SESSION_STATE_COMMAND &&
        qmp_session_wants(session, event->name) &&
        ((session->lost.count && yields(session, event->name)) || !write_event(session, event))) {
        note_lost(session, event);
    }
    pthread_mutex_unlock(&session->lock);
}

/* What concerns this session only passes every filter. */
static void send_private_event(QmpSession *session, EventText *event)
{
    bool about_loss = g_str_equal(event->name, "EVENTS_LOST");

    pthread_mutex_lock(&session->lock);
    if (session->state == MONITOR_SESSION_STATE_COMMAND) {
        if (session->lost.count && !about_loss && yields(session, event->name)) {
            note_lost(session, event);
        } else if (write_event(session, event)) {
            session->lost.count = about_loss ? 0 : session->lost.count; /* @event tells of it */
        } else if (!about_loss) {
            note_lost(session, event);
        }
    }
    pthread_mutex_unlock(&session->lock);
}

/* ---- to all ---- */

static void publish(const char *name, QDict *event)
{
    EventText text = { .name = name, .event = event, .serial = ++last_serial };

    if (private_to) {
        send_private_event(private_to, &text);
    } else {
        qmp_event_log_add(text.serial, name, event, event_text(&text, false, false)->len);
        qmp_sessions_foreach(send_event, &text);
    }
    event_text_finish(&text);
}

void qmp_event_sink(const char *name, QDict *event)
{
    if (private_to) {
        publish(name, event);
        return;
    }
    pthread_mutex_lock(&lock);
    publish(name, event);
    pthread_mutex_unlock(&lock);
}

void qmp_events_begin_private(QmpSession *session)
{
    pthread_mutex_lock(&lock);
    private_to = session;
}

void qmp_events_end_private(void)
{
    private_to = NULL;
    pthread_mutex_unlock(&lock);
}

void qmp_session_tell_lost(QmpSession *session)
{
    QmpEventsLost lost;

    pthread_mutex_lock(&session->lock);
    lost = session->lost;
    pthread_mutex_unlock(&session->lock);
    if (lost.count == 0) {
        return;
    }
    /* With the lock of the events nothing more is lost while this is told. */
    qmp_events_begin_private(session);
    pthread_mutex_lock(&session->lock);
    lost = session->lost;
    pthread_mutex_unlock(&session->lock);
    qapi_event_send_events_lost((int64_t)lost.count, (int64_t)lost.first, (int64_t)lost.last);
    qmp_events_end_private();
}

/* ---- the past ---- */

PastEvents *qmp_events_since(const QmpSession *session, uint64_t since, Error **errp)
{
    PastEvents *past = NULL;

    pthread_mutex_lock(&lock);
    if (since > last_serial) {
        error_setg(errp,
                   "Parameter 'since' expects a serial from 0 to %" G_GUINT64_FORMAT
                   ", that of the latest event",
                   last_serial);
    } else {
        past = qmp_event_log_since(session, since);
        past->last = (int64_t)last_serial;
    }
    pthread_mutex_unlock(&lock);
    return past;
}

void qmp_events_reset(void)
{
    pthread_mutex_lock(&lock);
    qmp_event_log_clear();
    last_serial = 0;
    pthread_mutex_unlock(&lock);
}
