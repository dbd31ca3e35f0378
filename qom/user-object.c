/*
 * Objects that users make: from options to an object at /objects/ID, and away again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "user-object-internal.h"

#include "qapi/keyval.h"
#include "qapi/qapi-visit-objects.h"
#include "qapi/qmp-cancel.h"
#include "util/event-loop.h"
#include "util/id.h"
#include "util/worker-pool.h"

#include <stdio.h>
#include <string.h>

static Object *objects(void)
{
    return object_get_container("/objects");
}

/* ---- options ---- */

static void print_types(void)
{
    g_autoptr(GSList) list = object_class_get_list(TYPE_USER_OBJECT, false);

    printf("List of user creatable objects:\n");
    for (GSList *it = list; it; it = it->next) {
        printf("  %s\n", object_class_get_name(it->data));
    }
}

bool user_object_print_help(const char *text)
{
    g_autofree char *type =
        g_str_has_suffix(text, ",help") ? g_strndup(text, strlen(text) - strlen(",help")) : NULL;
    ObjectClass *klass = object_class_by_name(type);

    if (klass && object_class_dynamic_cast(klass, TYPE_USER_OBJECT)) {
        object_class_print_help(klass);
    } else if (type || g_str_equal(text, "help")) {
        print_types();
    } else {
        return false;
    }
    return true;
}

QDict *user_object_parse(const char *text, Error **errp)
{
    bool is_json;
    g_autoptr(QDict) dict = keyval_parse_or_json(text, "qom-type", &is_json, errp);
    g_autoptr(Visitor) v = NULL;
    g_autoptr(ObjectOptions) options = NULL;

    if (!dict) {
        return NULL;
    }
    v = is_json ? qobject_input_visitor_new(QOBJECT(dict))
                : qobject_input_visitor_new_keyval(QOBJECT(dict));
    return visit_type_ObjectOptions(v, NULL, &options, errp) ? user_object_options(options) : NULL;
}

QDict *user_object_options(ObjectOptions *options)
{
    QObject *result = NULL;
    g_autoptr(Visitor) v = qobject_output_visitor_new(&result);

    visit_type_ObjectOptions(v, NULL, &options, &error_abort);
    visit_complete(v, &result);
    return qobject_to_qdict(result);
}

/* ---- making ---- */

static bool check_free(const char *id, Error **errp)
{
    if (object_property_find(objects(), id)) {
        error_setg(errp, "Duplicate ID '%s' for object", id);
        return false;
    }
    return true;
}

static UserObject *make(const QDict *options, Error **errp)
{
    const char *type = qdict_get_str(options, "qom-type"), *id = qdict_get_str(options, "id");
    g_autoptr(QDict) props = qdict_clone_shallow(options);
    ObjectClass *klass = object_class_by_name(type);
    UserObject *obj;

    if (!klass || !object_class_dynamic_cast(klass, TYPE_USER_OBJECT) ||
        object_class_is_abstract(klass)) {
        error_setg(errp, "'%s' is not a valid object type", type);
        return NULL;
    }
    if (!id_check(id, errp) || !check_free(id, errp)) {
        return NULL;
    }
    qdict_del(props, "qom-type");
    qdict_del(props, "id");
    obj = USER_OBJECT(object_new(type));
    obj->id = g_strdup(id);
    if (!object_set_properties(OBJECT(obj), props, false, errp)) {
        object_unref(OBJECT(obj));
        return NULL;
    }
    return obj;
}

static bool open_object(UserObject *obj, Error **errp)
{
    UserObjectClass *klass = USER_OBJECT_GET_CLASS(obj);

    obj->complete = !klass->open || klass->open(obj, errp);
    return obj->complete;
}

static void close_object(UserObject *obj)
{
    UserObjectClass *klass = USER_OBJECT_GET_CLASS(obj);

    if (obj->complete && klass->close) {
        klass->close(obj);
    }
    obj->complete = false;
}

bool no_coroutine_fn user_object_create(const QDict *options, Error **errp)
{
    UserObject *obj = make(options, errp);

    if (!obj) {
        return false;
    }
    if (!open_object(obj, errp)) {
        object_unref(OBJECT(obj));
        return false;
    }
    object_property_add_child(objects(), qdict_get_str(options, "id"), OBJECT(obj));
    return true;
}

/* ---- in a worker ---- */

typedef struct ObjectJob {
    UserObject *obj;
    Error *err;
} ObjectJob;

