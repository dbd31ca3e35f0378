/*
 * What is ready among the descriptors of an event loop: it is waited or looked for, and called.
 *
 * A handler that is removed while a batch of events is being worked off may still be named by a
 * later event of that batch; it is marked dead and freed at the end of the batch, so that neither
 * it nor a new owner of its descriptor number is called by mistake.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/event-loop-internal.h"
#include "util/fd-handler.h"

#include <errno.h>
#include <sys/epoll.h>

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
    loop->n_events = epoll_pwait2(loop->epoll_fd, loop->events, FD_BATCH_MAX, timeout, NULL);
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

int fd_handlers_look(EventLoop *loop)
{
    loop->n_events = 0;
    for (guint i = 0; i < loop->seen->len && loop->n_events < FD_BATCH_MAX; i++) {
        FdHandler *h = loop->seen->pdata[i];

        if (h->look(h->opaque)) {
            loop->events[loop->n_events++] =
                (struct epoll_event){ .events = EPOLLIN, .data.ptr = h };
        }
    }
    if (loop->n_events) {
        begin_batch(loop, false);
    }
    return loop->n_events;
}

bool fd_handlers_all_seen(EventLoop *loop)
{
    return g_hash_table_size(loop->fds) == loop->seen->len;
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
        int n = epoll_wait(loop->epoll_fd, loop->events, FD_BATCH_MAX, 0);

        loop->n_events = MAX(0, n);
    }
    run_events(loop);
    run_always(loop);
    end_batch(loop);
}
