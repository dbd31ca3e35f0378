/*
 * Objects that users make: -object and object-add put them at /objects/ID.
 *
 * A type derived from TYPE_USER_OBJECT has its settings as properties. They are all set when
 * open() is called and do not change afterwards. Whoever uses such an object holds a link to it
 * (object_class_property_add_link()): while there is one, object-del refuses.
 *
 * BQL held (or start-up), unless said otherwise.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOM_USER_OBJECT_H
#define QOM_USER_OBJECT_H

#include "qom/object.h"
#include "util/compiler.h"

#define TYPE_USER_OBJECT "user-creatable" /* abstract */

typedef struct UserObject {
    Object parent_obj;
    char *id;
    bool complete; /* open() went well */
    unsigned users;
} UserObject;

typedef struct UserObjectClass {
    ObjectClass parent_class;
    /*
     * What may block: files, threads. In a worker without the BQL, or at start-up; nobody else
     * knows the object yet. NULL: nothing to do. What a failed one leaves, finalize takes away.
     */
    bool (*open)(UserObject *obj, Error **errp);
    /* The opposite, in a worker; nobody knows the object any more. */
    void (*close)(UserObject *obj);
} UserObjectClass;

#define USER_OBJECT(obj)           OBJECT_CHECK(UserObject, (obj), TYPE_USER_OBJECT)
#define USER_OBJECT_CLASS(klass)   OBJECT_CLASS_CHECK(UserObjectClass, (klass), TYPE_USER_OBJECT)
#define USER_OBJECT_GET_CLASS(obj) OBJECT_GET_CLASS(UserObjectClass, (obj), TYPE_USER_OBJECT)

/* The value of -object: "TYPE,id=ID,PROP=VALUE..." or JSON. qobject_unref() it. */
QDict *user_object_parse(const char *text, Error **errp);
/* -object "help" and "TYPE,help": print to stdout. False: @text is neither. */
bool user_object_print_help(const char *text);
/* Make what user_object_parse() has returned; on failure nothing is left. At start-up. */
bool no_coroutine_fn user_object_create(const QDict *options, Error **errp);

#endif
