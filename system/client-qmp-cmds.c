/*
 * The QMP command that hands over connections made elsewhere. It stands here because the monitor
 * has the descriptors, and ui/ the server.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/monitor.h"
#include "qapi/qapi-commands-vnc.h"
#include "ui/vnc.h"

#include <unistd.h>

void coroutine_fn qmp_add_client(const char *protocol, const char *fdname, bool has_skipauth,
                                 bool skipauth, bool has_tls, bool tls, Error **errp)
{
    int fd = monitor_take_fd(fdname, errp);

    if (fd < 0) {
        return;
    }
    if (g_str_equal(protocol, "vnc") && !tls) {
        vnc_add_client(fd, skipauth, errp);
        return;
    }
    if (tls) {
        error_setg(errp, "Parameter 'tls' expects false: connections cannot be encrypted");
    } else {
        error_setg(errp, "Parameter 'protocol' does not accept value '%s'; accepted is: vnc",
                   protocol);
    }
    close(fd);
}
