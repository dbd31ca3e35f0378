/*
 * Who may do what on a monitor.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_MONITOR_ACCESS_H
#define MONITOR_MONITOR_ACCESS_H

#include "monitor/monitor-internal.h"

/*
 * Whether a command with these bits of QCO_ACCESS_* may be executed where clients have @access.
 * @command is for the error.
 */
bool monitor_access_check(MonitorAccess access, QmpCommandOptions options, const char *command,
                          Error **errp);
/* In a command: the session that it came from, if any, counts one that was refused. */
void monitor_count_refused(void);
/* Whether whoever is at the other end of @chr may use @monitor; says in the log why not. */
bool monitor_admits(const Monitor *monitor, Chardev *chr);

#endif
