/*
 * The descriptors of an event loop: its epoll set and who is called for what is ready.
 *
 * A handler that is removed while a batch of events is being worked off may still be named by a
 * later event of that batch; it is marked dead and freed at the end of the batch, so that neither
 * it nor a new owner of its descriptor number is called by mistake.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/fd-handler.h"
#include "util/event-loop-internal.h"
#include "util/report.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH_MAX = 64 };

/* Under loop->lock. */
typedef struct FdHandler {
    int fd;
    EventFn *on_read;
    EventFn *on_write;
    void *opaque;
    bool always; /* epoll refuses it (a regular file, /dev/null): always ready */
    bool dead;
} FdHandler;

void fd_handlers_init(EventLoop *loop)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0) {
        error_report("cannot make an epoll set: %s", g_strerror(errno));
        exit(1);
    }
    loop->fds = g_hash_table_new(NULL, NULL);
    loop->always = g_ptr_array_new();
}

void fd_handlers_free(EventLoop *loop)
{
    g_assert(g_hash_table_size(loop->fds) == 0);
    g_hash_table_destroy(loop->fds);
    g_ptr_array_free(loop->always, TRUE);
    close(loop->epoll_fd);
}

/* ---- registration; loop->lock is held ---- */

static void epoll_set(EventLoop *loop, FdHandler *h, int op)
{
    struct epoll_event ev = {
        .events = (h->on_read ? EPOLLIN : 0) | (h->on_write ? EPOLLOUT : 0),
        .data.ptr = h,
    };

    if (h->always || epoll_ctl(loop->epoll_fd, op, h->fd, &ev) == 0) {
        return;
    }
    if (op == EPOLL_CTL_ADD && errno == EPERM) {
        h->always = true;
        g_ptr_array_add(loop->always, h);
        return;
    }
    error_report("bug: cannot watch descriptor %d: %s", h->fd, g_strerror(errno));
    abort();
}

static void remove_handler(EventLoop *loop, FdHandler *h)
{
    g_hash_table_remove(loop->fds, GINT_TO_POINTER(h->fd));
    if (h->always) {
        g_ptr_array_remove(loop->always, h);
    } else if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, h->fd, NULL) < 0) {
        error_report("bug: descriptor %d was closed before it was removed from its event loop",
                     h->fd);
        abort();
    }
    h->dead = true;
    if (loop->in_batch) {
        loop->dead = g_slist_prepend(loop->dead, h);
    } else {
        g_free(h);
    }
}

static void set_handler(EventLoop *loop, int fd, EventFn *on_read, EventFn *on_write, void *opaque)
{
    FdHandler *h = g_hash_table_lookup(loop->fds, GINT_TO_POINTER(fd));
    bool same;

    if (!on_read && !on_write) {
        if (h) {
            remove_handler(loop, h);
        }
        return;
    }
    same = h && !h->on_read == !on_read && !h->on_write == !on_write;
    if (h) {
        h->on_read = on_read;
        h->on_write = on_write;
        h->opaque = opaque;
        if (!same) {
            epoll_set(loop, h, EPOLL_CTL_MOD);
        }
        return;
    }
    h = g_new(FdHandler, 1);
    *h = (FdHandler){ .fd = fd, .on_read = on_read, .on_write = on_write, .opaque = opaque };
    g_hash_table_insert(loop->fds, GINT_TO_POINTER(fd), h);
    epoll_set(loop, h, EPOLL_CTL_ADD);
}

void event_loop_set_fd(EventLoop *loop, int fd, EventFn *on_read, EventFn *on_write, void *opaque)
{
    bool wake;

    pthread_mutex_lock(&loop->lock);
    set_handler(loop, fd, on_read, on_write, opaque);
    /* The epoll set notices by itself; only the always-ready ones keep the loop from sleeping. */
    wake = loop->always->len && event_loop_must_wake(loop);
    pthread_mutex_unlock(&loop->lock);
    if (wake) {
        event_loop_wakeup(loop);
    }
}

/* ---- dispatch ---- */

static void call_handler(EventLoop *loop, FdHandler *h, bool write)
{
    EventFn *fn = NULL;
    void *opaque = NULL;

    pthread_mutex_lock(&loop->lock);
    if (!h->dead) {
        fn = write ? h->on_write : h->on_read;
        opaque = h->opaque;
    }
    pthread_mutex_unlock(&loop->lock);
    if (fn) {
        fn(opaque);
    }
}

static void call_handlers(EventLoop *loop, FdHandler *h, uint32_t events)
{
    const uint32_t trouble = EPOLLERR | EPOLLHUP;

    if (events & (EPOLLIN | trouble)) {
        call_handler(loop, h, false);
    }
    if (events & (EPOLLOUT | trouble)) {
        call_handler(loop, h, true);
    }
}

/* Returns a copy of loop->always, g_free(). */
static FdHandler **begin_batch(EventLoop *loop, guint *n_always)
{
    FdHandler **always = NULL;

    pthread_mutex_lock(&loop->lock);
    loop->in_batch = true;
    *n_always = loop->always->len;
    if (*n_always) {
        always = g_memdup2(loop->always->pdata, *n_always * sizeof(always[0]));
    }
    pthread_mutex_unlock(&loop->lock);
    return always;
}

static void end_batch(EventLoop *loop)
{
    GSList *dead;

    pthread_mutex_lock(&loop->lock);
    loop->in_batch = false;
    dead = loop->dead;
    loop->dead = NULL;
    pthread_mutex_unlock(&loop->lock);
    g_slist_free_full(dead, g_free);
}

void fd_handlers_run(EventLoop *loop, bool poll)
{
    struct epoll_event events[BATCH_MAX];
    g_autofree FdHandler **always = NULL;
    guint n_always;
    int n;

    always = begin_batch(loop, &n_always);
    n = poll ? epoll_wait(loop->epoll_fd, events, BATCH_MAX, 0) : 0;
    for (int i = 0; i < n; i++) {
        call_handlers(loop, events[i].data.ptr, events[i].events);
    }
    for (guint i = 0; i < n_always; i++) {
        call_handlers(loop, always[i], EPOLLIN | EPOLLOUT);
    }
    end_batch(loop);
}
