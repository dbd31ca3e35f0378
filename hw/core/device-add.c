/*
 * -device: from a driver's name and properties to a realized device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "device-internal.h"

#include "hw/bus.h"
#include "util/id.h"

#include <string.h>

/* ---- the class ---- */

/* How many letters have to be changed, added or dropped to come from @a to @b. */
static unsigned edit_distance(const char *a, const char *b)
{
    size_t len = strlen(b);
    g_autofree unsigned *row = g_new(unsigned, len + 1);
    for (size_t j = 0; j <= len; j++) {
        row[j] = (unsigned)j;
    }
    for (size_t i = 0; a[i]; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < len; j++) {
            unsigned cost = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(cost, 1 + MIN(row[j], diagonal));
        }
    }
    return row[len];
}

GSList *device_creatable_classes(void)
{
    GSList *found = NULL, *all = object_class_get_list(TYPE_DEVICE, false);
    for (GSList *l = all; l; l = l->next) {
        if (DEVICE_CLASS(l->data)->user_creatable) {
            found = g_slist_append(found, l->data);
        }
    }
    g_slist_free(all);
    return found;
}

static void unknown_driver(const char *driver, Error **errp)
{
    g_autoptr(GString) near = g_string_new(NULL);
    g_autoptr(GSList) classes = device_creatable_classes();
    for (GSList *l = classes; l; l = l->next) {
        const char *name = object_class_get_name(l->data);
        if (strlen(driver) < 64 &&
            (edit_distance(driver, name) <= 3 || (strlen(driver) > 2 && strstr(name, driver)))) {
            g_string_append_printf(near, "%s '%s'", near->len ? "," : " (did you mean", name);
        }
    }
    error_setg(errp, "'%s' is not a valid device model name%s%s", driver, near->str,
               near->len ? "?)" : "");
    error_append_hint(errp, "-device help lists what there is.\n");
}

DeviceClass *device_creatable_class(const char *driver, Error **errp)
{
    ObjectClass *klass = object_class_by_name(driver);
    if (!klass || !object_class_dynamic_cast(klass, TYPE_DEVICE)) {
        unknown_driver(driver, errp);
        return NULL;
    }
    if (object_class_is_abstract(klass)) {
        error_setg(errp, "Parameter 'driver' expects a non-abstract device type, not '%s'", driver);
        return NULL;
    }
    DeviceClass *dc = DEVICE_CLASS(klass);
    if (!dc->user_creatable) {
        error_setg(errp, "Parameter 'driver' expects a pluggable device type, not '%s'", driver);
        return NULL;
    }
    return dc;
}

/* ---- what is not a property ---- */

/* NULL without an error when @key is absent. */
static bool take_string(QDict *props, const char *key, char **value, Error **errp)
{
    *value = NULL;
    if (!qdict_haskey(props, key)) {
        return true;
    }
    const char *text = qdict_get_str(props, key);
    if (!text) {
        error_setg(errp, "Invalid parameter type for '%s', expected: string", key);
        return false;
    }
    *value = g_strdup(text);
    qdict_del(props, key);
    return true;
}

static bool check_id(const char *id, Error **errp)
{
    if (!id_check(id, errp)) {
        return false;
    }
    if (object_property_find(object_get_container("/machine/peripheral"), id)) {
        error_setg(errp, "Duplicate device ID '%s'", id);
        return false;
    }
    return true;
}

static void append_bus_name(Bus *bus, void *opaque)
{
    if (bus->accepts) {
        g_string_append_printf(opaque, " '%s'", bus->name);
    }
}

static bool find_bus(const DeviceClass *dc, const char *driver, const char *name, Bus **bus,
                     Error **errp)
{
    *bus = name ? bus_find(name) : dc->bus_type ? bus_find_accepting(dc->bus_type) : NULL;
    if (name && (!*bus || !(*bus)->accepts)) {
        g_autoptr(GString) names = g_string_new(NULL);
        bus_foreach(append_bus_name, names);
        error_setg(errp, "Bus '%s' not found, there is:%s", name,
                   names->len ? names->str : " none");
        return false;
    }
    if (name && g_strcmp0((*bus)->accepts, dc->bus_type) != 0) {
        error_setg(errp, "Device '%s' can't go on %s bus", driver, (*bus)->type_name);
        return false;
    }
    if (name && bus_is_full(*bus)) {
        error_setg(errp, "Bus '%s' is full", name);
        return false;
    }
    if (dc->bus_type && !*bus) {
        error_setg(errp, "No '%s' bus found for device '%s'", dc->bus_type, driver);
        return false;
    }
    return true;
}

/* ---- while the machine runs ---- */

static bool machine_set_up;

void devices_set_up_done(void)
{
    machine_set_up = true;
}

static bool check_hotplug(const DeviceClass *dc, const char *driver, const Bus *bus, Error **errp)
{
    if (!machine_set_up) {
        return true;
    }
    if (dc->fixed) {
        error_setg(errp, "Device '%s' does not support hotplugging", driver);
        return false;
    }
    if (!bus) {
        error_setg(errp, "Device '%s' can not be hotplugged on this machine", driver);
        return false;
    }
    if (!bus->hotplug) {
        error_setg(errp, "Bus '%s' does not support hotplugging", bus->name);
        return false;
    }
    return true;
}

/* ---- putting it together ---- */

static bool set_up(Device *dev, const QDict *props, bool keyval, Error **errp)
{
    Bus *bus = dev->parent_bus;
    const BusHotplug *hotplug = bus ? bus->hotplug : NULL;
    if (!object_set_properties(OBJECT(dev), props, keyval, errp) ||
        (hotplug && hotplug->check_plug && !hotplug->check_plug(bus, dev, errp)) ||
        !device_realize(dev, errp)) {
        return false;
    }
    if (dev->hotplugged && hotplug->plugged) {
        hotplug->plugged(bus, dev);
    }
    return true;
}

static void place(Device *dev, const char *id, Bus *bus)
{
    dev->id = g_strdup(id);
    if (id) {
        object_property_add_child(object_get_container("/machine/peripheral"), id, OBJECT(dev));
    } else {
        object_property_add_child(object_get_container("/machine/peripheral-anon"), "device[*]",
                                  OBJECT(dev));
    }
    if (bus) {
        device_put_on_bus(dev, bus);
    }
}

Device *device_add(const QDict *props, bool keyval, Error **errp)
{
    g_autoptr(QDict) rest = qdict_clone_shallow(props);
    g_autofree char *driver = NULL, *id = NULL, *bus_name = NULL;
    if (!take_string(rest, "driver", &driver, errp) || !take_string(rest, "id", &id, errp) ||
        !take_string(rest, "bus", &bus_name, errp)) {
        return NULL;
    }
    if (!driver) {
        error_setg(errp, "Parameter 'driver' is missing");
        return NULL;
    }
    DeviceClass *dc = device_creatable_class(driver, errp);
    Bus *bus;
    if (!dc || (id && !check_id(id, errp)) || !find_bus(dc, driver, bus_name, &bus, errp) ||
        !check_hotplug(dc, driver, bus, errp)) {
        return NULL;
    }
    Device *dev = DEVICE(object_new(driver));
    dev->hotplugged = machine_set_up;
    place(dev, id, bus);
    if (!set_up(dev, rest, keyval, errp)) {
        device_remove(dev);
        return NULL;
    }
    return dev;
}
