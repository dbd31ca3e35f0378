/*
 * Help about a type: the properties that can be set, for people at the command line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qom/object.h"

#include <string.h>

static int compare_names(gconstpointer a, gconstpointer b)
{
    const ObjectProperty *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static void collect_property(ObjectProperty *prop, void *opaque)
{
    if (prop->set) {
        g_ptr_array_add(opaque, prop);
    }
}

static void print_property(const ObjectProperty *prop)
{
    g_autofree char *head = g_strdup_printf("%s=<%s>", prop->name, prop->type);
    g_autofree char *def = prop->defval ? qobject_to_json(prop->defval) : NULL;

    g_print("  %-22s%s%s", head, prop->description || def ? " - " : "", prop->description ?: "");
    g_print(def ? " (default: %s)\n" : "\n", def);
}

void object_class_print_help(ObjectClass *klass)
{
    g_autoptr(GPtrArray) props = g_ptr_array_new();

    object_class_property_foreach(klass, collect_property, props);
    g_ptr_array_sort(props, compare_names);
    g_print("%s options:\n", object_class_get_name(klass));
    for (guint i = 0; i < props->len; i++) {
        print_property(g_ptr_array_index(props, i));
    }
}
