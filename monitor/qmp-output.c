/*
 * What a QMP session sends: the greeting, and framing of messages.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-session.h"
#include "util/report.h"

#include <string.h>

void qmp_session_frame(GString *text, bool pretty)
{
    if (pretty) {
        g_autofree char *lines = g_strndup(text->str, text->len);
        size_t len = text->len;

        g_string_truncate(text, 0);
        monitor_append_crlf(text, lines, len);
    }
    g_string_append_len(text, "\r\n", 2);
}

static bool is_over_limit(const QmpSession *session)
{
    return out_buffer_pending(&session->out) > session->options.output_hard;
}

static void watch_output(QmpSession *session)
{
    pthread_mutex_lock(&session->lock);
    /* Closing finishes the timer. */
    if (session->state != MONITOR_SESSION_STATE_CLOSED && !timer_is_armed(&session->output_timer)) {
        timer_arm(&session->output_timer, clock_now(CLOCK_HOST) + session->options.output_timeout);
    }
    pthread_mutex_unlock(&session->lock);
}

void qmp_session_send(QmpSession *session, GString *text)
{
    qmp_session_frame(text, session->options.pretty);
    log_mask(LOG_MONITOR, "qmp %p: > %.*s", (void *)session, (int)MIN(text->len - 2, 4096),
             text->str);
    out_buffer_write(&session->out, text->str, text->len);
    if (unlikely(is_over_limit(session))) {
        watch_output(session);
    }
}

bool qmp_reply_is_error(const GString *text)
{
    static const char error[] = "\"error\"";

    return strncmp(text->str + strcspn(text->str, "\""), error, sizeof(error) - 1) == 0;
}

void qmp_session_reply(QmpSession *session, GString *text)
{
    if (qmp_reply_is_error(text)) {
        pthread_mutex_lock(&session->lock);
        session->counters.errors++;
        pthread_mutex_unlock(&session->lock);
    }
    qmp_session_send(session, text);
}

/* ---- clients that do not read ---- */

void qmp_session_output_drained(QmpSession *session)
{
    if (timer_is_armed(&session->output_timer) && !is_over_limit(session)) {
        timer_disarm(&session->output_timer);
    }
}

/* In the chardev's thread, with a reference. */
static void hang_up(void *opaque)
{
    QmpSession *session = opaque;

    if (session->parser) {
        chardev_disconnect(session->chr);
    }
    qmp_session_unref(session);
}

void qmp_session_hang_up(QmpSession *session)
{
    EventLoop *loop;

    pthread_mutex_lock(&session->lock);
    loop = session->loop;
    pthread_mutex_unlock(&session->lock);
    qmp_session_run_in(session, loop, hang_up);
}

void qmp_session_output_timeout(void *opaque)
{
    QmpSession *session = opaque;

    if (!is_over_limit(session)) {
        return;
    }
    warn_report("monitor '%s': session %" G_GINT64_FORMAT " is disconnected: %zu bytes of output "
                "were not read for %" G_GINT64_FORMAT " s (the limit is %zu bytes)",
                session->chardev, session->number, out_buffer_pending(&session->out),
                (gint64)(session->options.output_timeout / NS_PER_SEC),
                session->options.output_hard);
    qmp_session_hang_up(session);
}

/* ---- the greeting ---- */

static void write_greeting(JsonWriter *w)
{
    json_writer_begin_object(w);
    json_writer_name(w, "QMP");
    json_writer_begin_object(w);
    json_writer_name(w, "version");
    json_writer_begin_object(w);
    json_writer_name(w, "qemu");
    json_writer_begin_object(w);
    json_writer_name(w, "micro");
    json_writer_int(w, QMP_LEVEL_MICRO);
    json_writer_name(w, "minor");
    json_writer_int(w, QMP_LEVEL_MINOR);
    json_writer_name(w, "major");
    json_writer_int(w, QMP_LEVEL_MAJOR);
    json_writer_end_object(w);
    json_writer_name(w, "package");
    json_writer_str(w, MONITOR_PACKAGE);
    json_writer_end_object(w);
    json_writer_name(w, "capabilities");
    json_writer_begin_array(w);
    for (int i = 0; i < QMP_CAPABILITY__MAX; i++) {
        json_writer_str(w, QMPCapability_str(i));
    }
    json_writer_end_array(w);
    json_writer_end_object(w);
    json_writer_end_object(w);
}

void qmp_session_greet(QmpSession *session)
{
    g_autoptr(GString) text = g_string_sized_new(QMP_REPLY_SIZE);
    JsonWriter writer;

    json_writer_init(&writer, text, session->options.pretty);
    write_greeting(&writer);
    qmp_session_send(session, text);
}
