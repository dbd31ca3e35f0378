/*
 * Options about the process: its name, clock, messages, limits and what ends it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "options-internal.h"

#include "qapi/keyval.h"
#include "system/runstate.h"
#include "util/fdset.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

const OptionParam name_params[] = { { "guest", STRING }, { "debug-threads", BOOLEAN }, { NULL } };

bool opt_name(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, "guest", name_params, errp);

    if (!dict || !config_get_bool(dict, "debug-threads", &config->name_threads, errp)) {
        return false;
    }
    return config_set_text(&config->name, qdict_get_str(dict, "guest"));
}

const OptionParam overcommit_params[] = { { "mem-lock", BOOLEAN }, { NULL } };

bool opt_overcommit(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, NULL, overcommit_params, errp);

    return dict && config_get_bool(dict, "mem-lock", &config->lock_memory, errp);
}

/* ---- the clock ---- */

const OptionParam rtc_params[] = { { "base", STRING }, { "clock", STRING }, { NULL } };

static bool parse_clock(const char *text, RtcClock *clock, Error **errp)
{
    static const char *const names[] = { "host", "rt", "vm" };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(text, names[i])) {
            *clock = (RtcClock)i;
            return true;
        }
    }
    error_setg(errp, "Parameter 'clock' expects 'host', 'rt' or 'vm', not '%s'", text);
    return false;
}

static bool parse_base(const char *text, RtcBase *base, Error **errp)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autofree char *full = NULL;
    g_autoptr(GDateTime) date = NULL;

    if (g_str_equal(text, "utc") || g_str_equal(text, "localtime")) {
        base->kind = text[0] == 'u' ? RTC_BASE_UTC : RTC_BASE_LOCALTIME;
        return true;
    }
    full = g_strconcat(text, strchr(text, 'T') ? "" : "T00:00:00", NULL);
    date = g_date_time_new_from_iso8601(full, utc);
    /* What follows must fit into nanoseconds for some time to come. */
    if (!date || g_date_time_get_year(date) < 1970 || g_date_time_get_year(date) > 2200) {
        error_setg(errp,
                   "Parameter 'base' expects 'utc', 'localtime' or a date such as "
                   "2006-06-17T16:01:21, not '%s'",
                   text);
        return false;
    }
    *base = (RtcBase){ .kind = RTC_BASE_DATE, .date = g_date_time_to_unix(date) };
    return true;
}

bool opt_rtc(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, NULL, rtc_params, errp);
    const char *base = dict ? qdict_get_str(dict, "base") : NULL;
    const char *clock = dict ? qdict_get_str(dict, "clock") : NULL;

    return dict && (!base || parse_base(base, &config->rtc_base, errp)) &&
           (!clock || parse_clock(clock, &config->rtc_clock, errp));
}

/* ---- what the firmware starts from ---- */

const OptionParam boot_params[] = { { "strict", BOOLEAN }, { "menu", BOOLEAN }, { NULL } };

bool opt_boot(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, NULL, boot_params, errp);

    return dict && config_get_bool(dict, "strict", &config->boot_strict, errp) &&
           config_get_bool(dict, "menu", &config->boot_menu, errp);
}

/* ---- sound ---- */

const OptionParam audiodev_params[] = { { "driver", STRING }, { "id", STRING }, { NULL } };

static bool check_audiodev(const QDict *dict, Error **errp)
{
    const char *driver = qdict_get_str(dict, "driver");

    if (g_strcmp0(driver, "none") != 0) {
        error_setg(errp,
                   driver ? "Parameter 'driver' does not accept value '%s'; accepted is: none"
                          : "Parameter 'driver' is missing%s",
                   driver ?: "");
        return false;
    }
    if (!qdict_get_str(dict, "id")) {
        error_setg(errp, "Parameter 'id' is missing");
        return false;
    }
    return true;
}

/* Sound that nobody hears: there is nothing to set up, but the id can be referred to. */
bool opt_audiodev(Config *config, const char *arg, Error **errp)
{
    bool is_json;
    g_autoptr(QDict) dict = keyval_parse_or_json(arg, "driver", &is_json, errp);

    if (!dict || !config_check_keys(dict, audiodev_params, errp) || !check_audiodev(dict, errp)) {
        return false;
    }
    if (!g_hash_table_add(config->audiodevs, g_strdup(qdict_get_str(dict, "id")))) {
        error_setg(errp, "Duplicate ID '%s' for audiodev", qdict_get_str(dict, "id"));
        return false;
    }
    return true;
}

/* ---- messages ---- */

const OptionParam msg_params[] = { { "timestamp", BOOLEAN }, { NULL } };

bool opt_msg(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, NULL, msg_params, errp);

    return dict && config_get_bool(dict, "timestamp", &config->timestamps, errp);
}

/* ---- limits ---- */

