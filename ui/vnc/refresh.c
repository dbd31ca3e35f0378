/*
 * Having the screen drawn, as often as somebody looks and no more often than there is news.
 *
 * A coroutine for each server asks the console for an update while some viewer waits for one. The
 * viewers are told of what is drawn by their watches; here it is only noted that something was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/vnc-internal.h"

#define INTERVAL_MIN_NS (30 * NS_PER_MS)
/* When somebody wants a picture of now. */
#define INTERVAL_NOW_NS (4 * NS_PER_MS)
/* When nothing changes. */
#define INTERVAL_MAX_NS (240 * NS_PER_MS)

static VncLook keenest_look(const VncServer *server)
{
    VncLook keenest = VNC_LOOK_AWAY;

    for (GList *it = server->clients.head; it; it = it->next) {
        const VncClient *client = it->data;

        if (client->viewer) {
            keenest = MAX(keenest, vnc_viewer_looks(client->viewer));
        }
    }
    return keenest;
}

/* Screens come and go: look at the one that is the first now. */
static Console *follow_console(VncServer *server)
{
    Console *con = console_default();

    for (GList *it = server->clients.head; it; it = it->next) {
        const VncClient *client = it->data;

        if (client->viewer) {
            console_watch_set(vnc_viewer_watch(client->viewer), con);
        }
    }
    return con;
}

static void tell_viewers(VncServer *server)
{
    __atomic_store_n(&server->completed, server->begun, __ATOMIC_RELEASE);
    for (GList *it = server->clients.head; it; it = it->next) {
        const VncClient *client = it->data;

        if (client->viewer) {
            vnc_viewer_refreshed(client->viewer);
        }
    }
}

static void coroutine_fn refresh(VncServer *server)
{
    Console *con = follow_console(server);

    server->last_refresh = clock_now(CLOCK_HOST);
    __atomic_store_n(&server->begun, server->begun + 1, __ATOMIC_RELEASE);
    if (con) {
        /* If the console goes away meanwhile, that is news as well. */
        console_wait_update(con, graphic_hw_update(con), NULL);
    }
    if (__atomic_exchange_n(&server->changed, 0, __ATOMIC_ACQ_REL)) {
        server->interval = INTERVAL_MIN_NS;
    } else {
        server->interval = MIN(2 * server->interval, INTERVAL_MAX_NS);
    }
    tell_viewers(server);
}

static void wake(void *opaque)
{
    VncServer *server = opaque;

    co_queue_wake_one(&server->wake);
}

static void coroutine_fn refresher_main(void *opaque)
{
    VncServer *server = opaque;
    Timer timer;

    timer_init(&timer, main_loop(), CLOCK_HOST, wake, server);
    do {
        VncLook look = keenest_look(server);
        int64_t due =
            server->last_refresh + (look == VNC_LOOK_NOW ? INTERVAL_NOW_NS : server->interval);

        if (look == VNC_LOOK_AWAY) {
            timer_disarm(&timer);
        } else if (clock_now(CLOCK_HOST) < due) {
            timer_arm(&timer, due);
        } else {
            refresh(server);
            continue;
        }
        co_queue_wait(&server->wake);
    } while (!co_is_cancelled());
    timer_finish(&timer);
    server->refresher = NULL;
}

void vnc_refresh_start(VncServer *server)
{
    server->interval = INTERVAL_MIN_NS;
    co_queue_init(&server->wake);
    cancel_token_init(&server->ending);
    server->look_bh = bottom_half_new(main_loop(), wake, server);
    server->refresher = coroutine_create(refresher_main, server);
    coroutine_set_cancel(server->refresher, &server->ending);
    coroutine_enter(server->refresher);
}

void no_coroutine_fn vnc_refresh_finish(VncServer *server)
{
    cancel_token_cancel(&server->ending, "VNC server ends");
    while (server->refresher) {
        event_loop_iterate(main_loop(), true);
    }
    bottom_half_destroy(server->look_bh);
    cancel_token_finish(&server->ending);
    co_queue_finish(&server->wake);
}

void vnc_refresh_look(VncServer *server)
{
    bottom_half_schedule(server->look_bh);
}

void vnc_refresh_hurry(VncServer *server)
{
    if (server->interval > INTERVAL_MIN_NS) {
        server->interval = INTERVAL_MIN_NS;
        wake(server);
    }
}
