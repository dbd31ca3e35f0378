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

void qmp_session_send(QmpSession *session, GString *text)
{
    qmp_session_frame(text, session->pretty);
    log_mask(LOG_MONITOR, "qmp %p: > %.*s", (void *)session, (int)MIN(text->len - 2, 4096),
             text->str);
    out_buffer_write(&session->out, text->str, text->len);
}

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
    json_writer_str(w, "oob");
    json_writer_end_array(w);
    json_writer_end_object(w);
    json_writer_end_object(w);
}

void qmp_session_greet(QmpSession *session)
{
    g_autoptr(GString) text = g_string_sized_new(QMP_REPLY_SIZE);
    JsonWriter writer;

    json_writer_init(&writer, text, session->pretty);
    write_greeting(&writer);
    qmp_session_send(session, text);
}
