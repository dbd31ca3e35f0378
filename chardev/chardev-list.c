/*
 * Character devices: making them, finding them, and their end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-args.h"
#include "chardev/chardev-internal.h"
#include "chardev/log.h"
#include "chardev/mux.h"
#include "util/id.h"

#include <string.h>

static bool check_free(const char *id, Error **errp)
{
    if (chardev_find(id)) {
        error_setg(errp, "Duplicate ID '%s' for chardev", id);
        return false;
    }
    return true;
}

static bool check_id(const char *id, Error **errp)
{
    if (!id) {
        error_setg(errp, "Parameter 'id' is missing");
        return false;
    }
    return id_check(id, errp) && check_free(id, errp);
}

static char *backend_names(void)
{
    GSList *classes = object_class_get_list(TYPE_CHARDEV, false);
    GString *names = g_string_new(NULL);

    for (GSList *l = classes; l; l = l->next) {
        if (CHARDEV_CLASS(l->data)->open) {
            g_string_append_printf(names, "%s%s", names->len ? ", " : "",
                                   object_class_get_name(l->data) + strlen(TYPE_CHARDEV "-"));
        }
    }
    g_slist_free(classes);
    return g_string_free(names, FALSE);
}

static ChardevClass *find_backend(const QDict *args, Error **errp)
{
    const char *backend = chardev_arg(args, "backend", "");
    g_autofree char *type = g_strconcat(TYPE_CHARDEV "-", backend, NULL);
    ObjectClass *klass = object_class_by_name(type);
    g_autofree char *names = NULL;

    if (!*backend) {
        names = backend_names();
        error_setg(errp, "Parameter 'backend' is missing; accepted: %s", names);
        return NULL;
    }
    if (!klass || object_class_is_abstract(klass) ||
        !object_class_dynamic_cast(klass, TYPE_CHARDEV) || !CHARDEV_CLASS(klass)->open) {
        names = backend_names();
        error_setg(errp, "'%s' is not a valid char driver name; accepted: %s", backend, names);
        return NULL;
    }
    return CHARDEV_CLASS(klass);
}

static Chardev *open_backend(ChardevClass *klass, const char *id, const QDict *args, Error **errp)
{
    Chardev *chr = CHARDEV(object_new(object_class_get_name(&klass->parent_class)));

    chr->id = g_strdup(id);
    if (!chardev_log_open(chr, args, errp) || !klass->open(chr, args, errp)) {
        if (klass->close) {
            klass->close(chr);
        }
        object_unref(OBJECT(chr));
        return NULL;
    }
    object_property_add_child(object_get_container("/chardevs"), chr->id, OBJECT(chr));
    return chr;
}

/* The mux has the id, what it stands on another. */
static Chardev *open_shared(ChardevClass *klass, const QDict *args, Error **errp)
{
    const char *id = qdict_get_str(args, "id");
    g_autofree char *base_id = g_strconcat(id, "-base", NULL);
    Chardev *base = check_free(base_id, errp) ? open_backend(klass, base_id, args, errp) : NULL;

    return base ? mux_chardev_new(id, base) : NULL;
}

Chardev *chardev_new(const QDict *args, Error **errp)
{
    g_autoptr(QDict) known = chardev_args_normalize(args, errp);
    ChardevClass *klass;
    bool shared;

    if (!known || !check_id(qdict_get_str(known, "id"), errp)) {
        return NULL;
    }
    klass = find_backend(known, errp);
    if (!klass || !chardev_args_check(known, klass->options, errp) ||
        !chardev_arg_bool(known, "mux", false, &shared, errp)) {
        return NULL;
    }
    return shared ? open_shared(klass, known, errp)
                  : open_backend(klass, qdict_get_str(known, "id"), known, errp);
}

Chardev *chardev_new_from_legacy(const char *id, const char *text, Error **errp)
{
    g_autoptr(QDict) args = NULL;
    Chardev *chr;

    if (strcmp(text, "none") == 0) {
        return NULL;
    }
    if (g_str_has_prefix(text, "chardev:")) {
        chr = chardev_find(text + strlen("chardev:"));
        if (!chr) {
            error_setg(errp, "there is no chardev '%s'", text + strlen("chardev:"));
        }
    } else {
        args = chardev_args_from_legacy(id, text, errp);
        chr = args ? chardev_new(args, errp) : NULL;
    }
    return chr ? chardev_for_frontend(chr, errp) : NULL;
}

typedef struct Find {
    const char *id;
    Chardev *found;
} Find;

static void find_one(Object *child, void *opaque)
{
    Find *find = opaque;

    if (strcmp(CHARDEV(child)->id, find->id) == 0) {
        find->found = CHARDEV(child);
    }
}

Chardev *chardev_find(const char *id)
{
    Find find = { .id = id };

    object_child_foreach(object_get_container("/chardevs"), find_one, &find);
    return find.found;
}

static void collect(Object *child, void *opaque)
{
    g_ptr_array_add(opaque, child);
}

void chardevs_cleanup(void)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    object_child_foreach(object_get_container("/chardevs"), collect, all);
    for (guint i = 0; i < all->len; i++) {
        Chardev *chr = all->pdata[i];
        ChardevClass *klass = CHARDEV_GET_CLASS(chr);

        if (chr->fe) {
            chardev_detach(chr);
        }
        if (klass->close) {
            klass->close(chr);
        }
        object_unparent(OBJECT(chr));
    }
}
