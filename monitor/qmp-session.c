/*
 * A QMP session: its life, and the list of all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-garbage.h"
#include "monitor/qmp-session.h"

static pthread_mutex_t sessions_lock = PTHREAD_MUTEX_INITIALIZER;
static GQueue sessions = G_QUEUE_INIT; /* of QmpSession, open ones */

/* ---- references, and calls into other threads ---- */

QmpSession *qmp_session_ref(QmpSession *session)
{
    __atomic_add_fetch(&session->refcount, 1, __ATOMIC_RELAXED);
    return session;
}

void qmp_session_unref(QmpSession *session)
{
    if (__atomic_sub_fetch(&session->refcount, 1, __ATOMIC_ACQ_REL) == 0) {
        g_assert(!session->parser && !session->token && !session->queue.length);
        out_buffer_finish(&session->out);
        if (session->filter) {
            g_hash_table_unref(session->filter);
        }
        pthread_mutex_destroy(&session->lock);
        g_free(session);
    }
}

void qmp_session_run_in(QmpSession *session, EventLoop *loop, EventFn *fn)
{
    event_loop_run_once(loop, fn, qmp_session_ref(session));
}

MonitorSessionState qmp_session_state(QmpSession *session)
{
    MonitorSessionState state;

    pthread_mutex_lock(&session->lock);
    state = session->state;
    pthread_mutex_unlock(&session->lock);
    return state;
}

bool qmp_session_has(const QmpSession *session, QMPCapability capability)
{
    return session->capabilities & (1u << capability);
}

/* ---- life ---- */

void *qmp_session_open(Monitor *monitor, Chardev *chr)
{
    QmpSession *session = g_new0(QmpSession, 1);

    session->chr = chr;
    session->monitor = monitor;
    session->chardev = g_intern_string(chardev_id(chr));
    session->has_peer = chardev_get_peer(chr, &session->peer);
    session->opened = clock_now(CLOCK_HOST);
    session->options = monitor->options;
    session->options.peers = NULL; /* the monitor may go before its sessions do */
    session->refcount = 1;
    session->number = monitor_session_number();
    session->state = MONITOR_SESSION_STATE_GREETING;
    session->loop = event_loop_current();
    pthread_mutex_init(&session->lock, NULL);
    g_queue_init(&session->queue);
    monitor_fds_init(&session->fds);
    out_buffer_init(&session->out, chr);
    timer_init(&session->output_timer, main_loop(), CLOCK_HOST, qmp_session_output_timeout,
               session);
    timer_init(&session->patience, main_loop(), CLOCK_HOST, qmp_session_patience_over, session);
    session->parser = json_parser_new(&json_default_limits, qmp_session_emit, session);
    json_parser_set_discard(session->parser, qmp_discard);
    qmp_session_greet(session);
    session->state = MONITOR_SESSION_STATE_NEGOTIATING;

    pthread_mutex_lock(&sessions_lock);
    g_queue_push_tail(&sessions, session);
    pthread_mutex_unlock(&sessions_lock);
    return session;
}

void qmp_session_cancel(QmpSession *session, const char *reason)
{
    if (session->token) {
        cancel_token_cancel(session->token, reason);
    }
}

/* Main thread, with a reference. */
static void clean_up_disconnected(void *opaque)
{
    QmpSession *session = opaque;

    timer_finish(&session->output_timer);
    timer_finish(&session->patience);
    qmp_session_cancel(session, "client disconnected");
    monitor_fds_close_named(&session->fds);
    qmp_session_unref(session);
}

void qmp_session_close(void *opaque)
{
    QmpSession *session = opaque;
    GQueue dropped;

    pthread_mutex_lock(&sessions_lock);
    g_queue_remove(&sessions, session);
    pthread_mutex_unlock(&sessions_lock);

    pthread_mutex_lock(&session->lock);
    session->state = MONITOR_SESSION_STATE_CLOSED;
    session->unparsed = 0;
    dropped = session->queue;
    g_queue_init(&session->queue);
    session->queue_cost = 0;
    pthread_mutex_unlock(&session->lock);

    g_queue_clear_full(&dropped, qmp_item_free);
    monitor_fds_close_arrived(&session->fds);
    out_buffer_close(&session->out);
    g_clear_pointer(&session->parser, json_parser_free);
    if (session->input) {
        g_string_free(session->input, TRUE);
        session->input = NULL;
    }
    if (event_loop_current() == main_loop()) {
        clean_up_disconnected(qmp_session_ref(session));
    } else {
        qmp_session_run_in(session, main_loop(), clean_up_disconnected);
    }
    qmp_session_unref(session);
}

bool qmp_session_is_idle(QmpSession *session)
{
    bool idle;

    pthread_mutex_lock(&session->lock);
    idle =
        !session->dispatching && !session->queue.length && !session->unparsed && !session->moving;
    pthread_mutex_unlock(&session->lock);
    return idle && out_buffer_pending(&session->out) == 0;
}

void qmp_sessions_foreach(void (*fn)(QmpSession *session, void *opaque), void *opaque)
{
    pthread_mutex_lock(&sessions_lock);
    for (GList *l = sessions.head; l; l = l->next) {
        fn(l->data, opaque);
    }
    pthread_mutex_unlock(&sessions_lock);
}

static void add_reference(QmpSession *session, void *opaque)
{
    g_ptr_array_add(opaque, qmp_session_ref(session));
}

GPtrArray *qmp_sessions(void)
{
    GPtrArray *array = g_ptr_array_new_with_free_func((GDestroyNotify)qmp_session_unref);

    qmp_sessions_foreach(add_reference, array);
    return array;
}

QmpSession *qmp_session_current(void)
{
    g_autoptr(GPtrArray) array = qmp_sessions();

    for (guint i = 0; i < array->len; i++) {
        QmpSession *session = g_ptr_array_index(array, i);

        if (session->dispatcher == coroutine_self()) {
            return session;
        }
    }
    return NULL;
}
