/*
 * info monitors, info qmp-latency.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-commands.h"
#include "monitor/monitor-internal.h"
#include "qapi/qapi-commands-monitor.h"

#include <inttypes.h>

static void print_qmp(Hmp *hmp, const QmpSessionInfo *qmp)
{
    hmp_printf(hmp, "    %s", MonitorSessionState_str(qmp->state));
    for (const QMPCapabilityList *cap = qmp->capabilities; cap; cap = cap->next) {
        hmp_printf(hmp, " +%s", QMPCapability_str(cap->value));
    }
    if (qmp->command) {
        hmp_printf(hmp, ", running %s", qmp->command);
    }
    hmp_printf(hmp, ", %" PRId64 " queued\n    %" PRId64 " requests: %" PRId64 " errors, %" PRId64
               " out of band, %" PRId64 " dropped, %" PRId64 " refused; %" PRId64
               " events, %" PRId64 " lost\n", qmp->queued, qmp->requests, qmp->errors,
               qmp->out_of_band, qmp->dropped, qmp->refused, qmp->events, qmp->events_lost);
}

static void print_session(Hmp *hmp, const MonitorSessionInfo *session)
{
    hmp_printf(hmp, "  session %" PRId64, session->session);
    if (session->peer) {
        hmp_printf(hmp, ": process %" PRId64 " of user %" PRId64, session->peer->pid,
                   session->peer->uid);
    }
    hmp_printf(hmp, ", for %" PRId64 ".%03d s, %" PRId64 " bytes unread\n", session->age / 1000,
               (int)(session->age % 1000), session->output_pending);
    if (session->qmp) {
        print_qmp(hmp, session->qmp);
    }
}

void coroutine_fn hmp_info_monitors(Hmp *hmp, const QDict *args)
{
    MonitorInfoList *list = qmp_query_monitors(NULL);

    for (const MonitorInfoList *l = list; l && hmp_pause(hmp); l = l->next) {
        const MonitorInfo *monitor = l->value;

        hmp_printf(hmp, "%s: %s, access=%s, output-soft=%" PRIu64 ", output-hard=%" PRIu64 "\n",
                   monitor->chardev, monitor->mode == MONITOR_MODE_CONTROL ? "QMP" : "HMP",
                   MonitorAccess_str(monitor->access), monitor->output_soft, monitor->output_hard);
        for (const MonitorSessionInfoList *s = monitor->sessions; s && hmp_pause(hmp); s = s->next) {
            print_session(hmp, s->value);
        }
    }
    qapi_free_MonitorInfoList(list);
}

void coroutine_fn hmp_info_qmp_latency(Hmp *hmp, const QDict *args)
{
    CommandLatencyList *list = qmp_query_qmp_latency(NULL);

    hmp_printf(hmp, "%-32s %9s %9s %9s %9s %10s %10s %10s  (us)\n", "command", "count", "p50",
               "p99", "longest", "queued", "running", "waiting");
    for (const CommandLatencyList *l = list; l && hmp_pause(hmp); l = l->next) {
        const CommandLatency *c = l->value;

        hmp_printf(hmp, "%-32s %9" PRId64 " %9" PRId64 " %9" PRId64 " %9" PRId64 " %10" PRId64
                   " %10" PRId64 " %10" PRId64 "\n", c->command, c->count, c->p50, c->p99,
                   c->longest, c->queued, c->running, c->waiting);
    }
    qapi_free_CommandLatencyList(list);
}
