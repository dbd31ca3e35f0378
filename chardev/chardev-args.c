/*
 * Arguments of back ends: checks, older spellings, the one-word syntax.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-args.h"
#include "qapi/keyval.h"

#include <string.h>

/* A member as the command line would have it; NULL: not a scalar. */
static char *scalar_text(QObject *value)
{
    QString *str = qobject_to_qstring(value);
    QBool *boolean = qobject_to_qbool(value);
    QNum *num = qobject_to_qnum(value);
    int64_t number;

    if (str && strlen(qstring_get(str)) == qstring_len(str)) {
        return g_strdup(qstring_get(str));
    }
    if (boolean) {
        return g_strdup(qbool_get(boolean) ? "on" : "off");
    }
    if (num && qnum_get_try_int(num, &number)) {
        return g_strdup_printf("%" G_GINT64_FORMAT, number);
    }
    return NULL;
}

QDict *chardev_args_normalize(const QDict *args, Error **errp)
{
    g_autoptr(QDict) result = qdict_new();

    for (const QDictEntry *e = qdict_first(args); e; e = qdict_next(args, e)) {
        const char *key = qdict_entry_key(e);
        g_autofree char *text = scalar_text(qdict_entry_value(e));

        if (!text) {
            error_setg(errp, "Parameter '%s' expects a string", key);
            return NULL;
        }
        if (strcmp(key, "nowait") == 0 || strcmp(key, "noserver") == 0) {
            qdict_put_str(result, key + 2, strcmp(text, "on") == 0 ? "off" : "on");
        } else {
            qdict_put_str(result, key, text);
        }
    }
    return g_steal_pointer(&result);
}

/* What every back end takes. */
static const char *const common[] = { "id", "mux", "logfile", "logappend", NULL };

bool chardev_args_check(const QDict *args, const char *const *accepted, Error **errp)
{
    const char *backend = chardev_arg(args, "backend", "");

    for (const QDictEntry *e = qdict_first(args); e; e = qdict_next(args, e)) {
        const char *key = qdict_entry_key(e);
        g_autofree char *every = NULL;
        g_autofree char *own = NULL;

        if (strcmp(key, "backend") == 0 || g_strv_contains(common, key) ||
            g_strv_contains(accepted, key)) {
            continue;
        }
        every = g_strjoinv(", ", (char **)common);
        own = g_strjoinv(", ", (char **)accepted);
        error_setg(errp, "Invalid parameter '%s' for chardev backend '%s'; accepted: %s%s%s", key,
                   backend, every, *own ? ", " : "", own);
        return false;
    }
    return true;
}

const char *chardev_arg(const QDict *args, const char *name, const char *def)
{
    const char *text = qdict_get_str(args, name);

    return text ? text : def;
}

const char *chardev_arg_required(const QDict *args, const char *name, Error **errp)
{
    const char *text = chardev_arg(args, name, "");

    if (!*text) {
        error_setg(errp, "chardev backend '%s' needs the parameter '%s'",
                   chardev_arg(args, "backend", ""), name);
        return NULL;
    }
    return text;
}

bool chardev_arg_bool(const QDict *args, const char *name, bool def, bool *value, Error **errp)
{
    static const char *const yes[] = { "on", "yes", "true", "y", NULL };
    static const char *const no[] = { "off", "no", "false", "n", NULL };
    const char *text = chardev_arg(args, name, def ? "on" : "off");

    if (!g_strv_contains(yes, text) && !g_strv_contains(no, text)) {
        error_setg(errp, "Parameter '%s' expects 'on' or 'off', not '%s'", name, text);
        return false;
    }
    *value = g_strv_contains(yes, text);
    return true;
}

/* ---- the one-word syntax ---- */

/*
 * Split "FIRST,k=v,..." at the first comma that is not doubled: FIRST may hold "=", which a
 * keyval's first item must not. *@first: g_free(). NULL on error.
 */
