/*
 * What a QMP command returned, as text for people.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp.h"

#include <string.h>

#define INDENT 2

static void coroutine_fn print_at(Hmp *hmp, const QObject *value, unsigned indent, bool begun);

static bool is_container(const QObject *value)
{
    return qobject_to_qdict(value) || qobject_to_qlist(value);
}

static bool is_empty(const QObject *value)
{
    const QDict *dict = qobject_to_qdict(value);
    const QList *list = qobject_to_qlist(value);

    return (dict && !qdict_first(dict)) || (list && !qlist_size(list));
}

/* Text as it is; in JSON's notation when it would steer the terminal or has several lines. */
static char *scalar_text(const QObject *value)
{
    const QString *string = qobject_to_qstring(value);

    if (string) {
        const char *text = qstring_get(string);

        for (const char *pos = text; *pos; pos = g_utf8_next_char(pos)) {
            if (g_unichar_iscntrl(g_utf8_get_char(pos))) {
                return qobject_to_json(value);
            }
        }
        if (strlen(text) == qstring_len(string)) {
            return g_strdup(text);
        }
    }
    return qobject_to_json(value);
}

/* What follows "KEY:" or "-": a scalar or what is empty on the same line. */
static void coroutine_fn print_inside(Hmp *hmp, const QObject *value, unsigned indent)
{
    if (is_container(value) && !is_empty(value)) {
        hmp_puts(hmp, "\n");
        print_at(hmp, value, indent, false);
    } else {
        g_autofree char *text = scalar_text(value);

        hmp_printf(hmp, " %s\n", text);
    }
}

static void coroutine_fn print_dict(Hmp *hmp, const QDict *dict, unsigned indent, bool begun)
{
    for (const QDictEntry *e = qdict_first(dict); e && hmp_pause(hmp); e = qdict_next(dict, e)) {
        /* Names are the schema's, but for those of `any`. */
        g_autoptr(QString) name = qstring_new(qdict_entry_key(e));
        g_autofree char *text = scalar_text(QOBJECT(name));

        hmp_printf(hmp, "%*s%s:", begun ? 0 : (int)indent, "", text);
        print_inside(hmp, qdict_entry_value(e), indent + INDENT);
        begun = false;
    }
}

static void coroutine_fn print_list(Hmp *hmp, const QList *list, unsigned indent)
{
    for (size_t i = 0; i < qlist_size(list) && hmp_pause(hmp); i++) {
        const QObject *value = qlist_at(list, i);

        hmp_printf(hmp, "%*s-", (int)indent, "");
        if (qobject_to_qdict(value) && !is_empty(value)) {
            hmp_puts(hmp, " ");
            print_at(hmp, value, indent + INDENT, true);
        } else {
            print_inside(hmp, value, indent + INDENT);
        }
    }
}

/* @begun: the first line stands indented already. */
static void coroutine_fn print_at(Hmp *hmp, const QObject *value, unsigned indent, bool begun)
{
    if (qobject_to_qdict(value)) {
        print_dict(hmp, qobject_to_qdict(value), indent, begun);
    } else if (qobject_to_qlist(value)) {
        print_list(hmp, qobject_to_qlist(value), indent);
    }
}

void coroutine_fn hmp_print_value(Hmp *hmp, const QObject *value)
{
    if (is_container(value)) {
        print_at(hmp, value, 0, false);
    } else if (qobject_type(value) != QTYPE_QNULL) {
        g_autofree char *text = scalar_text(value);

        if (*text) {
            hmp_printf(hmp, "%s\n", text);
        }
    }
}
