/*
 * One QMP connection: its state, its queue, its dispatcher.
 *
 * Input is parsed in the thread of the chardev's loop: the main thread, or the monitor I/O thread
 * once the client has enabled `oob`. In-band commands run one after another on the main loop: a
 * coroutine command in the session's dispatcher coroutine, which exists while there is one to run;
 * one that never waits without that. A session is reference-counted: the connection holds one
 * reference, whoever dispatches and every callback on its way to another thread hold others, so
 * that a command may outlive its client.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_QMP_SESSION_H
#define MONITOR_QMP_SESSION_H

#include "monitor/monitor-fds.h"
#include "monitor/monitor-internal.h"
#include "monitor/out-buffer.h"
#include "qapi/qapi-types-control.h"
#include "qobject/json-parser.h"

/* In-band requests that wait, and about the memory they take; with more unread in the socket. */
#define QMP_QUEUE_MAX      8
#define QMP_QUEUE_COST_MAX (64u << 20)
/* Room for most replies. */
#define QMP_REPLY_SIZE 256

/* A queued request, or the error that stands in the place of one. */
typedef struct QmpItem {
    QObject *value;
    Error *err;
    QmpRequest req;        /* borrows from @value */
    const QmpCommand *cmd; /* what @req asks for; NULL: no such thing */
    uint64_t number;       /* counts the session's requests */
    size_t cost;           /* bytes of memory, about */
    int64_t since;         /* CLOCK_HOST: when it was read */
    int64_t timeout_ns;    /* from @since; 0: none */
    const char *cancelled; /* why, if it was asked for or is too late; static */
    bool cancel_asked;     /* by cancel-command; under the session's lock */
    int fd;                /* that came with it; -1: none */
} QmpItem;

/*
 * Takes @value or @err, whichever is set. @allow_oob: the client may ask for out-of-band execution.
 * @cost: of memory, as json_parser_cost() has it.
 */
QmpItem *qmp_item_new(QObject *value, Error *err, bool allow_oob, size_t cost);
void qmp_item_free(void *item);

/* What a session did; see QmpSessionInfo of qapi/monitor.json. */
typedef struct QmpSessionCounters {
    uint64_t requests;
    uint64_t errors;
    uint64_t out_of_band;
    uint64_t dropped;
    uint64_t refused;
    uint64_t events;
    uint64_t events_lost;
} QmpSessionCounters;

/* Events that were not sent and not yet told of; none while @count is 0. */
typedef struct QmpEventsLost {
    uint64_t count;
    uint64_t first;
    uint64_t last;
} QmpEventsLost;

typedef struct QmpSession {
    Chardev *chr;           /* not after it was closed */
    const Monitor *monitor; /* may be gone: for comparing only */
    const char *chardev;    /* the id of the monitor's, interned */
    ChardevPeer peer;
    bool has_peer;
    int64_t opened; /* CLOCK_HOST */
    MonitorOptions options;
    int64_t number; /* unique in this process, from 1 on */
    int refcount;   /* atomic */
    OutBuffer out;
    MonitorFds fds;

    pthread_mutex_t lock;
    /* With the lock: */
    MonitorSessionState state;
    unsigned capabilities; /* that the client has enabled: bits of QMPCapability */
    bool moving;           /* on the way to another loop; nothing is read meanwhile */
    bool dispatching;      /* somebody runs the queue, or has been sent for */
    bool running;          /* a request is out of the queue and not yet answered */
    bool stopped;          /* the chardev was told to stop reading */
    bool half_closed;      /* the client sends no more; it may still read */
    bool waits;            /* the dispatcher is on its own: it has to go on with the queue */
    GQueue queue;          /* of QmpItem */
    size_t queue_cost;
    QmpSessionCounters counters;
    QmpEventsLost lost;
    GHashTable *filter; /* names of the events that the client wants; NULL: all */
    EventLoop *loop;    /* where input is read */
    uint64_t items;     /* that were queued */
    /* Written by the main thread only, and read there without the lock: */
    Coroutine *dispatcher; /* running @item; NULL: none */
    QmpItem *item;
    size_t unparsed; /* bytes read but not yet parsed */

    /* The chardev's thread: */
    JsonParser *parser;
    GString *input; /* read but not yet parsed from input_head on; NULL: nothing */
    size_t input_head;

    /* The main thread: */
    CancelToken *token; /* of the command that runs */
    bool negotiated;    /* qmp_capabilities succeeded; takes effect with its reply */
    unsigned wanted;    /* capabilities, likewise */
    Timer output_timer; /* runs while more than the hard limit is unread */
    Timer patience;     /* while a command waits whose client sends no more */
} QmpSession;

