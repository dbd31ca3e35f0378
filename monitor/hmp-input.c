/*
 * What is typed at an HMP session: editing, completing, running.
 *
 * A command runs in a coroutine of the session's; what is typed meanwhile is kept, but for Ctrl-C,
 * which cancels the command.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-running.h"
#include "monitor/hmp-session.h"
#include "monitor/hmp.h"
#include "util/report.h"

#include <string.h>

#define CTRL_C 0x03
/* Input that is kept while a command runs. Behind more than that Ctrl-C is not seen. */
#define HMP_TYPE_AHEAD_MAX (64u << 10)
/* What is typed at once, as when text is pasted, is worked on so many bytes at a time. */
#define HMP_TURN_MAX 256

/* ---- the line editor ---- */

static void readline_write(void *opaque, const char *text, size_t len)
{
    HmpSession *session = opaque;

    out_buffer_write(&session->out, text, len);
}

static void readline_line(void *opaque, const char *line, const char *fault)
{
    HmpSession *session = opaque;

    session->line = g_strdup(line);
    session->fault = fault;
    session->completing = false;
}

static void readline_complete(void *opaque, const char *line)
{
    HmpSession *session = opaque;

    session->line = g_strdup(line);
    session->completing = true;
}

const ReadlineOps hmp_readline_ops = {
    .write = readline_write,
    .line = readline_line,
    .complete = readline_complete,
};

/* ---- commands ---- */

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

/* Without a byte of it, what a program has sent may name another file. */
static void refuse_line(HmpSession *session)
{
    hmp_printf(&session->sink.hmp, "Error: the line has %s, and was not executed\n",
               session->fault);
}

static void coroutine_fn run_line(HmpSession *session)
{
    HmpRunning running;

    log_mask(LOG_MONITOR, "hmp %p: %s", (void *)session, session->line);
    hmp_sink_restart(&session->sink);
    hmp_running_begin(&running, session->number, session->line);
    hmp_progress_begin(&session->progress, session->line);
    if (session->fault) {
        refuse_line(session);
    } else {
        hmp_run_line(&session->sink.hmp, session->line);
    }
    hmp_progress_end(&session->progress);
    hmp_running_end(&running);
    hmp_session_send_printed(session);
    if (session->chr && session->focus && !monitors_draining()) {
        readline_begin(session->readline);
    }
}

static void arm_patience(HmpSession *session)
{
    timer_arm(&session->patience, clock_now(CLOCK_HOST) + MONITOR_PATIENCE_NS);
}

static void coroutine_fn command_main(void *opaque)
{
    HmpSession *session = opaque;
    CancelToken token;

    if (session->half_closed) {
        arm_patience(session);
    }
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
    timer_disarm(&session->patience);

    g_clear_pointer(&session->line, g_free);
    session->busy = false;
    if (session->chr) {
        bottom_half_schedule(session->bh);
    }
    hmp_session_unref(session);
}

void hmp_session_cancel_command(HmpSession *session, const char *reason)
{
    if (session->token) {
        cancel_token_cancel(session->token, reason);
    }
}

/* ---- input ---- */

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

static bool may_go_on(const HmpSession *session)
{
    return session->chr && !session->busy && !hmp_session_is_clogged(session);
}

static bool has_keys(const HmpSession *session)
{
    return session->typed->len && readline_is_editing(session->readline);
}

static void feed(HmpSession *session)
{
    size_t len = MIN(session->typed->len, HMP_TURN_MAX);
    size_t taken = readline_feed(session->readline, session->typed->str, len);

    g_string_erase(session->typed, 0, (gssize)taken);
}

/* One line or completion, or a few keys: then it is for the others to have their turn. */
void hmp_session_run(HmpSession *session)
{
    if (may_go_on(session) && !session->line && has_keys(session)) {
        feed(session);
    }
    if (may_go_on(session) && session->line) {
        session->busy = true;
        coroutine_enter(coroutine_create(command_main, hmp_session_ref(session)));
    }
    if (may_go_on(session) && has_keys(session)) {
        bottom_half_schedule(session->bh);
    }
    hmp_session_send_printed(session);
    look_for_interrupt(session);
}

/*
 * A command that waits leaves room for Ctrl-C. Otherwise what the last turn has left comes first,
 * or the end of the stream would be noticed before all that was typed has been worked on.
 */
static size_t room(const HmpSession *session)
{
    bool behind = hmp_session_is_clogged(session) || has_keys(session);
    bool refuse = monitors_draining() || (behind && !session->busy);

    return refuse ? 0 : HMP_TYPE_AHEAD_MAX - MIN(session->typed->len, HMP_TYPE_AHEAD_MAX);
}

size_t hmp_session_can_read(void *opaque)
{
    HmpSession *session = opaque;
    size_t bytes = room(session);

    session->stopped = !bytes;
    return bytes;
}

void hmp_session_accept_input(HmpSession *session)
{
    if (session->chr && room(session)) {
        chardev_accept_input(session->chr);
    }
}

void hmp_session_read(void *opaque, const char *bytes, size_t len)
{
    HmpSession *session = opaque;

    hmp_session_ref(session);
    g_string_append_len(session->typed, bytes, (gssize)len);
    hmp_session_run(session);
    hmp_session_unref(session);
}

bool hmp_session_interrupt(HmpSession *session)
{
    static const char key = CTRL_C;

    if (!session->busy) {
        return false;
    }
    hmp_session_read(session, &key, 1);
    return true;
}

/* ---- the end of input ---- */

/* All that was read is done, and the client has the answers. */
static bool is_served(const HmpSession *session)
{
    return !session->busy && !session->line && !has_keys(session) &&
           out_buffer_pending(&session->out) == 0;
}

/*
 * The end is where the client's lines end, but it may want the answers to those before. A command
 * that waits is not waited for without end, as nobody may be there to want it any more.
 */
bool hmp_session_ended(void *opaque)
{
    HmpSession *session = opaque;
    bool served = is_served(session);

    if (!session->half_closed && session->busy) {
        arm_patience(session);
    }
    session->half_closed = true;
    if (served && session->stopped) {
        /* There may be more before the end: it is read, and then this comes again. */
        bottom_half_schedule(session->bh);
        return false;
    }
    return served || session->overdue;
}

/* Others' turns and its client's reading end by themselves. */
void hmp_session_patience_over(void *opaque)
{
    HmpSession *session = opaque;

    if (session->turning) {
        arm_patience(session);
    } else {
        session->overdue = true;
        chardev_accept_input(session->chr);
    }
}
