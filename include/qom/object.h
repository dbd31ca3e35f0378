/*
 * Types, objects, properties and canonical paths.
 *
 * A type is registered once by name with a TypeInfo; it has one class object (virtual functions,
 * properties that every instance has) and any number of instances. Objects are reference-counted;
 * the composition tree (child properties) holds references, and an object's canonical path is its
 * path in that tree: /machine/soc0/harts[0].
 *
 * All of it under the BQL (or at start-up), unless said otherwise.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOM_OBJECT_H
#define QOM_OBJECT_H

#include "qapi/visitor.h"
#include "qobject/qobject.h"
#include "util/error.h"

typedef struct Type Type;
typedef struct ObjectClass ObjectClass;
typedef struct Object Object;
typedef struct ObjectProperty ObjectProperty;

/* First member of every class struct; a derived class starts as a copy of its parent's. */
struct ObjectClass {
    Type *type;
    GPtrArray *properties; /* of this class alone, in order; private */
    /* Whether @prop may be written now; NULL: always. Devices refuse once they are realized. */
    bool (*may_set)(Object *obj, const ObjectProperty *prop, Error **errp);
};

/* First member of every instance struct. */
struct Object {
    ObjectClass *klass;
    Object *parent;         /* in the composition tree; not counted */
    char *parent_name;      /* the child property's name there */
    GPtrArray *properties; /* of this instance alone, in order; NULL until there is one */
    unsigned refcount;
};

typedef struct TypeInfo {
    const char *name;
    const char *parent;   /* NULL only for "object" itself; default "object" */
    bool abstract;
    size_t instance_size; /* 0: as the parent's */
    size_t class_size;
    void (*class_init)(ObjectClass *klass, const void *data);
    const void *class_data;
    void (*instance_init)(Object *obj);     /* parents first */
    void (*instance_finalize)(Object *obj); /* children first */
    const char *const *interfaces;          /* names of interface types, NULL-terminated */
} TypeInfo;

/* Strings and tables in @info must live for ever. */
void type_register_static(const TypeInfo *info);
/* Have @fn run by module_init_types(), before main() does anything with types. */
#define type_init(fn)                                                                              \
    static void __attribute__((constructor)) type_init_##fn(void)                                  \
    {                                                                                              \
        type_add_init(fn);                                                                         \
    }
void type_add_init(void (*fn)(void));
void module_init_types(void);

/* Classes are made on first use and live for ever. NULL: no such type. */
ObjectClass *object_class_by_name(const char *type_name);
const char *object_class_get_name(const ObjectClass *klass);
ObjectClass *object_class_get_parent(const ObjectClass *klass);
bool object_class_is_abstract(const ObjectClass *klass);
/* @klass when it is of @type_name or derived from it, or implements that interface; else NULL. */
ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type_name);
/* Sorted by name; abstract ones included when asked for. @implements may be NULL. */
GSList *object_class_get_list(const char *implements, bool include_abstract);

/* What can be set, to stdout: `-device NAME,help`. */
void object_class_print_help(ObjectClass *klass);

Object *object_new(const char *type_name); /* refcount 1; aborts on an unknown or abstract type */
Object *object_ref(Object *obj);
void object_unref(Object *obj); /* NULL is fine */
Object *object_dynamic_cast(Object *obj, const char *type_name);
const char *object_get_typename(const Object *obj);

/* Casts that abort when wrong: OBJECT_CHECK(BochsDisplay, obj, "bochs-display"). */
void *object_check_cast(Object *obj, const char *type_name, const char *file, int line);
void *object_class_check_cast(ObjectClass *klass, const char *type_name, const char *file,
                              int line);
#define OBJECT(obj) ((Object *)(obj))
#define OBJECT_CHECK(type, obj, name)                                                              \
    ((type *)object_check_cast(OBJECT(obj), (name), __FILE__, __LINE__))
#define OBJECT_CLASS_CHECK(type, klass, name)                                                      \
    ((type *)object_class_check_cast((ObjectClass *)(klass), (name), __FILE__, __LINE__))
#define OBJECT_GET_CLASS(type, obj, name) OBJECT_CLASS_CHECK(type, OBJECT(obj)->klass, name)

/* ---- properties ---- */

typedef bool ObjectPropertyAccessor(Object *obj, Visitor *v, const char *name, void *opaque,
                                    Error **errp);

