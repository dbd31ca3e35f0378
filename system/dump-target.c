/*
 * Where a dump goes: a file, or a descriptor that the client has sent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "dump-target.h"

#include "monitor/monitor.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FILE_PREFIX "file:"
#define FD_PREFIX   "fd:"

static bool has_prefix(const char *protocol, const char *prefix)
{
    return g_str_has_prefix(protocol, prefix) && protocol[strlen(prefix)];
}

bool dump_target_parse(DumpTarget *target, const char *protocol, Error **errp)
{
    *target = (DumpTarget){ .fd = -1 };
    if (has_prefix(protocol, FD_PREFIX)) {
        target->fd = monitor_take_fd(protocol + strlen(FD_PREFIX), errp);
        target->name = target->fd < 0 ? NULL : g_strdup(protocol);
    } else if (has_prefix(protocol, FILE_PREFIX)) {
        target->name = g_strdup(protocol + strlen(FILE_PREFIX));
    } else {
        error_setg(errp,
                   "Parameter 'protocol' expects '" FILE_PREFIX "' and the name of a file, or "
                   "'" FD_PREFIX "' and a name given by getfd, not '%s'",
                   protocol);
    }
    return target->name;
}

bool dump_target_write(DumpTarget *target, const FileContent *content, FileCancelledFn *cancelled,
                       Error **errp)
{
    bool ok;

    if (target->fd < 0) {
        return file_target_write(target->name, content, cancelled, errp);
    }
    ok = file_target_write_fd(target->fd, target->name, content, cancelled, errp);
    /* Network file systems tell a full disk here at the latest. */
    if (close(target->fd) < 0 && errno != EINTR && ok) {
        error_setg_errno(errp, errno, "Could not write '%s'", target->name);
        ok = false;
    }
    target->fd = -1;
    return ok;
}

void dump_target_finish(DumpTarget *target)
{
    if (target->fd >= 0) {
        close(target->fd);
    }
    g_free(target->name);
}
