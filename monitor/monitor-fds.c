/*
 * Descriptors that the client of a session sends along.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/monitor-fds.h"

#include <string.h>
#include <unistd.h>

/* A client may have so many named. */
enum { NAMED_MAX = 64 };

void monitor_fds_init(MonitorFds *fds)
{
    *fds = (MonitorFds){ .arrived = -1 };
}

/* ---- in the chardev's thread ---- */

void monitor_fds_collect(MonitorFds *fds, Chardev *chr)
{
    int fd = chardev_take_fd(chr);

    if (fd >= 0) {
        monitor_fds_close_arrived(fds);
        fds->arrived = fd;
    }
}

int monitor_fds_for_request(MonitorFds *fds, const char *command)
{
    int fd = fds->arrived;

    if (!command || (strcmp(command, "getfd") != 0 && strcmp(command, "add-fd") != 0)) {
        return -1;
    }
    fds->arrived = -1;
    return fd;
}

void monitor_fds_close_arrived(MonitorFds *fds)
{
    if (fds->arrived >= 0) {
        close(fds->arrived);
    }
    fds->arrived = -1;
}

/* ---- in the main thread ---- */

static void close_named(void *value)
{
    close(GPOINTER_TO_INT(value) - 1);
}

bool monitor_fds_put(MonitorFds *fds, const char *name, int fd, Error **errp)
{
    if (!fds->named) {
        fds->named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, close_named);
    }
    if (g_hash_table_size(fds->named) == NAMED_MAX && !g_hash_table_contains(fds->named, name)) {
        error_setg(errp, "File descriptor '%.256s' is one too many; a session may name %d", name,
                   NAMED_MAX);
        return false;
    }
    g_hash_table_replace(fds->named, g_strdup(name), GINT_TO_POINTER(fd + 1));
    return true;
}

int monitor_fds_take(MonitorFds *fds, const char *name)
{
    void *key, *value;

    if (!fds->named || !g_hash_table_steal_extended(fds->named, name, &key, &value)) {
        return -1;
    }
    g_free(key);
    return GPOINTER_TO_INT(value) - 1;
}

void monitor_fds_close_named(MonitorFds *fds)
{
    g_clear_pointer(&fds->named, g_hash_table_unref);
}
