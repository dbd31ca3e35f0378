/*
 * The output of HMP commands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-sink.h"
#include "monitor/hmp.h"
#include "monitor/monitor-internal.h"
#include "qapi/qmp-cancel.h"

/* A listing pauses when it has printed so much. */
#define PAUSE_SIZE (16u << 10)

/* Once too much was printed, the rest is dropped and the command asked to end. */
static void cut_off(HmpSink *sink)
{
    static const char note[] = "\r\n(output too long, cut off here)\r\n";
    CancelToken *token = in_coroutine() ? coroutine_get_cancel(coroutine_self()) : NULL;

    g_string_append(sink->text, note);
    if (token) {
        cancel_token_cancel(token, "output too long");
    }
}

static void sink_write(Hmp *hmp, const char *text, size_t len)
{
    HmpSink *sink = container_of(hmp, HmpSink, hmp);
    size_t before = sink->written;
    size_t fits = MIN(len, HMP_OUTPUT_MAX - MIN(before, HMP_OUTPUT_MAX));

    sink->written = before > HMP_OUTPUT_MAX ? before : before + len;
    sink->unpaused += len;
    monitor_append_crlf(sink->text, text, fits);
    if (before <= HMP_OUTPUT_MAX && sink->written > HMP_OUTPUT_MAX) {
        cut_off(sink);
    }
    if (sink->added) {
        sink->added(sink);
    }
}

static bool coroutine_fn sink_pause(Hmp *hmp)
{
    HmpSink *sink = container_of(hmp, HmpSink, hmp);

    if (sink->unpaused < PAUSE_SIZE) {
        return !qmp_is_cancelled();
    }
    sink->unpaused = 0;
    return sink->turn ? sink->turn(sink) : co_pause();
}

void hmp_sink_init(HmpSink *sink, void (*added)(HmpSink *sink))
{
    sink->state = hmp_initial_state;
    sink->hmp = (Hmp){ .write = sink_write, .pause = sink_pause, .state = &sink->state };
    sink->text = g_string_new(NULL);
    sink->written = 0;
    sink->added = added;
    sink->unpaused = 0;
    sink->turn = NULL;
}

void hmp_sink_finish(HmpSink *sink)
{
    g_string_free(sink->text, TRUE);
}

void hmp_sink_restart(HmpSink *sink)
{
    sink->written = 0;
    sink->unpaused = 0;
}
