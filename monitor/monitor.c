/*
 * All monitors of the process: what they have in common, their beginning and their end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/monitor-internal.h"
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

static size_t frontend_can_read(void *opaque)
{
    Monitor *monitor = opaque;

    return monitor->session ? monitor->ops->can_read(monitor->session) : 0;
}

static void frontend_read(void *opaque, const uint8_t *bytes, size_t len)
{
    Monitor *monitor = opaque;

    if (monitor->session) {
        monitor->ops->read(monitor->session, (const char *)bytes, len);
    }
}

static void frontend_writable(void *opaque)
{
    Monitor *monitor = opaque;

    if (monitor->session) {
        monitor->ops->writable(monitor->session);
    }
}

static void close_session(Monitor *monitor)
{
    if (monitor->session) {
        monitor->ops->close(monitor->session);
        monitor->session = NULL;
    }
}

static void frontend_event(void *opaque, ChardevEvent event)
{
    Monitor *monitor = opaque;

    close_session(monitor);
    if (event == CHARDEV_OPENED && !monitors_draining()) {
        monitor->session = monitor->ops->open(monitor);
    }
}

static const ChardevFrontend frontend = {
    .can_read = frontend_can_read,
    .read = frontend_read,
    .event = frontend_event,
    .writable = frontend_writable,
};

/* ---- beginning ---- */

void monitors_init(const QmpCommandList *list)
{
    g_assert(!monitors);
    commands = list;
    monitors = g_ptr_array_new_with_free_func(g_free);
    __atomic_store_n(&draining, false, __ATOMIC_RELAXED);
    qmp_event_set_sink(qmp_event_sink);
}

Monitor *monitor_new(const MonitorOps *ops, Chardev *chr, bool pretty, bool readline, Error **errp)
{
    Monitor *monitor = g_new0(Monitor, 1);

    monitor->ops = ops;
    monitor->chr = chr;
    monitor->pretty = pretty;
    monitor->readline = readline;
    if (!chardev_attach(chr, &frontend, monitor, NULL, errp)) {
        g_free(monitor);
        return NULL;
    }
    g_ptr_array_add(monitors, monitor);
    return monitor;
}

/* ---- end ---- */

static bool all_idle(void)
{
    for (guint i = 0; i < monitors->len; i++) {
        Monitor *monitor = g_ptr_array_index(monitors, i);

        if (!monitor->ops->is_idle(monitor)) {
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
    Monitor *monitor;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
} DetachCall;

static void detach(void *opaque)
{
    DetachCall *call = opaque;

    chardev_detach(call->monitor->chr);
    close_session(call->monitor);
    /* The chardev outlives the I/O thread. */
    chardev_set_loop(call->monitor->chr, main_loop());
    pthread_mutex_lock(&call->lock);
    call->is_done = true;
    pthread_cond_signal(&call->done);
    pthread_mutex_unlock(&call->lock);
}

/* In the chardev's thread; ours waits. The I/O thread never takes the BQL, so this ends. */
static void no_coroutine_fn detach_and_wait(Monitor *monitor)
{
    EventLoop *loop = chardev_get_loop(monitor->chr);
    DetachCall call = { .monitor = monitor };

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

void no_coroutine_fn monitors_cleanup(void)
{
    if (!monitors) {
        return;
    }
    __atomic_store_n(&draining, true, __ATOMIC_RELAXED);
    drain(DRAIN_FINISH_NS);
    for (guint i = 0; i < monitors->len; i++) {
        Monitor *monitor = g_ptr_array_index(monitors, i);

        monitor->ops->cancel(monitor, "the emulator is shutting down");
    }
    drain(DRAIN_READ_NS);

    qmp_event_set_sink(NULL);
    for (guint i = 0; i < monitors->len; i++) {
        detach_and_wait(g_ptr_array_index(monitors, i));
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
