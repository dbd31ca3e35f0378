/*
 * Character devices: making them, at start-up or while everything runs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-args.h"
#include "chardev/chardev-internal.h"
#include "chardev/log.h"
#include "chardev/mux.h"
#include "chardev/pty.h"
#include "qapi/qmp-cancel.h"
#include "util/id.h"
#include "util/worker-pool.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* ---- the steps ---- */

/* What is to be made; with mux=on the mux has the id, what it stands on another. */
typedef struct Plan {
    QDict *args;
    const ChardevClass *klass;
    const char *id;
    char *base_id; /* NULL: no mux */
} Plan;

static void plan_finish(Plan *plan)
{
    qobject_unref(plan->args);
    g_clear_pointer(&plan->base_id, g_free);
}

static bool plan_is_free(const Plan *plan, Error **errp)
{
    return check_free(plan->id, errp) && (!plan->base_id || check_free(plan->base_id, errp));
}

static bool plan_check(Plan *plan, Error **errp)
{
    bool shared;

    plan->id = qdict_get_str(plan->args, "id");
    if (!check_id(plan->id, errp)) {
        return false;
    }
    plan->klass = find_backend(plan->args, errp);
    if (!plan->klass || !chardev_args_check(plan->args, plan->klass->options, errp) ||
        !chardev_arg_bool(plan->args, "mux", false, &shared, errp)) {
        return false;
    }
    plan->base_id = shared ? g_strconcat(plan->id, "-base", NULL) : NULL;
    return plan_is_free(plan, errp);
}

/* plan_finish() also after false. */
static bool plan_init(Plan *plan, const QDict *args, Error **errp)
{
    *plan = (Plan){ .args = chardev_args_normalize(args, errp) };
    return plan->args && plan_check(plan, errp);
}

static Chardev *make(const Plan *plan)
{
    Chardev *chr = CHARDEV(object_new(object_class_get_name(&plan->klass->parent_class)));

    chr->id = g_strdup(plan->base_id ? plan->base_id : plan->id);
    return chr;
}

/* In any thread. */
static bool prepare(Chardev *chr, const QDict *args, Error **errp)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    return chardev_log_open(chr, args, errp) &&
           (!klass->prepare || klass->prepare(chr, args, errp));
}

static void discard(Chardev *chr)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    if (klass->close) {
        klass->close(chr);
    }
    object_unref(OBJECT(chr));
}

/* Open what is prepared and put it where it is found; @chr is gone after an error. */
static Chardev *put(const Plan *plan, Chardev *chr, Error **errp)
{
    if (!plan_is_free(plan, errp) || !plan->klass->open(chr, plan->args, errp)) {
        discard(chr);
        return NULL;
    }
    object_property_add_child(object_get_container("/chardevs"), chr->id, OBJECT(chr));
    return plan->base_id ? mux_chardev_new(plan->id, chr) : chr;
}

/* ---- at start-up ---- */

static Chardev *new_as_planned(const Plan *plan, Error **errp)
{
    Chardev *chr = make(plan);

    if (!prepare(chr, plan->args, errp)) {
        discard(chr);
        return NULL;
    }
    chr = put(plan, chr, errp);
    if (chr && chardev_pty(chr)) {
        printf("char device redirected to %s (label %s)\n", chardev_pty(chr), chardev_id(chr));
        fflush(stdout);
    }
    return chr;
}

/* Also of what a mux stands on. */
const char *chardev_pty(Chardev *chr)
{
    Chardev *base = mux_chardev_base(chr);

    return pty_chardev_name(base ? base : chr);
}

Chardev *chardev_new(const QDict *args, Error **errp)
{
    Plan plan;
    Chardev *chr = plan_init(&plan, args, errp) ? new_as_planned(&plan, errp) : NULL;

    plan_finish(&plan);
    return chr;
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

/* ---- while everything runs ---- */

static int (*take_fd)(const char *name, Error **errp);

void chardev_set_take_fd(int (*fn)(const char *name, Error **errp))
{
    take_fd = fn;
}

/* What a worker has to do; freed in the main thread, as objects and values count there. */
typedef struct Preparation {
    Plan plan;
    Chardev *chr;
    int fd; /* that was given; -1: none */
    bool ok;
    Error *err;
} Preparation;

static void prepare_job(void *data)
{
    Preparation *p = data;

    p->ok = prepare(p->chr, p->plan.args, &p->err);
}

/* @chr has gone its way. */
static void preparation_free(Preparation *p)
{
    if (p->fd >= 0 && !p->ok) {
        close(p->fd);
    }
    plan_finish(&p->plan);
    error_free(p->err);
    g_free(p);
}

static void abandon_here(void *data)
{
    Preparation *p = data;

    discard(p->chr);
    preparation_free(p);
}

static void abandon(void *data)
{
    event_loop_run_once(main_loop(), abandon_here, data);
}

/* "fd" names one of the client's descriptors: not one of ours by its number. */
static bool resolve_fd(Preparation *p, Error **errp)
{
    const char *name = qdict_get_str(p->plan.args, "fd");
    g_autofree char *number = NULL;

    if (!name) {
        return true;
    }
    p->fd = take_fd(name, errp);
    if (p->fd < 0) {
        return false;
    }
    number = g_strdup_printf("%d", p->fd);
    qdict_put_str(p->plan.args, "fd", number);
    return true;
}

Chardev *coroutine_fn chardev_new_co(const QDict *args, Error **errp)
{
    static const WorkerJob job = { .run = prepare_job, .abandon = abandon };
    Preparation *p = g_new0(Preparation, 1);
    Chardev *chr = NULL;

    p->fd = -1;
    if (!plan_init(&p->plan, args, errp) || !resolve_fd(p, errp)) {
        preparation_free(p);
        return NULL;
    }
    p->chr = make(&p->plan);
    p->chr->hot = true;
    if (!co_worker_run(&job, p)) {
        qmp_set_cancelled(errp, "Opening the chardev");
        return NULL;
    }
    if (p->ok) {
        chr = put(&p->plan, p->chr, errp);
    } else {
        discard(p->chr);
        error_propagate(errp, g_steal_pointer(&p->err));
    }
    preparation_free(p);
    return chr;
}
