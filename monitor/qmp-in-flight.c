/*
 * The requests that sessions have accepted and not yet answered: showing and cancelling them.
 *
 * These commands run in any thread, so that they get through while others wait.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-running.h"
#include "monitor/qmp-session.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/util.h"
#include "util/timer.h"

/* ---- query-commands-in-flight ---- */

static CommandInFlight *describe(const QmpSession *session, const QmpItem *item)
{
    CommandInFlight *info = g_new0(CommandInFlight, 1);

    info->session = session->number;
    info->mode = MONITOR_MODE_CONTROL;
    info->id = item->req.id ? qobject_ref(item->req.id) : NULL;
    info->command = g_strdup(item->req.command ? item->req.command : "");
    info->running = item == session->item;
    info->age = (clock_now(CLOCK_HOST) - item->since) / NS_PER_MS;
    if (info->running && session->dispatcher) {
        info->waits_for = g_strdup(coroutine_waits_for(session->dispatcher));
    }
    return info;
}

/* Lock held: what runs there is this very query. */
static bool asks_for_this(const QmpSession *session)
{
    return session == qmp_session_handling() &&
           g_strcmp0(session->item->req.command, "query-commands-in-flight") == 0;
}

static void add_session(QmpSession *session, void *opaque)
{
    CommandInFlightList ***tail = opaque;

    pthread_mutex_lock(&session->lock);
    if (session->item && !asks_for_this(session)) {
        QAPI_LIST_APPEND(*tail, describe(session, session->item));
    }
    for (GList *l = session->queue.head; l; l = l->next) {
        QAPI_LIST_APPEND(*tail, describe(session, l->data));
    }
    pthread_mutex_unlock(&session->lock);
}

CommandInFlightList *qmp_query_commands_in_flight(Error **errp)
{
    CommandInFlightList *list = NULL;
    CommandInFlightList **tail = &list;

    qmp_sessions_foreach(add_session, &tail);
    hmp_running_list(&tail);
    return list;
}

/* ---- cancel-command ---- */

typedef struct CancelCall {
    QmpSession *session; /* a reference */
    uint64_t number;
} CancelCall;

static const char by_command[] = "by cancel-command";

/* Main thread: the command may have ended meanwhile. */
static void cancel_running(void *opaque)
{
    CancelCall *call = opaque;
    QmpItem *item = call->session->item;

    if (item && item->number == call->number) {
        item->cancelled = by_command;
        qmp_session_cancel(call->session, by_command);
    }
    qmp_session_unref(call->session);
    g_free(call);
}

/* Of several with the same id the first that nobody has cancelled. */
static bool is_meant(const QmpItem *item, const QObject *id)
{
    return item->req.id && !item->cancel_asked && qobject_equal(item->req.id, id);
}

/* Lock held. */
static bool cancel_locked(QmpSession *session, const QObject *id)
{
    if (session->item && is_meant(session->item, id)) {
        CancelCall *call = g_new0(CancelCall, 1);

        session->item->cancel_asked = true;
        call->session = qmp_session_ref(session);
        call->number = session->item->number;
        event_loop_run_once(main_loop(), cancel_running, call);
        return true;
    }
    for (GList *l = session->queue.head; l; l = l->next) {
        QmpItem *item = l->data;

        if (is_meant(item, id)) {
            item->cancel_asked = true;
            item->cancelled = by_command;
            return true;
        }
    }
    return false;
}

static void set_not_found(const QObject *id, Error **errp)
{
    g_autoptr(GString) text = g_string_new(NULL);
    JsonWriter writer;

    json_writer_init(&writer, text, false);
    json_writer_qobject(&writer, id);
    error_setg(errp, "No command with id %.256s is waiting in this session", text->str);
}

static QmpSession *find_session(int64_t number)
{
    g_autoptr(GPtrArray) sessions = qmp_sessions();

    for (guint i = 0; i < sessions->len; i++) {
        QmpSession *session = g_ptr_array_index(sessions, i);

        if (session->number == number) {
            return qmp_session_ref(session);
        }
    }
    return NULL;
}

void qmp_cancel_command(QObject *id, bool has_session, int64_t number, Error **errp)
{
    QmpSession *own = qmp_session_handling();
    QmpSession *session = has_session ? find_session(number) : own ? qmp_session_ref(own) : NULL;
    bool found;

    if (!session) {
        error_setg(errp, "Parameter 'session' expects the number of a session, as "
                         "query-commands-in-flight shows it");
        return;
    }
    if (session != own && own && own->options.access == MONITOR_ACCESS_READ_ONLY) {
        qmp_session_refuse(own, "cancel-command");
        error_setg(errp, "Command 'cancel-command' is refused for other sessions: the access of "
                         "this monitor is 'read-only'");
        qmp_session_unref(session);
        return;
    }
    pthread_mutex_lock(&session->lock);
    found = cancel_locked(session, id);
    pthread_mutex_unlock(&session->lock);
    qmp_session_unref(session);
    if (!found) {
        set_not_found(id, errp);
    }
}
