/*
 * QMP monitors: what is done with all their sessions at once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-session.h"

/* All QMP sessions at once: those of another thread may come and go meanwhile. */
static bool qmp_is_idle(void)
{
    g_autoptr(GPtrArray) sessions = qmp_sessions();

    for (guint i = 0; i < sessions->len; i++) {
        if (!qmp_session_is_idle(g_ptr_array_index(sessions, i))) {
            return false;
        }
    }
    return true;
}

static void qmp_cancel(const char *reason)
{
    g_autoptr(GPtrArray) sessions = qmp_sessions();

    for (guint i = 0; i < sessions->len; i++) {
        qmp_session_cancel(g_ptr_array_index(sessions, i), reason);
    }
}

static const MonitorOps qmp_monitor_ops = {
    .mode = MONITOR_MODE_CONTROL,
    .list_sessions = qmp_monitor_list_sessions,
    .open = qmp_session_open,
    .can_read = qmp_session_can_read,
    .read = qmp_session_read,
    .writable = qmp_session_writable,
    .ended = qmp_session_ended,
    .close = qmp_session_close,
    .is_idle = qmp_is_idle,
    .cancel = qmp_cancel,
};

Monitor *monitor_new_qmp(Chardev *chr, const MonitorOptions *options, Error **errp)
{
    return monitor_new(&qmp_monitor_ops, chr, options, errp);
}
