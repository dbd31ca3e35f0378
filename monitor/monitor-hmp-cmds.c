/*
 * HMP commands of the monitor itself: help, info version, print.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-commands.h"
#include "monitor/hmp.h"
#include "monitor/monitor-internal.h"

#include <inttypes.h>
#include <string.h>

void coroutine_fn hmp_info_version(Hmp *hmp, const QDict *args)
{
    hmp_printf(hmp, "vitrine %s (QMP as of %d.%d.%d)\n", VITRINE_VERSION, QMP_LEVEL_MAJOR,
               QMP_LEVEL_MINOR, QMP_LEVEL_MICRO);
}

/* Commands with more to type than this stand out of the column. */
#define USAGE_MAX_WIDTH 36

/* @parent, @parent_len: the words before the command's name, with a space after them. g_free(). */
static char *usage_text(const HmpCommand *cmd, const char *parent, size_t parent_len)
{
    return g_strdup_printf("%.*s%s %s", (int)parent_len, parent, cmd->name, cmd->params);
}

static void help_one(Hmp *hmp, const HmpCommand *cmd, const char *parent, size_t parent_len,
                     size_t width)
{
    g_autofree char *usage = usage_text(cmd, parent, parent_len);

    hmp_printf(hmp, "%-*s -- %s\n", (int)width, usage, cmd->help);
}

static void coroutine_fn help_table(Hmp *hmp, const HmpCommand *table, const char *parent,
                                    size_t parent_len)
{
    size_t width = 0;

    for (const HmpCommand *cmd = table; cmd->name; cmd++) {
        g_autofree char *usage = usage_text(cmd, parent, parent_len);
        size_t len = strlen(usage);

        width = len <= USAGE_MAX_WIDTH ? MAX(width, len) : width;
    }
    for (const HmpCommand *cmd = table; cmd->name && hmp_pause(hmp); cmd++) {
        if (hmp_is_allowed(hmp, cmd, cmd->name, NULL)) {
            help_one(hmp, cmd, parent, parent_len, width);
        }
    }
}

void coroutine_fn hmp_help(Hmp *hmp, const QDict *args)
{
    const char *name = qdict_get_str(args, "name");
    HmpLookup found;

    if (!name) {
        help_table(hmp, hmp_commands, "", 0);
        return;
    }
    found = hmp_lookup(hmp_commands, name);
    if (found.result == HMP_LOOKUP_UNKNOWN) {
        hmp_report_unknown(hmp, &found);
    } else if (found.result == HMP_LOOKUP_EMPTY) {
        hmp_printf(hmp, "unknown command: '%s'\n", name);
    } else if (found.cmd->sub_table) {
        g_autofree char *parent = g_strdup_printf("%.*s ", (int)found.words_len, found.words);

        help_table(hmp, found.cmd->sub_table, parent, strlen(parent));
    } else {
        help_one(hmp, found.cmd, found.words, found.last - found.words, 0);
    }
}

/* A number as a character constant: printable ones as they are, others escaped. */
static void print_char(Hmp *hmp, uint64_t value)
{
    switch (value) {
    case '\'':
        hmp_puts(hmp, "'\\''\n");
        break;
    case '\\':
        hmp_puts(hmp, "'\\\\'\n");
        break;
    case '\n':
        hmp_puts(hmp, "'\\n'\n");
        break;
    case '\r':
        hmp_puts(hmp, "'\\r'\n");
        break;
    default:
        if (value >= ' ' && value <= '~') {
            hmp_printf(hmp, "'%c'\n", (char)value);
        } else {
            hmp_printf(hmp, "'\\x%02" PRIx64 "'\n", value);
        }
    }
}

void coroutine_fn hmp_print(Hmp *hmp, const QDict *args)
{
    int64_t value = qdict_get_int(args, "val", 0);

    switch (qdict_get_int(args, "format", 'x')) {
    case 'o':
        hmp_printf(hmp, "%#" PRIo64 "\n", (uint64_t)value);
        break;
    case 'x':
        hmp_printf(hmp, "%#" PRIx64 "\n", (uint64_t)value);
        break;
    case 'u':
        hmp_printf(hmp, "%" PRIu64 "\n", (uint64_t)value);
        break;
    case 'c':
        print_char(hmp, (uint64_t)value);
        break;
    default: /* d, and i as x/i leaves it behind */
        hmp_printf(hmp, "%" PRId64 "\n", value);
        break;
    }
}
