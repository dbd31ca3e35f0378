/*
 * What is ready among the descriptors of an event loop: it is waited or looked for, and called.
 *
 * A handler that is removed may still be named by an event that was fetched before; it is marked
 * dead and freed when the loop waits the next time, so that neither it nor a new owner of its
 * descriptor number is called by mistake.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/event-loop-internal.h"
#include "util/fd-handler.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

typedef enum Call { CALL_READ, CALL_WRITE, CALL_HANGUP, CALL_END } Call;

/* Under loop->lock. */
static EventFn *function_for(const FdHandler *h, Call call)
{
    switch (call) {
    case CALL_READ:
        return h->on_read;
    case CALL_WRITE:
        return h->on_write;
    case CALL_HANGUP:
        return h->on_hangup;
    case CALL_END:
        return h->on_end;
    }
    g_assert_not_reached();
}

static void call_handler(EventLoop *loop, FdHandler *h, Call call)
{
    EventFn *fn = NULL;
    void *opaque = NULL;
    const char *place = NULL;

    pthread_mutex_lock(&loop->lock);
    if (!h->dead) {
        fn = function_for(h, call);
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
    } else if (events & EPOLLRDHUP) {
        call_handler(loop, h, CALL_END);
    }
}

/* For kernels without epoll_pwait2(): as precisely, with one more system call. */
static int poll_and_fetch(EventLoop *loop, const struct timespec *timeout)
{
    struct pollfd pfd = { .fd = loop->epoll_fd, .events = POLLIN };

    if (ppoll(&pfd, 1, timeout, NULL) <= 0) {
        return 0;
    }
    return epoll_wait(loop->epoll_fd, loop->events, FD_BATCH_MAX, 0);
}

void fd_handlers_wait(EventLoop *loop, const struct timespec *timeout)
{
    int n = -1;

    if (!loop->no_pwait2) {
        n = epoll_pwait2(loop->epoll_fd, loop->events, FD_BATCH_MAX, timeout, NULL);
        loop->no_pwait2 = n < 0 && errno != EINTR;
    }
    if (loop->no_pwait2) {
        n = poll_and_fetch(loop, timeout);
    }
    loop->n_events = MAX(n, 0);
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
    always = g_memdup2(loop->always->pdata, n * sizeof(always[0]));
    pthread_mutex_unlock(&loop->lock);
    for (guint i = 0; i < n; i++) {
        call_handlers(loop, always[i], EPOLLIN | EPOLLOUT);
    }
}

void fd_handlers_run(EventLoop *loop, bool always)
{
    run_events(loop);
    loop->n_events = 0;
    if (always) {
        run_always(loop);
    }
}
