/*
 * -mon, -monitor, -qmp and -qmp-pretty.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "options-internal.h"

#include "qapi/keyval.h"
#include "util/id.h"
#include "util/timer.h"

/* A reply of ordinary size has to fit. */
#define OUTPUT_MIN ((uint64_t)4 << 10)
#define OUTPUT_MAX ((uint64_t)1 << 30)

bool opt_qmp(Config *config, const char *arg, Error **errp)
{
    config_add_monitor(config, true, arg);
    return true;
}

bool opt_qmp_pretty(Config *config, const char *arg, Error **errp)
{
    config_add_monitor(config, true, arg)->options.pretty = true;
    return true;
}

bool opt_monitor(Config *config, const char *arg, Error **errp)
{
    config_add_monitor(config, false, arg);
    return true;
}

/* ---- -mon ---- */

static bool parse_mode(const QDict *dict, bool *qmp, Error **errp)
{
    const char *mode = qdict_get_str(dict, "mode");
    int value = mode ? qapi_enum_parse(&MonitorMode_lookup, mode, -1, NULL) : MONITOR_MODE_READLINE;

    if (value < 0) {
        error_setg(errp, "Parameter 'mode' expects 'readline' or 'control', not '%s'", mode);
        return false;
    }
    *qmp = value == MONITOR_MODE_CONTROL;
    return true;
}

static bool parse_pretty(const QDict *dict, bool qmp, bool *pretty, Error **errp)
{
    if (!config_get_bool(dict, "pretty", pretty, errp)) {
        return false;
    }
    if (*pretty && !qmp) {
        error_setg(errp, "Parameter 'pretty' goes with mode=control only");
        return false;
    }
    return true;
}

static bool parse_access(const QDict *dict, MonitorAccess *access, Error **errp)
{
    const char *text = qdict_get_str(dict, "access");
    int value = text ? qapi_enum_parse(&MonitorAccess_lookup, text, -1, NULL) : (int)*access;

    if (value < 0) {
        error_setg(errp, "Parameter 'access' expects 'full', 'read-only' or 'no-screen', not '%s'",
                   text);
        return false;
    }
    *access = value;
    return true;
}

/* NUMBER:NUMBER... */
static bool parse_peers(const QDict *dict, GArray **peers, Error **errp)
{
    const char *text = qdict_get_str(dict, "peers");
    g_auto(GStrv) words = text ? g_strsplit(text, ":", 0) : NULL;

    if (!text) {
        return true;
    }
    *peers = g_array_new(FALSE, FALSE, sizeof(uid_t));
    for (char **word = words; *word || word == words; word++) {
        uint64_t uid;

        if (!*word || !g_ascii_string_to_unsigned(*word, 10, 0, G_MAXUINT32 - 1, &uid, NULL)) {
            error_setg(errp,
                       "Parameter 'peers' expects numbers of users with colons between them, "
                       "such as 0:1000, not '%s'",
                       text);
            return false;
        }
        g_array_append_val(*peers, (uid_t){ (uid_t)uid });
    }
    return true;
}

static bool parse_limit(const QDict *dict, const char *key, size_t *limit, Error **errp)
{
    const char *text = qdict_get_str(dict, key);
    uint64_t size;

    if (!text) {
        return true;
    }
    if (!parse_size(text, 'B', &size, NULL) || size < OUTPUT_MIN || size > OUTPUT_MAX) {
        error_setg(errp, "Parameter '%s' expects a size from 4k to 1G, not '%s'", key, text);
        return false;
    }
    *limit = (size_t)size;
    return true;
}

static bool parse_timeout(const QDict *dict, int64_t *timeout_ns, Error **errp)
{
    const char *text = qdict_get_str(dict, "output-timeout");
    uint64_t seconds;

    if (!text) {
        return true;
    }
    if (!g_ascii_string_to_unsigned(text, 10, 1, 86400, &seconds, NULL)) {
        error_setg(errp, "Parameter 'output-timeout' expects seconds, from 1 to 86400, not '%s'",
                   text);
        return false;
    }
    *timeout_ns = (int64_t)seconds * NS_PER_SEC;
    return true;
}

static bool parse_output(const QDict *dict, MonitorOptions *options, Error **errp)
{
    if (!parse_limit(dict, "output-soft", &options->output_soft, errp) ||
        !parse_limit(dict, "output-hard", &options->output_hard, errp) ||
        !parse_timeout(dict, &options->output_timeout, errp)) {
        return false;
    }
    if (options->output_soft > options->output_hard) {
        error_setg(errp,
                   "Parameter 'output-soft' (%zu) expects at most the value of "
                   "'output-hard' (%zu)",
                   options->output_soft, options->output_hard);
        return false;
    }
    return true;
}

const OptionParam mon_params[] = {
    { "chardev", STRING },      { "mode", STRING },           { "pretty", BOOLEAN },
    { "id", STRING },           { "access", STRING },         { "peers", STRING },
    { "output-soft", SIZE },    { "output-hard", SIZE },      { "output-timeout", NUMBER },
    { NULL },
};

bool opt_mon(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, "chardev", mon_params, errp);
    MonitorConfig *mon;

    if (!dict) {
        return false;
    }
    if (!qdict_get_str(dict, "chardev")) {
        error_setg(errp, "Parameter 'chardev' is missing");
        return false;
    }
    if (qdict_get_str(dict, "id") && !id_check(qdict_get_str(dict, "id"), errp)) {
        return false;
    }
    mon = config_add_monitor(config, false, NULL);
    mon->chardev = g_strdup(qdict_get_str(dict, "chardev"));
    return parse_mode(dict, &mon->qmp, errp) &&
           parse_pretty(dict, mon->qmp, &mon->options.pretty, errp) &&
           parse_access(dict, &mon->options.access, errp) &&
           parse_peers(dict, &mon->options.peers, errp) && parse_output(dict, &mon->options, errp);
}
