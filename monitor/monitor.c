/*
 * All monitors of the process: what they have in common, their beginning and their end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/monitor-access.h"
#include "monitor/qmp-latency.h"
#include "monitor/qmp-session.h"
#include "util/io-thread.h"
#include "util/timer.h"

#include <pthread.h>

/* At the end: how long commands may go on, and how long clients may take to read the rest. */
#define DRAIN_FINISH_NS (1 * NS_PER_SEC)
#define DRAIN_READ_NS   (1 * NS_PER_SEC)
#define DRAIN_POLL_NS   (5 * NS_PER_MS)

static const QmpCommandList *commands;
static const MonitorCpuOps *cpu_ops;
static GPtrArray *monitors;
static IoThread *io_thread;
static int preconfig; /* atomic */
static int draining;  /* atomic */

const QmpCommandList *monitor_commands(void)
{
    return commands;
}

void monitor_set_cpu_ops(const MonitorCpuOps *ops)
{
    cpu_ops = ops;
}

const MonitorCpuOps *monitor_cpu_ops(void)
{
    return cpu_ops;
}

void monitor_set_preconfig(bool on)
{
    __atomic_store_n(&preconfig, on, __ATOMIC_RELAXED);
}

bool monitor_preconfig(void)
{
    return __atomic_load_n(&preconfig, __ATOMIC_RELAXED);
}

bool monitors_draining(void)
{
    return __atomic_load_n(&draining, __ATOMIC_RELAXED);
}

EventLoop *monitor_io_loop(void)
{
    if (!io_thread) {
        io_thread = io_thread_create("monitor");
    }
    return io_thread_loop(io_thread);
}

void monitor_append_crlf(GString *out, const char *text, size_t len)
{
    const char *end = text + len;

    while (text < end) {
        const char *newline = memchr(text, '\n', end - text);

        if (!newline) {
            g_string_append_len(out, text, end - text);
            break;
        }
        g_string_append_len(out, text, newline - text);
        g_string_append_len(out, "\r\n", 2);
        text = newline + 1;
    }
}

/* ---- between chardev and session, in the chardev's thread ---- */

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
    .accept = frontend_accept,
};

/* Attach @monitor to @chr; main thread. */
static bool monitor_connect(Monitor *monitor, Chardev *chr, bool released, Error **errp)
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

/* ---- beginning ---- */

static void monitor_free(void *opaque)
{
    Monitor *monitor = opaque;

    if (monitor->options.peers) {
        g_array_unref(monitor->options.peers);
    }
    g_free(monitor);
}

void monitors_init(const QmpCommandList *list)
{
    g_assert(!monitors);
    commands = list;
    monitors = g_ptr_array_new_with_free_func(monitor_free);
    __atomic_store_n(&draining, false, __ATOMIC_RELAXED);
    qmp_event_set_sink(qmp_event_sink);
}

void monitor_options_init(MonitorOptions *options)
{
    *options = (MonitorOptions){
        .readline = true,
        .access = MONITOR_ACCESS_FULL,
        .output_soft = MONITOR_OUTPUT_SOFT,
        .output_hard = MONITOR_OUTPUT_HARD,
        .output_timeout = MONITOR_OUTPUT_TIMEOUT,
    };
}

Monitor *monitor_new(const MonitorOps *ops, Chardev *chr, const MonitorOptions *options,
                     Error **errp)
{
    Monitor *monitor = g_new0(Monitor, 1);

    monitor->ops = ops;
    monitor->chr = chr;
    monitor->options = *options;
    if (options->peers) {
        g_array_ref(options->peers);
    }
    g_queue_init(&monitor->connections);
    if (!monitor_connect(monitor, chr, false, errp)) {
        monitor_free(monitor);
        return NULL;
    }
    g_ptr_array_add(monitors, monitor);
    return monitor;
}

void monitors_foreach(void (*fn)(const Monitor *monitor, void *opaque), void *opaque)
{
    for (guint i = 0; i < monitors->len; i++) {
        fn(g_ptr_array_index(monitors, i), opaque);
    }
}

/* ---- end ---- */

static bool all_idle(void)
{
    for (guint i = 0; i < monitors->len; i++) {
        Monitor *monitor = g_ptr_array_index(monitors, i);

        if (!monitor->ops->is_idle()) {
            return false;
        }
    }
    return true;
}

static void poll_again(void *opaque)
{
    /* Sessions of the I/O thread tell nobody when they are done. */
    timer_arm(opaque, clock_now(CLOCK_HOST) + DRAIN_POLL_NS);
}

static void no_coroutine_fn drain(int64_t timeout_ns)
{
    int64_t deadline = clock_now(CLOCK_HOST) + timeout_ns;
    Timer timer;

    timer_init(&timer, main_loop(), CLOCK_HOST, poll_again, &timer);
    poll_again(&timer);
    while (!all_idle() && clock_now(CLOCK_HOST) < deadline) {
        event_loop_iterate(main_loop(), true);
    }
    timer_finish(&timer);
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
static void no_coroutine_fn detach_all(Monitor *monitor)
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

void no_coroutine_fn monitors_cleanup(void)
{
    if (!monitors) {
        return;
    }
    qmp_events_flush();
    __atomic_store_n(&draining, true, __ATOMIC_RELAXED);
    drain(DRAIN_FINISH_NS);
    for (guint i = 0; i < monitors->len; i++) {
        Monitor *monitor = g_ptr_array_index(monitors, i);

        monitor->ops->cancel("the emulator is shutting down");
    }
    drain(DRAIN_READ_NS);

    qmp_event_set_sink(NULL);
    qmp_events_reset();
    qmp_latency_reset();
    for (guint i = 0; i < monitors->len; i++) {
        detach_all(g_ptr_array_index(monitors, i));
    }
    if (io_thread) {
        io_thread_destroy(io_thread);
        io_thread = NULL;
    }
    /* What was sent to this thread meanwhile gives its references back. */
    event_loop_iterate(main_loop(), false);
    g_ptr_array_unref(monitors);
    monitors = NULL;
    commands = NULL;
}
