/*
 * What the files of qom/ share: the type table behind ObjectClass.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOM_INTERNAL_H
#define QOM_INTERNAL_H

#include "qom/object.h"

struct Type {
    const TypeInfo *info;
    Type *parent;
    size_t instance_size; /* resolved through the parents */
    size_t class_size;
    ObjectClass *klass; /* NULL until first used */
};

/* The type's class, made when it was not there; NULL: no such type. */
Type *type_find(const char *name);
ObjectClass *type_get_class(Type *type);

void object_property_free(ObjectProperty *prop);
void object_class_add_base_properties(ObjectClass *klass);
/* Drop the properties of @obj alone, children first to last. */
void object_release_properties(Object *obj);
/* The child or link target that @name leads to; NULL: neither. Borrowed. */
Object *object_property_target(Object *obj, const char *name);
/* The text of a child or link property: the path of @target, "" for NULL. */
bool object_visit_path(Visitor *v, const char *name, const Object *target, Error **errp);
/* Where a link of @obj's class leads; NULL: nowhere, or @prop is none. Borrowed. */
Object *object_class_link_target(Object *obj, const ObjectProperty *prop);
/* Let go of what the links of @obj's class lead to. */
void object_release_links(Object *obj);
bool object_property_is_child(const ObjectProperty *prop);
bool object_property_is_link(const ObjectProperty *prop);

/* The object that a client names; NULL with an error that names the path. */
Object *qom_resolve_or_fail(const char *path, Error **errp);

#endif
