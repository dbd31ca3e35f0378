/*
 * The composition tree: child and link properties, canonical paths and their resolution.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qom-internal.h"

#include <string.h>

bool object_visit_path(Visitor *v, const char *name, const Object *target, Error **errp)
{
    g_autofree char *path = target ? object_get_canonical_path(target) : NULL;
    char *text = path ? path : (char *)"";

    return visit_type_str(v, name, &text, errp);
}

static bool get_child(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    return object_visit_path(v, name, opaque, errp);
}

static void release_child(Object *obj, const char *name, void *opaque)
{
    Object *child = opaque;

    child->parent = NULL;
    g_clear_pointer(&child->parent_name, g_free);
    object_unref(child);
}

bool object_property_is_child(const ObjectProperty *prop)
{
    return prop->release == release_child;
}

static char *number_name(Object *parent, const char *name)
{
    size_t stem = strlen(name) - 3;

    for (unsigned i = 0;; i++) {
        g_autofree char *full = g_strdup_printf("%.*s[%u]", (int)stem, name, i);

        if (!object_property_find(parent, full)) {
            return g_steal_pointer(&full);
        }
    }
}

void object_property_add_child(Object *parent, const char *name, Object *child)
{
    g_autofree char *type = g_strdup_printf("child<%s>", object_get_typename(child));

    g_assert(!child->parent);
    child->parent_name =
        g_str_has_suffix(name, "[*]") ? number_name(parent, name) : g_strdup(name);
    child->parent = parent;
    object_property_add(parent, child->parent_name, type, get_child, NULL, release_child, child);
}

static bool get_link(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    return object_visit_path(v, name, *(Object **)opaque, errp);
}

bool object_property_is_link(const ObjectProperty *prop)
{
    return prop->get == get_link;
}

void object_property_add_link(Object *obj, const char *name, const char *type, Object **target)
{
    g_autofree char *link_type = g_strdup_printf("link<%s>", type);

    object_property_add(obj, name, link_type, get_link, NULL, NULL, target);
}

Object *object_property_target(Object *obj, const char *name)
{
    ObjectProperty *prop = object_property_find(obj, name);

    if (prop && object_property_is_child(prop)) {
        return prop->opaque;
    }
    if (prop && object_property_is_link(prop)) {
        return *(Object **)prop->opaque;
    }
    return prop ? object_class_link_target(obj, prop) : NULL;
}

static void release_property(Object *obj, ObjectProperty *prop)
{
    if (prop->release) {
        prop->release(obj, prop->name, prop->opaque);
    }
    object_property_free(prop);
}

void object_release_properties(Object *obj)
{
    while (obj->properties && obj->properties->len) {
        release_property(obj, g_ptr_array_steal_index(obj->properties, 0));
    }
    g_clear_pointer(&obj->properties, g_ptr_array_unref);
}

void object_unparent(Object *obj)
{
    Object *parent = obj->parent;

    for (guint i = 0; parent && i < parent->properties->len; i++) {
        ObjectProperty *prop = g_ptr_array_index(parent->properties, i);

        if (object_property_is_child(prop) && prop->opaque == obj) {
            g_ptr_array_steal_index(parent->properties, i);
            release_property(parent, prop);
            return;
        }
    }
}

void object_child_foreach(Object *obj, void (*fn)(Object *child, void *opaque), void *opaque)
{
    for (guint i = 0; obj->properties && i < obj->properties->len; i++) {
        ObjectProperty *prop = g_ptr_array_index(obj->properties, i);

        if (object_property_is_child(prop)) {
            fn(prop->opaque, opaque);
        }
    }
}

Object *object_get_root(void)
{
    static Object *root;

    if (!root) {
        root = object_new("container");
    }
    return root;
}

Object *object_get_container(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", 0);
    Object *obj = object_get_root();

    g_assert(path[0] == '/');
    for (char **part = parts + 1; *part; part++) {
        Object *child = object_property_target(obj, *part);

        if (!child) {
            child = object_new("container");
            object_property_add_child(obj, *part, child);
        }
        obj = child;
    }
    return obj;
}

const char *object_get_canonical_path_component(const Object *obj)
{
    return obj->parent_name;
}

char *object_get_canonical_path(const Object *obj)
{
    const Object *root = object_get_root();
    GString *path = g_string_new(NULL);

    for (; obj && obj != root; obj = obj->parent) {
        if (!obj->parent) {
            g_string_free(path, true);
            return NULL;
        }
        g_string_prepend(path, obj->parent_name);
        g_string_prepend_c(path, '/');
    }
    if (!path->len) {
        g_string_append_c(path, '/');
    }
    return g_string_free(path, false);
}

static Object *resolve_from(Object *obj, char **parts)
{
    for (; obj && *parts; parts++) {
        if (**parts) {
            obj = object_property_target(obj, *parts);
        }
    }
    return obj;
}

typedef struct PartialSearch {
    char **parts;
    Object *found;
    bool ambiguous;
} PartialSearch;

static void search_partial(Object *obj, void *opaque)
{
    PartialSearch *search = opaque;
    Object *match = resolve_from(obj, search->parts);

    if (match && search->found && match != search->found) {
        search->ambiguous = true;
    } else if (match) {
        search->found = match;
    }
    object_child_foreach(obj, search_partial, search);
}

/* No object is so deep that its path is longer; what is, would only take long to take apart. */
#define PATH_MAX_LEN ((size_t)64 << 10)

static void resolve_path(PartialSearch *search, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", 0);

    search->parts = parts;
    if (path[0] == '/') {
        search->found = resolve_from(object_get_root(), parts);
    } else if (path[0]) {
        search_partial(object_get_root(), search);
    }
}

Object *object_resolve_path(const char *path, bool *ambiguous)
{
    PartialSearch search = { 0 };

    if (strlen(path) <= PATH_MAX_LEN) {
        resolve_path(&search, path);
    }
    if (ambiguous) {
        *ambiguous = search.ambiguous;
    }
    return search.ambiguous ? NULL : search.found;
}
