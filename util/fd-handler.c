/*
 * The descriptors of an event loop: its epoll set, and who is to be called for what is ready.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/fd-handler.h"
#include "util/event-loop-internal.h"
#include "util/report.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void close_descriptors(EventLoop *loop)
{
    if (loop->epoll_fd >= 0) {
        close(loop->epoll_fd);
    }
    if (loop->wakeup_fd >= 0) {
        close(loop->wakeup_fd);
    }
}

/* The wake-up descriptor's events carry the loop instead of a handler. */
static bool open_descriptors(EventLoop *loop)
{
    struct epoll_event ev = { .events = EPOLLIN | EPOLLET, .data.ptr = loop };

    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wakeup_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return loop->epoll_fd >= 0 && loop->wakeup_fd >= 0 &&
           epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wakeup_fd, &ev) == 0;
}

bool fd_handlers_init(EventLoop *loop)
{
    if (!open_descriptors(loop)) {
        int error = errno;

        close_descriptors(loop);
        errno = error;
        return false;
    }
    loop->fds = g_hash_table_new(NULL, NULL);
    loop->always = g_ptr_array_new();
    loop->seen = g_ptr_array_new();
    loop->events = g_new(struct epoll_event, FD_BATCH_MAX);
    return true;
}

void fd_handlers_free(EventLoop *loop)
{
    g_assert(g_hash_table_size(loop->fds) == 0);
    g_hash_table_destroy(loop->fds);
    g_ptr_array_free(loop->always, TRUE);
    g_ptr_array_free(loop->seen, TRUE);
    g_slist_free_full(loop->dead, g_free);
    g_free(loop->events);
    close_descriptors(loop);
}

/* ---- registration; loop->lock is held ---- */

static void epoll_set(EventLoop *loop, FdHandler *h, int op)
{
    struct epoll_event ev = {
        .events = (h->on_read ? EPOLLIN : 0) | (h->on_write ? EPOLLOUT : 0) |
                  (h->on_end ? EPOLLRDHUP : 0),
        .data.ptr = h,
    };

    if (epoll_ctl(loop->epoll_fd, op, h->fd, &ev) == 0) {
        return;
    }
    if (op == EPOLL_CTL_ADD && errno == EPERM) {
        h->refused = true;
        return;
    }
    error_report("bug: cannot watch descriptor %d: %s", h->fd, g_strerror(errno));
    abort();
}

static void forget_look(EventLoop *loop, FdHandler *h)
{
    if (h->look) {
        g_assert(event_loop_current() == loop);
        g_ptr_array_remove(loop->seen, h);
    }
}

static void remove_handler(EventLoop *loop, FdHandler *h)
{
    g_hash_table_remove(loop->fds, GINT_TO_POINTER(h->fd));
    g_ptr_array_remove(loop->always, h);
    forget_look(loop, h);
    if (!h->refused && epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, h->fd, NULL) < 0) {
        error_report("bug: descriptor %d was closed before it was removed from its event loop",
                     h->fd);
        abort();
    }
    h->dead = true;
    loop->dead = g_slist_prepend(loop->dead, h);
}

static void set_handler(EventLoop *loop, const FdHandler *wanted)
{
    FdHandler *h = g_hash_table_lookup(loop->fds, GINT_TO_POINTER(wanted->fd));
    bool known = h;
    bool refused = known && h->refused;
    bool same = known && !h->on_read == !wanted->on_read && !h->on_write == !wanted->on_write &&
                !h->on_end == !wanted->on_end;

    if (!known) {
        h = g_new(FdHandler, 1);
        g_hash_table_insert(loop->fds, GINT_TO_POINTER(wanted->fd), h);
    } else {
        forget_look(loop, h);
    }
    *h = *wanted;
    if (h->look) {
        g_assert(event_loop_current() == loop);
        g_ptr_array_add(loop->seen, h);
    }
    h->refused = refused;
    if (!same && !refused) {
        epoll_set(loop, h, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD);
    }
    if (h->refused) {
        g_ptr_array_remove(loop->always, h);
        if (!h->on_hangup) {
            g_ptr_array_add(loop->always, h);
        }
    }
}

static void change_handler(EventLoop *loop, const FdHandler *wanted)
{
    FdHandler *h;
    bool wake;

    pthread_mutex_lock(&loop->lock);
    if (wanted->on_read || wanted->on_write || wanted->on_hangup) {
        set_handler(loop, wanted);
    } else if ((h = g_hash_table_lookup(loop->fds, GINT_TO_POINTER(wanted->fd)))) {
        remove_handler(loop, h);
    }
    /*
     * The epoll set notices by itself; only the always-ready ones keep the loop from sleeping. One
     * that looks is not to go on if it might not see the new one.
     */
    wake = (loop->always->len || loop->state == LOOP_LOOKS) && event_loop_must_wake(loop);
    pthread_mutex_unlock(&loop->lock);
    if (wake) {
        event_loop_wakeup(loop);
    }
}

void event_loop_set_fd_at(EventLoop *loop, int fd, EventFn *on_read, EventFn *on_write,
                          void *opaque, const char *place)
{
    change_handler(loop, &(FdHandler){ .fd = fd,
                                       .on_read = on_read,
                                       .on_write = on_write,
                                       .opaque = opaque,
                                       .place = place });
}

void event_loop_set_fd_seen_at(EventLoop *loop, int fd, LookFn *look, EventFn *on_read,
                               void *opaque, const char *place)
{
    change_handler(loop, &(FdHandler){ .fd = fd,
                                       .on_read = on_read,
                                       .look = look,
                                       .opaque = opaque,
                                       .place = place });
}

void event_loop_watch_hangup_at(EventLoop *loop, int fd, EventFn *on_hangup, EventFn *on_end,
                                void *opaque, const char *place)
{
    change_handler(loop, &(FdHandler){ .fd = fd,
                                       .on_hangup = on_hangup,
                                       .on_end = on_end,
                                       .opaque = opaque,
                                       .place = place });
}
