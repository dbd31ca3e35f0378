/*
 * An HMP session: a person (or a script) at a prompt.
 *
 * Everything runs on the main loop with the BQL held. A command runs in a coroutine of the
 * session's; what is typed meanwhile is kept, but for Ctrl-C, which cancels the command. The
 * connection holds one reference, the coroutine another.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-progress.h"
#include "monitor/hmp-running.h"
#include "monitor/hmp-sink.h"
#include "monitor/hmp.h"
#include "monitor/monitor-internal.h"
#include "monitor/out-buffer.h"
#include "monitor/readline.h"
#include "qapi/util.h"
#include "util/co-sync.h"
#include "util/report.h"

#include <string.h>

#define PROMPT "(qemu) "
#define CTRL_C 0x03
/* Input that is kept while a command runs. */
#define HMP_TYPE_AHEAD_MAX 4096

typedef struct HmpSession {
    GList link; /* in the list of open ones */
    unsigned refcount;
    const Monitor *monitor;
    int64_t number; /* unique in this process, from 1 on */
    int64_t opened; /* CLOCK_HOST */
    ChardevPeer peer;
    bool has_peer;
    Chardev *chr; /* NULL once closed */
    OutBuffer out;
    HmpSink sink;
    Readline *readline;
    GString *typed;
    char *line;      /* to be run or completed */
    bool completing; /* @line is to be completed */
    bool busy;       /* the coroutine is at it */
    bool focus;      /* what is typed comes here; without, there is no prompt */
    bool greeted;
    CancelToken *token;
    HmpProgress progress;
    CoQueue room;   /* the command, when it waits for its client to read */
    BottomHalf *bh; /* sends what was printed, goes on with what was typed */
} HmpSession;

static GQueue sessions = G_QUEUE_INIT; /* of HmpSession, open ones */

static HmpSession *session_ref(HmpSession *session)
{
    session->refcount++;
    return session;
}

