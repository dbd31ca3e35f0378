/*
 * Monitors: what makes a QMP or HMP session of whoever connects to a chardev.
 *
 * A monitor is the front end of one chardev; each connection to it is a session of its own. All
 * of this is called in the main thread with the BQL held, outside coroutines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include "chardev/chardev.h"
#include "qapi/qapi-types-monitor.h"
#include "qapi/qmp-registry.h"

#include <stdint.h>

typedef struct Monitor Monitor;

/* The commands that sessions run; borrowed until monitors_cleanup(). Before the first monitor. */
void monitors_init(const QmpCommandList *commands);
/*
 * Let every session finish: requests that were accepted are answered (those that wait are
 * cancelled after a while), what was written reaches its client, as far as clients read, within
 * a bounded time of about two seconds. Then all monitors are detached and freed. While the
 * subsystems that commands look at still exist; turns the main loop meanwhile.
 */
void no_coroutine_fn monitors_cleanup(void);

/* How one monitor treats its clients; the values of -mon. */
typedef struct MonitorOptions {
    bool pretty;      /* QMP: replies are spread over several lines */
    bool readline;    /* HMP: input is echoed and edited where somebody types */
    MonitorAccess access;
    GArray *peers;    /* of uid_t: who may connect, over UNIX sockets; NULL: everybody. Borrowed */
    /* Bytes unread by a client: beyond these its commands wait; beyond these it may be hung up on. */
    size_t output_soft;
    size_t output_hard;
    int64_t output_timeout; /* ns beyond the hard limit until that happens */
} MonitorOptions;

void monitor_options_init(MonitorOptions *options);

/*
 * Make @chr a QMP or an HMP monitor, which lives until monitors_cleanup(); @options are copied.
 * NULL on error: @chr has a front end already.
 */
Monitor *monitor_new_qmp(Chardev *chr, const MonitorOptions *options, Error **errp);
Monitor *monitor_new_hmp(Chardev *chr, const MonitorOptions *options, Error **errp);

/*
 * Whether who is at the chardev called @chardev may end the process without a command: unless it has
 * monitors and 'quit' would be refused in all of them. Says in the log why not.
 */
bool monitors_may_quit(const char *chardev, Error **errp);

/*
 * Ctrl-C was pressed at the terminal of the process and came as a signal: what runs in the HMP session
 * there is cancelled, as by the key on other terminals. False if there is nothing of that kind.
 */
bool monitors_interrupt(void);

/*
 * Main thread, in a command: the descriptor that its client named with getfd; the caller's from
 * now on, and the name is gone. -1 with an error: it has named no such one.
 */
int monitor_take_fd(const char *name, Error **errp);

/* Before the machine exists (true) only commands marked allow-preconfig run. Initially false. */
void monitor_set_preconfig(bool preconfig);

/*
 * What HMP expressions and cpu-index stand for is the machine's to say: whether there is a CPU of
 * this index, and the value of its register ("pc", "a0", without the $). Until set: no CPU.
 */
typedef struct MonitorCpuOps {
    bool (*exists)(int64_t index);
    bool coroutine_fn (*get_register)(int64_t index, const char *name, uint64_t *value);
} MonitorCpuOps;
void monitor_set_cpu_ops(const MonitorCpuOps *ops);

#endif
