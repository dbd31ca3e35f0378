/*
 * The progress line of an HMP session.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-progress.h"

#include <string.h>

/* Who is quicker than this needs no comment; and this often it is written anew. */
#define PERIOD_NS (NS_PER_SEC / 2)
/* It must not wrap: then it could not be erased. */
#define LINE_MAX_COLUMNS 79
#define HOW_TO_END       " (Ctrl-C cancels)"
#define ERASE            "\r\033[K"

/* The command's name, as far as that is ASCII. */
static int name_length(const char *line)
{
    int len = 0;

    while (len < 24 && g_ascii_isgraph(line[len])) {
        len++;
    }
    return len;
}

static void append_share(GString *text, const Coroutine *co)
{
    uint64_t done, total;

    if (coroutine_get_progress(co, &done, &total)) {
        g_string_append_printf(text, "%.0f %% ", 100.0 * (double)MIN(done, total) / (double)total);
    }
}

static void show(HmpProgress *p)
{
    double seconds = (double)(clock_now(CLOCK_HOST) - p->began) / NS_PER_SEC;
    const char *line = p->line + strspn(p->line, " \t");
    const char *what = coroutine_waits_for(p->co);
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "%.*s: ", name_length(line), line);
    append_share(text, p->co);
    g_string_append_printf(text, "after %.1f s", seconds);
    if (what) {
        g_string_append_printf(text, ", waiting for %s", what);
    }
    g_string_truncate(text, MIN(text->len, LINE_MAX_COLUMNS - strlen(HOW_TO_END)));
    g_string_append(text, HOW_TO_END);
    g_string_prepend(text, ERASE);
    out_buffer_write(p->out, text->str, text->len);
    p->shown = true;
}

static void tick(void *opaque)
{
    HmpProgress *p = opaque;

    /* Who does not read sees nothing of it either. */
    if (p->watched && p->line_start && !out_buffer_pending(p->out)) {
        show(p);
    }
    timer_arm(&p->timer, clock_now(CLOCK_HOST) + PERIOD_NS);
}

void hmp_progress_init(HmpProgress *p, OutBuffer *out, bool wanted)
{
    *p = (HmpProgress){ .out = out, .wanted = wanted };
    timer_init(&p->timer, main_loop(), CLOCK_HOST, tick, p);
}

void hmp_progress_finish(HmpProgress *p)
{
    timer_finish(&p->timer);
}

void hmp_progress_watch(HmpProgress *p, bool watched)
{
    if (!watched) {
        hmp_progress_erase(p);
    }
    p->watched = watched;
}

void coroutine_fn hmp_progress_begin(HmpProgress *p, const char *line)
{
    p->line = line;
    p->co = coroutine_self();
    p->line_start = true;
    p->began = clock_now(CLOCK_HOST);
    if (p->wanted) {
        timer_arm(&p->timer, p->began + PERIOD_NS);
    }
}

void hmp_progress_end(HmpProgress *p)
{
    timer_disarm(&p->timer);
    hmp_progress_erase(p);
}

void hmp_progress_erase(HmpProgress *p)
{
    if (p->shown) {
        out_buffer_write(p->out, ERASE, strlen(ERASE));
        p->shown = false;
    }
}

void hmp_progress_printed(HmpProgress *p, const char *text, size_t len)
{
    p->line_start = text[len - 1] == '\n';
}
