/*
 * QMP monitors: the chardev's front end on one side, a session for each connection on the other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-session.h"

static size_t qmp_can_read(void *opaque)
{
    Monitor *monitor = opaque;

    return monitor->session ? qmp_session_can_read(monitor->session) : 0;
}

static void qmp_read(void *opaque, const uint8_t *bytes, size_t len)
{
    Monitor *monitor = opaque;

    if (monitor->session) {
        qmp_session_read(monitor->session, (const char *)bytes, len);
    }
}

static void qmp_close(Monitor *monitor)
{
    if (monitor->session) {
        qmp_session_close(monitor->session);
        monitor->session = NULL;
    }
}

static void qmp_event(void *opaque, ChardevEvent event)
{
    Monitor *monitor = opaque;

    qmp_close(monitor);
    if (event == CHARDEV_OPENED && !monitors_draining()) {
        monitor->session = qmp_session_open(monitor);
    }
}

static void qmp_writable(void *opaque)
{
    Monitor *monitor = opaque;

    if (monitor->session) {
        qmp_session_writable(monitor->session);
    }
}

/* All QMP sessions at once: those of another thread may come and go meanwhile. */
static bool qmp_is_idle(Monitor *monitor)
{
    g_autoptr(GPtrArray) sessions = qmp_sessions();

    for (guint i = 0; i < sessions->len; i++) {
        if (!qmp_session_is_idle(g_ptr_array_index(sessions, i))) {
            return false;
        }
    }
    return true;
}

static void qmp_cancel(Monitor *monitor, const char *reason)
{
    g_autoptr(GPtrArray) sessions = qmp_sessions();

    for (guint i = 0; i < sessions->len; i++) {
        qmp_session_cancel(g_ptr_array_index(sessions, i), reason);
    }
}

static const MonitorOps qmp_monitor_ops = {
    .frontend = {
        .can_read = qmp_can_read,
        .read = qmp_read,
        .event = qmp_event,
        .writable = qmp_writable,
    },
    .is_idle = qmp_is_idle,
    .cancel = qmp_cancel,
    .close = qmp_close,
};

Monitor *monitor_new_qmp(Chardev *chr, bool pretty, Error **errp)
{
    return monitor_new(&qmp_monitor_ops, chr, pretty, false, errp);
}
