/*
 * Messages on stderr to the person who started the process.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/report.h"
#include "util/write-all.h"

#include <string.h>
#include <unistd.h>

static void report(const char *kind, const char *fmt, va_list args) G_GNUC_PRINTF(2, 0);

static void report(const char *kind, const char *fmt, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    g_autofree char *line = g_strdup_printf("vitrine: %s%s\n", kind, text);

    write_all(STDERR_FILENO, line, strlen(line));
}

void error_report(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    report("", fmt, args);
    va_end(args);
}

void warn_report(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    report("warning: ", fmt, args);
    va_end(args);
}

void info_report(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    report("info: ", fmt, args);
    va_end(args);
}
