/*
 * Descriptors that the client of a session sends along.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/monitor-fds.h"

#include <string.h>
#include <unistd.h>

/* A client may hand over so many before it asks for one, and have so many named. */
enum { ARRIVED_MAX = 16, NAMED_MAX = 64 };

/* ---- in the chardev's thread ---- */

void monitor_fds_collect(MonitorFds *fds, Chardev *chr)
{
    while (!fds->arrived || fds->arrived->len < ARRIVED_MAX) {
        int fd = chardev_take_fd(chr);

        if (fd < 0) {
            return;
        }
        if (!fds->arrived) {
            fds->arrived = g_array_new(false, false, sizeof(int));
        }
        g_array_append_val(fds->arrived, fd);
        fds->passed_over = false;
    }
}

int monitor_fds_for_request(MonitorFds *fds, const char *command)
{
    int fd;

    if (!fds->arrived) {
        return -1;
    }
    if (!command || (strcmp(command, "getfd") != 0 && strcmp(command, "add-fd") != 0)) {
        fds->passed_over = true;
        return -1;
    }
    fd = g_array_index(fds->arrived, int, 0);
    g_array_remove_index(fds->arrived, 0);
    if (!fds->arrived->len) {
        monitor_fds_close_arrived(fds);
    }
    return fd;
}

void monitor_fds_end_of_input(MonitorFds *fds, char last)
{
    /* A space begins what follows: some clients send one to carry a descriptor. */
    if (fds->passed_over && last != ' ') {
        monitor_fds_close_arrived(fds);
    }
}

void monitor_fds_close_arrived(MonitorFds *fds)
{
    GArray *arrived = g_steal_pointer(&fds->arrived);

    fds->passed_over = false;
    for (guint i = 0; arrived && i < arrived->len; i++) {
        close(g_array_index(arrived, int, i));
    }
    g_clear_pointer(&arrived, g_array_unref);
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
