/*
 * One HMP connection: a person (or a script) at a prompt.
 *
 * Everything runs on the main loop with the BQL held. A command runs in a coroutine of the
 * session's; what is typed meanwhile is kept, but for Ctrl-C, which cancels the command. The
 * connection holds one reference, the coroutine another.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_HMP_SESSION_H
#define MONITOR_HMP_SESSION_H

#include "monitor/hmp-sink.h"
#include "monitor/monitor-internal.h"
#include "monitor/out-buffer.h"
#include "monitor/readline.h"

/* Input that is kept while a command runs. */
#define HMP_TYPE_AHEAD_MAX 4096

typedef struct HmpSession {
    unsigned refcount;
    Chardev *chr; /* NULL once closed */
    OutBuffer out;
    HmpSink sink;
    Readline *readline;
    GString *typed;
    char *line;      /* to be run or completed */
    bool completing; /* @line is to be completed */
    bool busy;       /* the coroutine is at it */
    CancelToken *token;
    BottomHalf *bh; /* sends what was printed, goes on with what was typed */
} HmpSession;

HmpSession *hmp_session_open(Monitor *monitor);
void hmp_session_close(HmpSession *session);

size_t hmp_session_can_read(const HmpSession *session);
void hmp_session_read(HmpSession *session, const char *bytes, size_t len);
void hmp_session_writable(HmpSession *session);
bool hmp_session_is_idle(HmpSession *session);
void hmp_session_cancel(HmpSession *session, const char *reason);

#endif
