/*
 * Instances: making, counting, casting and finalizing objects.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qom-internal.h"

static void object_init_as(Object *obj, Type *type)
{
    if (type->parent) {
        object_init_as(obj, type->parent);
    }
    if (type->info->instance_init) {
        type->info->instance_init(obj);
    }
}

Object *object_new(const char *type_name)
{
    ObjectClass *klass = object_class_by_name(type_name);

    if (!klass || object_class_is_abstract(klass)) {
        g_error("cannot make an object of %s type '%s'", klass ? "abstract" : "unknown",
                type_name);
    }
    Object *obj = g_malloc0(klass->type->instance_size);
    obj->klass = klass;
    obj->refcount = 1;
    object_init_as(obj, klass->type);
    return obj;
}

Object *object_ref(Object *obj)
{
    obj->refcount++;
    return obj;
}

static void object_finalize(Object *obj)
{
    g_assert(!obj->parent);
    object_release_links(obj);
    object_release_properties(obj);
    for (Type *type = obj->klass->type; type; type = type->parent) {
        if (type->info->instance_finalize) {
            type->info->instance_finalize(obj);
        }
    }
    g_free(obj);
}

void object_unref(Object *obj)
{
    if (!obj) {
        return;
    }
    g_assert(obj->refcount > 0);
    if (obj->refcount == 1) {
        /* Still counted while it is taken apart, so that a release hook may look at it. */
        object_finalize(obj);
    } else {
        obj->refcount--;
    }
}

const char *object_get_typename(const Object *obj)
{
    return object_class_get_name(obj->klass);
}

Object *object_dynamic_cast(Object *obj, const char *type_name)
{
    return obj && object_class_dynamic_cast(obj->klass, type_name) ? obj : NULL;
}

void *object_check_cast(Object *obj, const char *type_name, const char *file, int line)
{
    if (!object_dynamic_cast(obj, type_name)) {
        g_error("%s:%d: object of type '%s' is not a '%s'", file, line,
                obj ? object_get_typename(obj) : "(null)", type_name);
    }
    return obj;
}
