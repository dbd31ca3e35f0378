/*
 * HMP monitors: the chardev's front end on one side, a session for each connection on the other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-session.h"

static size_t hmp_can_read(void *opaque)
{
    Monitor *monitor = opaque;

    return monitor->session ? hmp_session_can_read(monitor->session) : 0;
}

static void hmp_read(void *opaque, const uint8_t *bytes, size_t len)
{
    Monitor *monitor = opaque;

    if (monitor->session) {
        hmp_session_read(monitor->session, (const char *)bytes, len);
    }
}

static void hmp_close(Monitor *monitor)
{
    if (monitor->session) {
        hmp_session_close(monitor->session);
        monitor->session = NULL;
    }
}

static void hmp_event(void *opaque, ChardevEvent event)
{
    Monitor *monitor = opaque;

    hmp_close(monitor);
    if (event == CHARDEV_OPENED && !monitors_draining()) {
        monitor->session = hmp_session_open(monitor);
    }
}

static void hmp_writable(void *opaque)
{
    Monitor *monitor = opaque;

    if (monitor->session) {
        hmp_session_writable(monitor->session);
    }
}

static bool hmp_is_idle(Monitor *monitor)
{
    return !monitor->session || hmp_session_is_idle(monitor->session);
}

static void hmp_cancel(Monitor *monitor, const char *reason)
{
    if (monitor->session) {
        hmp_session_cancel(monitor->session, reason);
    }
}

static const MonitorOps hmp_monitor_ops = {
    .frontend = {
        .can_read = hmp_can_read,
        .read = hmp_read,
        .event = hmp_event,
        .writable = hmp_writable,
    },
    .is_idle = hmp_is_idle,
    .cancel = hmp_cancel,
    .close = hmp_close,
};

Monitor *monitor_new_hmp(Chardev *chr, bool use_readline, Error **errp)
{
    bool edit = use_readline && chardev_wants_echo(chr);

    return monitor_new(&hmp_monitor_ops, chr, false, edit, errp);
}
