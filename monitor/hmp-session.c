/*
 * An HMP session: a person (or a script) at a prompt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-session.h"
#include "qapi/util.h"

#define PROMPT "(qemu) "

static GQueue sessions = G_QUEUE_INIT; /* of HmpSession, open ones */

HmpSession *hmp_session_ref(HmpSession *session)
{
    session->refcount++;
    return session;
}

void hmp_session_unref(HmpSession *session)
{
    if (--session->refcount) {
        return;
    }
    bottom_half_destroy(session->bh);
    timer_finish(&session->patience);
    hmp_progress_finish(&session->progress);
    co_queue_finish(&session->room);
    readline_free(session->readline);
    hmp_sink_finish(&session->sink);
    out_buffer_finish(&session->out);
    g_string_free(session->typed, TRUE);
    g_free(session->line);
    g_free(session);
}

/* ---- output ---- */

void hmp_session_send_printed(HmpSession *session)
{
    GString *text = session->sink.text;

    if (text->len) {
        hmp_progress_erase(&session->progress);
        hmp_progress_printed(&session->progress, text->str, text->len);
        out_buffer_write(&session->out, text->str, text->len);
        g_string_truncate(text, 0);
    }
}

/* A command that waits shows what it has printed so far: the loop comes by before it goes on. */
static void sink_added(HmpSink *sink)
{
    bottom_half_schedule(container_of(sink, HmpSession, sink)->bh);
}

bool hmp_session_is_clogged(const HmpSession *session)
{
    return out_buffer_pending(&session->out) > MONITOR_OUTPUT_SOFT;
}

static bool coroutine_fn until_not_clogged(HmpSession *session)
{
    while (hmp_session_is_clogged(session)) {
        coroutine_set_waits_for(coroutine_self(), "the client to read");
        if (!co_queue_wait(&session->room)) {
            return false;
        }
    }
    return true;
}

/* What was printed goes out before more is. */
static bool coroutine_fn sink_turn(HmpSink *sink)
{
    HmpSession *session = container_of(sink, HmpSession, sink);
    bool go_on;

    hmp_session_send_printed(session);
    session->turning = true;
    go_on = until_not_clogged(session);
    if (go_on) {
        hmp_sink_restart(sink);
        go_on = co_pause();
    }
    session->turning = false;
    return go_on;
}

static void session_bh(void *opaque)
{
    HmpSession *session = hmp_session_ref(opaque);

    hmp_session_run(session);
    hmp_session_accept_input(session);
    hmp_session_unref(session);
}

static void session_writable(void *opaque)
{
    HmpSession *session = opaque;

    out_buffer_flush(&session->out);
    if (!hmp_session_is_clogged(session)) {
        co_queue_wake_all(&session->room);
        bottom_half_schedule(session->bh);
    }
}

/* ---- focus ---- */

static void take_focus(HmpSession *session)
{
    static const char banner[] =
        "vitrine " VITRINE_VERSION " monitor - type 'help' for more information\r\n";

    if (!session->greeted) {
        session->greeted = true;
        out_buffer_write(&session->out, banner, sizeof(banner) - 1);
    }
    if (readline_is_editing(session->readline)) {
        readline_redraw(session->readline);
    } else if (!session->busy) {
        readline_begin(session->readline);
        bottom_half_schedule(session->bh);
    }
}

static void session_focus(void *opaque, bool focus)
{
    HmpSession *session = opaque;

    session->focus = focus;
    hmp_progress_watch(&session->progress, focus);
    if (focus) {
        take_focus(session);
        return;
    }
    if (readline_is_editing(session->readline)) {
        /* The others begin on a line of their own. */
        out_buffer_write(&session->out, "\r\n", 2);
    }
    readline_hide(session->readline);
}

/* ---- life ---- */

static void *session_open(Monitor *monitor, Chardev *chr)
{
    HmpSession *session = g_new0(HmpSession, 1);

    session->refcount = 1;
    session->chr = chr;
    session->monitor = monitor;
    session->number = monitor_session_number();
    session->opened = clock_now(CLOCK_HOST);
    session->has_peer = chardev_get_peer(chr, &session->peer);
    session->typed = g_string_new(NULL);
    session->bh = bottom_half_new(main_loop(), session_bh, session);
    timer_init(&session->patience, main_loop(), CLOCK_HOST, hmp_session_patience_over, session);
    hmp_sink_init(&session->sink, sink_added);
    session->sink.hmp.access = monitor->options.access;
    session->sink.turn = sink_turn;
    out_buffer_init(&session->out, chr);
    hmp_progress_init(&session->progress, &session->out, monitor->options.readline);
    co_queue_init(&session->room);
    session->readline = readline_new(&hmp_readline_ops, session, PROMPT, monitor->options.readline);
    if (!chardev_is_shared(chr)) {
        session_focus(session, true);
    }
    session->link.data = session;
    g_queue_push_tail_link(&sessions, &session->link);
    return session;
}

static void session_close(void *opaque)
{
    HmpSession *session = opaque;

    g_queue_unlink(&sessions, &session->link);
    session->chr = NULL;
    timer_disarm(&session->patience);
    out_buffer_close(&session->out);
    hmp_session_cancel_command(session, "client disconnected");
    hmp_session_unref(session);
}

static bool hmp_is_idle(void)
{
    for (const GList *l = sessions.head; l; l = l->next) {
        const HmpSession *session = l->data;

        if (session->busy || session->line || out_buffer_pending(&session->out) > 0) {
            return false;
        }
    }
    return true;
}

static void hmp_cancel(const char *reason)
{
    for (GList *l = sessions.head; l; l = l->next) {
        hmp_session_cancel_command(l->data, reason);
    }
}

bool monitors_interrupt(void)
{
    for (GList *l = sessions.head; l; l = l->next) {
        HmpSession *session = l->data;

        if (session->focus && chardev_leaves_signals(session->chr)) {
            return hmp_session_interrupt(session);
        }
    }
    return false;
}

static void hmp_list_sessions(const Monitor *monitor, MonitorSessionInfoList **list)
{
    for (const GList *l = sessions.head; l; l = l->next) {
        const HmpSession *session = l->data;

        if (session->monitor == monitor) {
            QAPI_LIST_APPEND(list, monitor_session_info(session->number,
                                                        session->has_peer ? &session->peer : NULL,
                                                        session->opened, &session->out));
        }
    }
}

static const MonitorOps hmp_monitor_ops = {
    .mode = MONITOR_MODE_READLINE,
    .list_sessions = hmp_list_sessions,
    .open = session_open,
    .can_read = hmp_session_can_read,
    .read = hmp_session_read,
    .writable = session_writable,
    .ended = hmp_session_ended,
    .close = session_close,
    .focus = session_focus,
    .is_idle = hmp_is_idle,
    .cancel = hmp_cancel,
};

Monitor *monitor_new_hmp(Chardev *chr, const MonitorOptions *options, Error **errp)
{
    MonitorOptions own = *options;

    own.readline &= chardev_wants_echo(chr);
    return monitor_new(&hmp_monitor_ops, chr, &own, errp);
}
