/*
 * `-device help`: which devices there are, and what each takes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "device-internal.h"

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

bool device_print_help(const char *driver)
{
    if (!driver) {
        print_all();
        return true;
    }
    DeviceClass *dc = device_creatable_class(driver, NULL);
    if (dc) {
        object_class_print_help(&dc->parent_class);
    }
    return dc != NULL;
}