/* In the chardev's thread; @session as MonitorOps has it: open with the greeting, read, close. */
void *qmp_session_open(Monitor *monitor, Chardev *chr);
size_t qmp_session_can_read(void *session);
void qmp_session_read(void *session, const char *bytes, size_t len);
void qmp_session_writable(void *session);
bool qmp_session_ended(void *session);
void qmp_session_close(void *session);

QmpSession *qmp_session_ref(QmpSession *session);
void qmp_session_unref(QmpSession *session);

MonitorSessionState qmp_session_state(QmpSession *session);
/* Lock held. */
bool qmp_session_has(const QmpSession *session, QMPCapability capability);
/* Any thread: whether @item may be executed in this session, as far as its monitor's access goes.
 */
bool qmp_session_may_run(QmpSession *session, const QmpItem *item, Error **errp);
/* Any thread: count a command that is refused, and say so in the log. */
void qmp_session_refuse(QmpSession *session, const char *command);
/* Any thread: send the JSON text of one message, or of a reply; @text is changed. */
void qmp_session_send(QmpSession *session, GString *text);
void qmp_session_reply(QmpSession *session, GString *text);
bool qmp_reply_is_error(const GString *text);
/* Any thread: disconnect the client. */
void qmp_session_hang_up(QmpSession *session);
/* Any thread: the client has read something. */
void qmp_session_output_drained(QmpSession *session);
/* Lock held, any thread: a command that waits may do so for a while yet. */
void qmp_session_arm_patience(QmpSession *session);
/* Main loop: it has waited for too long. */
void qmp_session_patience_over(void *session);
/* Main loop: it had the hard limit unread for too long. */
void qmp_session_output_timeout(void *session);

/* Main thread. */
bool qmp_session_is_idle(QmpSession *session);
void qmp_session_cancel(QmpSession *session, const char *reason);

/*
 * Main thread, in a command: the session that it came from. NULL when that one is closed, or for
 * commands that no session sent. Borrowed until the command yields.
 */
QmpSession *qmp_session_current(void);
/*
 * Any thread, in a command that is no coroutine: the session that it came from, or NULL. Borrowed.
 */
QmpSession *qmp_session_handling(void);
/* Any thread: run what is no coroutine, here and now, with qmp_session_handling() as @session. */
bool qmp_session_run_plain(QmpSession *session, const QmpRequest *req, JsonWriter *w);
/* Any thread. @fn must not open or close sessions; lock order: this, session, output. */
void qmp_sessions_foreach(void (*fn)(QmpSession *session, void *opaque), void *opaque);
/* Any thread: the open sessions, with a reference to each. */
GPtrArray *qmp_sessions(void);

/* As MonitorOps has it (monitor-info.c). */
void qmp_monitor_list_sessions(const Monitor *monitor, MonitorSessionInfoList **list);

/* Call @fn in @loop's thread with a reference that it gives back. */
void qmp_session_run_in(QmpSession *session, EventLoop *loop, EventFn *fn);
/* Go on reading after it stood still, when there is room for several requests; any thread. */
void qmp_session_resume(QmpSession *session);
/* The same, when there is room for one: nothing that is queued will run soon. */
void qmp_session_resume_behind(QmpSession *session);
/* Any thread: have the queue run, if there is something in it and nobody at it. */
void qmp_session_kick(QmpSession *session);

/* The chardev's thread: the first message; and the parser's callback. */
void qmp_session_greet(QmpSession *session);
void qmp_session_emit(void *session, QObject *value, Error *err);

/* Make the JSON text of one message what goes over the wire. */
void qmp_session_frame(GString *text, bool pretty);

/* ---- events (qmp-events.c) ---- */

/* The sink of events. */
void qmp_event_sink(const char *name, QDict *event);
/* Any thread, no lock held: from here to the end, events that this thread sends go to @session
 * only. */
void qmp_events_begin_private(QmpSession *session);
void qmp_events_end_private(void);
/* Any thread, no lock held: tell of lost events, if there are any and there is room again. */
void qmp_session_tell_lost(QmpSession *session);
/* Lock held: whether the client wants to hear of events named @name. */
bool qmp_session_wants(const QmpSession *session, const char *name);
/* Forget all events. */
void qmp_events_reset(void);

#endif