struct ObjectProperty {
    char *name;
    char *type;        /* "uint32", "string", "bool", "size", "child<T>", "link<T>", ... */
    char *description; /* may be NULL */
    ObjectPropertyAccessor *get; /* NULL: cannot be read */
    ObjectPropertyAccessor *set; /* NULL: read-only */
    void (*release)(Object *obj, const char *name, void *opaque);
    void *opaque;
    QObject *defval; /* may be NULL; shown by *-list-properties */
    bool is_field;   /* made by object_class_property_add_field() */
};

ObjectProperty *object_property_add(Object *obj, const char *name, const char *type,
                                    ObjectPropertyAccessor *get, ObjectPropertyAccessor *set,
                                    void (*release)(Object *, const char *, void *), void *opaque);
ObjectProperty *object_class_property_add(ObjectClass *klass, const char *name, const char *type,
                                          ObjectPropertyAccessor *get, ObjectPropertyAccessor *set,
                                          void *opaque);
void object_property_set_description(ObjectProperty *prop, const char *text);
void object_property_set_default(ObjectProperty *prop, QObject *value /* taken */);

/*
 * Plain fields of the instance as class properties: the field lies at @offset and has the C type
 * that @kind names (bool, uint8_t .. uint64_t, char * for PROP_STRING, uint64_t for PROP_SIZE,
 * uint32_t for PROP_SIZE32). ObjectClass::may_set says when they may be written.
 */
typedef enum PropKind {
    PROP_BOOL, PROP_UINT8, PROP_UINT16, PROP_UINT32, PROP_UINT64, PROP_INT32, PROP_INT64,
    PROP_SIZE, PROP_SIZE32, PROP_STRING,
} PropKind;
ObjectProperty *object_class_property_add_field(ObjectClass *klass, const char *name,
                                                PropKind kind, size_t offset,
                                                const char *description);

/* The same for a field of an enumeration's type (an int); @type is its name in the schema. */
ObjectProperty *object_class_property_add_enum(ObjectClass *klass, const char *name,
                                               const char *type, const QEnumLookup *lookup,
                                               size_t offset, const char *description);
/*
 * A link: the field is a counted Object * or NULL, let go when the object is finalized. It is set
 * to what a path or an identifier under /objects or /machine/peripheral leads to, which must be of
 * @target_type. A user's object (qom/user-object.h) that is linked to cannot be deleted.
 */
ObjectProperty *object_class_property_add_link(ObjectClass *klass, const char *name,
                                               const char *target_type, size_t offset,
                                               const char *description);

ObjectProperty *object_property_find(Object *obj, const char *name); /* instance, then classes */
/* Every property of the object / the class and its parents; order: classes first, then as added. */
void object_property_foreach(Object *obj, void (*fn)(ObjectProperty *prop, void *opaque),
                             void *opaque);
void object_class_property_foreach(ObjectClass *klass,
                                   void (*fn)(ObjectProperty *prop, void *opaque), void *opaque);

bool object_property_get(Object *obj, const char *name, Visitor *v, Error **errp);
bool object_property_set(Object *obj, const char *name, Visitor *v, Error **errp);
QObject *object_property_get_qobject(Object *obj, const char *name, Error **errp);
bool object_property_set_qobject(Object *obj, const char *name, QObject *value, Error **errp);
/* From text, as on the command line ("32M", "on"). */
bool object_property_parse(Object *obj, const char *name, const char *text, Error **errp);
/* Set every member of @props (keyval: all strings; else JSON types). Stops at the first error. */
bool object_set_properties(Object *obj, const QDict *props, bool keyval, Error **errp);

/* ---- the composition tree ---- */

/* Takes the caller's reference. A name ending in "[*]" gets the first free number. */
void object_property_add_child(Object *parent, const char *name, Object *child);
/* Read as the target's path. @target points to a field that holds an uncounted pointer or NULL. */
void object_property_add_link(Object *obj, const char *name, const char *type, Object **target);
/* Take @obj out of its parent, dropping the tree's reference. */
void object_unparent(Object *obj);

Object *object_get_root(void);
/* "/machine", "/machine/peripheral", "/objects", "/chardevs": made on first use. */
Object *object_get_container(const char *path);
char *object_get_canonical_path(const Object *obj);            /* g_free(); NULL when outside */
const char *object_get_canonical_path_component(const Object *obj);
/* Absolute, or partial when unique ("harts[0]"); *@ambiguous may be NULL. NULL: not found. */
Object *object_resolve_path(const char *path, bool *ambiguous);
void object_child_foreach(Object *obj, void (*fn)(Object *child, void *opaque), void *opaque);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Object, object_unref)

#endif
