/*
 * HMP commands of the object model: qom-list, qom-set, info qom-tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qom-internal.h"

#include "monitor/hmp-commands.h"
#include "qapi/qapi-commands-qom.h"
#include "qobject/json-parser.h"

#include <string.h>

void coroutine_fn hmp_qom_list(Hmp *hmp, const QDict *args)
{
    const char *path = qdict_get_str(args, "path");
    g_autoptr(ObjectPropertyInfoList) list = NULL;
    Error *err = NULL;

    if (!path) {
        hmp_puts(hmp, "/\n");
        return;
    }
    list = qmp_qom_list(path, &err);
    for (const ObjectPropertyInfoList *it = list; it; it = it->next) {
        hmp_printf(hmp, "%s (%s)\n", it->value->name, it->value->type);
    }
    hmp_handle_error(hmp, err);
}

/* Text as on the command line: `on`, `4k`, a name. */
static void set_from_text(const char *path, const char *property, const char *text, Error **errp)
{
    Object *obj = qom_resolve_or_fail(path, errp);

    if (obj) {
        object_property_parse(obj, property, text, errp);
    }
}

static void coroutine_fn set_from_json(const char *path, const char *property, const char *text,
                                       Error **errp)
{
    g_autoptr(QObject) value = json_parse(text, strlen(text), errp);

    if (value) {
        qmp_qom_set(path, property, value, errp);
    }
}

void coroutine_fn hmp_qom_set(Hmp *hmp, const QDict *args)
{
    const char *path = qdict_get_str(args, "path");
    const char *property = qdict_get_str(args, "property");
    const char *text = qdict_get_str(args, "value");
    Error *err = NULL;

    if (!text) {
        error_setg(&err, "Parameter 'value' is missing");
    } else if (qdict_get_bool(args, "json", false)) {
        set_from_json(path, property, text, &err);
    } else {
        set_from_text(path, property, text, &err);
    }
    hmp_handle_error(hmp, err);
}

/* ---- info qom-tree ---- */

static int compare_children(gconstpointer a, gconstpointer b)
{
    const Object *const *x = a, *const *y = b;

    return strcmp(object_get_canonical_path_component(*x), object_get_canonical_path_component(*y));
}

static void add_child(Object *child, void *opaque)
{
    g_ptr_array_add(opaque, child);
}

static void print_tree(Hmp *hmp, Object *obj, unsigned indent)
{
    const char *name = object_get_canonical_path_component(obj);
    g_autoptr(GPtrArray) children = g_ptr_array_new();

    hmp_printf(hmp, "%*s/%s (%s)\n", (int)indent, "", name ? name : "", object_get_typename(obj));
    object_child_foreach(obj, add_child, children);
    g_ptr_array_sort(children, compare_children);
    for (guint i = 0; i < children->len; i++) {
        print_tree(hmp, g_ptr_array_index(children, i), indent + 2);
    }
}

void coroutine_fn hmp_info_qom_tree(Hmp *hmp, const QDict *args)
{
    const char *path = qdict_get_str(args, "path");
    Error *err = NULL;
    Object *obj = qom_resolve_or_fail(path ? path : "/machine", &err);

    if (obj) {
        print_tree(hmp, obj, 0);
    }
    hmp_handle_error(hmp, err);
}
