/*
 * The type table: registration, classes and what is known about a type without an instance.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qom-internal.h"

#include <string.h>

static GHashTable *types; /* name -> Type */
static GSList *type_inits;

void type_add_init(void (*fn)(void))
{
    type_inits = g_slist_prepend(type_inits, (gpointer)fn);
}

static const TypeInfo object_info = {
    .name = "object",
    .abstract = true,
    .instance_size = sizeof(Object),
    .class_size = sizeof(ObjectClass),
};

static const TypeInfo container_info = {
    .name = "container",
    .parent = "object",
};

static void type_table_init(void)
{
    if (!types) {
        types = g_hash_table_new(g_str_hash, g_str_equal);
        type_register_static(&object_info);
        type_register_static(&container_info);
    }
}

void module_init_types(void)
{
    GSList *pending = g_steal_pointer(&type_inits);

    type_table_init();
    for (GSList *it = pending; it; it = it->next) {
        ((void (*)(void))it->data)();
    }
    g_slist_free(pending);
}

void type_register_static(const TypeInfo *info)
{
    Type *type = g_new0(Type, 1);

    type_table_init();
    if (!g_hash_table_insert(types, (gpointer)info->name, type)) {
        g_error("type '%s' is registered twice", info->name);
    }
    type->info = info;
}

static Type *type_resolve_parent(Type *type)
{
    const char *name = type->info->parent;

    if (!name && type->info != &object_info) {
        name = object_info.name;
    }
    if (!name) {
        return NULL;
    }
    Type *parent = type_find(name);
    if (!parent) {
        g_error("type '%s' has the unknown parent '%s'", type->info->name, name);
    }
    return parent;
}

/* Types may be registered in any order, so parents are looked up on first use. */
static void type_resolve(Type *type)
{
    if (type->instance_size) {
        return;
    }
    type->parent = type_resolve_parent(type);
    type->instance_size = type->info->instance_size;
    type->class_size = type->info->class_size;
    if (type->parent) {
        type_resolve(type->parent);
        if (!type->instance_size) {
            type->instance_size = type->parent->instance_size;
        }
        if (!type->class_size) {
            type->class_size = type->parent->class_size;
        }
        g_assert(type->instance_size >= type->parent->instance_size);
        g_assert(type->class_size >= type->parent->class_size);
    }
}

Type *type_find(const char *name)
{
    type_table_init();
    return g_hash_table_lookup(types, name);
}

ObjectClass *type_get_class(Type *type)
{
    if (type->klass) {
        return type->klass;
    }
    type_resolve(type);
    ObjectClass *klass = g_malloc0(type->class_size);
    if (type->parent) {
        memcpy(klass, type_get_class(type->parent), type->parent->class_size);
    }
    klass->type = type;
    klass->properties = g_ptr_array_new();
    type->klass = klass;
    if (!type->parent) {
        object_class_add_base_properties(klass);
    }
    if (type->info->class_init) {
        type->info->class_init(klass, type->info->class_data);
    }
    return klass;
}

ObjectClass *object_class_by_name(const char *type_name)
{
    Type *type = type_name ? type_find(type_name) : NULL;

    return type ? type_get_class(type) : NULL;
}

const char *object_class_get_name(const ObjectClass *klass)
{
    return klass->type->info->name;
}

ObjectClass *object_class_get_parent(const ObjectClass *klass)
{
    return klass->type->parent ? type_get_class(klass->type->parent) : NULL;
}

bool object_class_is_abstract(const ObjectClass *klass)
{
    return klass->type->info->abstract;
}

ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type_name)
{
    for (Type *type = klass ? klass->type : NULL; type; type = type->parent) {
        if (g_str_equal(type->info->name, type_name) ||
            (type->info->interfaces && g_strv_contains(type->info->interfaces, type_name))) {
            return klass;
        }
    }
    return NULL;
}

void *object_class_check_cast(ObjectClass *klass, const char *type_name, const char *file, int line)
{
    if (!object_class_dynamic_cast(klass, type_name)) {
        g_error("%s:%d: class '%s' is not a '%s'", file, line,
                klass ? object_class_get_name(klass) : "(null)", type_name);
    }
    return klass;
}

static gint compare_class_names(gconstpointer a, gconstpointer b)
{
    return strcmp(object_class_get_name(a), object_class_get_name(b));
}

GSList *object_class_get_list(const char *implements, bool include_abstract)
{
    g_autoptr(GList) all = NULL;
    GSList *list = NULL;

    type_table_init();
    /* A copy of the values: making a class may not, but could, register types. */
    all = g_hash_table_get_values(types);
    for (GList *it = all; it; it = it->next) {
        ObjectClass *klass = type_get_class(it->data);

        if (object_class_is_abstract(klass) && !include_abstract) {
            continue;
        }
        if (implements && !object_class_dynamic_cast(klass, implements)) {
            continue;
        }
        list = g_slist_prepend(list, klass);
    }
    return g_slist_sort(list, compare_class_names);
}
