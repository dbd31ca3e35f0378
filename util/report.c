/*
 * Messages on stderr to the person who started the process.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/report.h"
#include "util/message.h"

#include <unistd.h>

static bool timestamps;

void report_set_timestamps(bool on)
{
    timestamps = on;
}

/* "2022-11-25T12:34:56.123456Z ", or nothing; g_free(). */
static char *prefix(void)
{
    g_autoptr(GDateTime) now = timestamps ? g_date_time_new_now_utc() : NULL;

    return now ? g_date_time_format(now, "%Y-%m-%dT%H:%M:%S.%fZ ") : g_strdup("");
}

typedef void WriteFn(int fd, const char *line);

static void report(WriteFn *write, const char *kind, const char *fmt, va_list args)
    G_GNUC_PRINTF(3, 0);

static void report(WriteFn *write, const char *kind, const char *fmt, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    g_autofree char *when = prefix();
    g_autofree char *line = g_strdup_printf("%svitrine: %s%s\n", when, kind, text);

    write(STDERR_FILENO, line);
}

void error_report(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    report(message_write_now, "", fmt, args);
    va_end(args);
}

void warn_report(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    report(message_post, "warning: ", fmt, args);
    va_end(args);
}

void info_report(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    report(message_post, "info: ", fmt, args);
    va_end(args);
}
