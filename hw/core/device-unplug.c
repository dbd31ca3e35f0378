/*
 * device_del: asking for a device, and taking it out with all that sits on it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/device.h"

#include "hw/bus.h"
#include "qapi/qapi-events-qdev.h"
#include "util/timer.h"

/*
 * A guest that has not even been listening (no driver yet) would keep the device for ever, were it
 * not asked again; within this time it may well be about to let go.
 */
#define UNPLUG_PATIENCE (5 * NS_PER_SEC)

static const char *device_name(const Device *dev)
{
    return dev->id ? dev->id : object_get_canonical_path_component(&dev->parent_obj);
}

static bool check_unplug(Device *dev, Error **errp)
{
    const Bus *bus = dev->parent_bus;
    if (bus && !bus->hotplug) {
        error_setg(errp, "Bus '%s' does not support hotplugging", bus->name);
        return false;
    }
    if (!bus || DEVICE_GET_CLASS(dev)->fixed) {
        error_setg(errp, "Device '%s' does not support hotplugging",
                   object_get_typename(OBJECT(dev)));
        return false;
    }
    if (dev->unplug_pending && clock_now(CLOCK_VIRTUAL) < dev->unplug_expires) {
        error_setg(errp, "Device %s is already in the process of unplug", device_name(dev));
        return false;
    }
    return true;
}

bool device_request_unplug(Device *dev, Error **errp)
{
    Bus *bus = dev->parent_bus;
    if (!check_unplug(dev, errp)) {
        return false;
    }
    if (!bus->hotplug->unplug_request) {
        device_unplug(dev);
        return true;
    }
    dev->unplug_pending = true;
    dev->unplug_expires = clock_now(CLOCK_VIRTUAL) + UNPLUG_PATIENCE;
    /* Kept, because it may be gone before the request returns. */
    object_ref(OBJECT(dev));
    bool ok = bus->hotplug->unplug_request(bus, dev, errp);
    if (!ok) {
        dev->unplug_pending = false;
    }
    object_unref(OBJECT(dev));
    return ok;
}

void device_unplug_cancelled(Device *dev)
{
    dev->unplug_pending = false;
}

static void collect_passengers(Bus *bus, void *opaque)
{
    GPtrArray *devices = opaque;
    const Device *carrier = g_ptr_array_index(devices, 0);
    for (guint i = 0; bus->parent == carrier && i < bus->devices->len; i++) {
        g_ptr_array_add(devices, g_ptr_array_index(bus->devices, i));
    }
}

void device_unplug(Device *dev)
{
    /* The device itself, then what sits on its buses. */
    g_autoptr(GPtrArray) devices = g_ptr_array_new();
    g_ptr_array_add(devices, dev);
    bus_foreach(collect_passengers, devices);
    for (guint i = devices->len - 1; i > 0; i--) {
        device_unplug(g_ptr_array_index(devices, i));
    }
    g_autofree char *path = object_get_canonical_path(OBJECT(dev));
    g_autofree char *id = g_strdup(dev->id);
    device_remove(dev);
    qapi_event_send_device_deleted(id, path);
}
