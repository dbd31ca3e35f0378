/*
 * Character devices: the base object and the way between a back end and its front end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-internal.h"
#include "chardev/chardev-args.h"

#include <string.h>

/* ---- the way to the front end; in chr->loop ---- */

bool chardev_wants_input(const Chardev *chr)
{
    return chr->fe_open && !chr->stopped;
}

/* With the lock held. */
static void update_locked(Chardev *chr)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    if (klass->update) {
        klass->update(chr);
    }
}

/* Tell the front end, if it does not know yet, whether the other side is there. */
static void deliver_state(Chardev *chr)
{
    const ChardevFrontend *fe;
    void *opaque;
    bool open, changed;

    pthread_mutex_lock(&chr->lock);
    fe = chr->fe;
    opaque = chr->fe_opaque;
    open = chr->open;
    changed = fe && chr->fe_open != open;
    if (changed) {
        chr->fe_open = open;
        chr->stopped = false;
        update_locked(chr);
    }
    pthread_mutex_unlock(&chr->lock);
    if (changed && fe->event) {
        fe->event(opaque, open ? CHARDEV_OPENED : CHARDEV_CLOSED);
    }
}

static void opened_bh(void *opaque)
{
    deliver_state(opaque);
}

void chardev_set_open(Chardev *chr, bool open)
{
    pthread_mutex_lock(&chr->lock);
    chr->open = open;
    update_locked(chr);
    pthread_mutex_unlock(&chr->lock);
    deliver_state(chr);
}

size_t chardev_room(Chardev *chr)
{
    const ChardevFrontend *fe;
    unsigned accepts;
    void *opaque;
    size_t room;

    pthread_mutex_lock(&chr->lock);
    fe = chr->fe_open ? chr->fe : NULL;
    opaque = chr->fe_opaque;
    accepts = chr->accepts;
    pthread_mutex_unlock(&chr->lock);
    room = fe && fe->can_read ? fe->can_read(opaque) : 0;
    if (room == 0) {
        pthread_mutex_lock(&chr->lock);
        /* Not when chardev_accept_input() came meanwhile: it would be lost. */
        if (chr->accepts == accepts) {
            chr->stopped = true;
            update_locked(chr);
        }
        pthread_mutex_unlock(&chr->lock);
    }
    return room;
}

void chardev_deliver(Chardev *chr, const uint8_t *bytes, size_t len)
{
    const ChardevFrontend *fe;
    void *opaque;

    pthread_mutex_lock(&chr->lock);
    fe = chr->fe_open ? chr->fe : NULL;
    opaque = chr->fe_opaque;
    pthread_mutex_unlock(&chr->lock);
    if (fe && fe->read) {
        fe->read(opaque, bytes, len);
    }
}

void chardev_deliver_writable(Chardev *chr)
{
    const ChardevFrontend *fe;
    void *opaque;

    pthread_mutex_lock(&chr->lock);
    fe = chr->fe;
    opaque = chr->fe_opaque;
    pthread_mutex_unlock(&chr->lock);
    if (fe && fe->writable) {
        fe->writable(opaque);
    }
}

/* ---- for front ends ---- */

bool chardev_attach(Chardev *chr, const ChardevFrontend *fe, void *opaque, EventLoop *loop,
                    Error **errp)
{
    if (chr->fe) {
        error_setg(errp, "chardev '%s' is in use already", chr->id);
        return false;
    }
    chardev_set_loop(chr, loop ? loop : main_loop());
    pthread_mutex_lock(&chr->lock);
    chr->fe = fe;
    chr->fe_opaque = opaque;
    chr->fe_open = false;
    chr->opened_bh = bottom_half_new(chr->loop, opened_bh, chr);
    bottom_half_schedule(chr->opened_bh);
    pthread_mutex_unlock(&chr->lock);
    if (CHARDEV_GET_CLASS(chr)->attached) {
        CHARDEV_GET_CLASS(chr)->attached(chr);
    }
    return true;
}

void chardev_detach(Chardev *chr)
{
    pthread_mutex_lock(&chr->lock);
    chr->fe = NULL;
    chr->fe_opaque = NULL;
    chr->fe_open = false;
    chr->stopped = false;
    bottom_half_destroy(chr->opened_bh);
    chr->opened_bh = NULL;
    update_locked(chr);
    pthread_mutex_unlock(&chr->lock);
}

void chardev_set_loop(Chardev *chr, EventLoop *loop)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    if (loop == chr->loop) {
        return;
    }
    pthread_mutex_lock(&chr->lock);
    if (klass->leave_loop) {
        klass->leave_loop(chr);
    }
    bottom_half_destroy(chr->opened_bh);
    /* Atomic for those who look without the lock where to go next, and check when they are there.
     */
    __atomic_store_n(&chr->loop, loop, __ATOMIC_RELAXED);
    if (chr->opened_bh) {
        /* OPENED or CLOSED may have been under way; if not, this does nothing. */
        chr->opened_bh = bottom_half_new(loop, opened_bh, chr);
        bottom_half_schedule(chr->opened_bh);
    }
    if (klass->join_loop) {
        klass->join_loop(chr);
    }
    pthread_mutex_unlock(&chr->lock);
}