static void session_unref(HmpSession *session)
{
    if (--session->refcount) {
        return;
    }
    bottom_half_destroy(session->bh);
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

static void send_printed(HmpSession *session)
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

static void readline_write(void *opaque, const char *text, size_t len)
{
    HmpSession *session = opaque;

    out_buffer_write(&session->out, text, len);
}

static bool is_clogged(const HmpSession *session)
{
    return out_buffer_pending(&session->out) > MONITOR_OUTPUT_SOFT;
}

/* What was printed goes out before more is. */
static bool coroutine_fn sink_turn(HmpSink *sink)
{
    HmpSession *session = container_of(sink, HmpSession, sink);

    send_printed(session);
    while (is_clogged(session)) {
        coroutine_set_waits_for(coroutine_self(), "the client to read");
        if (!co_queue_wait(&session->room)) {
            return false;
        }
    }
    hmp_sink_restart(sink);
    return co_pause();
}

static size_t session_can_read(void *opaque)
{
    const HmpSession *session = opaque;
    bool refuse = monitors_draining() || (is_clogged(session) && !session->busy);

    return refuse ? 0 : HMP_TYPE_AHEAD_MAX - MIN(session->typed->len, HMP_TYPE_AHEAD_MAX);
}

/* ---- commands ---- */

static void readline_line(void *opaque, const char *line)
{
    HmpSession *session = opaque;

    session->line = g_strdup(line);
    session->completing = false;
}

static void readline_complete(void *opaque, const char *line)
{
    HmpSession *session = opaque;

    session->line = g_strdup(line);
    session->completing = true;
}

static void coroutine_fn complete_line(HmpSession *session)
{
    HmpCompletion completion;

    if (!hmp_complete(session->line, &completion)) {
        /* Cancelled: as if there were nothing to complete. */
        g_ptr_array_set_size(completion.words, 0);
    }
    readline_completed(session->readline, completion.start, (char **)completion.words->pdata,
                       completion.words->len, completion.is_directory);
    hmp_completion_finish(&completion);
}

static void coroutine_fn run_line(HmpSession *session)
{
    HmpRunning running;

    log_mask(LOG_MONITOR, "hmp %p: %s", (void *)session, session->line);
    hmp_sink_restart(&session->sink);
    hmp_running_begin(&running, session->number, session->line);
    hmp_progress_begin(&session->progress, session->line);
    hmp_run_line(&session->sink.hmp, session->line);
    hmp_progress_end(&session->progress);
    hmp_running_end(&running);
    send_printed(session);
    if (session->chr && session->focus && !monitors_draining()) {
        readline_begin(session->readline);
    }
}

static void coroutine_fn command_main(void *opaque)
{
    HmpSession *session = opaque;
    CancelToken token;

    cancel_token_init(&token);
    session->token = &token;
    coroutine_set_cancel(coroutine_self(), &token);
    if (session->completing) {
        complete_line(session);
    } else {
        run_line(session);
    }
    coroutine_set_cancel(coroutine_self(), NULL);
    session->token = NULL;
    cancel_token_finish(&token);

    g_clear_pointer(&session->line, g_free);
    session->busy = false;
    if (session->chr) {
        bottom_half_schedule(session->bh);
    }
    session_unref(session);
}

/* While a command runs: Ctrl-C cancels it, and what was typed before is forgotten. */
static void look_for_interrupt(HmpSession *session)
{
    GString *typed = session->typed;
    const char *ctrl_c = session->busy ? memrchr(typed->str, CTRL_C, typed->len) : NULL;

    if (!ctrl_c) {
        return;
    }
    /* Where it ends a completion, the editor has to see it too. */
    g_string_erase(typed, 0, ctrl_c + !session->completing - typed->str);
    if (session->token && !cancel_token_is_cancelled(session->token)) {
        if (!session->completing) {
            hmp_progress_erase(&session->progress);
            out_buffer_write(&session->out, "^C\r\n", 4);
        }
        cancel_token_cancel(session->token, "interrupted");
    }
}

/* Work on what was typed until a command has to wait or the client has to read. */
static void session_run(HmpSession *session)
{
    while (session->chr && !session->busy && !is_clogged(session)) {
        if (session->line) {
            session->busy = true;
            coroutine_enter(coroutine_create(command_main, session_ref(session)));
        } else if (session->typed->len && readline_is_editing(session->readline)) {
            size_t taken =
                readline_feed(session->readline, session->typed->str, session->typed->len);

            g_string_erase(session->typed, 0, (gssize)taken);
        } else {
            break;
        }
    }
    send_printed(session);
    look_for_interrupt(session);
}

static void session_bh(void *opaque)
{
    HmpSession *session = session_ref(opaque);

    session_run(session);
    if (session->chr && session_can_read(session)) {
        chardev_accept_input(session->chr);
    }
    session_unref(session);
}

/* ---- input ---- */

static void session_read(void *opaque, const char *bytes, size_t len)
{
    HmpSession *session = opaque;

    session_ref(session);
    g_string_append_len(session->typed, bytes, (gssize)len);
    session_run(session);
    session_unref(session);
}

static void session_writable(void *opaque)
{
    HmpSession *session = opaque;

    out_buffer_flush(&session->out);
    if (!is_clogged(session)) {
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
    } else if (readline_is_editing(session->readline)) {
        /* The others begin on a line of their own. */
        out_buffer_write(&session->out, "\r\n", 2);
    }
}

/* ---- life ---- */

static void *session_open(Monitor *monitor, Chardev *chr)
{
    static const ReadlineOps readline_ops = {
        .write = readline_write,
        .line = readline_line,
        .complete = readline_complete,
    };
    HmpSession *session = g_new0(HmpSession, 1);

    session->refcount = 1;
    session->chr = chr;
    session->monitor = monitor;
    session->number = monitor_session_number();
    session->opened = clock_now(CLOCK_HOST);
    session->has_peer = chardev_get_peer(chr, &session->peer);
    session->typed = g_string_new(NULL);
    session->bh = bottom_half_new(main_loop(), session_bh, session);
    hmp_sink_init(&session->sink, sink_added);
    session->sink.hmp.access = monitor->options.access;
    session->sink.turn = sink_turn;
    out_buffer_init(&session->out, chr);
    hmp_progress_init(&session->progress, &session->out, monitor->options.readline);
    co_queue_init(&session->room);
    session->readline = readline_new(&readline_ops, session, PROMPT, monitor->options.readline);
    if (!chardev_is_shared(chr)) {
        session_focus(session, true);
    }
    session->link.data = session;
    g_queue_push_tail_link(&sessions, &session->link);
    return session;
}

static void cancel_command(HmpSession *session, const char *reason)
{
    if (session->token) {
        cancel_token_cancel(session->token, reason);
    }
}

static void session_close(void *opaque)
{
    HmpSession *session = opaque;

    g_queue_unlink(&sessions, &session->link);
    session->chr = NULL;
    out_buffer_close(&session->out);
    cancel_command(session, "client disconnected");
    session_unref(session);
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
        cancel_command(l->data, reason);
    }
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
    .can_read = session_can_read,
    .read = session_read,
    .writable = session_writable,
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
