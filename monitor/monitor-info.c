/*
 * query-monitors and query-qmp-latency: the monitor, seen by itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-latency.h"
#include "monitor/qmp-session.h"
#include "qapi/qapi-commands-monitor.h"
#include "qapi/util.h"

MonitorSessionInfo *monitor_session_info(int64_t number, const ChardevPeer *peer, int64_t opened,
                                         const OutBuffer *out)
{
    MonitorSessionInfo *info = g_new0(MonitorSessionInfo, 1);

    info->session = number;
    if (peer) {
        info->peer = g_new0(MonitorPeer, 1);
        info->peer->pid = peer->pid;
        info->peer->uid = peer->uid;
        info->peer->gid = peer->gid;
    }
    info->age = (clock_now(CLOCK_HOST) - opened) / NS_PER_MS;
    info->output_pending = (int64_t)out_buffer_pending(out);
    return info;
}

/* ---- QMP sessions ---- */

static QMPCapabilityList *list_capabilities(unsigned enabled)
{
    QMPCapabilityList *list = NULL;
    QMPCapabilityList **tail = &list;

    for (int i = 0; i < QMP_CAPABILITY__MAX; i++) {
        if (enabled & (1u << i)) {
            QAPI_LIST_APPEND(tail, i);
        }
    }
    return list;
}

/* Lock held. */
static QmpSessionInfo *describe_qmp(const QmpSession *session)
{
    const QmpSessionCounters *counters = &session->counters;
    QmpSessionInfo *info = g_new0(QmpSessionInfo, 1);

    info->state = session->state;
    info->capabilities = list_capabilities(session->capabilities);
    info->queued = session->queue.length;
    info->command = g_strdup(session->item ? session->item->req.command : NULL);
    info->requests = (int64_t)counters->requests;
    info->errors = (int64_t)counters->errors;
    info->out_of_band = (int64_t)counters->out_of_band;
    info->dropped = (int64_t)counters->dropped;
    info->refused = (int64_t)counters->refused;
    info->events = (int64_t)counters->events;
    info->events_lost = (int64_t)counters->events_lost;
    return info;
}

static MonitorSessionInfo *describe_session(QmpSession *session)
{
    MonitorSessionInfo *info = monitor_session_info(
        session->number, session->has_peer ? &session->peer : NULL, session->opened, &session->out);

    pthread_mutex_lock(&session->lock);
    info->qmp = describe_qmp(session);
    pthread_mutex_unlock(&session->lock);
    return info;
}

void qmp_monitor_list_sessions(const Monitor *monitor, MonitorSessionInfoList **list)
{
    g_autoptr(GPtrArray) sessions = qmp_sessions();
    MonitorSessionInfoList **tail = list;

    for (guint i = 0; i < sessions->len; i++) {
        QmpSession *session = g_ptr_array_index(sessions, i);

        if (session->monitor == monitor) {
            QAPI_LIST_APPEND(tail, describe_session(session));
        }
    }
}

/* ---- monitors ---- */

static void add_monitor(const Monitor *monitor, void *opaque)
{
    MonitorInfoList ***tail = opaque;
    MonitorInfo *info = g_new0(MonitorInfo, 1);

    info->chardev = g_strdup(chardev_id(monitor->chr));
    info->mode = monitor->ops->mode;
    info->access = monitor->options.access;
    info->output_soft = monitor->options.output_soft;
    info->output_hard = monitor->options.output_hard;
    monitor->ops->list_sessions(monitor, &info->sessions);
    QAPI_LIST_APPEND(*tail, info);
}

MonitorInfoList *coroutine_fn qmp_query_monitors(Error **errp)
{
    MonitorInfoList *list = NULL;
    MonitorInfoList **tail = &list;

    monitors_foreach(add_monitor, &tail);
    return list;
}

CommandLatencyList *coroutine_fn qmp_query_qmp_latency(Error **errp)
{
    return qmp_latency_list();
}
