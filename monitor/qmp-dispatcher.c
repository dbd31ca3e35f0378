/*
 * Running what a QMP session has queued, in order, on the main loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-latency.h"
#include "monitor/qmp-session.h"
#include "util/timer.h"

#include <string.h>

/* Commands that one session runs before the others get a turn. */
#define DISPATCH_BURST 32

/* The next item to run, or NULL: then nobody is at it any more. */
static QmpItem *session_next(QmpSession *session)
{
    QmpItem *item = NULL;

    pthread_mutex_lock(&session->lock);
    if (out_buffer_pending(&session->out) <= session->options.output_soft) {
        item = g_queue_pop_head(&session->queue);
    }
    session->queue_cost -= item ? item->cost : 0;
    session->running = item != NULL;
    session->dispatching = item != NULL;
    pthread_mutex_unlock(&session->lock);
    return item;
}

/* Refuse what may not run in this state of the session. */
static void check_state(QmpSession *session, const QmpRequest *req, Error **errp)
{
    bool negotiation = !strcmp(req->command, "qmp_capabilities");
    bool negotiating = qmp_session_state(session) == MONITOR_SESSION_STATE_NEGOTIATING;

    if (negotiating && !negotiation) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND,
                  "Expecting capabilities negotiation with 'qmp_capabilities'");
    } else if (!negotiating && negotiation) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND,
                  "Capabilities negotiation is already complete, command ignored");
    }
}

static void timed_out(QmpItem *item)
{
    item->cancelled = "its timeout is over";
}

static void set_cancelled(const QmpItem *item, Error **errp)
{
    error_setg(errp, "Command '%.256s' was cancelled: %s", item->req.command, item->cancelled);
}

/* Refuse what was cancelled while it waited for its turn. */
static void check_cancelled(QmpItem *item, Error **errp)
{
    if (item->timeout_ns && clock_now(CLOCK_HOST) - item->since >= item->timeout_ns) {
        timed_out(item);
    }
    if (item->cancelled) {
        set_cancelled(item, errp);
    }
}

/* Answer what needs no command to run: errors that stand in a request's place. */
static bool answer_error(QmpSession *session, QmpItem *item, JsonWriter *w)
{
    if (!item->err) {
        check_state(session, &item->req, &item->err);
    }
    if (!item->err) {
        check_cancelled(item, &item->err);
    }
    if (!item->err) {
        qmp_session_may_run(session, item, &item->err);
    }
    if (item->err) {
        qmp_write_error(w, item->err, item->req.id);
    }
    return item->err;
}

static void on_timeout(void *opaque)
{
    QmpSession *session = opaque;

    timed_out(session->item);
    qmp_session_cancel(session, session->item->cancelled);
}

/*
 * A handler that failed because its command was cancelled says so in its own words, if at all:
 * let the reply be clear about it. What succeeded all the same stays as it is.
 */
static void tell_cancelled(const QmpItem *item, GString *text, JsonWriter *w)
{
    g_autoptr(Error) err = NULL;

    if (item->cancelled && qmp_reply_is_error(text)) {
        g_string_truncate(text, 0);
        json_writer_init(w, text, w->pretty);
        set_cancelled(item, &err);
        qmp_write_error(w, err, item->req.id);
    }
}

static bool coroutine_fn dispatch_waiting(QmpSession *session, const QmpRequest *req, JsonWriter *w)
{
    const QmpItem *item = session->item;
    int64_t started = clock_now(CLOCK_HOST);
    CancelToken token;
    Timer timer;
    bool reply;

    timer_init(&timer, main_loop(), CLOCK_HOST, on_timeout, session);
    if (item->timeout_ns) {
        timer_arm(&timer, item->since + item->timeout_ns);
    }
    cancel_token_init(&token);
    session->token = &token;
    coroutine_set_cancel(coroutine_self(), &token);
    if (qmp_session_state(session) == MONITOR_SESSION_STATE_CLOSED) {
        cancel_token_cancel(&token, "client disconnected");
    }
    reply = qmp_dispatch(monitor_commands(), req, monitor_preconfig(), w);
    coroutine_set_cancel(coroutine_self(), NULL);
    session->token = NULL;
    cancel_token_finish(&token);
    timer_finish(&timer);
    qmp_latency_note(item, started, coroutine_waited_ns(coroutine_self()));
    return reply;
}

/* In the new loop's thread. */
static void moved_to_loop(void *opaque)
{
    QmpSession *session = opaque;

    pthread_mutex_lock(&session->lock);
    session->moving = false;
    pthread_mutex_unlock(&session->lock);
    qmp_session_resume(session);
    qmp_session_unref(session);
}

static void move_to_loop(QmpSession *session, EventLoop *loop)
{
    bool open;

    pthread_mutex_lock(&session->lock);
    open = session->state != MONITOR_SESSION_STATE_CLOSED;
    if (open) {
        session->loop = loop;
    }
    pthread_mutex_unlock(&session->lock);
    if (open) {
        chardev_set_loop(session->chr, loop);
        qmp_session_run_in(session, loop, moved_to_loop);
    }
    qmp_session_unref(session);
}

static void move_to_io_thread(void *opaque)
{
    move_to_loop(opaque, monitor_io_loop());
}

static void move_to_main_thread(void *opaque)
{
    move_to_loop(opaque, main_loop());
}

/*
 * The reply is out. After the one to qmp_capabilities there may be events and, with oob, a move to
 * the other thread.
 */
