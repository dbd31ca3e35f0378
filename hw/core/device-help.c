/*
 * `-device help`: which devices there are, and what each takes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "device-internal.h"

#include <string.h>

static void print_all(void)
{
    g_autoptr(GSList) classes = device_creatable_classes();
    for (GSList *l = classes; l; l = l->next) {
        DeviceClass *dc = DEVICE_CLASS(l->data);
        g_print("name \"%s\"", object_class_get_name(l->data));
        if (dc->bus_type) {
            g_print(", bus %s", dc->bus_type);
        }
        if (dc->desc) {
            g_print(", desc \"%s\"", dc->desc);
        }
        g_print("\n");
    }
}

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

static void print_properties(ObjectClass *klass)
{
    g_autoptr(GPtrArray) props = g_ptr_array_new();
    object_class_property_foreach(klass, collect_property, props);
    g_ptr_array_sort(props, compare_names);
    g_print("%s options:\n", object_class_get_name(klass));
    for (guint i = 0; i < props->len; i++) {
        const ObjectProperty *prop = g_ptr_array_index(props, i);
        g_autofree char *head = g_strdup_printf("%s=<%s>", prop->name, prop->type);
        g_autofree char *def = prop->defval ? qobject_to_json(prop->defval) : NULL;
        g_print("  %-22s%s%s", head, prop->description || def ? " - " : "",
                prop->description ?: "");
        g_print(def ? " (default: %s)\n" : "\n", def);
    }
}

bool device_print_help(const char *driver)
{
    if (!driver) {
        print_all();
        return true;
    }
    DeviceClass *dc = device_creatable_class(driver, NULL);
    if (dc) {
        print_properties(OBJECT_CLASS_CHECK(ObjectClass, dc, driver));
    }
    return dc != NULL;
}
