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
    EventFn *on_hangup; /* instead of the two above */
    void *opaque;
    const char *place;
    bool refused; /* by epoll (a regular file, /dev/null): always ready, and never hung up */
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
    loop->events = g_new(struct epoll_event, BATCH_MAX);
    loop->wakeup_fd = -1;
}

void fd_handlers_free(EventLoop *loop)
{
    g_assert(g_hash_table_size(loop->fds) == 0);
    g_hash_table_destroy(loop->fds);
    g_ptr_array_free(loop->always, TRUE);
    g_slist_free_full(loop->dead, g_free);
    g_free(loop->events);
    close(loop->epoll_fd);
}

/* ---- registration; loop->lock is held ---- */

static void epoll_set(EventLoop *loop, FdHandler *h, int op)
{
    struct epoll_event ev = {
        .events = (h->on_read ? EPOLLIN : 0) | (h->on_write ? EPOLLOUT : 0),
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

static void remove_handler(EventLoop *loop, FdHandler *h)
{
    g_hash_table_remove(loop->fds, GINT_TO_POINTER(h->fd));
    g_ptr_array_remove(loop->always, h);
    if (!h->refused && epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, h->fd, NULL) < 0) {
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

static void set_handler(EventLoop *loop, const FdHandler *wanted)
{
    FdHandler *h = g_hash_table_lookup(loop->fds, GINT_TO_POINTER(wanted->fd));
    bool known = h;
    bool refused = known && h->refused;
    bool same = known && !h->on_read == !wanted->on_read && !h->on_write == !wanted->on_write;

    if (!known) {
        h = g_new(FdHandler, 1);
        g_hash_table_insert(loop->fds, GINT_TO_POINTER(wanted->fd), h);
    }
    *h = *wanted;
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
    /* The epoll set notices by itself; only the always-ready ones keep the loop from sleeping. */
    wake = loop->always->len && event_loop_must_wake(loop);
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

void event_loop_watch_hangup_at(EventLoop *loop, int fd, EventFn *on_hangup, void *opaque,
                                const char *place)
{
    change_handler(
        loop, &(FdHandler){ .fd = fd, .on_hangup = on_hangup, .opaque = opaque, .place = place });
}

/* ---- dispatch ---- */

typedef enum Call { CALL_READ, CALL_WRITE, CALL_HANGUP } Call;

static void call_handler(EventLoop *loop, FdHandler *h, Call call)
{
    EventFn *fn = NULL;
    void *opaque = NULL;
    const char *place = NULL;

    pthread_mutex_lock(&loop->lock);
    if (!h->dead) {
        fn = call == CALL_READ ? h->on_read : call == CALL_WRITE ? h->on_write : h->on_hangup;
        opaque = h->opaque;
        place = h->place;
    }
    pthread_mutex_unlock(&loop->lock);
    if (fn) {
        fn(opaque);
        event_loop_called(loop, place);
    }
}

static void call_handlers(EventLoop *loop, FdHandler *h, uint32_t events)
{
    const uint32_t trouble = EPOLLERR | EPOLLHUP;

    if (events & (EPOLLIN | trouble)) {
        call_handler(loop, h, CALL_READ);
    }
    if (events & (EPOLLOUT | trouble)) {
        call_handler(loop, h, CALL_WRITE);
    }
    if (events & trouble) {
        call_handler(loop, h, CALL_HANGUP);
    }
}

/* From now on events may name handlers; @keep_dead: there are some that do already. */
static void begin_batch(EventLoop *loop, bool keep_dead)
{
    GSList *dead = NULL;

    pthread_mutex_lock(&loop->lock);
    loop->in_batch = true;
    if (!keep_dead) {
        dead = loop->dead;
        loop->dead = NULL;
    }
    pthread_mutex_unlock(&loop->lock);
    g_slist_free_full(dead, g_free);
}

static void end_batch(EventLoop *loop)
{
    GSList *dead;

    loop->n_events = 0;
    pthread_mutex_lock(&loop->lock);
    loop->in_batch = false;
    dead = loop->dead;
    loop->dead = NULL;
    pthread_mutex_unlock(&loop->lock);
    g_slist_free_full(dead, g_free);
}

/* The wake-up descriptor's events carry the loop instead of a handler. */
static bool watch_wakeup(EventLoop *loop, int fd)
{
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = loop };

    if (loop->wakeup_fd < 0 && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0) {
        loop->wakeup_fd = fd;
    }
    return loop->wakeup_fd == fd;
}

int fd_handlers_wait(EventLoop *loop, const struct timespec *timeout, int wakeup_fd, bool *woken)
{
    int others = 0;

    if (loop->no_pwait2 || !watch_wakeup(loop, wakeup_fd)) {
        return -1;
    }
    begin_batch(loop, false);
    loop->n_events = epoll_pwait2(loop->epoll_fd, loop->events, BATCH_MAX, timeout, NULL);
    if (loop->n_events < 0) {
        loop->no_pwait2 = errno != EINTR;
        loop->n_events = 0;
    }
    *woken = false;
    for (int i = 0; i < loop->n_events; i++) {
        if (loop->events[i].data.ptr == loop) {
            *woken = true;
        } else {
            others++;
        }
    }
    return loop->no_pwait2 ? -1 : others;
}

static void run_events(EventLoop *loop)
{
    for (int i = 0; i < loop->n_events; i++) {
        if (loop->events[i].data.ptr != loop) {
            call_handlers(loop, loop->events[i].data.ptr, loop->events[i].events);
        }
    }
}

/* Those that are always ready, as they are now: handlers may change the list. */
static void run_always(EventLoop *loop)
{
    g_autofree FdHandler **always = NULL;
    guint n;

    pthread_mutex_lock(&loop->lock);
    n = loop->always->len;
    if (n) {
        always = g_memdup2(loop->always->pdata, n * sizeof(always[0]));
    }
    pthread_mutex_unlock(&loop->lock);
    for (guint i = 0; i < n; i++) {
        call_handlers(loop, always[i], EPOLLIN | EPOLLOUT);
    }
}

void fd_handlers_run(EventLoop *loop, bool poll)
{
    begin_batch(loop, true);
    if (poll && loop->n_events == 0) {
        int n = epoll_wait(loop->epoll_fd, loop->events, BATCH_MAX, 0);

        loop->n_events = MAX(0, n);
    }
    run_events(loop);
    run_always(loop);
    end_batch(loop);
}
