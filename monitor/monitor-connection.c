/*
 * Between a chardev and the sessions on it: who comes, who goes.
 *
 * In the chardev's thread, but for connecting a chardev and disconnecting all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/monitor-access.h"
#include "monitor/monitor-internal.h"

/*
 * A chardev that a monitor is attached to: its own, where one session follows another, or that of
 * one client of a server. The monitor's list holds a reference, and cleaning up another.
 */
typedef struct MonitorConnection {
    int refcount; /* atomic */
    Monitor *monitor;
    Chardev *chr;  /* NULL once released; set with connections_lock */
    bool released; /* @chr is to be released after its only session */
    void *session; /* QmpSession or HmpSession that is open, or NULL; the chardev's thread */
} MonitorConnection;

static pthread_mutex_t connections_lock = PTHREAD_MUTEX_INITIALIZER;

static void connection_unref(MonitorConnection *connection)
{
    if (__atomic_sub_fetch(&connection->refcount, 1, __ATOMIC_ACQ_REL) == 0) {
        g_free(connection);
    }
}

static size_t frontend_can_read(void *opaque)
{
    MonitorConnection *c = opaque;

    return c->session ? c->monitor->ops->can_read(c->session) : 0;
}

static void frontend_read(void *opaque, const uint8_t *bytes, size_t len)
{
    MonitorConnection *c = opaque;

    if (c->session) {
        c->monitor->ops->read(c->session, (const char *)bytes, len);
    }
}

static void frontend_writable(void *opaque)
{
    MonitorConnection *c = opaque;

    if (c->session) {
        c->monitor->ops->writable(c->session);
    }
}

static bool frontend_ended(void *opaque)
{
    MonitorConnection *c = opaque;

    if (c->session && c->monitor->ops->ended) {
        return c->monitor->ops->ended(c->session);
    }
    /* Not while there may be something before the end that is yet to be read. */
    return !c->session || c->monitor->ops->can_read(c->session) > 0;
}

static bool frontend_admits(void *opaque)
{
    const MonitorConnection *c = opaque;

    return monitor_admits(c->monitor, c->chr);
}

static void close_session(MonitorConnection *c)
{
    if (c->session) {
        c->monitor->ops->close(c->session);
        c->session = NULL;
    }
}

/* Nothing comes from the chardev any more. */
static void connection_end(MonitorConnection *c)
{
    Chardev *chr = c->chr;

    close_session(c);
    pthread_mutex_lock(&connections_lock);
    g_queue_remove(&c->monitor->connections, c);
    c->chr = NULL;
    pthread_mutex_unlock(&connections_lock);
    if (c->released) {
        chardev_release(chr);
    } else {
        chardev_detach(chr);
        /* The chardev outlives the I/O thread. */
        chardev_set_loop(chr, main_loop());
    }
    connection_unref(c);
}

static void frontend_event(void *opaque, ChardevEvent event)
{
    MonitorConnection *c = opaque;

    if (event != CHARDEV_OPENED && event != CHARDEV_CLOSED) {
        if (event != CHARDEV_BREAK && c->session && c->monitor->ops->focus) {
            c->monitor->ops->focus(c->session, event == CHARDEV_FOCUS_IN);
        }
        return;
    }
    if (event == CHARDEV_CLOSED && c->released) {
        connection_end(c);
        return;
    }
    close_session(c);
    if (event != CHARDEV_OPENED || monitors_draining()) {
        return;
    }
    if (monitor_admits(c->monitor, c->chr)) {
        c->session = c->monitor->ops->open(c->monitor, c->chr);
    } else {
        chardev_disconnect(c->chr);
    }
}

static void frontend_accept(void *opaque, Chardev *client);

static const ChardevFrontend frontend = {
    .can_read = frontend_can_read,
    .read = frontend_read,
    .event = frontend_event,
    .writable = frontend_writable,
    .ended = frontend_ended,
    .admits = frontend_admits,
    .accept = frontend_accept,
};

/* Attach @monitor to @chr; main thread. */
bool monitor_connect(Monitor *monitor, Chardev *chr, bool released, Error **errp)
{
    MonitorConnection *c = g_new0(MonitorConnection, 1);

    c->refcount = 1;
    c->monitor = monitor;
    c->chr = chr;
    c->released = released;
    if (!chardev_attach(chr, &frontend, c, NULL, errp)) {
        g_free(c);
        return false;
    }
    pthread_mutex_lock(&connections_lock);
    g_queue_push_tail(&monitor->connections, c);
    pthread_mutex_unlock(&connections_lock);
    return true;
}

static void frontend_accept(void *opaque, Chardev *client)
{
    MonitorConnection *c = opaque;

    if (monitors_draining()) {
        chardev_release(client);
    } else {
        monitor_connect(c->monitor, client, true, &error_abort);
    }
}

/* ---- the end ---- */

bool monitor_has_unread(Monitor *monitor)
{
    bool unread = false;

    pthread_mutex_lock(&connections_lock);
    for (GList *l = monitor->connections.head; l && !unread; l = l->next) {
        unread = chardev_has_unread(((MonitorConnection *)l->data)->chr);
    }
    pthread_mutex_unlock(&connections_lock);
    return unread;
}

typedef struct DetachCall {
    MonitorConnection *connection;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
} DetachCall;

static void detach(void *opaque)
{
    DetachCall *call = opaque;

    /* It may have ended by itself meanwhile. */
    if (call->connection->chr) {
        connection_end(call->connection);
    }
    pthread_mutex_lock(&call->lock);
    call->is_done = true;
    pthread_cond_signal(&call->done);
    pthread_mutex_unlock(&call->lock);
}

/* In the chardev's thread; ours waits. The I/O thread never takes the BQL, so this ends. */
static void no_coroutine_fn detach_and_wait(MonitorConnection *connection, EventLoop *loop)
{
    DetachCall call = { .connection = connection };

    pthread_mutex_init(&call.lock, NULL);
    pthread_cond_init(&call.done, NULL);
    if (loop == main_loop()) {
        detach(&call);
    } else {
        event_loop_run_once(loop, detach, &call);
    }
    pthread_mutex_lock(&call.lock);
    while (!call.is_done) {
        pthread_cond_wait(&call.done, &call.lock);
    }
    pthread_mutex_unlock(&call.lock);
    pthread_cond_destroy(&call.done);
    pthread_mutex_destroy(&call.lock);
}

/* The last first: clients of a server end before it does. */
void no_coroutine_fn monitor_disconnect_all(Monitor *monitor)
{
    MonitorConnection *c;

    do {
        EventLoop *loop = NULL;

        pthread_mutex_lock(&connections_lock);
        c = g_queue_peek_tail(&monitor->connections);
        if (c) {
            __atomic_add_fetch(&c->refcount, 1, __ATOMIC_RELAXED);
            loop = chardev_get_loop(c->chr);
        }
        pthread_mutex_unlock(&connections_lock);
        if (c) {
            detach_and_wait(c, loop);
            connection_unref(c);
        }
    } while (c);
}
