/*
 * Seeded violations: callbacks of GLib's main loop, registered where blocking is fine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"

#include <glib-unix.h>
#include <unistd.h>

static gboolean on_fd(int fd, GIOCondition condition, void *opaque)
{
    /* reported: fsync() reads or writes files; reached from a callback of an event loop */
    fsync(fd);
    return true;
}

static gboolean on_signal(void *opaque)
{
    /* reported: fsync() reads or writes files; reached from a callback of an event loop */
    fsync(1);
    return true;
}

static gboolean on_seconds(void *opaque)
{
    /* reported: fsync() reads or writes files; reached from a callback of an event loop */
    fsync(2);
    return true;
}

static gboolean on_timeout(void *opaque)
{
    /* reported: fsync() reads or writes files; reached from a callback of an event loop */
    fsync(3);
    return true;
}

static gboolean on_idle(void *opaque)
{
    /* reported: fsync() reads or writes files; reached from a callback of an event loop */
    fsync(4);
    return true;
}

static void on_child(GPid pid, int status, void *opaque)
{
    /* reported: fsync() reads or writes files; reached from a callback of an event loop */
    fsync(5);
}

static gboolean on_channel(GIOChannel *channel, GIOCondition condition, void *opaque)
{
    /* reported: fsync() reads or writes files; reached from a callback of an event loop */
    fsync(6);
    return true;
}

static gboolean coroutine_fn waits(void *opaque)
{
    co_pause();
    return true;
}

int main(void)
{
    fsync(0);
    g_unix_fd_add(0, G_IO_IN, on_fd, NULL);
    g_unix_signal_add(1, on_signal, NULL);
    g_timeout_add_seconds(1, on_seconds, NULL);
    g_timeout_add_full(0, 1, on_timeout, NULL, NULL);
    g_idle_add_full(0, on_idle, NULL, NULL);
    g_child_watch_add(1, on_child, NULL);
    g_io_add_watch(NULL, G_IO_IN, on_channel, NULL);
    /* reported: waits() is a coroutine_fn but called outside coroutine context */
    g_unix_signal_add(2, waits, NULL);
    return 0;
}
