/*
 * "value,k=v,k.sub=v,list.0=v" into a QDict of strings.
 *
 * First every item is put into nested dicts by the parts of its key; then the dicts whose keys are
 * numbers become lists.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/keyval.h"
#include "qobject/json-parser.h"

#include <string.h>

/* "a.b.c" has three parts; more than anybody needs, and a bound on recursion. */
#define MAX_PARTS 32

static bool is_number(const char *part)
{
    return *part && !part[strspn(part, "0123456789")];
}

/* Letters, digits, '-' and '_', not beginning with a digit or '-' unless all are digits. */
static bool is_part(const char *part)
{
    for (const char *p = part; *p; p++) {
        if (!g_ascii_isalnum(*p) && *p != '-' && *p != '_') {
            return false;
        }
    }
    return is_number(part) || g_ascii_isalpha(*part) || *part == '_';
}

static bool check_key(char **parts, const char *key, Error **errp)
{
    unsigned count = g_strv_length(parts);

    if (count > MAX_PARTS) {
        error_setg(errp, "Parameter '%.60s...' has %u parts, at most %d are accepted", key, count,
                   MAX_PARTS);
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!is_part(parts[i]) || (i == 0 && is_number(parts[i]))) {
            error_setg(errp,
                       "Invalid parameter '%s': expecting names of letters, digits, '-' and '_', "
                       "with dots between them",
                       key);
            return false;
        }
    }
    return count > 0;
}

static bool inconsistent(const char *path, Error **errp)
{
    error_setg(errp, "Parameters '%s*' used inconsistently", path);
    return false;
}

/* Put @value where the parts of @key lead to, making dicts on the way. */
static bool put(QDict *dict, const char *key, const char *value, Error **errp)
{
    g_auto(GStrv) parts = g_strsplit(key, ".", -1);
    g_autoptr(GString) path = g_string_new(NULL);
    char **part;

    if (!check_key(parts, key, errp)) {
        return false;
    }
    for (part = parts; part[1]; part++) {
        QObject *next = qdict_get(dict, *part);

        g_string_append_printf(path, "%s.", *part);
        if (next && next->type != QTYPE_QDICT) {
            return inconsistent(path->str, errp);
        }
        if (!next) {
            next = QOBJECT(qdict_new());
            qdict_put_take(dict, *part, next);
        }
        dict = (QDict *)next;
    }
    if (qdict_get_dict(dict, *part)) {
        g_string_append_printf(path, "%s.", *part);
        return inconsistent(path->str, errp);
    }
    qdict_put_str(dict, *part, value);
    return true;
}

/* The value at *@p, which ends at a single comma; *@p is moved behind that. */
static char *read_value(const char **p)
{
    GString *value = g_string_new(NULL);

    while (**p) {
        size_t run = strcspn(*p, ",");

        g_string_append_len(value, *p, run);
        *p += run;
        if (!**p || *(++*p) != ',') {
            break;
        }
        g_string_append_c(value, *(*p)++);
    }
    return g_string_free(value, false);
}

/* One item; *@p is moved behind it. @implied_key: of this item, or NULL. */
static bool read_item(QDict *dict, const char **p, const char *implied_key, Error **errp)
{
    size_t len = strcspn(*p, "=,");
    g_autofree char *key = NULL;
    g_autofree char *value = NULL;

    if (implied_key && (*p)[len] != '=') {
        key = g_strdup(implied_key);
    } else if (!len) {
        error_setg(errp, "Expected a parameter name at '%s'", *p);
        return false;
    } else {
        key = g_strndup(*p, len);
        *p += len;
        if (**p != '=') {
            *p += **p == ',';
            return put(dict, key, "on", errp);
        }
        ++*p;
    }
    value = read_value(p);
    return put(dict, key, value, errp);
}

static bool make_lists(QObject **obj, GString *path, Error **errp);

/* Turn the dict, whose keys are all numbers, into a list. */
static QList *to_list(QDict *dict, const char *path, Error **errp)
{
    g_autoptr(QList) list = qlist_new();

    for (unsigned i = 0; i < qdict_size(dict); i++) {
        g_autofree char *key = g_strdup_printf("%u", i);
        QObject *value = qdict_get(dict, key);

        if (!value) {
            error_setg(errp, "Parameter '%s%s' is missing", path, key);
            return NULL;
        }
        qlist_append_take(list, qobject_ref(value));
    }
    return g_steal_pointer(&list);
}

/* make_lists() for all that is below @dict. */
static bool make_lists_below(QDict *dict, GString *path, Error **errp)
{
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        size_t len = path->len;
        QObject *value = qobject_ref(qdict_entry_value(e));
        bool ok;

        g_string_append_printf(path, "%s.", qdict_entry_key(e));
        ok = make_lists(&value, path, errp);
        qdict_put_take(dict, qdict_entry_key(e), value);
        if (!ok) {
            return false;
        }
        g_string_truncate(path, len);
    }
    return true;
}

/* Replace dicts that stand for lists. *@obj is the caller's reference, before and after. */
static bool make_lists(QObject **obj, GString *path, Error **errp)
{
    QDict *dict = qobject_to_qdict(*obj);
    size_t numbers = 0;
    QList *list;

    if (!dict) {
        return true;
    }
    if (!make_lists_below(dict, path, errp)) {
        return false;
    }
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        numbers += is_number(qdict_entry_key(e));
    }
    if (!numbers) {
        return true;
    }
    if (numbers != qdict_size(dict)) {
        return inconsistent(path->str, errp);
    }
    list = to_list(dict, path->str, errp);
    if (!list) {
        return false;
    }
    qobject_unref(*obj);
    *obj = QOBJECT(list);
    return true;
}

QDict *keyval_parse(const char *text, const char *implied_key, Error **errp)
{
    g_autoptr(QDict) dict = qdict_new();
    g_autoptr(GString) path = g_string_new(NULL);
    const char *p = text;

    while (*p) {
        if (!read_item(dict, &p, p == text ? implied_key : NULL, errp)) {
            return NULL;
        }
    }
    /* No part of a key at the top is a number, so it stays a dict. */
    if (!make_lists_below(dict, path, errp)) {
        return NULL;
    }
    return g_steal_pointer(&dict);
}

QDict *keyval_parse_or_json(const char *text, const char *implied_key, bool *is_json, Error **errp)
{
    *is_json = *text == '{';
    if (*is_json) {
        return qobject_to_qdict(json_parse(text, strlen(text), errp));
    }
    return keyval_parse(text, implied_key, errp);
}
