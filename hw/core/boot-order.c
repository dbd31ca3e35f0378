/*
 * The order in which firmware is to try devices, and their Open Firmware paths.
 *
 * A path is made of a node for each device on the way, "name@unit" (IEEE 1275, 3.2.1), as the bus
 * it sits on calls it, and ends with the unit on the device that is started from.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "device-internal.h"

#include "hw/bus.h"

static bool is_in_order(Device *dev)
{
    return DEVICE_GET_CLASS(dev)->boot_unit && dev->bootindex != NO_BOOTINDEX;
}

bool boot_order_admits(Device *dev, Error **errp)
{
    if (!is_in_order(dev)) {
        return true;
    }
    if (dev->bootindex < 0) {
        error_setg(errp, "Property 'bootindex' expects -1 or more, not %d", dev->bootindex);
        return false;
    }
    const GPtrArray *all = devices_realized();
    for (guint i = 0; i < all->len; i++) {
        Device *other = g_ptr_array_index(all, i);
        if (is_in_order(other) && other->bootindex == dev->bootindex) {
            error_setg(errp, "The bootindex %d has already been used", dev->bootindex);
            return false;
        }
    }
    return true;
}

static void append_path(GString *path, Device *dev)
{
    const Bus *bus = dev->parent_bus;
    if (bus && bus->parent) {
        append_path(path, bus->parent);
    }
    if (bus && bus->node_name) {
        g_autofree char *name = bus->node_name(dev);
        g_string_append_printf(path, "/%s", name);
    }
}

static int by_bootindex(const void *a, const void *b)
{
    const Device *first = *(Device *const *)a, *second = *(Device *const *)b;
    return (first->bootindex > second->bootindex) - (first->bootindex < second->bootindex);
}

void devices_boot_order(GString *text)
{
    const GPtrArray *all = devices_realized();
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++) {
        if (is_in_order(g_ptr_array_index(all, i))) {
            g_ptr_array_add(found, g_ptr_array_index(all, i));
        }
    }
    g_ptr_array_sort(found, by_bootindex);
    for (guint i = 0; i < found->len; i++) {
        Device *dev = g_ptr_array_index(found, i);
        append_path(text, dev);
        g_string_append_printf(text, "/%s\n", DEVICE_GET_CLASS(dev)->boot_unit);
    }
}

void device_class_set_bootable(DeviceClass *dc, const char *unit)
{
    dc->boot_unit = unit;
    object_property_set_default(
        object_class_property_add_field(&dc->parent_class, "bootindex", PROP_INT32,
                                        offsetof(Device, bootindex),
                                        "place in the order in which firmware is told to start "
                                        "from devices; -1: not in it"),
        QOBJECT(qnum_new_int(NO_BOOTINDEX)));
}
