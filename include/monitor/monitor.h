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

/*
 * Make @chr a QMP monitor; @pretty: replies are spread over several lines. The monitor lives until
 * monitors_cleanup(). NULL on error: @chr has a front end already.
 */
Monitor *monitor_new_qmp(Chardev *chr, bool pretty, Error **errp);
/*
 * Make @chr an HMP monitor. Without @use_readline, or where nobody types (a file, a pipe), input is
 * neither echoed nor edited.
 */
Monitor *monitor_new_hmp(Chardev *chr, bool use_readline, Error **errp);

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
