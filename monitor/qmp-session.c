/*
 * A QMP session: its life, what it sends, what it reads, at the client's pace.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-session.h"
#include "util/report.h"
#include "util/timer.h"

#include <string.h>

#define READ_SIZE (64u << 10)

static pthread_mutex_t sessions_lock = PTHREAD_MUTEX_INITIALIZER;
static GQueue sessions = G_QUEUE_INIT; /* of QmpSession, open ones */
static int64_t sessions_made;

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
        pthread_mutex_destroy(&session->lock);
        g_free(session);
    }
}

void qmp_session_run_in(QmpSession *session, EventLoop *loop, EventFn *fn)
{
    event_loop_run_once(loop, fn, qmp_session_ref(session));
}

QmpSessionState qmp_session_state(QmpSession *session)
{
    QmpSessionState state;

    pthread_mutex_lock(&session->lock);
    state = session->state;
    pthread_mutex_unlock(&session->lock);
    return state;
}

/* ---- items ---- */

/* The optional member `timeout` beside `execute`. */
static bool take_timeout(QmpItem *item, Error **errp)
{
    QDict *dict = qobject_to_qdict(item->value);
    QObject *value = dict ? qdict_get(dict, "timeout") : NULL;
    QNum *num = value ? qobject_to_qnum(value) : NULL;
    int64_t ms = 0;

    if (!value) {
        return true;
    }
    if (!num || !qnum_get_try_int(num, &ms) || ms < 1 || ms > G_MAXINT32) {
        error_setg(errp, "QMP input member 'timeout' expects milliseconds, from 1 to %d",
                   G_MAXINT32);
        item->req.id = qdict_get(dict, "id");
        return false;
    }
    item->timeout_ns = ms * NS_PER_MS;
    qdict_del(dict, "timeout");
    return true;
}

/* The older spelling of exec-oob: "control": {"run-oob": true} beside `execute`. */
static bool take_control(QmpItem *item, bool *oob, Error **errp)
{
    QDict *dict = qobject_to_qdict(item->value);
    QObject *value = dict ? qdict_get(dict, "control") : NULL;
    QDict *control = value ? qobject_to_qdict(value) : NULL;
    QObject *member = control ? qdict_get(control, "run-oob") : NULL;
    QBool *run_oob = member ? qobject_to_qbool(member) : NULL;

    if (!value) {
        return true;
    }
    if (!run_oob || qdict_size(control) != 1) {
        error_setg(errp, "QMP input member 'control' expects {\"run-oob\": true} or false");
        item->req.id = qdict_get(dict, "id");
        return false;
    }
    *oob = qbool_get(run_oob);
    qdict_del(dict, "control");
    return true;
}

/* Takes @value or @err, whichever is set. */
static QmpItem *item_new(QObject *value, Error *err, bool allow_oob)
{
    QmpItem *item = g_new0(QmpItem, 1);
    bool run_oob = false;

    item->value = value;
    item->err = err;
    item->since = clock_now(CLOCK_HOST);
    if (value && take_timeout(item, &item->err) &&
        (!allow_oob || take_control(item, &run_oob, &item->err))) {
        qmp_request_parse(value, allow_oob, &item->req, &item->err);
        item->req.oob |= run_oob;
    }
    return item;
}

void qmp_item_free(void *opaque)
{
    QmpItem *item = opaque;

    error_free(item->err);
    qobject_unref(item->value);
    g_free(item);
}

/* ---- output ---- */

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

static void send_greeting(QmpSession *session)
{
    g_autoptr(GString) text = g_string_sized_new(QMP_REPLY_SIZE);
    JsonWriter writer;

    json_writer_init(&writer, text, session->pretty);
    write_greeting(&writer);
    qmp_session_send(session, text);
}

/* ---- input, in the chardev's thread ---- */

/*
 * Lock held: whether one more request may be parsed now. While the client negotiates the parser
 * must not run ahead of the dispatcher: what comes next may be exec-oob.
 */
static bool may_parse(const QmpSession *session)
{
    bool room = session->state == QMP_SESSION_COMMAND ? session->queue.length < QMP_QUEUE_MAX
                                                      : !session->queue.length && !session->running;

    return room && session->state != QMP_SESSION_CLOSED && !session->moving &&
           out_buffer_pending(&session->out) <= MONITOR_OUTPUT_HARD;
}

static __thread QmpSession *handling;

QmpSession *qmp_session_handling(void)
{
    return handling;
}

bool qmp_session_run_plain(QmpSession *session, const QmpRequest *req, JsonWriter *w)
{
    bool reply;

    handling = session;
    reply = qmp_dispatch_oob(monitor_commands(), req, w);
    handling = NULL;
    return reply;
}

static void run_out_of_band(QmpSession *session, const QmpItem *item)
{
    g_autoptr(GString) text = g_string_sized_new(QMP_REPLY_SIZE);
    JsonWriter writer;

    json_writer_init(&writer, text, session->pretty);
    if (qmp_session_run_plain(session, &item->req, &writer)) {
        qmp_session_send(session, text);
    }
}

