/*
 * All monitors of the process: what they have in common, their beginning and their end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-latency.h"
#include "monitor/qmp-session.h"
#include "util/io-thread.h"
#include "util/timer.h"

#include <pthread.h>

/* At the end: how long commands may go on, and how long clients may take to read the rest. */
#define DRAIN_FINISH_NS (1 * NS_PER_SEC)
#define DRAIN_READ_NS   (1 * NS_PER_SEC)
#define DRAIN_TAKE_NS   (100 * NS_PER_MS)
#define DRAIN_POLL_NS   (1 * NS_PER_MS)

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

int64_t monitor_session_number(void)
{
    static int64_t sessions_made;

    return __atomic_add_fetch(&sessions_made, 1, __ATOMIC_RELAXED);
}

bool monitors_draining(void)
{
    return __atomic_load_n(&draining, __ATOMIC_RELAXED);
}

EventLoop *monitor_io_loop(void)
{
    if (!io_thread) {
        io_thread = io_thread_try_create("monitor");
    }
    return io_thread ? io_thread_loop(io_thread) : NULL;
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

/* Sent is not received: closing a socket may destroy what is on its way. */
static bool all_taken(void)
{
    for (guint i = 0; i < monitors->len; i++) {
        if (monitor_has_unread(g_ptr_array_index(monitors, i))) {
            return false;
        }
    }
    return true;
}

/* Until @done says so. */
static void no_coroutine_fn drain(bool (*done)(void), int64_t timeout_ns)
{
    int64_t deadline = clock_now(CLOCK_HOST) + timeout_ns;
    Timer timer;

    timer_init(&timer, main_loop(), CLOCK_HOST, poll_again, &timer);
    poll_again(&timer);
    while (!done() && clock_now(CLOCK_HOST) < deadline) {
        event_loop_iterate(main_loop(), true);
    }
    timer_finish(&timer);
}

void no_coroutine_fn monitors_cleanup(void)
{
    if (!monitors) {
        return;
    }
    qmp_events_flush();
    __atomic_store_n(&draining, true, __ATOMIC_RELAXED);
    drain(all_idle, DRAIN_FINISH_NS);
    for (guint i = 0; i < monitors->len; i++) {
        Monitor *monitor = g_ptr_array_index(monitors, i);

        monitor->ops->cancel("the emulator is shutting down");
    }
    drain(all_idle, DRAIN_READ_NS);
    drain(all_taken, DRAIN_TAKE_NS);

    qmp_event_set_sink(NULL);
    qmp_events_reset();
    qmp_latency_reset();
    for (guint i = 0; i < monitors->len; i++) {
        monitor_disconnect_all(g_ptr_array_index(monitors, i));
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
