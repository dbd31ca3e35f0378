/*
 * -netdev and the human monitor's netdev_add: text to options.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "net-internal.h"

#include "qapi/keyval.h"
#include "qapi/qapi-visit-net.h"

#include <string.h>

#define LIST_KEY "hostfwd"

/* Up to the next comma that is not doubled; *@p moves behind it. */
static char *next_item(const char **p)
{
    const char *start = *p;
    const char *end = start;
    while (*end && (*end != ',' || end[1] == ',')) {
        end += *end == ',' ? 2 : 1;
    }
    *p = *end ? end + 1 : end;
    return g_strndup(start, (gsize)(end - start));
}

static void append_rule(QList *rules, const char *item, Error **errp)
{
    g_autoptr(QDict) single = keyval_parse(item, NULL, errp);
    if (single) {
        QDict *rule = qdict_new();
        qdict_put_str(rule, "str", qdict_get_str(single, LIST_KEY));
        qlist_append_take(rules, QOBJECT(rule));
    }
}

/* A key that comes more than once is no business of keyval_parse(). */
static QDict *parse_keyval(const char *text, Error **errp)
{
    g_autoptr(GString) rest = g_string_new(NULL);
    g_autoptr(QList) rules = qlist_new();
    Error *err = NULL;
    for (const char *p = text; *p && !err;) {
        g_autofree char *item = next_item(&p);
        if (g_str_has_prefix(item, LIST_KEY "=")) {
            append_rule(rules, item, &err);
        } else {
            g_string_append_printf(rest, "%s%s", rest->len ? "," : "", item);
        }
    }
    QDict *options = err ? NULL : keyval_parse(rest->str, "type", &err);
    error_propagate(errp, err);
    if (options && qlist_size(rules)) {
        qdict_put_take(options, LIST_KEY, g_steal_pointer(&rules));
    }
    return options;
}

QDict *netdev_parse(const char *text, bool *is_json, Error **errp)
{
    *is_json = text[0] == '{';
    return *is_json ? keyval_parse_or_json(text, "type", is_json, errp) : parse_keyval(text, errp);
}

bool netdev_create(const QDict *options, bool is_json, Error **errp)
{
    QObject *obj = QOBJECT((QDict *)options);
    g_autoptr(Visitor) v =
        is_json ? qobject_input_visitor_new(obj) : qobject_input_visitor_new_keyval(obj);
    Netdev *netdev = NULL;
    bool ok = visit_type_Netdev(v, NULL, &netdev, errp) && net_backend_create(netdev, errp);
    qapi_free_Netdev(netdev);
    return ok;
}