static void session_emit(void *opaque, QObject *value, Error *err)
{
    QmpSession *session = opaque;
    QmpItem *item;
    bool more;
    bool oob;

    pthread_mutex_lock(&session->lock);
    oob = session->oob;
    pthread_mutex_unlock(&session->lock);
    item = item_new(value, err, oob);
    if (!item->err && item->req.oob) {
        run_out_of_band(session, item);
        qmp_item_free(item);
        item = NULL;
    }
    pthread_mutex_lock(&session->lock);
    if (item) {
        item->number = ++session->requests;
        g_queue_push_tail(&session->queue, item);
    }
    more = may_parse(session);
    pthread_mutex_unlock(&session->lock);
    if (!more) {
        json_parser_pause(session->parser);
    }
}

/* Parse as far as the queue allows; returns how many bytes were taken. */
static size_t session_parse(QmpSession *session, const char *bytes, size_t len)
{
    size_t taken = 0;
    bool more;

    pthread_mutex_lock(&session->lock);
    more = may_parse(session);
    pthread_mutex_unlock(&session->lock);
    if (more) {
        taken = json_parser_feed(session->parser, bytes, len);
    }
    pthread_mutex_lock(&session->lock);
    session->unparsed = len - taken;
    pthread_mutex_unlock(&session->lock);
    return taken;
}

size_t qmp_session_can_read(void *opaque)
{
    QmpSession *session = opaque;
    size_t room;

    pthread_mutex_lock(&session->lock);
    room = may_parse(session) && !session->unparsed && !monitors_draining() ? READ_SIZE : 0;
    session->stopped = !room;
    pthread_mutex_unlock(&session->lock);
    return room;
}

void qmp_session_read(void *opaque, const char *bytes, size_t len)
{
    QmpSession *session = opaque;
    size_t taken;

    log_mask(LOG_MONITOR, "qmp %p: < %.*s", (void *)session, (int)MIN(len, 4096), bytes);
    taken = session_parse(session, bytes, len);
    if (taken < len) {
        g_assert(!session->input);
        session->input = g_string_new_len(bytes + taken, (gssize)(len - taken));
        session->input_head = 0;
    }
    qmp_session_kick(session);
}

static void parse_kept_input(QmpSession *session)
{
    GString *input = session->input;

    session->input_head +=
        session_parse(session, input->str + session->input_head, input->len - session->input_head);
    if (session->input_head == input->len) {
        g_string_free(input, TRUE);
        session->input = NULL;
    }
    qmp_session_kick(session);
}

/* In the chardev's thread, with a reference: parse what was kept, then let the chardev read on. */
static void resume_input(void *opaque)
{
    QmpSession *session = opaque;

    if (session->parser) {
        if (session->input) {
            parse_kept_input(session);
        }
        if (qmp_session_can_read(session)) {
            chardev_accept_input(session->chr);
        }
    }
    qmp_session_unref(session);
}

void qmp_session_resume(QmpSession *session)
{
    EventLoop *loop;
    bool resume;

    pthread_mutex_lock(&session->lock);
    loop = session->loop;
    /* Not for each free place in the queue, but for several at once. */
    resume = (session->stopped || session->unparsed) && may_parse(session) &&
             session->queue.length <= QMP_QUEUE_MAX / 2;
    pthread_mutex_unlock(&session->lock);
    if (!resume) {
        return;
    }
    if (loop == event_loop_current()) {
        resume_input(qmp_session_ref(session));
    } else {
        qmp_session_run_in(session, loop, resume_input);
    }
}

void qmp_session_writable(void *opaque)
{
    QmpSession *session = opaque;

    out_buffer_flush(&session->out);
    if (out_buffer_pending(&session->out) <= MONITOR_OUTPUT_SOFT) {
        qmp_session_kick(session);
        qmp_session_resume(session);
    }
}

/* ---- life ---- */

void *qmp_session_open(Monitor *monitor, Chardev *chr)
{
    QmpSession *session = g_new0(QmpSession, 1);

    session->chr = chr;
    session->pretty = monitor->pretty;
    session->refcount = 1;
    session->state = QMP_SESSION_GREETING;
    session->loop = event_loop_current();
    pthread_mutex_init(&session->lock, NULL);
    g_queue_init(&session->queue);
    out_buffer_init(&session->out, chr);
    session->parser = json_parser_new(&json_default_limits, session_emit, session);
    send_greeting(session);
    session->state = QMP_SESSION_NEGOTIATING;

    pthread_mutex_lock(&sessions_lock);
    session->number = ++sessions_made;
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

static void cancel_disconnected(void *opaque)
{
    qmp_session_cancel(opaque, "client disconnected");
    qmp_session_unref(opaque);
}

void qmp_session_close(void *opaque)
{
    QmpSession *session = opaque;
    GQueue dropped;

    pthread_mutex_lock(&sessions_lock);
    g_queue_remove(&sessions, session);
    pthread_mutex_unlock(&sessions_lock);

    pthread_mutex_lock(&session->lock);
    session->state = QMP_SESSION_CLOSED;
    session->unparsed = 0;
    dropped = session->queue;
    g_queue_init(&session->queue);
    pthread_mutex_unlock(&session->lock);

    g_queue_clear_full(&dropped, qmp_item_free);
    out_buffer_close(&session->out);
    g_clear_pointer(&session->parser, json_parser_free);
    if (session->input) {
        g_string_free(session->input, TRUE);
        session->input = NULL;
    }
    if (event_loop_current() == main_loop()) {
        cancel_disconnected(qmp_session_ref(session));
    } else {
        qmp_session_run_in(session, main_loop(), cancel_disconnected);
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
