/*
 * The value of -vnc.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/vnc-internal.h"

#include "qapi/keyval.h"

#include <string.h>

#define PORT_BASE   5900
#define DISPLAY_MAX (65535 - PORT_BASE)

static const char *const known[] = { "vnc", "id", "to", "password", "share", "audiodev", NULL };

void vnc_options_free(VncOptions *options)
{
    g_free(options->id);
    g_free(options->path);
    g_free(options->host);
    g_free(options->audiodev);
    g_free(options);
}

const char *vnc_options_audiodev(const VncOptions *options)
{
    return options->audiodev;
}

static bool check_keys(const QDict *dict, Error **errp)
{
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        if (!g_strv_contains(known, qdict_entry_key(e))) {
            g_autofree char *accepted = g_strjoinv(", ", (char **)known);

            error_setg(errp, "Invalid parameter '%s'; accepted are: %s", qdict_entry_key(e),
                       accepted);
            return false;
        }
        if (!qdict_get_str(dict, qdict_entry_key(e))) {
            error_setg(errp, "Parameter '%s' expects a plain value", qdict_entry_key(e));
            return false;
        }
    }
    return true;
}

static bool parse_display(const char *text, const char *what, unsigned *port, Error **errp)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(text, 10, 0, DISPLAY_MAX, &number, NULL)) {
        error_setg(errp, "%s expects a display number from 0 (port %d) to %d, not '%s'", what,
                   PORT_BASE, DISPLAY_MAX, text);
        return false;
    }
    *port = PORT_BASE + number;
    return true;
}

/* "HOST:DISPLAY"; the host may be empty, or an IPv6 address in brackets. */
static bool parse_host(VncOptions *options, const char *where, Error **errp)
{
    const char *colon = strrchr(where, ':');
    size_t len = colon ? (size_t)(colon - where) : 0;

    if (!colon) {
        error_setg(errp,
                   "no vnc port specified in '%s'; accepted are HOST:DISPLAY, :DISPLAY, "
                   "unix:PATH and none",
                   where);
        return false;
    }
    if (len >= 2 && where[0] == '[' && where[len - 1] == ']') {
        options->host = g_strndup(where + 1, len - 2);
    } else {
        options->host = g_strndup(where, len);
    }
    return parse_display(colon + 1, "Parameter 'vnc'", &options->port, errp);
}

static bool parse_ports(VncOptions *options, const char *where, const char *to, Error **errp)
{
    if (!parse_host(options, where, errp)) {
        return false;
    }
    options->port_to = options->port;
    if (to && !parse_display(to, "Parameter 'to'", &options->port_to, errp)) {
        return false;
    }
    if (options->port_to < options->port) {
        error_setg(errp, "Parameter 'to' expects a display number that is not below %u",
                   options->port - PORT_BASE);
        return false;
    }
    return true;
}

static bool parse_where(VncOptions *options, const QDict *dict, Error **errp)
{
    const char *where = qdict_get_str(dict, "vnc");
    const char *to = qdict_get_str(dict, "to");

    if (!where) {
        error_setg(
            errp,
            "Parameter 'vnc' is missing; accepted are HOST:DISPLAY, :DISPLAY, unix:PATH and none");
        return false;
    }
    options->nowhere = g_str_equal(where, "none");
    if (!options->nowhere && !g_str_has_prefix(where, "unix:")) {
        return parse_ports(options, where, to, errp);
    }
    if (to) {
        error_setg(errp, "Parameter 'to' goes with HOST:DISPLAY only");
        return false;
    }
    if (!options->nowhere && !where[strlen("unix:")]) {
        error_setg(errp, "Parameter 'vnc' expects a path after 'unix:'");
        return false;
    }
    options->path = options->nowhere ? NULL : g_strdup(where + strlen("unix:"));
    return true;
}

static bool parse_share(VncOptions *options, const char *text, Error **errp)
{
    static const char *const names[] = {
        [VNC_SHARE_ALLOW_EXCLUSIVE] = "allow-exclusive",
        [VNC_SHARE_FORCE_SHARED] = "force-shared",
        [VNC_SHARE_IGNORE] = "ignore",
    };

    for (size_t i = 0; text && i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(text, names[i])) {
            options->share = i;
            return true;
        }
    }
    if (text) {
        error_setg(errp,
                   "Parameter 'share' expects 'allow-exclusive', 'force-shared' or 'ignore', "
                   "not '%s'",
                   text);
    }
    return !text;
}

static bool parse_password(VncOptions *options, const char *text, Error **errp)
{
    if (text && !g_str_equal(text, "on") && !g_str_equal(text, "off")) {
        error_setg(errp, "Parameter 'password' expects 'on' or 'off', not '%s'", text);
        return false;
    }
    options->password = text && g_str_equal(text, "on");
    return true;
}

VncOptions *vnc_options_parse(const char *text, Error **errp)
{
    g_autoptr(QDict) dict = keyval_parse(text, "vnc", errp);
    g_autoptr(VncOptions) options = g_new0(VncOptions, 1);

    if (!dict || !check_keys(dict, errp) || !parse_where(options, dict, errp) ||
        !parse_share(options, qdict_get_str(dict, "share"), errp) ||
        !parse_password(options, qdict_get_str(dict, "password"), errp)) {
        return NULL;
    }
    options->id = g_strdup(qdict_get_str(dict, "id"));
    options->audiodev = g_strdup(qdict_get_str(dict, "audiodev"));
    return g_steal_pointer(&options);
}
