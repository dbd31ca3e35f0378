/*
 * Bottom halves: work put off to the next turn of an event loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/event-loop-internal.h"
#include "util/fd-handler.h"

void bottom_half_init_at(BottomHalf *bh, EventLoop *loop, EventFn *fn, void *opaque,
                         const char *place)
{
    *bh = (BottomHalf){ .loop = loop, .fn = fn, .opaque = opaque, .place = place };
    bh->link.data = bh;
}

BottomHalf *bottom_half_new_at(EventLoop *loop, EventFn *fn, void *opaque, const char *place)
{
    BottomHalf *bh = g_new(BottomHalf, 1);

    bottom_half_init_at(bh, loop, fn, opaque, place);
    return bh;
}

void bottom_half_schedule(BottomHalf *bh)
{
    EventLoop *loop = bh->loop;
    bool wake = false;

    pthread_mutex_lock(&loop->lock);
    if (!bh->scheduled) {
        bh->scheduled = true;
        bh->turn = loop->turn;
        g_queue_push_tail_link(&loop->bottom_halves, &bh->link);
        wake = event_loop_must_wake(loop);
    }
    pthread_mutex_unlock(&loop->lock);
    if (wake) {
        event_loop_wakeup(loop);
    }
}

void bottom_half_cancel(BottomHalf *bh)
{
    EventLoop *loop = bh->loop;

    pthread_mutex_lock(&loop->lock);
    if (bh->scheduled) {
        bh->scheduled = false;
        g_queue_unlink(&loop->bottom_halves, &bh->link);
    }
    pthread_mutex_unlock(&loop->lock);
}

void bottom_half_destroy(BottomHalf *bh)
{
    if (bh) {
        bottom_half_cancel(bh);
        g_free(bh);
    }
}

void event_loop_run_once_at(EventLoop *loop, EventFn *fn, void *opaque, const char *place)
{
    BottomHalf *bh = bottom_half_new_at(loop, fn, opaque, place);

    bh->once = true;
    bottom_half_schedule(bh);
}

/* With the lock held: the first one from before this turn; a copy, it may vanish when it runs. */
static bool take_next(EventLoop *loop, BottomHalf *taken)
{
    GList *head = loop->bottom_halves.head;
    BottomHalf *bh = head ? head->data : NULL;

    if (!bh || bh->turn == loop->turn) {
        return false;
    }
    g_queue_unlink(&loop->bottom_halves, head);
    bh->scheduled = false;
    *taken = *bh;
    if (bh->once) {
        g_free(bh);
    }
    return true;
}

void bottom_halves_run(EventLoop *loop)
{
    BottomHalf bh;

    pthread_mutex_lock(&loop->lock);
    loop->turn++;
    while (take_next(loop, &bh)) {
        pthread_mutex_unlock(&loop->lock);
        bh.fn(bh.opaque);
        event_loop_called(loop, bh.place);
        pthread_mutex_lock(&loop->lock);
    }
    pthread_mutex_unlock(&loop->lock);
}

void bottom_halves_free(EventLoop *loop)
{
    GList *link;

    while ((link = g_queue_pop_head_link(&loop->bottom_halves))) {
        BottomHalf *bh = link->data;

        bh->scheduled = false;
        if (bh->once) {
            g_free(bh);
        }
    }
}
