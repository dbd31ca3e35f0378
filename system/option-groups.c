/*
 * Options whose values are KEY=VALUE,...: what they have in common.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config.h"

#include "qapi/keyval.h"

bool config_set_text(char **field, const char *arg)
{
    g_free(*field);
    *field = g_strdup(arg);
    return true;
}

static bool is_known(const char *key, const OptionParam *params, GString *accepted)
{
    for (; params->name; params++) {
        if (g_str_equal(params->name, key)) {
            return true;
        }
        g_string_append_printf(accepted, "%s%s", accepted->len ? ", " : "", params->name);
    }
    return false;
}

bool config_check_keys(const QDict *dict, const OptionParam *params, Error **errp)
{
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        g_autoptr(GString) accepted = g_string_new(NULL);

        if (!is_known(qdict_entry_key(e), params, accepted)) {
            error_setg(errp, "Invalid parameter '%s'; accepted are: %s", qdict_entry_key(e),
                       accepted->str);
            return false;
        }
    }
    return true;
}

QDict *config_parse_group(const char *arg, const char *implied, const OptionParam *params,
                          Error **errp)
{
    QDict *dict = keyval_parse(arg, implied, errp);

    if (dict && !config_check_keys(dict, params, errp)) {
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

bool config_get_count(const QDict *dict, const char *key, uint64_t *value, Error **errp)
{
    const char *text = qdict_get_str(dict, key);

    if (text && !g_ascii_string_to_unsigned(text, 10, 1, 1024, value, NULL)) {
        error_setg(errp, "Parameter '%s' expects a number from 1 to 1024, not '%s'", key, text);
        return false;
    }
    return true;
}