static QDict *split_options(const char *text, char **first, Error **errp)
{
    GString *word = g_string_new(NULL);
    const char *p = text;

    for (; *p && (*p != ',' || p[1] == ','); p++) {
        p += *p == ',';
        g_string_append_c(word, *p);
    }
    *first = g_string_free(word, FALSE);
    return *p ? keyval_parse(p + 1, NULL, errp) : qdict_new();
}

/* HOST:PORT, :PORT, [IPV6]:PORT */
static bool put_host_port(QDict *args, const char *text, Error **errp)
{
    const char *colon = strrchr(text, ':');
    g_autofree char *host = NULL;

    if (!colon || !colon[1]) {
        error_setg(errp, "'tcp:%s' is not of the form tcp:HOST:PORT[,server=on][,wait=off]", text);
        return false;
    }
    if (*text == '[' && colon > text && colon[-1] == ']') {
        host = g_strndup(text + 1, colon - text - 2);
    } else {
        host = g_strndup(text, colon - text);
    }
    qdict_put_str(args, "host", host);
    qdict_put_str(args, "port", colon + 1);
    return true;
}

static QDict *socket_from_legacy(const char *text, bool tcp, Error **errp)
{
    g_autofree char *first = NULL;
    g_autoptr(QDict) args = split_options(text, &first, errp);

    if (!args) {
        return NULL;
    }
    if (!tcp) {
        qdict_put_str(args, "path", first);
    } else if (!put_host_port(args, first, errp)) {
        return NULL;
    }
    qdict_put_str(args, "backend", "socket");
    return g_steal_pointer(&args);
}

/* "stdio", "stdio,signal=off", "pty", "null" */
static QDict *plain_from_legacy(const char *text, Error **errp)
{
    static const char *const plain[] = { "stdio", "pty", "null", NULL };
    g_autofree char *first = NULL;
    g_autoptr(QDict) args = split_options(text, &first, errp);

    if (!args) {
        return NULL;
    }
    if (!g_strv_contains(plain, first)) {
        error_setg(errp,
                   "'%s' is not a valid char driver; accepted: stdio, pty, null, none, file:PATH, "
                   "pipe:PATH, unix:PATH[,server=on], tcp:HOST:PORT[,server=on], chardev:ID",
                   text);
        return NULL;
    }
    qdict_put_str(args, "backend", first);
    return g_steal_pointer(&args);
}

static QDict *path_from_legacy(const char *backend, const char *path)
{
    QDict *args = qdict_new();

    qdict_put_str(args, "backend", backend);
    qdict_put_str(args, "path", path);
    return args;
}

static QDict *args_from_legacy(const char *text, Error **errp)
{
    if (g_str_has_prefix(text, "file:")) {
        return path_from_legacy("file", text + 5);
    }
    if (g_str_has_prefix(text, "pipe:")) {
        return path_from_legacy("pipe", text + 5);
    }
    if (g_str_has_prefix(text, "unix:")) {
        return socket_from_legacy(text + 5, false, errp);
    }
    if (g_str_has_prefix(text, "tcp:")) {
        return socket_from_legacy(text + 4, true, errp);
    }
    return plain_from_legacy(text, errp);
}

/* Shared with a monitor; Ctrl-C is for whoever has the focus. */
static void share(QDict *args)
{
    qdict_put_str(args, "mux", "on");
    if (strcmp(qdict_get_str(args, "backend"), "stdio") == 0 && !qdict_haskey(args, "signal")) {
        qdict_put_str(args, "signal", "off");
    }
}

QDict *chardev_args_from_legacy(const char *id, const char *text, Error **errp)
{
    bool shared = g_str_has_prefix(text, "mon:");
    QDict *args = args_from_legacy(shared ? text + strlen("mon:") : text, errp);

    if (args && shared) {
        share(args);
    }
    if (args) {
        qdict_put_str(args, "id", id);
    }
    return args;
}
