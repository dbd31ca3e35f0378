/*
 * GLib's sources on an event loop, for those who asked for its context.
 *
 * The loop is the host: in each turn it asks the context what it waits for, waits for that too, and
 * has it dispatched. A loop that nobody asked for its context does nothing of that, which would be
 * a sixth of the instructions of a short request.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/event-loop-internal.h"
#include "util/report.h"

#include <poll.h>
#include <stdlib.h>

GMainContext *event_loop_context(EventLoop *loop)
{
    GMainContext *context;
    bool wake;

    pthread_mutex_lock(&loop->lock);
    if (!loop->context) {
        loop->context =
            loop->is_main ? g_main_context_ref(g_main_context_default()) : g_main_context_new();
    }
    context = loop->context;
    wake = event_loop_must_wake(loop); /* from now on it waits for this, too */
    pthread_mutex_unlock(&loop->lock);
    if (wake) {
        event_loop_wakeup(loop);
    }
    return context;
}

static void make_room(LoopGlib *glib, int n_fds)
{
    if (glib->size < n_fds) {
        glib->size = n_fds;
        glib->fds = g_renew(GPollFD, glib->fds, n_fds);
    }
    glib->n_fds = n_fds;
}

/* Returns GLib's time-out, ms; -1: none. The first descriptor is the epoll set's. */
static int query(LoopGlib *glib)
{
    int timeout, n = MAX(glib->n_fds - 1, 1);

    do {
        make_room(glib, 1 + n);
        n = g_main_context_query(glib->context, glib->priority, &timeout, glib->fds + 1, n);
    } while (n > glib->n_fds - 1);
    glib->n_fds = 1 + n;
    return timeout;
}

int64_t loop_glib_prepare(EventLoop *loop)
{
    LoopGlib *glib = &loop->glib;
    int timeout;

    if (!g_main_context_acquire(glib->context)) {
        error_report("bug: the GLib context of event loop '%s' is turned by another thread",
                     loop->name);
        abort();
    }
    g_main_context_prepare(glib->context, &glib->priority);
    timeout = query(glib);
    glib->fds[0] = (GPollFD){ .fd = loop->epoll_fd, .events = G_IO_IN };
    if (timeout <= 0) {
        return timeout < 0 ? INT64_MAX : 0;
    }
    return clock_now(CLOCK_HOST) + timeout * NS_PER_MS;
}

bool loop_glib_poll(EventLoop *loop, const struct timespec *timeout)
{
    LoopGlib *glib = &loop->glib;

    G_STATIC_ASSERT(sizeof(GPollFD) == sizeof(struct pollfd));
    if (ppoll((struct pollfd *)glib->fds, glib->n_fds, timeout, NULL) < 0) {
        for (int i = 0; i < glib->n_fds; i++) {
            glib->fds[i].revents = 0;
        }
    }
    return glib->fds[0].revents & G_IO_IN;
}

void loop_glib_dispatch(EventLoop *loop)
{
    LoopGlib *glib = &loop->glib;

    if (g_main_context_check(glib->context, glib->priority, glib->fds + 1, glib->n_fds - 1)) {
        g_main_context_dispatch(glib->context);
    }
    g_main_context_release(glib->context);
}

void loop_glib_finish(EventLoop *loop)
{
    g_clear_pointer(&loop->context, g_main_context_unref);
    g_free(loop->glib.fds);
}
