/*
 * An HMP session, as its files share it: hmp-session.c opens and closes it and sends what it
 * prints, hmp-input.c takes what is typed and runs it.
 *
 * Everything runs on the main loop with the BQL held. The connection holds one reference, the
 * coroutine of a command another.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_HMP_SESSION_H
#define MONITOR_HMP_SESSION_H

#include "monitor/hmp-progress.h"
#include "monitor/hmp-sink.h"
#include "monitor/monitor-internal.h"
#include "monitor/readline.h"
#include "util/co-sync.h"

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
    char *line;        /* to be run or completed */
    const char *fault; /* why it is not to be run: static text, or NULL */
    bool completing;   /* @line is to be completed */
    bool busy;         /* the coroutine is at it */
    bool turning;      /* it waits only for others' turns or for its client to read */
    bool focus;        /* what is typed comes here; without, there is no prompt */
    bool greeted;
    bool stopped;     /* the chardev was told not to read */
    bool half_closed; /* the client sends no more */
    bool overdue;     /* and its command has waited for too long */
    Timer patience;
    CancelToken *token;
    HmpProgress progress;
    CoQueue room;   /* the command, when it waits for its client to read */
    BottomHalf *bh; /* sends what was printed, goes on with what was typed */
} HmpSession;

HmpSession *hmp_session_ref(HmpSession *session);
void hmp_session_unref(HmpSession *session);

/* What was printed so far goes to the client. */
void hmp_session_send_printed(HmpSession *session);
/* Its client has more to read than it likes: nothing new is begun. */
bool hmp_session_is_clogged(const HmpSession *session);

/* The Readline's operations; the opaque pointer is the session. */
extern const ReadlineOps hmp_readline_ops;

/* How much may be typed now, in bytes. */
size_t hmp_session_can_read(void *session);
void hmp_session_read(void *session, const char *bytes, size_t len);
/* If there is room, the chardev is told that there is. */
void hmp_session_accept_input(HmpSession *session);
/* As ChardevFrontend has it. */
bool hmp_session_ended(void *session);
/* The command waits for too long. */
void hmp_session_patience_over(void *session);
/* Work on what was typed for a turn, and see to it that there is another one if need be. */
void hmp_session_run(HmpSession *session);
/* What runs, if something does, is told of Ctrl-C as if that had been typed; else false. */
bool hmp_session_interrupt(HmpSession *session);
/* The running command, if there is one, ends early. */
void hmp_session_cancel_command(HmpSession *session, const char *reason);

#endif