const OptionParam sandbox_params[] = {
    { "enable", BOOLEAN }, { "obsolete", STRING },        { "elevateprivileges", STRING },
    { "spawn", STRING },   { "resourcecontrol", STRING }, { NULL },
};

/* @children: what "children" means; 0: is not accepted. */
static bool get_denied(const QDict *dict, const char *key, SandboxFlags *flags, SandboxFlags denied,
                       SandboxFlags children, Error **errp)
{
    const char *text = qdict_get_str(dict, key);

    if (!text) {
        return true;
    }
    *flags &= ~(denied | children);
    if (g_str_equal(text, "deny")) {
        *flags |= denied;
    } else if (children && g_str_equal(text, "children")) {
        *flags |= children;
    } else if (!g_str_equal(text, "allow")) {
        error_setg(errp, "Parameter '%s' expects 'allow'%s or 'deny', not '%s'", key,
                   children ? ", 'children'" : "", text);
        return false;
    }
    return true;
}

bool opt_sandbox(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, "enable", sandbox_params, errp);
    SandboxFlags flags = SANDBOX_DENY_OBSOLETE;
    bool enable = false;

    if (!dict || !config_get_bool(dict, "enable", &enable, errp) ||
        !get_denied(dict, "obsolete", &flags, SANDBOX_DENY_OBSOLETE, 0, errp) ||
        !get_denied(dict, "elevateprivileges", &flags, SANDBOX_DENY_ELEVATE,
                    SANDBOX_NO_NEW_PRIVILEGES, errp) ||
        !get_denied(dict, "spawn", &flags, SANDBOX_DENY_SPAWN, 0, errp) ||
        !get_denied(dict, "resourcecontrol", &flags, SANDBOX_DENY_RESOURCE, 0, errp)) {
        return false;
    }
    config->sandbox = enable;
    config->sandbox_flags = flags;
    return true;
}

/* ---- what ends it ---- */

const OptionParam action_params[] = { { "reboot", STRING }, { "shutdown", STRING }, { NULL } };

static bool get_action(const QDict *dict, const char *key, const QEnumLookup *lookup, int *value,
                       Error **errp)
{
    const char *text = qdict_get_str(dict, key);
    int parsed = text ? qapi_enum_parse(lookup, text, -1, errp) : *value;

    if (parsed < 0) {
        error_prepend(errp, "Parameter '%s': ", key);
        return false;
    }
    *value = parsed;
    return true;
}

bool opt_action(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, NULL, action_params, errp);
    int reboot = config->no_reboot, shutdown = config->no_shutdown;

    if (!dict || !get_action(dict, "reboot", &RebootAction_lookup, &reboot, errp) ||
        !get_action(dict, "shutdown", &ShutdownAction_lookup, &shutdown, errp)) {
        return false;
    }
    config->no_reboot = reboot == REBOOT_ACTION_SHUTDOWN;
    config->no_shutdown = shutdown == SHUTDOWN_ACTION_PAUSE;
    return true;
}

bool opt_no_reboot(Config *config, const char *arg, Error **errp)
{
    return opt_action(config, "reboot=shutdown", errp);
}

bool opt_no_shutdown(Config *config, const char *arg, Error **errp)
{
    return opt_action(config, "shutdown=pause", errp);
}

/* ---- what somebody else has opened ---- */

const OptionParam add_fd_params[] = {
    { "set", NUMBER },
    { "fd", NUMBER },
    { "opaque", STRING },
    { NULL },
};

static bool get_number(const QDict *dict, const char *key, uint64_t max, uint64_t *value,
                       Error **errp)
{
    const char *text = qdict_get_str(dict, key);

    if (!text || !g_ascii_string_to_unsigned(text, 10, 0, max, value, NULL)) {
        error_setg(errp,
                   "Parameter '%s' expects a number from 0 to %" G_GUINT64_FORMAT ", not '%s'", key,
                   max, text ?: "");
        return false;
    }
    return true;
}

bool opt_add_fd(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, NULL, add_fd_params, errp);
    uint64_t set, fd;
    int flags;

    if (!dict || !get_number(dict, "set", INT64_MAX, &set, errp) ||
        !get_number(dict, "fd", INT_MAX, &fd, errp)) {
        return false;
    }
    if (fd <= STDERR_FILENO) {
        error_setg(errp, "fd cannot be a standard I/O stream");
        return false;
    }
    flags = fcntl((int)fd, F_GETFD);
    /* Our own are closed on exec; what was inherited is not, unless it was given before. */
    if (flags < 0 || (flags & FD_CLOEXEC)) {
        error_setg(errp, "fd is not valid or already in use");
        return false;
    }
    fcntl((int)fd, F_SETFD, flags | FD_CLOEXEC);
    fdset_add((int64_t)set, (int)fd, qdict_get_str(dict, "opaque"));
    return true;
}
