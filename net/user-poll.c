/*
 * What a user network waits for: its sockets and its next deadline.
 *
 * libslirp asks anew, after everything that happens, for all that it waits for. That is compared
 * with an epoll set of our own, which the main loop watches as one descriptor: so its idle sockets
 * cost nothing, and one that it closes without a word harms nobody.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "user.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

/* ---- in libslirp's words, and poll()'s; those of epoll are poll()'s ---- */

static const struct {
    int slirp;
    short poll;
} event_names[] = {
    { SLIRP_POLL_IN, POLLIN },   { SLIRP_POLL_OUT, POLLOUT }, { SLIRP_POLL_PRI, POLLPRI },
    { SLIRP_POLL_ERR, POLLERR }, { SLIRP_POLL_HUP, POLLHUP },
};

static int add_poll(int fd, int events, void *opaque)
{
    UserNet *net = opaque;
    struct pollfd entry = { .fd = fd };
    for (unsigned i = 0; i < G_N_ELEMENTS(event_names); i++) {
        entry.events |= events & event_names[i].slirp ? event_names[i].poll : 0;
    }
    g_array_append_val(net->polled, entry);
    return (int)net->polled->len - 1;
}

static int get_revents(int index, void *opaque)
{
    const UserNet *net = opaque;
    short revents = g_array_index(net->polled, struct pollfd, index).revents;
    int events = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(event_names); i++) {
        events |= revents & event_names[i].poll ? event_names[i].slirp : 0;
    }
    return events;
}

/* ---- the epoll set ---- */

static void watch(UserNet *net, int fd, short events)
{
    struct epoll_event event = { .events = (uint16_t)events, .data.fd = fd };
    gpointer known = g_hash_table_lookup(net->watched, GINT_TO_POINTER(fd));
    if (known == GINT_TO_POINTER(events)) {
        return;
    }
    if (epoll_ctl(net->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) < 0) {
        epoll_ctl(net->epoll_fd, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    }
    g_hash_table_insert(net->watched, GINT_TO_POINTER(fd), GINT_TO_POINTER(events));
}

void user_poll_forget(UserNet *net, int fd)
{
    if (g_hash_table_remove(net->watched, GINT_TO_POINTER(fd))) {
        epoll_ctl(net->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    }
}

static void forget_others(UserNet *net)
{
    g_autoptr(GHashTable) wanted = g_hash_table_new(NULL, NULL);
    g_autoptr(GList) fds = g_hash_table_get_keys(net->watched);
    for (guint i = 0; i < net->polled->len; i++) {
        int fd = g_array_index(net->polled, struct pollfd, i).fd;
        g_hash_table_add(wanted, GINT_TO_POINTER(fd));
    }
    for (GList *it = fds; it; it = it->next) {
        if (!g_hash_table_contains(wanted, it->data)) {
            user_poll_forget(net, GPOINTER_TO_INT(it->data));
        }
    }
}

/* ---- the walk ---- */

static void ask(UserNet *net)
{
    uint32_t timeout = UINT32_MAX; /* milliseconds; this: for ever */
    g_array_set_size(net->polled, 0);
    slirp_pollfds_fill(net->slirp, &timeout, add_poll, net);
    forget_others(net);
    for (guint i = 0; i < net->polled->len; i++) {
        const struct pollfd *entry = &g_array_index(net->polled, struct pollfd, i);
        watch(net, entry->fd, entry->events);
    }
    if (timeout == UINT32_MAX) {
        timer_disarm(&net->deadline);
    } else {
        timer_arm(&net->deadline, clock_now(CLOCK_VIRTUAL) + (timeout + 1) * NS_PER_MS);
    }
}

/* Sockets that were closed since they were asked for are none of libslirp's any more. */
static void poll_sockets(void *opaque)
{
    UserNet *net = opaque;
    int ready = poll((struct pollfd *)(void *)net->polled->data, net->polled->len, 0);
    slirp_pollfds_poll(net->slirp, ready < 0, get_revents, net);
    ask(net);
}

void user_poll_kick(UserNet *net)
{
    bottom_half_schedule(net->work);
}

static void kick(void *opaque)
{
    user_poll_kick(opaque);
}

bool user_poll_init(UserNet *net, Error **errp)
{
    net->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (net->epoll_fd < 0) {
        error_setg_errno(errp, errno, "cannot make an epoll set");
        return false;
    }
    net->watched = g_hash_table_new(NULL, NULL);
    net->polled = g_array_new(false, false, sizeof(struct pollfd));
    net->work = bottom_half_new(main_loop(), poll_sockets, net);
    timer_init(&net->deadline, main_loop(), CLOCK_VIRTUAL, kick, net);
    event_loop_set_fd(main_loop(), net->epoll_fd, kick, NULL, net);
    return true;
}

void user_poll_finish(UserNet *net)
{
    event_loop_set_fd(main_loop(), net->epoll_fd, NULL, NULL, NULL);
    close(net->epoll_fd);
    timer_finish(&net->deadline);
    bottom_half_destroy(net->work);
    g_hash_table_unref(net->watched);
    g_array_unref(net->polled);
}
