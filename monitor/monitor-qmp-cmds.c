/*
 * QMP commands of the monitor itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-sink.h"
#include "monitor/hmp.h"
#include "monitor/qmp-session.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/qmp-cancel.h"
#include "qapi/util.h"

#include <string.h>
#include <unistd.h>

VersionInfo *qmp_query_version(Error **errp)
{
    VersionInfo *info = g_new0(VersionInfo, 1);

    info->qemu = g_new0(VersionTriple, 1);
    info->qemu->major = QMP_LEVEL_MAJOR;
    info->qemu->minor = QMP_LEVEL_MINOR;
    info->qemu->micro = QMP_LEVEL_MICRO;
    info->package = g_strdup(MONITOR_PACKAGE);
    return info;
}

static void add_command(const QmpCommand *cmd, void *opaque)
{
    CommandInfoList ***tail = opaque;

    if (cmd->enabled) {
        CommandInfo *info = g_new0(CommandInfo, 1);

        info->name = g_strdup(cmd->name);
        QAPI_LIST_APPEND(*tail, info);
    }
}

CommandInfoList *coroutine_fn qmp_query_commands(Error **errp)
{
    CommandInfoList *list = NULL;
    CommandInfoList **tail = &list;

    qmp_for_each_command(monitor_commands(), add_command, &tail);
    return list;
}

/* Nobody types so much, and the loop stands still while a line is taken apart. */
#define COMMAND_LINE_MAX ((size_t)64 << 10)

char *coroutine_fn qmp_human_monitor_command(const char *command_line, bool has_cpu_index,
                                             int64_t cpu_index, Error **errp)
{
    const MonitorCpuOps *cpus = monitor_cpu_ops();
    const QmpSession *session = qmp_session_current();
    HmpSink sink;
    char *text;

    if (strlen(command_line) > COMMAND_LINE_MAX) {
        error_setg(errp, "Parameter 'command-line' expects at most %zu bytes", COMMAND_LINE_MAX);
        return NULL;
    }
    if (has_cpu_index && (!cpus || !cpus->exists(cpu_index))) {
        error_setg(errp, "Parameter 'cpu-index' expects a CPU number");
        return NULL;
    }
    hmp_sink_init(&sink, NULL);
    sink.hmp.access = session ? session->options.access : MONITOR_ACCESS_FULL;
    if (has_cpu_index) {
        sink.state.cpu_index = (int)cpu_index;
    }
    hmp_run_line(&sink.hmp, command_line);
    /* Not if only its output was too long. */
    if (session && session->item->cancelled) {
        qmp_set_cancelled(errp, "the command line");
        text = NULL;
    } else {
        text = g_strdup(sink.text->str);
    }
    hmp_sink_finish(&sink);
    return text;
}

/* ---- descriptors ---- */

void coroutine_fn qmp_getfd(const char *fdname, Error **errp)
{
    QmpSession *session = qmp_session_current();

    if (!session || session->item->fd < 0) {
        error_setg(errp, "No file descriptor supplied via SCM_RIGHTS");
    } else if (g_ascii_isdigit(*fdname)) {
        error_setg(errp, "Parameter 'fdname' expects a name not starting with a digit");
    } else if (monitor_fds_put(&session->fds, fdname, session->item->fd, errp)) {
        session->item->fd = -1;
    }
}

int monitor_take_fd(const char *name, Error **errp)
{
    QmpSession *session = qmp_session_current();
    int fd = session ? monitor_fds_take(&session->fds, name) : -1;

    if (fd < 0) {
        error_setg(errp, "File descriptor named '%.256s' has not been found", name);
    }
    return fd;
}

void coroutine_fn qmp_closefd(const char *fdname, Error **errp)
{
    QmpSession *session = qmp_session_current();
    int fd = session ? monitor_fds_take(&session->fds, fdname) : -1;

    if (fd < 0) {
        error_setg(errp, "File descriptor named '%.256s' not found", fdname);
    } else {
        close(fd);
    }
}
