/*
 * What the files of the monitor share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_MONITOR_INTERNAL_H
#define MONITOR_MONITOR_INTERNAL_H

#include "monitor/monitor.h"

/* The level of QMP, in QEMU's numbering, that this program speaks. */
#define QMP_LEVEL_MAJOR 7
#define QMP_LEVEL_MINOR 2
#define QMP_LEVEL_MICRO 0
#define MONITOR_PACKAGE "vitrine-" VITRINE_VERSION

/*
 * With more than SOFT bytes unread by its client, a session starts no further command; events
 * that do not fit below HARD are dropped.
 */
#define MONITOR_OUTPUT_SOFT (256u << 10)
#define MONITOR_OUTPUT_HARD (4u << 20)
/* Longer output of one HMP command is cut off. */
#define HMP_OUTPUT_MAX (4u << 20)

/* What QMP and HMP do differently. @session is what open() returned. */
typedef struct MonitorOps {
    /* In the thread of @chr: a client came, sends, has room for output, went. */
    void *(*open)(Monitor *monitor, Chardev *chr);
    size_t (*can_read)(void *session);
    void (*read)(void *session, const char *bytes, size_t len);
    void (*writable)(void *session);
    void (*close)(void *session);
    /*
     * Main thread, about all sessions of this kind: nothing is running, queued or unsent; cancel
     * what is running.
     */
    bool (*is_idle)(void);
    void (*cancel)(const char *reason);
} MonitorOps;

/* One for each -mon. Constant, but for @connections, once it is made. */
struct Monitor {
    const MonitorOps *ops;
    Chardev *chr;
    bool pretty;        /* QMP */
    bool readline;      /* HMP */
    GQueue connections; /* of MonitorConnection; connections_lock in monitor.c */
};

/* Make a monitor and attach it. */
Monitor *monitor_new(const MonitorOps *ops, Chardev *chr, bool pretty, bool readline, Error **errp);

const QmpCommandList *monitor_commands(void);
const MonitorCpuOps *monitor_cpu_ops(void); /* NULL: no machine said */
bool monitor_preconfig(void);               /* any thread */
/* monitors_cleanup() has begun: read nothing more. Any thread. */
bool monitors_draining(void);
/* The loop of the monitor I/O thread, which is started when first asked for. Main thread. */
EventLoop *monitor_io_loop(void);

/* Append @text with line feeds turned into CR LF. */
void monitor_append_crlf(GString *out, const char *text, size_t len);

#endif
