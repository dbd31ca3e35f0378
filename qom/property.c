/*
 * Properties: named, typed values of objects, read and written through visitors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qom-internal.h"

static ObjectProperty *property_new(const char *name, const char *type,
                                    ObjectPropertyAccessor *get, ObjectPropertyAccessor *set,
                                    void *opaque)
{
    ObjectProperty *prop = g_new0(ObjectProperty, 1);

    prop->name = g_strdup(name);
    prop->type = g_strdup(type);
    prop->get = get;
    prop->set = set;
    prop->opaque = opaque;
    return prop;
}

void object_property_free(ObjectProperty *prop)
{
    g_free(prop->name);
    g_free(prop->type);
    g_free(prop->description);
    qobject_unref(prop->defval);
    g_free(prop);
}

static ObjectProperty *property_lookup(const GPtrArray *array, const char *name)
{
    for (guint i = 0; array && i < array->len; i++) {
        ObjectProperty *prop = g_ptr_array_index(array, i);

        if (g_str_equal(prop->name, name)) {
            return prop;
        }
    }
    return NULL;
}

static ObjectProperty *class_property_find(const ObjectClass *klass, const char *name)
{
    for (const ObjectClass *k = klass; k; k = object_class_get_parent(k)) {
        ObjectProperty *prop = property_lookup(k->properties, name);

        if (prop) {
            return prop;
        }
    }
    return NULL;
}

ObjectProperty *object_property_find(Object *obj, const char *name)
{
    ObjectProperty *prop = property_lookup(obj->properties, name);

    return prop ? prop : class_property_find(obj->klass, name);
}

ObjectProperty *object_property_add(Object *obj, const char *name, const char *type,
                                    ObjectPropertyAccessor *get, ObjectPropertyAccessor *set,
                                    void (*release)(Object *, const char *, void *), void *opaque)
{
    if (object_property_find(obj, name)) {
        g_error("object of type '%s' has a property '%s' already", object_get_typename(obj), name);
    }
    ObjectProperty *prop = property_new(name, type, get, set, opaque);
    prop->release = release;
    if (!obj->properties) {
        obj->properties = g_ptr_array_new();
    }
    g_ptr_array_add(obj->properties, prop);
    return prop;
}

ObjectProperty *object_class_property_add(ObjectClass *klass, const char *name, const char *type,
                                          ObjectPropertyAccessor *get, ObjectPropertyAccessor *set,
                                          void *opaque)
{
    if (class_property_find(klass, name)) {
        g_error("class '%s' has a property '%s' already", object_class_get_name(klass), name);
    }
    ObjectProperty *prop = property_new(name, type, get, set, opaque);
    g_ptr_array_add(klass->properties, prop);
    return prop;
}

void object_property_set_description(ObjectProperty *prop, const char *text)
{
    g_free(prop->description);
    prop->description = g_strdup(text);
}

void object_property_set_default(ObjectProperty *prop, QObject *value)
{
    qobject_unref(prop->defval);
    prop->defval = value;
}

void object_class_property_foreach(ObjectClass *klass,
                                   void (*fn)(ObjectProperty *prop, void *opaque), void *opaque)
{
    ObjectClass *parent = object_class_get_parent(klass);

    if (parent) {
        object_class_property_foreach(parent, fn, opaque);
    }
    for (guint i = 0; i < klass->properties->len; i++) {
        fn(g_ptr_array_index(klass->properties, i), opaque);
    }
}

void object_property_foreach(Object *obj, void (*fn)(ObjectProperty *prop, void *opaque),
                             void *opaque)
{
    object_class_property_foreach(obj->klass, fn, opaque);
    for (guint i = 0; obj->properties && i < obj->properties->len; i++) {
        fn(g_ptr_array_index(obj->properties, i), opaque);
    }
}

static void add_settable(ObjectProperty *prop, void *opaque)
{
    GString *names = opaque;

    if (prop->set) {
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", prop->name);
    }
}

static ObjectProperty *property_find_or_fail(Object *obj, const char *name, Error **errp)
{
    ObjectProperty *prop = object_property_find(obj, name);

    if (!prop) {
        g_autoptr(GString) names = g_string_new(NULL);

        error_setg(errp, "Property '%s.%.256s' not found", object_get_typename(obj), name);
        object_property_foreach(obj, add_settable, names);
        error_append_hint(errp, "Properties that can be set: %s\n", names->str);
    }
    return prop;
}

bool object_property_get(Object *obj, const char *name, Visitor *v, Error **errp)
{
    ObjectProperty *prop = property_find_or_fail(obj, name, errp);

    if (!prop) {
        return false;
    }
    if (!prop->get) {
        error_setg(errp, "Property '%s.%s' is not readable", object_get_typename(obj), name);
        return false;
    }
    return prop->get(obj, v, name, prop->opaque, errp);
}

bool object_property_set(Object *obj, const char *name, Visitor *v, Error **errp)
{
    ObjectProperty *prop = property_find_or_fail(obj, name, errp);

    if (!prop) {
        return false;
    }
    if (!prop->set) {
        error_setg(errp, "Property '%s.%s' is not writable", object_get_typename(obj), name);
        return false;
    }
    if (obj->klass->may_set && !obj->klass->may_set(obj, prop, errp)) {
        return false;
    }
    return prop->set(obj, v, name, prop->opaque, errp);
}

QObject *object_property_get_qobject(Object *obj, const char *name, Error **errp)
{
    QObject *result = NULL;
    g_autoptr(Visitor) v = qobject_output_visitor_new(&result);

    if (object_property_get(obj, name, v, errp)) {
        visit_complete(v, &result);
    }
    return result;
}

bool object_property_set_qobject(Object *obj, const char *name, QObject *value, Error **errp)
{
    g_autoptr(Visitor) v = qobject_input_visitor_new(value);

    return object_property_set(obj, name, v, errp);
}

bool object_property_parse(Object *obj, const char *name, const char *text, Error **errp)
{
    g_autoptr(Visitor) v = string_input_visitor_new(text);

    return object_property_set(obj, name, v, errp);
}

bool object_set_properties(Object *obj, const QDict *props, bool keyval, Error **errp)
{
    for (const QDictEntry *e = qdict_first(props); e; e = qdict_next(props, e)) {
        QObject *value = qdict_entry_value(e);
        g_autoptr(Visitor) v = keyval ? qobject_input_visitor_new_keyval(value)
                                      : qobject_input_visitor_new(value);

        if (!object_property_set(obj, qdict_entry_key(e), v, errp)) {
            return false;
        }
    }
    return true;
}

static bool get_type(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    char *type = (char *)object_get_typename(obj);

    return visit_type_str(v, name, &type, errp);
}

void object_class_add_base_properties(ObjectClass *klass)
{
    object_class_property_add(klass, "type", "string", get_type, NULL, NULL);
}