static void open_run(void *opaque)
{
    ObjectJob *job = opaque;

    open_object(job->obj, &job->err);
}

static void close_run(void *opaque)
{
    ObjectJob *job = opaque;

    close_object(job->obj);
}

static void drop_object(void *opaque)
{
    object_unref(OBJECT(opaque));
}

/* Objects are counted under the BQL. */
static void job_dropped(void *opaque)
{
    ObjectJob *job = opaque;

    event_loop_run_once(main_loop(), drop_object, job->obj);
    error_free(job->err);
    g_free(job);
}

static const WorkerJob close_job = { .run = close_run, .abandon = job_dropped };

/* Takes @obj, which nobody knows. */
static void close_in_background(UserObject *obj)
{
    ObjectJob *job = g_new0(ObjectJob, 1);

    job->obj = obj;
    worker_submit(&close_job, job);
}

static void open_abandoned(void *opaque)
{
    ObjectJob *job = opaque;

    close_in_background(job->obj);
    error_free(job->err);
    g_free(job);
}

static const WorkerJob open_job = { .run = open_run, .abandon = open_abandoned };

static UserObject *coroutine_fn open_co(UserObject *obj, Error **errp)
{
    ObjectJob *job = g_new0(ObjectJob, 1);
    Error *err;

    job->obj = obj;
    if (!co_worker_run(&open_job, job)) {
        qmp_set_cancelled(errp, "Making the object");
        return NULL;
    }
    err = job->err;
    g_free(job);
    if (err) {
        error_propagate(errp, err);
        object_unref(OBJECT(obj));
        return NULL;
    }
    return obj;
}

bool coroutine_fn user_object_create_co(const QDict *options, Error **errp)
{
    const char *id = qdict_get_str(options, "id");
    UserObject *obj = make(options, errp);

    if (obj && USER_OBJECT_GET_CLASS(obj)->open) {
        obj = open_co(obj, errp);
    }
    if (!obj) {
        return false;
    }
    /* Somebody else may have taken the identifier meanwhile. */
    if (!check_free(id, errp)) {
        close_in_background(obj);
        return false;
    }
    obj->complete = true;
    object_property_add_child(objects(), id, OBJECT(obj));
    return true;
}

/* Takes @obj, which nobody knows any more. A cancelled wait leaves the rest to the background. */
static void coroutine_fn close_co(UserObject *obj)
{
    ObjectJob *job = g_new0(ObjectJob, 1);

    job->obj = obj;
    if (co_worker_run(&close_job, job)) {
        object_unref(OBJECT(obj));
        g_free(job);
    }
}

bool coroutine_fn user_object_delete_co(const char *id, Error **errp)
{
    g_autofree char *path = g_strconcat("/objects/", id, NULL);
    Object *obj = *id ? object_resolve_path(path, NULL) : NULL;

    /* A longer path may lead through a link to another one. */
    if (!obj || !object_dynamic_cast(obj, TYPE_USER_OBJECT) ||
        !g_str_equal(USER_OBJECT(obj)->id, id)) {
        error_setg(errp, "object '%.256s' not found", id);
        return false;
    }
    if (USER_OBJECT(obj)->users) {
        error_setg(errp, "object '%s' is in use, can not be deleted", id);
        return false;
    }
    object_ref(obj);
    object_unparent(obj);
    if (USER_OBJECT_GET_CLASS(obj)->close) {
        close_co(USER_OBJECT(obj));
    } else {
        object_unref(obj);
    }
    return true;
}

/* ---- the type ---- */

static bool user_object_may_set(Object *obj, const ObjectProperty *prop, Error **errp)
{
    if (USER_OBJECT(obj)->complete) {
        error_setg(errp, "Property '%s' of object '%s' cannot be changed after it was made",
                   prop->name, USER_OBJECT(obj)->id);
        return false;
    }
    return true;
}

static void user_object_class_init(ObjectClass *klass, const void *data)
{
    klass->may_set = user_object_may_set;
}

static void user_object_finalize(Object *obj)
{
    g_free(USER_OBJECT(obj)->id);
}

static const TypeInfo user_object_info = {
    .name = TYPE_USER_OBJECT,
    .abstract = true,
    .instance_size = sizeof(UserObject),
    .class_size = sizeof(UserObjectClass),
    .class_init = user_object_class_init,
    .instance_finalize = user_object_finalize,
};

static void user_object_register(void)
{
    type_register_static(&user_object_info);
}
type_init(user_object_register)
