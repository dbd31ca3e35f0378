/*
 * Devices: realize, unrealize and reset.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "device-internal.h"

#include "hw/bus.h"

/* In the order of realization, which is the order of resets. */
static GPtrArray *all_realized(void)
{
    static GPtrArray *realized;
    if (!realized) {
        realized = g_ptr_array_new();
    }
    return realized;
}

const GPtrArray *devices_realized(void)
{
    return all_realized();
}

bool device_realize(Device *dev, Error **errp)
{
    g_assert(!dev->realized);
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    bool placed = OBJECT(dev)->parent != NULL;
    if (!placed) {
        object_property_add_child(object_get_container("/machine/unattached"), "device[*]",
                                  OBJECT(dev));
    }
    if (!boot_order_admits(dev, errp) || (dc->realize && !dc->realize(dev, errp))) {
        if (!placed) {
            device_remove(dev);
        }
        return false;
    }
    dev->realized = true;
    g_ptr_array_add(all_realized(), dev);
    return true;
}

void device_unrealize(Device *dev)
{
    g_assert(dev->realized);
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    if (dc->unrealize) {
        dc->unrealize(dev);
    }
    dev->realized = false;
    g_ptr_array_remove(all_realized(), dev);
}

void device_remove(Device *dev)
{
    if (dev->realized) {
        device_unrealize(dev);
    }
    if (dev->parent_bus) {
        g_ptr_array_remove(dev->parent_bus->devices, dev);
        dev->parent_bus = NULL;
    }
    object_unparent(OBJECT(dev));
}

void devices_reset_all(void)
{
    const GPtrArray *all = all_realized();
    for (guint i = 0; i < all->len; i++) {
        Device *dev = g_ptr_array_index(all, i);
        DeviceClass *dc = DEVICE_GET_CLASS(dev);
        if (dc->reset) {
            dc->reset(dev);
        }
    }
}

static bool device_may_set(Object *obj, const ObjectProperty *prop, Error **errp)
{
    Device *dev = DEVICE(obj);
    if (!dev->realized || !prop->is_field) {
        return true;
    }
    if (dev->id) {
        error_setg(errp,
                   "Attempt to set property '%s' on device '%s' (type '%s') after it was realized",
                   prop->name, dev->id, object_get_typename(obj));
    } else {
        error_setg(errp,
                   "Attempt to set property '%s' on anonymous device (type '%s') after it was "
                   "realized",
                   prop->name, object_get_typename(obj));
    }
    return false;
}

static bool get_realized(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    bool value = DEVICE(obj)->realized;
    return visit_type_bool(v, name, &value, errp);
}

static bool get_hotplugged(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    bool value = DEVICE(obj)->hotplugged;
    return visit_type_bool(v, name, &value, errp);
}

static void device_class_init(ObjectClass *klass, const void *data)
{
    klass->may_set = device_may_set;
    object_class_property_add(klass, "realized", "bool", get_realized, NULL, NULL);
    object_class_property_add(klass, "hotplugged", "bool", get_hotplugged, NULL, NULL);
}

static void device_init(Object *obj)
{
    DEVICE(obj)->bootindex = NO_BOOTINDEX;
}

static void device_finalize(Object *obj)
{
    Device *dev = DEVICE(obj);
    g_assert(!dev->realized && !dev->parent_bus);
    g_free(dev->id);
}

static const TypeInfo device_type = {
    .name = TYPE_DEVICE,
    .abstract = true,
    .instance_size = sizeof(Device),
    .class_size = sizeof(DeviceClass),
    .class_init = device_class_init,
    .instance_init = device_init,
    .instance_finalize = device_finalize,
};

static void device_register(void)
{
    type_register_static(&device_type);
}
type_init(device_register)
