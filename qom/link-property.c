/*
 * Links of a class: fields that hold a counted reference to another object.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qom-internal.h"

#include "qom/user-object.h"

#include <string.h>

typedef struct LinkProperty {
    const char *target_type;
    size_t offset;
} LinkProperty;

static Object **link_field(Object *obj, const void *opaque)
{
    const LinkProperty *link = opaque;

    return (Object **)((char *)obj + link->offset);
}

static void count_user(Object *target, int change)
{
    if (object_dynamic_cast(target, TYPE_USER_OBJECT)) {
        USER_OBJECT(target)->users += (unsigned)change;
    }
}

static void link_to(Object **field, Object *target)
{
    Object *old = *field;

    if (target) {
        count_user(object_ref(target), 1);
    }
    *field = target;
    if (old) {
        count_user(old, -1);
        object_unref(old);
    }
}

static Object *find_target(const char *text)
{
    static const char *const places[] = { "/objects", "/machine/peripheral" };
    Object *found = *text == '/' ? object_resolve_path(text, NULL) : NULL;

    for (unsigned i = 0; !found && *text != '/' && i < G_N_ELEMENTS(places); i++) {
        found = object_property_target(object_get_container(places[i]), text);
    }
    return found;
}

static bool set_from_text(Object **field, const LinkProperty *link, const char *name,
                          const char *text, Error **errp)
{
    Object *target = *text ? find_target(text) : NULL;

    if (*text && !target) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%.256s' not found", text);
        error_append_hint(errp, "Parameter '%s' expects the id of an object of type '%s'\n", name,
                          link->target_type);
        return false;
    }
    if (target && !object_dynamic_cast(target, link->target_type)) {
        error_setg(errp, "Invalid parameter type for '%s', expected: %s; '%s' is of type '%s'",
                   name, link->target_type, text, object_get_typename(target));
        return false;
    }
    link_to(field, target);
    return true;
}

static bool set_link(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    g_autofree char *text = NULL;

    return visit_type_str(v, name, &text, errp) &&
           set_from_text(link_field(obj, opaque), opaque, name, text, errp);
}

static bool get_link(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    return object_visit_path(v, name, *link_field(obj, opaque), errp);
}

ObjectProperty *object_class_property_add_link(ObjectClass *klass, const char *name,
                                               const char *target_type, size_t offset,
                                               const char *description)
{
    g_autofree char *type = g_strdup_printf("link<%s>", target_type);
    LinkProperty *link = g_new(LinkProperty, 1);

    /* Lives as long as the class, which is for ever. */
    *link = (LinkProperty){ .target_type = target_type, .offset = offset };
    ObjectProperty *prop = object_class_property_add(klass, name, type, get_link, set_link, link);
    prop->is_field = true;
    object_property_set_description(prop, description);
    return prop;
}

Object *object_class_link_target(Object *obj, const ObjectProperty *prop)
{
    return prop->get == get_link ? *link_field(obj, prop->opaque) : NULL;
}

static void let_go(ObjectProperty *prop, void *opaque)
{
    if (prop->get == get_link) {
        link_to(link_field(opaque, prop->opaque), NULL);
    }
}

void object_release_links(Object *obj)
{
    object_class_property_foreach(obj->klass, let_go, obj);
}
