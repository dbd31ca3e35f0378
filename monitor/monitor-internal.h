/*
 * What the files of the monitor share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_MONITOR_INTERNAL_H
#define MONITOR_MONITOR_INTERNAL_H

#include "monitor/monitor.h"
#include "monitor/out-buffer.h"
#include "util/timer.h"

/* The level of QMP, in QEMU's numbering, that this program speaks. */
#define QMP_LEVEL_MAJOR 7
#define QMP_LEVEL_MINOR 2
#define QMP_LEVEL_MICRO 0
#define MONITOR_PACKAGE "vitrine-" VITRINE_VERSION

/* What -mon sets if nobody says otherwise. */
#define MONITOR_OUTPUT_SOFT    (256u << 10)
#define MONITOR_OUTPUT_HARD    (4u << 20)
#define MONITOR_OUTPUT_TIMEOUT (30 * NS_PER_SEC)
/* How long a command may wait whose client sends no more, and so may not be there any more. */
#define MONITOR_PATIENCE_NS NS_PER_SEC
/* Longer output of one HMP command is cut off. */
#define HMP_OUTPUT_MAX (4u << 20)

/* What QMP and HMP do differently. @session is what open() returned. */
typedef struct MonitorOps {
    MonitorMode mode;
    /* In the thread of @chr: a client came, sends, has room for output, went. */
    void *(*open)(Monitor *monitor, Chardev *chr);
    size_t (*can_read)(void *session);
    void (*read)(void *session, const char *bytes, size_t len);
    void (*writable)(void *session);
    bool (*ended)(void *session); /* as ChardevFrontend has it; or NULL */
    void (*close)(void *session);
    /* What is typed at a shared terminal comes to this session from now on, or not; or NULL. */
    void (*focus)(void *session, bool focus);
    /*
     * Main thread, about all sessions of this kind: nothing is running, queued or unsent; cancel
     * what is running.
     */
    bool (*is_idle)(void);
    void (*cancel)(const char *reason);
    /* Main thread: describe the sessions of one monitor, in order; *@list is NULL. */
    void (*list_sessions)(const Monitor *monitor, MonitorSessionInfoList **list);
} MonitorOps;

/* One for each -mon. Constant, but for @connections, once it is made. */
struct Monitor {
    const MonitorOps *ops;
    Chardev *chr;
    MonitorOptions options;
    GQueue connections; /* of MonitorConnection; their lock is in monitor-connection.c */
};

/* Make a monitor and attach it. */
Monitor *monitor_new(const MonitorOps *ops, Chardev *chr, const MonitorOptions *options,
                     Error **errp);

/*
 * Main thread (monitor-connection.c): attach @monitor to @chr, its own or, @released, that of one
 * client, to be released after its only session; and detach it from all, with their sessions.
 */
bool monitor_connect(Monitor *monitor, Chardev *chr, bool released, Error **errp);
void no_coroutine_fn monitor_disconnect_all(Monitor *monitor);
/* Likewise: whether some client of @monitor has yet to take what was sent to it. */
bool monitor_has_unread(Monitor *monitor);

/* Main thread: in the order in which they were made. */
void monitors_foreach(void (*fn)(const Monitor *monitor, void *opaque), void *opaque);
/* What all sessions have to tell. @peer: NULL if it is not known; @opened: CLOCK_HOST. */
MonitorSessionInfo *monitor_session_info(int64_t number, const ChardevPeer *peer, int64_t opened,
                                         const OutBuffer *out);

const QmpCommandList *monitor_commands(void);
const MonitorCpuOps *monitor_cpu_ops(void); /* NULL: no machine said */
bool monitor_preconfig(void);               /* any thread */
/* For a new session, QMP or HMP: unique in this process, from 1 on. Any thread. */
int64_t monitor_session_number(void);
/* monitors_cleanup() has begun: read nothing more. Any thread. */
bool monitors_draining(void);
/*
 * The loop of the monitor I/O thread, which is started when first asked for; NULL: the host has no
 * thread or no descriptors to spare. Main thread.
 */
EventLoop *monitor_io_loop(void);

/* Append @text with line feeds turned into CR LF. */
void monitor_append_crlf(GString *out, const char *text, size_t len);

#endif
