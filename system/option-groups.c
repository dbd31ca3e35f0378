/*
 * Options whose values are KEY=VALUE,...: what they have in common.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config.h"

#include "qapi/keyval.h"

bool config_check_keys(const QDict *dict, const char *const *known, Error **errp)
{
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        if (!g_strv_contains(known, qdict_entry_key(e))) {
            g_autofree char *accepted = g_strjoinv(", ", (char **)known);

            error_setg(errp, "Invalid parameter '%s'; accepted are: %s", qdict_entry_key(e),
                       accepted);
            return false;
        }
    }
    return true;
}

QDict *config_parse_group(const char *arg, const char *implied, const char *const *known,
                          Error **errp)
{
    QDict *dict = keyval_parse(arg, implied, errp);

    if (dict && !config_check_keys(dict, known, errp)) {
        g_clear_pointer(&dict, qobject_unref);
    }
    return dict;
}

bool config_get_bool(const QDict *dict, const char *key, bool *value, Error **errp)
{
    const char *text = qdict_get_str(dict, key);

    if (!text) {
        return true;
    }
    if (g_str_equal(text, "on") || g_str_equal(text, "yes")) {
        *value = true;
    } else if (g_str_equal(text, "off") || g_str_equal(text, "no")) {
        *value = false;
    } else {
        error_setg(errp, "Parameter '%s' expects 'on' or 'off', not '%s'", key, text);
        return false;
    }
    return true;
}
