/*
 * What a QMP session reads, at its client's pace, and the requests that run out of band.
 *
 * All of it happens in the thread of the chardev's loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-latency.h"
#include "monitor/qmp-session.h"
#include "qapi/qapi-events-monitor.h"
#include "util/report.h"

#define READ_SIZE (64u << 10)

/*
 * Lock held. While the client negotiates the parser must not run ahead of the dispatcher: what
 * comes next may be exec-oob.
 */
static bool queue_has_room(const QmpSession *session)
{
    if (session->state != MONITOR_SESSION_STATE_COMMAND) {
        return !session->queue.length && !session->running;
    }
    return session->queue.length < QMP_QUEUE_MAX && session->queue_cost <= QMP_QUEUE_COST_MAX;
}

/* Lock held: whether one more request may be parsed now. */
static bool may_parse(const QmpSession *session)
{
    return (queue_has_room(session) || qmp_session_has(session, QMP_CAPABILITY_DROP)) &&
           session->state != MONITOR_SESSION_STATE_CLOSED && !session->moving &&
           out_buffer_pending(&session->out) <= session->options.output_hard;
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
    reply = qmp_dispatch_oob(monitor_commands(), req, monitor_preconfig(), w);
    handling = NULL;
    return reply;
}

static void run_out_of_band(QmpSession *session, const QmpItem *item)
{
    g_autoptr(GString) text = g_string_sized_new(QMP_REPLY_SIZE);
    g_autoptr(Error) err = NULL;
    JsonWriter writer;
    bool reply = true;

    pthread_mutex_lock(&session->lock);
    session->counters.out_of_band++;
    pthread_mutex_unlock(&session->lock);
    json_writer_init(&writer, text, session->options.pretty);
    if (qmp_session_may_run(session, item, &err)) {
        reply = qmp_session_run_plain(session, &item->req, &writer);
        qmp_latency_note(item, item->since, 0);
    } else {
        qmp_write_error(&writer, err, item->req.id);
    }
    if (reply) {
        qmp_session_reply(session, text);
    }
}

/* As a reply, it does not yield: it is the only one that this request gets. */
static void tell_dropped(QmpSession *session, const QmpItem *item)
{
    qmp_events_begin_private(session);
    qapi_event_send_command_dropped(item->req.id, COMMAND_DROP_REASON_QUEUE_FULL);
    qmp_events_end_private();
}

/* Takes @item. */
static void queue_or_drop(QmpSession *session, QmpItem *item)
{
    bool room;

    pthread_mutex_lock(&session->lock);
    room = queue_has_room(session);
    if (room) {
        item->number = ++session->items;
        session->queue_cost += item->cost;
        g_queue_push_tail(&session->queue, item);
    } else {
        session->counters.dropped++;
    }
    pthread_mutex_unlock(&session->lock);
    if (!room) {
        tell_dropped(session, item);
        qmp_item_free(item);
    }
}

void qmp_session_emit(void *opaque, QObject *value, Error *err)
{
    QmpSession *session = opaque;
    QmpItem *item;
    bool more;
    bool oob;

    pthread_mutex_lock(&session->lock);
    oob = qmp_session_has(session, QMP_CAPABILITY_OOB);
    session->counters.requests++;
    pthread_mutex_unlock(&session->lock);
    item = qmp_item_new(value, err, oob, json_parser_cost(session->parser));
    item->fd = monitor_fds_for_request(&session->fds, item->err ? NULL : item->req.command);
    if (!item->err && item->req.oob) {
        run_out_of_band(session, item);
        qmp_item_free(item);
    } else {
        queue_or_drop(session, item);
    }
    pthread_mutex_lock(&session->lock);
    more = may_parse(session);
    pthread_mutex_unlock(&session->lock);
    if (!more) {
        json_parser_pause(session->parser);
    }
}

/*
 * Whether to go on with the @unparsed bytes that are left; if not, whoever makes room sees to that.
 * They count until they are parsed: the session is not idle meanwhile.
 */
static bool parse_on(QmpSession *session, size_t unparsed)
{
    bool more;

    pthread_mutex_lock(&session->lock);
    more = unparsed && may_parse(session);
    session->unparsed = unparsed;
    pthread_mutex_unlock(&session->lock);
    return more;
}

/* Parse as far as the queue allows; returns how many bytes were taken. */
static size_t session_parse(QmpSession *session, const char *bytes, size_t len)
{
    size_t taken = 0;

    while (parse_on(session, len - taken)) {
        taken += json_parser_feed(session->parser, bytes + taken, len - taken);
    }
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
    monitor_fds_collect(&session->fds, session->chr);
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

static void resume(QmpSession *session, unsigned most_queued)
{
    EventLoop *loop;
    bool resume;

    pthread_mutex_lock(&session->lock);
    loop = session->loop;
    resume = (session->stopped || session->unparsed) && may_parse(session) &&
             session->queue.length <= most_queued;
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

/* Not for each free place in the queue, but for several at once. */
void qmp_session_resume(QmpSession *session)
{
    resume(session, QMP_QUEUE_MAX / 2);
}

void qmp_session_resume_behind(QmpSession *session)
{
    resume(session, QMP_QUEUE_MAX);
}

/* Lock held: all that was read is answered, and the client has the answers. */
static bool is_served(const QmpSession *session)
{
    return !session->queue.length && !session->running && !session->unparsed &&
           out_buffer_pending(&session->out) == 0;
}

void qmp_session_arm_patience(QmpSession *session)
{
    timer_arm(&session->patience, clock_now(CLOCK_HOST) + MONITOR_PATIENCE_NS);
}

void qmp_session_patience_over(void *opaque)
{
    QmpSession *session = opaque;
    bool over;

    pthread_mutex_lock(&session->lock);
    over = session->half_closed && session->waits;
    pthread_mutex_unlock(&session->lock);
    if (over) {
        qmp_session_hang_up(session);
    }
}

/*
 * The end is where the client's requests end, but it may want the answers to those before. One that
 * waits is not waited for without end, as nobody may be there to want it any more.
 */
bool qmp_session_ended(void *opaque)
{
    QmpSession *session = opaque;
    bool gone;

    pthread_mutex_lock(&session->lock);
    if (session->waits && !session->half_closed) {
        qmp_session_arm_patience(session);
    }
    session->half_closed = true;
    gone = !session->stopped && is_served(session);
    session->stopped |= !gone; /* so that it is looked for again */
    pthread_mutex_unlock(&session->lock);
    return gone;
}

void qmp_session_writable(void *opaque)
{
    QmpSession *session = opaque;

    out_buffer_flush(&session->out);
    qmp_session_output_drained(session);
    if (out_buffer_pending(&session->out) <= session->options.output_soft) {
        qmp_session_tell_lost(session);
        qmp_session_kick(session);
        qmp_session_resume(session);
    }
}
