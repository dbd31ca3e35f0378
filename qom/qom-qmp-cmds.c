/*
 * QMP commands of the object model.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qom-internal.h"

#include "qapi/qapi-commands-qom.h"
#include "qapi/util.h"

Object *qom_resolve_or_fail(const char *path, Error **errp)
{
    bool ambiguous;
    Object *obj = object_resolve_path(path, &ambiguous);

    if (ambiguous) {
        error_setg(errp, "Path '%.256s' does not uniquely identify an object", path);
    } else if (!obj) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%.256s' not found", path);
    }
    return obj;
}

static ObjectPropertyInfo *property_info(const ObjectProperty *prop)
{
    ObjectPropertyInfo *info = g_new0(ObjectPropertyInfo, 1);

    info->name = g_strdup(prop->name);
    info->type = g_strdup(prop->type);
    info->description = g_strdup(prop->description);
    info->default_value = prop->defval ? qobject_ref(prop->defval) : NULL;
    return info;
}

typedef struct PropertyList {
    ObjectPropertyInfoList *head;
    ObjectPropertyInfoList **tail;
} PropertyList;

/* As a name and a type only: what objects have is told by the type's own listing. */
static void add_name_and_type(ObjectProperty *prop, void *opaque)
{
    PropertyList *list = opaque;
    ObjectPropertyInfo *info = g_new0(ObjectPropertyInfo, 1);

    info->name = g_strdup(prop->name);
    info->type = g_strdup(prop->type);
    QAPI_LIST_APPEND(list->tail, info);
}

static void add_full(ObjectProperty *prop, void *opaque)
{
    PropertyList *list = opaque;

    QAPI_LIST_APPEND(list->tail, property_info(prop));
}

static void add_if_field(ObjectProperty *prop, void *opaque)
{
    if (prop->is_field) {
        add_full(prop, opaque);
    }
}

ObjectPropertyInfoList *coroutine_fn qmp_qom_list(const char *path, Error **errp)
{
    PropertyList list = { .tail = &list.head };
    Object *obj = qom_resolve_or_fail(path, errp);

    if (obj) {
        object_property_foreach(obj, add_name_and_type, &list);
    }
    return list.head;
}

QObject *coroutine_fn qmp_qom_get(const char *path, const char *property, Error **errp)
{
    Object *obj = qom_resolve_or_fail(path, errp);

    return obj ? object_property_get_qobject(obj, property, errp) : NULL;
}

void coroutine_fn qmp_qom_set(const char *path, const char *property, QObject *value,
                              Error **errp)
{
    Object *obj = qom_resolve_or_fail(path, errp);

    if (obj) {
        object_property_set_qobject(obj, property, value, errp);
    }
}

static ObjectTypeInfo *type_info(ObjectClass *klass)
{
    ObjectTypeInfo *info = g_new0(ObjectTypeInfo, 1);
    ObjectClass *parent = object_class_get_parent(klass);

    info->name = g_strdup(object_class_get_name(klass));
    info->has_abstract = info->abstract = object_class_is_abstract(klass);
    info->parent = parent ? g_strdup(object_class_get_name(parent)) : NULL;
    return info;
}

ObjectTypeInfoList *coroutine_fn qmp_qom_list_types(const char *implements, bool has_abstract,
                                                    bool abstract, Error **errp)
{
    ObjectTypeInfoList *head = NULL;
    ObjectTypeInfoList **tail = &head;
    g_autoptr(GSList) classes = object_class_get_list(implements, has_abstract && abstract);

    for (GSList *it = classes; it; it = it->next) {
        QAPI_LIST_APPEND(tail, type_info(it->data));
    }
    return head;
}

ObjectPropertyInfoList *coroutine_fn qmp_qom_list_properties(const char *typename, Error **errp)
{
    PropertyList list = { .tail = &list.head };
    ObjectClass *klass = object_class_by_name(typename);

    if (!klass) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Class '%.256s' not found", typename);
        return NULL;
    }
    object_class_property_foreach(klass, add_full, &list);
    return list.head;
}

ObjectPropertyInfoList *coroutine_fn qmp_device_list_properties(const char *typename,
                                                                Error **errp)
{
    PropertyList list = { .tail = &list.head };
    ObjectClass *klass = object_class_by_name(typename);

    if (!klass) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%.256s' not found", typename);
        return NULL;
    }
    if (!object_class_dynamic_cast(klass, "device") || object_class_is_abstract(klass)) {
        error_setg(errp, "Parameter 'typename' expects a non-abstract device type, not '%.256s'",
                   typename);
        return NULL;
    }
    object_class_property_foreach(klass, add_if_field, &list);
    return list.head;
}
