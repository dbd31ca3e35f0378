/*
 * Access of a monitor's clients: which of them are let in, and which commands they may execute.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/monitor-access.h"
#include "monitor/qmp-session.h"
#include "util/report.h"

static bool allows(MonitorAccess access, QmpCommandOptions options)
{
    switch (access) {
    case MONITOR_ACCESS_READ_ONLY:
        return options & QCO_ACCESS_READ;
    case MONITOR_ACCESS_NO_SCREEN:
        return !(options & QCO_ACCESS_SCREEN);
    default:
        return true;
    }
}

bool monitor_access_check(MonitorAccess access, QmpCommandOptions options, const char *command,
                          Error **errp)
{
    if (allows(access, options)) {
        return true;
    }
    error_setg(errp, "Command '%.256s' is refused: the access of this monitor is '%s'", command,
               MonitorAccess_str(access));
    return false;
}

static void count_refused(QmpSession *session)
{
    pthread_mutex_lock(&session->lock);
    session->counters.refused++;
    pthread_mutex_unlock(&session->lock);
}

void monitor_count_refused(void)
{
    QmpSession *session = qmp_session_current();

    if (session) {
        count_refused(session);
    }
}

void qmp_session_refuse(QmpSession *session, const char *command)
{
    count_refused(session);
    warn_report("monitor '%s': session %" G_GINT64_FORMAT ": command '%s' refused, access is '%s'",
                session->chardev, session->number, command,
                MonitorAccess_str(session->options.access));
}

bool qmp_session_may_run(QmpSession *session, const QmpItem *item, Error **errp)
{
    const QmpCommand *cmd = item->cmd;

    /* What does not exist is refused by the dispatcher. */
    if (!cmd || monitor_access_check(session->options.access, cmd->options, cmd->name, errp)) {
        return true;
    }
    qmp_session_refuse(session, cmd->name);
    return false;
}

typedef struct QuitCheck {
    const char *chardev;
    const QmpCommand *quit;
    const Monitor *refuses; /* NULL: no monitor does */
    bool granted;
} QuitCheck;

static void check_quit(const Monitor *monitor, void *opaque)
{
    QuitCheck *check = opaque;

    if (!g_str_equal(chardev_id(monitor->chr), check->chardev)) {
        return;
    }
    if (allows(monitor->options.access, check->quit->options)) {
        check->granted = true;
    } else {
        check->refuses = monitor;
    }
}

bool monitors_may_quit(const char *chardev, Error **errp)
{
    QuitCheck check = { .chardev = chardev };

    if (!monitor_commands()) {
        return true; /* the end has begun */
    }
    check.quit = qmp_find_command(monitor_commands(), "quit");
    monitors_foreach(check_quit, &check);
    if (check.granted || !check.refuses) {
        return true;
    }
    monitor_access_check(check.refuses->options.access, check.quit->options, "quit", errp);
    warn_report("monitor '%s': Ctrl-a x refused as 'quit' is, access is '%s'", chardev,
                MonitorAccess_str(check.refuses->options.access));
    return false;
}

bool monitor_admits(const Monitor *monitor, Chardev *chr)
{
    const GArray *peers = monitor->options.peers;
    ChardevPeer peer;

    if (!peers) {
        return true;
    }
    if (!chardev_get_peer(chr, &peer)) {
        warn_report("monitor '%s': a client is refused: its user is not known", chardev_id(chr));
        return false;
    }
    for (guint i = 0; i < peers->len; i++) {
        if (g_array_index(peers, uid_t, i) == peer.uid) {
            return true;
        }
    }
    warn_report("monitor '%s': process %ld is refused: user %lu is not in the list of peers",
                chardev_id(chr), (long)peer.pid, (unsigned long)peer.uid);
    return false;
}