static void enter_next_state(QmpSession *session)
{
    EventLoop *from = NULL;
    bool oob = false;

    pthread_mutex_lock(&session->lock);
    session->running = false;
    if (session->negotiated && session->state == MONITOR_SESSION_STATE_NEGOTIATING) {
        session->state = MONITOR_SESSION_STATE_COMMAND;
        session->capabilities = session->wanted;
        oob = qmp_session_has(session, QMP_CAPABILITY_OOB);
        session->moving = (session->loop == main_loop()) == oob;
        from = session->moving ? session->loop : NULL;
    }
    session->negotiated = false;
    pthread_mutex_unlock(&session->lock);
    if (from) {
        qmp_session_run_in(session, from, oob ? move_to_io_thread : move_to_main_thread);
    }
}

/* What runs, for the queries of other threads. */
static void set_item(QmpSession *session, QmpItem *item, Coroutine *dispatcher)
{
    pthread_mutex_lock(&session->lock);
    session->item = item;
    session->dispatcher = dispatcher;
    pthread_mutex_unlock(&session->lock);
}

/* @text: the reply, empty when there is none to send. */
static void finish_item(QmpSession *session, QmpItem *item, GString *text)
{
    /* Before the reply is out: who has it shall not see the command in flight any more. */
    set_item(session, NULL, NULL);
    if (text->len) {
        qmp_session_reply(session, text);
    }
    qmp_item_free(item);
    enter_next_state(session);
    qmp_session_resume(session);
}

static void dispatch_queue(void *opaque);

/* Main loop. Of a client that sends no more the command may not wait for ever from now on. */
static void begin_waiting(QmpSession *session)
{
    pthread_mutex_lock(&session->lock);
    session->waits = true;
    if (session->half_closed && session->state != MONITOR_SESSION_STATE_CLOSED) {
        qmp_session_arm_patience(session);
    }
    pthread_mutex_unlock(&session->lock);
}

/* Main loop: whether it had begun. */
static bool end_waiting(QmpSession *session)
{
    bool waited;

    pthread_mutex_lock(&session->lock);
    waited = session->waits;
    session->waits = false;
    if (waited && session->state != MONITOR_SESSION_STATE_CLOSED) {
        timer_disarm(&session->patience);
    }
    pthread_mutex_unlock(&session->lock);
    return waited;
}

static void coroutine_fn dispatcher_main(void *opaque)
{
    QmpSession *session = opaque;
    g_autoptr(GString) text = g_string_sized_new(QMP_REPLY_SIZE);
    JsonWriter writer;
    bool waited;

    set_item(session, session->item, coroutine_self());
    json_writer_init(&writer, text, session->options.pretty);
    if (!answer_error(session, session->item, &writer)) {
        if (!dispatch_waiting(session, &session->item->req, &writer)) {
            g_string_truncate(text, 0);
        }
        tell_cancelled(session->item, text, &writer);
    }
    waited = end_waiting(session);
    finish_item(session, session->item, text);
    if (waited) {
        event_loop_run_once(main_loop(), dispatch_queue, session);
    }
}

/* A command that never waits is called right here, as if it were out of band. */
static void run_plain(QmpSession *session, QmpItem *item)
{
    g_autoptr(GString) text = g_string_sized_new(QMP_REPLY_SIZE);
    JsonWriter writer;

    json_writer_init(&writer, text, session->options.pretty);
    if (!answer_error(session, item, &writer)) {
        int64_t started = clock_now(CLOCK_HOST);

        stall_note(item->cmd ? item->cmd->name : "a command that does not exist");
        if (!qmp_session_run_plain(session, &item->req, &writer)) {
            g_string_truncate(text, 0);
        }
        qmp_latency_note(item, started, 0);
    }
    finish_item(session, item, text);
}

static void run_in_coroutine(QmpSession *session)
{
    Coroutine *co = coroutine_create(dispatcher_main, session);

    coroutine_set_name(co, session->item->cmd->name);
    coroutine_count_waits(co);
    coroutine_enter(co);
}

/*
 * Main loop, with a reference: run what is queued, in order. A command that waits takes the
 * reference along, and the queue goes on when it is done.
 */
static void dispatch_queue(void *opaque)
{
    QmpSession *session = opaque;
    unsigned burst = 0;
    QmpItem *item;

    while ((item = session_next(session))) {
        if (item->cmd && (item->cmd->options & QCO_COROUTINE)) {
            set_item(session, item, NULL);
            run_in_coroutine(session);
            if (session->dispatcher) {
                begin_waiting(session);
                /* It may be for long, and what comes next may cancel it. */
                qmp_session_resume_behind(session);
                return;
            }
        } else {
            set_item(session, item, NULL);
            run_plain(session, item);
        }
        if (++burst == DISPATCH_BURST) {
            event_loop_run_once(main_loop(), dispatch_queue, session);
            return;
        }
    }
    qmp_session_unref(session);
}

void qmp_session_kick(QmpSession *session)
{
    bool start;

    pthread_mutex_lock(&session->lock);
    start = !session->dispatching && session->queue.length &&
            out_buffer_pending(&session->out) <= session->options.output_soft;
    session->dispatching |= start;
    pthread_mutex_unlock(&session->lock);
    if (start && event_loop_current() == main_loop() && !in_coroutine()) {
        dispatch_queue(qmp_session_ref(session));
    } else if (start) {
        qmp_session_run_in(session, main_loop(), dispatch_queue);
    }
}
