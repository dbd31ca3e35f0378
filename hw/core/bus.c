/*
 * Buses: the list of them, and putting devices on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/bus.h"

static GPtrArray *buses; /* in the order in which they were made */

static GPtrArray *all_buses(void)
{
    if (!buses) {
        buses = g_ptr_array_new();
    }
    return buses;
}

void bus_init(Bus *bus, const char *name, const char *type_name, const char *accepts,
              Device *parent)
{
    *bus = (Bus){
        .name = g_strdup(name),
        .type_name = type_name,
        .accepts = accepts,
        .parent = parent,
        .devices = g_ptr_array_new(),
    };
    g_ptr_array_add(all_buses(), bus);
}

void bus_finish(Bus *bus)
{
    g_assert(bus->devices->len == 0);
    g_ptr_array_remove(all_buses(), bus);
    g_ptr_array_unref(bus->devices);
    g_free(bus->name);
}

Bus *bus_find(const char *name)
{
    GPtrArray *all = all_buses();
    for (guint i = 0; i < all->len; i++) {
        Bus *bus = g_ptr_array_index(all, i);
        if (g_str_equal(bus->name, name)) {
            return bus;
        }
    }
    return NULL;
}

bool bus_is_full(const Bus *bus)
{
    return bus->max_devices && bus->devices->len >= bus->max_devices;
}

Bus *bus_find_accepting(const char *bus_type)
{
    GPtrArray *all = all_buses();
    for (guint i = 0; i < all->len; i++) {
        Bus *bus = g_ptr_array_index(all, i);
        if (bus->accepts && g_str_equal(bus->accepts, bus_type) && !bus_is_full(bus)) {
            return bus;
        }
    }
    return NULL;
}

void bus_foreach(void (*fn)(Bus *bus, void *opaque), void *opaque)
{
    GPtrArray *all = all_buses();
    for (guint i = 0; i < all->len; i++) {
        fn(g_ptr_array_index(all, i), opaque);
    }
}

void device_put_on_bus(Device *dev, Bus *bus)
{
    g_assert(!dev->parent_bus && !dev->realized);
    dev->parent_bus = bus;
    g_ptr_array_add(bus->devices, dev);
}
