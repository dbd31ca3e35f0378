/*
 * The debug log (-d, -D).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/report.h"

#include "util/fdset.h"
#include "util/message.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

const LogItemInfo log_items[] = {
    { LOG_GUEST_ERROR, "guest_errors", "accesses that the guest should not have made" },
    { LOG_UNIMP, "unimp", "things the guest asked for that this machine does not have" },
    { LOG_INT, "int", "traps and interrupts as they are taken" },
    { LOG_EXEC, "exec", "each block of code as it is executed" },
    { LOG_MMU, "mmu", "translation faults" },
    { LOG_MONITOR, "monitor", "monitor sessions, requests and replies" },
    { LOG_RESET, "reset", "resets and changes of the run state" },
    { 0, NULL, NULL },
};

uint32_t log_enabled_mask;

/* O_APPEND: lines of several threads, and of a log rotated by truncation, stay whole. */
static int log_fd = STDERR_FILENO;

static uint32_t item_by_name(const char *name)
{
    const LogItemInfo *info;
    uint32_t all = 0;

    for (info = log_items; info->name; info++) {
        if (strcmp(info->name, name) == 0) {
            return info->item;
        }
        all |= info->item;
    }
    return strcmp(name, "all") == 0 ? all : 0;
}

static char *accepted_items(void)
{
    GString *text = g_string_new("all");
    const LogItemInfo *info;

    for (info = log_items; info->name; info++) {
        g_string_append_printf(text, ", %s", info->name);
    }
    return g_string_free(text, FALSE);
}

bool log_parse_items(const char *text, uint32_t *mask, Error **errp)
{
    /* g_strsplit() makes nothing of "", which is not an item either. */
    g_auto(GStrv) names = g_strsplit(*text ? text : ",", ",", -1);
    uint32_t result = 0;

    for (int i = 0; names[i]; i++) {
        uint32_t item = item_by_name(names[i]);

        if (!item) {
            g_autofree char *accepted = accepted_items();

            error_setg(errp, "unknown log item '%s'; accepted are %s", names[i], accepted);
            return false;
        }
        result |= item;
    }
    *mask = result;
    return true;
}

void log_set_mask(uint32_t mask)
{
    log_enabled_mask = mask;
}

bool log_set_file(const char *path, Error **errp)
{
    int fd = fdset_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);

    if (fd < 0) {
        error_setg_errno(errp, errno, "cannot open log file '%s' for writing", path);
        return false;
    }
    if (log_fd != STDERR_FILENO) {
        close(log_fd);
    }
    log_fd = fd;
    return true;
}

void log_write(const char *fmt, ...)
{
    g_autofree char *text = NULL;
    g_autofree char *line = NULL;
    va_list args;

    va_start(args, fmt);
    text = g_strdup_vprintf(fmt, args);
    va_end(args);
    line = g_strconcat(text, "\n", NULL);
    message_post(log_fd, line);
}
