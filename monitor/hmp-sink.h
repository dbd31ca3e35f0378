/*
 * Where an HMP command prints to: text with CR LF line ends, up to a bound of what nobody has read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_HMP_SINK_H
#define MONITOR_HMP_SINK_H

#include "qapi/hmp.h"

typedef struct HmpSink {
    Hmp hmp;
    HmpState state;
    GString *text;
    size_t written;  /* by the present command since its beginning or hmp_sink_restart() */
    size_t unpaused; /* and since it last paused */
    /* Called after text was added; NULL: the owner looks when the command is done. */
    void (*added)(struct HmpSink *sink);
    /* A listing pauses: instead of a turn of the loop; NULL: nothing else. False when cancelled. */
    bool coroutine_fn (*turn)(struct HmpSink *sink);
} HmpSink;

void hmp_sink_init(HmpSink *sink, void (*added)(HmpSink *sink));
void hmp_sink_finish(HmpSink *sink);
/* A new command begins, or what was printed is sent: count anew. */
void hmp_sink_restart(HmpSink *sink);

#endif
