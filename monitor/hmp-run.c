/*
 * Running one HMP line: find the command, check its arguments, call the handler.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp.h"
#include "monitor/monitor-access.h"
#include "util/report.h"

void hmp_report_unknown(Hmp *hmp, const HmpLookup *found)
{
    g_autofree char *nearest = hmp_nearest_name(found->table, found->last, found->last_len);

    hmp_printf(hmp, "unknown command: '%.*s'\n", (int)found->words_len, found->words);
    if (nearest) {
        hmp_printf(hmp, "Did you mean '%.*s%s'?\n", (int)(found->last - found->words), found->words,
                   nearest);
    }
}

static void coroutine_fn list_sub_table(Hmp *hmp, const HmpLookup *found)
{
    g_autofree char *words = g_strndup(found->words, found->words_len);
    g_autofree char *line = g_strdup_printf("help %s", words);

    hmp_run_line(hmp, line);
}

static bool is_available(const HmpCommand *cmd, const char *name, Error **errp)
{
    if (monitor_preconfig() && !(cmd->rights & QCO_ALLOW_PRECONFIG)) {
        error_setg(errp, "Command '%s' not available until machine initialization has completed.",
                   name);
        return false;
    }
    return true;
}

bool hmp_is_allowed(const Hmp *hmp, const HmpCommand *cmd, const char *name, Error **errp)
{
    return cmd->sub_table || (is_available(cmd, name, errp) &&
                              monitor_access_check(hmp->access, cmd->rights, name, errp));
}

static bool check_allowed(Hmp *hmp, const HmpLookup *found)
{
    g_autofree char *name = g_strndup(found->words, found->words_len);
    Error *err = NULL;

    if (hmp_is_allowed(hmp, found->cmd, name, &err)) {
        return true;
    }
    /* What is not there yet is no matter of access. */
    if (is_available(found->cmd, name, NULL)) {
        monitor_count_refused();
    }
    warn_report("human monitor: %s", error_get_pretty(err));
    hmp_handle_error(hmp, err);
    return false;
}

/* What keeps the main loop is named, also after a wait. */
static void coroutine_fn say_what_runs(const HmpCommand *cmd)
{
    coroutine_set_name(coroutine_self(), cmd->title);
    stall_note(cmd->title);
}

static void coroutine_fn run_command(Hmp *hmp, const HmpLookup *found)
{
    g_autoptr(QDict) args = NULL;
    Error *err = NULL;

    say_what_runs(found->cmd);
    if (!check_allowed(hmp, found)) {
        return;
    }
    args = hmp_args_parse(found->cmd, found->rest, hmp->state, &err);
    if (!args) {
        hmp_printf(hmp, "%s\nTry \"help %.*s\" for more information\n", error_get_pretty(err),
                   (int)found->words_len, found->words);
        error_free(err);
        return;
    }
    if (found->cmd->qmp) {
        hmp_forward(hmp, found->cmd, args);
    } else {
        found->cmd->run(co_context(), hmp, args);
    }
}

void coroutine_fn hmp_run_line(Hmp *hmp, const char *line)
{
    HmpLookup found;

    if (!g_utf8_validate(line, -1, NULL)) {
        hmp_puts(hmp, "the command line is not valid UTF-8\n");
        return;
    }
    found = hmp_lookup(hmp_commands, line);
    switch (found.result) {
    case HMP_LOOKUP_EMPTY:
        if (line[strspn(line, " \t\r\n\v\f")]) {
            hmp_printf(hmp, "unknown command: '%s'\n", line);
        }
        break;
    case HMP_LOOKUP_UNKNOWN:
        stall_note("a command that does not exist");
        hmp_report_unknown(hmp, &found);
        break;
    case HMP_LOOKUP_FOUND:
        if (found.cmd->sub_table) {
            list_sub_table(hmp, &found);
        } else {
            run_command(hmp, &found);
        }
        break;
    }
}
