/*
 * What a person sees while an HMP command waits: a line that is rewritten in place, with what it
 * waits for, for how long, and how to end it.
 *
 * It comes when the command has run for a while, and goes before anything else is written. Main
 * loop, BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_HMP_PROGRESS_H
#define MONITOR_HMP_PROGRESS_H

#include "monitor/out-buffer.h"
#include "util/coroutine.h"

typedef struct HmpProgress {
    /* private */
    OutBuffer *out;
    bool wanted;  /* somebody may look */
    bool watched; /* and does */
    bool shown;
    bool line_start; /* what the command has printed ends with a new line */
    Timer timer;
    int64_t began;
    Coroutine *co;
    const char *line;
} HmpProgress;

/* Without @wanted, on pipes and for scripts, nothing is ever shown. */
void hmp_progress_init(HmpProgress *p, OutBuffer *out, bool wanted);
void hmp_progress_finish(HmpProgress *p);

/* Whether the terminal shows this session, or another that shares it. Initially not. */
void hmp_progress_watch(HmpProgress *p, bool watched);

/* The running coroutine begins with the command in @line, which stays until it ends. */
void coroutine_fn hmp_progress_begin(HmpProgress *p, const char *line);
void hmp_progress_end(HmpProgress *p);
/* Something is about to be written. */
void hmp_progress_erase(HmpProgress *p);
/* The command has printed @text. */
void hmp_progress_printed(HmpProgress *p, const char *text, size_t len);

#endif
