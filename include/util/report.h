/*
 * Messages to the person who started the process, and the debug log (-d, -D).
 *
 * Any thread; each message is one write(2), so that messages never interleave. Once there is a main
 * loop a thread writes them, so that a reader who is slow stops nobody; what it cannot keep up with
 * is dropped and counted.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_REPORT_H
#define UTIL_REPORT_H

#include "util/error.h"

#include <stdint.h>

/*
 * "vitrine: TEXT", "vitrine: warning: TEXT", "vitrine: info: TEXT" on stderr. Errors are what ends
 * the process and are written at once; the others, like the log, wait for nobody.
 */
/* Whether each begins with the time, in UTC. Start-up. */
void report_set_timestamps(bool on);
void error_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
void warn_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
void info_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/* The log's items; a bit each. log_items[] names and explains them for `-d help`. */
typedef enum LogItem {
    LOG_GUEST_ERROR = 1 << 0, /* the guest did what the specification does not allow */
    LOG_UNIMP = 1 << 1,       /* the guest asked for something this machine does not have */
    LOG_INT = 1 << 2,         /* traps and interrupts taken */
    LOG_EXEC = 1 << 3,        /* every block executed */
    LOG_MMU = 1 << 4,         /* translation faults */
    LOG_MONITOR = 1 << 5,     /* sessions, requests and replies */
    LOG_RESET = 1 << 6,       /* resets and run-state changes */
} LogItem;

typedef struct LogItemInfo {
    LogItem item;
    const char *name;
    const char *help;
} LogItemInfo;

extern const LogItemInfo log_items[]; /* ends with a NULL name */

/* Bits of LogItem; written only at start-up, before there are threads. */
extern uint32_t log_enabled_mask;

/* Parse "item,item" (or "all"); an unknown item is an error that lists what is accepted. */
bool log_parse_items(const char *text, uint32_t *mask, Error **errp);
void log_set_mask(uint32_t mask);
/* Send the log to @path (created or emptied) instead of stderr. */
bool log_set_file(const char *path, Error **errp);

static inline bool log_enabled(LogItem item)
{
    return G_UNLIKELY(log_enabled_mask & item);
}

/* Write one line (a newline is added) when @item is on. */
#define log_mask(item, ...)                                                                        \
    do {                                                                                           \
        if (log_enabled(item)) {                                                                   \
            log_write(__VA_ARGS__);                                                                \
        }                                                                                          \
    } while (0)

void log_write(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

#endif
