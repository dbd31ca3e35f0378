/*
 * Properties that are plain fields of the instance struct.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qom-internal.h"

typedef struct FieldProperty {
    PropKind kind;
    const QEnumLookup *lookup; /* not NULL: an enumeration, whatever @kind */
    size_t offset;
} FieldProperty;

static const char *const kind_types[] = {
    [PROP_BOOL] = "bool",     [PROP_UINT8] = "uint8",   [PROP_UINT16] = "uint16",
    [PROP_UINT32] = "uint32", [PROP_UINT64] = "uint64", [PROP_INT32] = "int32",
    [PROP_INT64] = "int64",   [PROP_SIZE] = "size",     [PROP_SIZE32] = "size",
    [PROP_STRING] = "str",
};

static bool visit_size32(Visitor *v, const char *name, uint32_t *field, Error **errp)
{
    uint64_t value = *field;

    if (!visit_type_size(v, name, &value, errp)) {
        return false;
    }
    if (value > UINT32_MAX) {
        error_setg(errp, "Parameter '%s' expects a size below 4G", name);
        return false;
    }
    *field = value;
    return true;
}

static bool visit_string(Visitor *v, const char *name, char **field, Error **errp)
{
    char *value = *field ? *field : (char *)"";

    if (!visit_is_input(v)) {
        return visit_type_str(v, name, &value, errp);
    }
    if (!visit_type_str(v, name, &value, errp)) {
        return false;
    }
    g_free(*field);
    *field = value;
    return true;
}

static bool access_field(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    const FieldProperty *prop = opaque;
    void *field = (char *)obj + prop->offset;

    if (prop->lookup) {
        return visit_type_enum(v, name, field, prop->lookup, errp);
    }
    switch (prop->kind) {
    case PROP_BOOL:
        return visit_type_bool(v, name, field, errp);
    case PROP_UINT8:
        return visit_type_uint8(v, name, field, errp);
    case PROP_UINT16:
        return visit_type_uint16(v, name, field, errp);
    case PROP_UINT32:
        return visit_type_uint32(v, name, field, errp);
    case PROP_UINT64:
        return visit_type_uint64(v, name, field, errp);
    case PROP_INT32:
        return visit_type_int32(v, name, field, errp);
    case PROP_INT64:
        return visit_type_int64(v, name, field, errp);
    case PROP_SIZE:
        return visit_type_size(v, name, field, errp);
    case PROP_SIZE32:
        return visit_size32(v, name, field, errp);
    case PROP_STRING:
        return visit_string(v, name, field, errp);
    }
    g_assert_not_reached();
}

static ObjectProperty *add_field(ObjectClass *klass, const char *name, const char *type,
                                 const FieldProperty *field, const char *description)
{
    /* Lives as long as the class, which is for ever. */
    ObjectProperty *prop = object_class_property_add(klass, name, type, access_field, access_field,
                                                     g_memdup2(field, sizeof(*field)));

    prop->is_field = true;
    object_property_set_description(prop, description);
    return prop;
}

ObjectProperty *object_class_property_add_field(ObjectClass *klass, const char *name,
                                                PropKind kind, size_t offset,
                                                const char *description)
{
    const FieldProperty field = { .kind = kind, .offset = offset };

    return add_field(klass, name, kind_types[kind], &field, description);
}

ObjectProperty *object_class_property_add_enum(ObjectClass *klass, const char *name,
                                               const char *type, const QEnumLookup *lookup,
                                               size_t offset, const char *description)
{
    const FieldProperty field = { .lookup = lookup, .offset = offset };

    return add_field(klass, name, type, &field, description);
}