EventLoop *chardev_get_loop(const Chardev *chr)
{
    return __atomic_load_n(&chr->loop, __ATOMIC_RELAXED);
}

ssize_t chardev_write(Chardev *chr, const void *bytes, size_t len)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);
    ssize_t taken = (ssize_t)len;

    pthread_mutex_lock(&chr->lock);
    if (klass->write && chr->open) {
        taken = klass->write(chr, bytes, len);
    }
    pthread_mutex_unlock(&chr->lock);
    return taken;
}

void chardev_accept_input(Chardev *chr)
{
    pthread_mutex_lock(&chr->lock);
    chr->accepts++;
    if (chr->stopped) {
        chr->stopped = false;
        update_locked(chr);
    }
    pthread_mutex_unlock(&chr->lock);
}

void chardev_disconnect(Chardev *chr)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    if (klass->disconnect) {
        pthread_mutex_lock(&chr->lock);
        klass->disconnect(chr);
        pthread_mutex_unlock(&chr->lock);
    }
}

static void free_client(void *opaque)
{
    object_unref(OBJECT(opaque));
}

void chardev_release(Chardev *client)
{
    chardev_detach(client);
    CHARDEV_GET_CLASS(client)->close(client);
    /* Those who called the front end return through it. */
    event_loop_run_once(main_loop(), free_client, client);
}

const char *chardev_id(const Chardev *chr)
{
    return chr->id;
}

char *chardev_filename(const Chardev *chr)
{
    Chardev *self = (Chardev *)chr;
    char *name;

    pthread_mutex_lock(&self->lock);
    name = CHARDEV_GET_CLASS(chr)->filename(self);
    pthread_mutex_unlock(&self->lock);
    return name;
}

bool chardev_is_open(const Chardev *chr)
{
    Chardev *self = (Chardev *)chr;
    bool open;

    pthread_mutex_lock(&self->lock);
    open = chr->open;
    pthread_mutex_unlock(&self->lock);
    return open;
}

bool chardev_has_frontend(const Chardev *chr)
{
    return chr->fe != NULL;
}

bool chardev_get_peer(Chardev *chr, ChardevPeer *peer)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    return klass->get_peer && klass->get_peer(chr, peer);
}

bool chardev_wants_echo(const Chardev *chr)
{
    return CHARDEV_GET_CLASS(chr)->echo;
}

/* ---- making and finding ---- */

static bool id_is_wellformed(const char *id)
{
    if (!g_ascii_isalpha(*id)) {
        return false;
    }
    for (; *id; id++) {
        if (!g_ascii_isalnum(*id) && !strchr("-._", *id)) {
            return false;
        }
    }
    return true;
}

static bool check_id(const char *id, Error **errp)
{
    if (!id) {
        error_setg(errp, "Parameter 'id' is missing");
        return false;
    }
    if (!id_is_wellformed(id)) {
        error_setg(errp, "Parameter 'id' expects an identifier, not '%s'", id);
        error_append_hint(errp, "Identifiers consist of letters, digits, '-', '.', '_', "
                                "starting with a letter.");
        return false;
    }
    if (chardev_find(id)) {
        error_setg(errp, "Duplicate ID '%s' for chardev", id);
        return false;
    }
    return true;
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

static Chardev *open_backend(ChardevClass *klass, const QDict *args, Error **errp)
{
    Chardev *chr = CHARDEV(object_new(object_class_get_name(&klass->parent_class)));

    chr->id = g_strdup(qdict_get_str(args, "id"));
    if (!klass->open(chr, args, errp)) {
        if (klass->close) {
            klass->close(chr);
        }
        object_unref(OBJECT(chr));
        return NULL;
    }
    object_property_add_child(object_get_container("/chardevs"), chr->id, OBJECT(chr));
    return chr;
}

Chardev *chardev_new(const QDict *args, Error **errp)
{
    g_autoptr(QDict) known = chardev_args_normalize(args, errp);
    ChardevClass *klass;

    if (!known || !check_id(qdict_get_str(known, "id"), errp)) {
        return NULL;
    }
    klass = find_backend(known, errp);
    if (!klass || !chardev_args_check(known, klass->options, errp)) {
        return NULL;
    }
    return open_backend(klass, known, errp);
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
        return chr;
    }
    args = chardev_args_from_legacy(id, text, errp);
    return args ? chardev_new(args, errp) : NULL;
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

static void chardev_instance_init(Object *obj)
{
    Chardev *chr = CHARDEV(obj);

    pthread_mutex_init(&chr->lock, NULL);
    chr->loop = main_loop();
}

static void chardev_instance_finalize(Object *obj)
{
    Chardev *chr = CHARDEV(obj);

    pthread_mutex_destroy(&chr->lock);
    g_free(chr->id);
}

static const TypeInfo chardev_info = {
    .name = TYPE_CHARDEV,
    .parent = "object",
    .abstract = true,
    .instance_size = sizeof(Chardev),
    .class_size = sizeof(ChardevClass),
    .instance_init = chardev_instance_init,
    .instance_finalize = chardev_instance_finalize,
};

static void chardev_register(void)
{
    type_register_static(&chardev_info);
}
type_init(chardev_register)
