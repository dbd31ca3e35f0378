/*
 * Character devices: the base object and the way between a back end and its front end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-internal.h"
#include "chardev/log.h"

/* ---- the way to the front end; in chr->loop ---- */

bool chardev_wants_input(const Chardev *chr)
{
    return chr->fe_open && !chr->stopped;
}

bool chardev_wants_end(const Chardev *chr)
{
    return chr->fe_open && chr->stopped && chr->fe->ended;
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

/* Not when chardev_accept_input() has come since there were @accepts: it would be lost. */
static void stop_reading(Chardev *chr, unsigned accepts)
{
    pthread_mutex_lock(&chr->lock);
    if (chr->accepts == accepts) {
        chr->stopped = true;
        update_locked(chr);
    }
    pthread_mutex_unlock(&chr->lock);
}

/* The front end that knows that the other side is there; NULL: none. */
static const ChardevFrontend *open_frontend(Chardev *chr, void **opaque, unsigned *accepts)
{
    const ChardevFrontend *fe;

    pthread_mutex_lock(&chr->lock);
    fe = chr->fe_open ? chr->fe : NULL;
    *opaque = chr->fe_opaque;
    *accepts = chr->accepts;
    pthread_mutex_unlock(&chr->lock);
    return fe;
}

size_t chardev_room(Chardev *chr)
{
    unsigned accepts;
    void *opaque;
    const ChardevFrontend *fe = open_frontend(chr, &opaque, &accepts);
    size_t room = fe && fe->can_read ? fe->can_read(opaque) : 0;

    if (room == 0) {
        stop_reading(chr, accepts);
    }
    return room;
}

bool chardev_ended(Chardev *chr)
{
    unsigned accepts;
    void *opaque;
    const ChardevFrontend *fe = open_frontend(chr, &opaque, &accepts);

    if (!fe || !fe->ended || fe->ended(opaque)) {
        return true;
    }
    stop_reading(chr, accepts);
    return false;
}

void chardev_deliver(Chardev *chr, const uint8_t *bytes, size_t len)
{
    unsigned accepts;
    void *opaque;
    const ChardevFrontend *fe = open_frontend(chr, &opaque, &accepts);

    if (fe && fe->read) {
        fe->read(opaque, bytes, len);
    }
}

void chardev_deliver_event(Chardev *chr, ChardevEvent event)
{
    unsigned accepts;
    void *opaque;
    const ChardevFrontend *fe = open_frontend(chr, &opaque, &accepts);

    if (fe && fe->event) {
        fe->event(opaque, event);
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
    chr->fe_idle = false;
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

/* With the lock held: whether a write would reach somebody. */
static bool open_for_write(Chardev *chr, ChardevClass *klass)
{
    if (!chr->open && klass->look && klass->look(chr)) {
        chr->open = true;
        if (chr->opened_bh) {
            bottom_half_schedule(chr->opened_bh);
        }
    }
    /* Of the shared ones, what is below says whether anybody is there. */
    return chr->open || klass->shared;
}

ssize_t chardev_write(Chardev *chr, const void *bytes, size_t len)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);
    ssize_t taken = (ssize_t)len;

    pthread_mutex_lock(&chr->lock);
    if (klass->write && open_for_write(chr, klass)) {
        taken = klass->write(chr, bytes, len);
    }
    if (chr->log && taken > 0) {
        chardev_log_write(chr->log, bytes, taken);
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
    const ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    return klass->has_frontend ? klass->has_frontend(chr) : chr->fe != NULL;
}

void chardev_set_frontend_open(Chardev *chr, bool open)
{
    chr->fe_idle = !open;
}

bool chardev_frontend_is_open(const Chardev *chr)
{
    return chardev_has_frontend(chr) && !chr->fe_idle;
}

Chardev *chardev_for_frontend(Chardev *chr, Error **errp)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    return klass->add_port ? klass->add_port(chr, errp) : chr;
}

bool chardev_is_shared(const Chardev *chr)
{
    return CHARDEV_GET_CLASS(chr)->shared;
}

bool chardev_get_peer(Chardev *chr, ChardevPeer *peer)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    return klass->get_peer && klass->get_peer(chr, peer);
}

bool chardev_has_unread(Chardev *chr)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);
    bool unread;

    if (!klass->has_unread) {
        return false;
    }
    pthread_mutex_lock(&chr->lock);
    unread = klass->has_unread(chr);
    pthread_mutex_unlock(&chr->lock);
    return unread;
}

bool chardev_wants_echo(const Chardev *chr)
{
    return CHARDEV_GET_CLASS(chr)->echo;
}

bool chardev_leaves_signals(const Chardev *chr)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    return klass->leaves_signals && klass->leaves_signals(chr);
}

/* ---- the object ---- */

static void chardev_instance_init(Object *obj)
{
    Chardev *chr = CHARDEV(obj);

    pthread_mutex_init(&chr->lock, NULL);
    chr->loop = main_loop();
}

static void chardev_instance_finalize(Object *obj)
{
    Chardev *chr = CHARDEV(obj);

    chardev_log_unref(chr->log);
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
