/*
 * Events, from whichever thread emits them to every session that is in command mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-session.h"
#include "util/report.h"

/* One event as text, made when the first session wants it. */
typedef struct EventText {
    const char *name;
    const QDict *event;
    GString *text[2]; /* compact, pretty */
} EventText;

static const GString *event_text(EventText *event, bool pretty)
{
    if (!event->text[pretty]) {
        GString *text = g_string_sized_new(256);
        JsonWriter writer;

        json_writer_init(&writer, text, pretty);
        json_writer_qobject(&writer, (const QObject *)event->event);
        qmp_session_frame(text, pretty);
        event->text[pretty] = text;
    }
    return event->text[pretty];
}

static void send_event(QmpSession *session, void *opaque)
{
    EventText *event = opaque;

    /* Under the lock, so that no event overtakes the reply to qmp_capabilities. */
    pthread_mutex_lock(&session->lock);
    if (session->state == QMP_SESSION_COMMAND) {
        const GString *text = event_text(event, session->pretty);

        if (!out_buffer_try_write(&session->out, text->str, text->len, MONITOR_OUTPUT_HARD)) {
            log_mask(LOG_MONITOR, "qmp %p: event %s dropped, the client does not read",
                     (void *)session, event->name);
        }
    }
    pthread_mutex_unlock(&session->lock);
}

void qmp_event_sink(const char *name, QDict *event)
{
    EventText text = { .name = name, .event = event };

    qmp_sessions_foreach(send_event, &text);
    for (size_t i = 0; i < G_N_ELEMENTS(text.text); i++) {
        if (text.text[i]) {
            g_string_free(text.text[i], TRUE);
        }
    }
}
