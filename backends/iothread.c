/*
 * Threads for devices, each turning an event loop of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "backends/iothread.h"

#include "util/io-thread.h"

#include <inttypes.h>

#define DEFAULT_POLL_MAX_NS 32768

struct IoThreadObject {
    UserObject parent_obj;
    LoopPoll poll;
    int64_t max_batch; /* atomic: the thread reads it */
    IoThread *thread;  /* NULL until it is open, and when it is closed */
    pid_t thread_id;
};

EventLoop *iothread_loop(IoThreadObject *iothread)
{
    return io_thread_loop(iothread->thread);
}

pid_t iothread_thread_id(const IoThreadObject *iothread)
{
    return iothread->thread_id;
}

const int64_t *iothread_max_batch(const IoThreadObject *iothread)
{
    return &iothread->max_batch;
}

LoopPoll iothread_poll(const IoThreadObject *iothread)
{
    return iothread->poll;
}

/* ---- settings, which may change at any time ---- */

typedef struct Setting {
    const char *name;
    size_t offset; /* of an int64_t */
    int64_t max;
    int64_t standard;
    const char *text;
} Setting;

#define FIELD(field) offsetof(IoThreadObject, field)

static const Setting settings[] = {
    { "poll-max-ns", FIELD(poll.max_ns), LOOP_POLL_LIMIT_NS, DEFAULT_POLL_MAX_NS,
      "how long it looks for work at most before it sleeps, in nanoseconds; 0: not at all" },
    { "poll-grow", FIELD(poll.grow), INT32_MAX, 0,
      "what that time is multiplied by when more would have led to work; 0: 2" },
    { "poll-shrink", FIELD(poll.shrink), INT32_MAX, 0,
      "what that time is divided by when more would have been in vain; 0: it drops to 0" },
    { "aio-max-batch", FIELD(max_batch), INT32_MAX, 0,
      "how many requests it gives to the kernel at a time; 0: as many as there are" },
};

static int64_t *field_of(Object *obj, const Setting *setting)
{
    return (int64_t *)((char *)obj + setting->offset);
}

static bool get_setting(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    int64_t value = *field_of(obj, opaque);

    return visit_type_int(v, name, &value, errp);
}

static bool set_setting(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    const Setting *setting = opaque;
    IoThreadObject *s = IOTHREAD(obj);
    int64_t value;

    if (!visit_type_int(v, name, &value, errp)) {
        return false;
    }
    if (value < 0 || value > setting->max) {
        error_setg(errp,
                   "Property '%s' of I/O thread '%s' expects a number from 0 to %" PRId64
                   ", not %" PRId64,
                   setting->name, USER_OBJECT(obj)->id, setting->max, value);
        return false;
    }
    __atomic_store_n(field_of(obj, setting), value, __ATOMIC_RELAXED);
    if (s->thread) {
        event_loop_set_poll(io_thread_loop(s->thread), &s->poll);
    }
    return true;
}

static void add_settings(ObjectClass *klass)
{
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        ObjectProperty *prop = object_class_property_add(
            klass, settings[i].name, "int", get_setting, set_setting, (void *)&settings[i]);

        object_property_set_description(prop, settings[i].text);
        object_property_set_default(prop, QOBJECT(qnum_new_int(settings[i].standard)));
    }
}

static void iothread_init(Object *obj)
{
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        *field_of(obj, &settings[i]) = settings[i].standard;
    }
}

/* ---- the thread ---- */

static bool iothread_open(UserObject *obj, Error **errp)
{
    IoThreadObject *s = IOTHREAD(obj);
    g_autofree char *name = g_strconcat("IO ", obj->id, NULL);

    s->thread = io_thread_try_create(name);
    if (!s->thread) {
        error_setg(errp, "the host has no thread or no descriptors to spare");
        return false;
    }
    s->thread_id = io_thread_id(s->thread);
    event_loop_set_poll(io_thread_loop(s->thread), &s->poll);
    return true;
}

static void iothread_close(UserObject *obj)
{
    IoThreadObject *s = IOTHREAD(obj);

    io_thread_destroy(s->thread);
    s->thread = NULL;
}

static void iothread_class_init(ObjectClass *klass, const void *data)
{
    USER_OBJECT_CLASS(klass)->open = iothread_open;
    USER_OBJECT_CLASS(klass)->close = iothread_close;
    klass->may_set = NULL; /* also when it is made and used */
    add_settings(klass);
}

static const TypeInfo iothread_info = {
    .name = TYPE_IOTHREAD,
    .parent = TYPE_USER_OBJECT,
    .instance_size = sizeof(IoThreadObject),
    .instance_init = iothread_init,
    .class_init = iothread_class_init,
};

static void iothread_register(void)
{
    type_register_static(&iothread_info);
}
type_init(iothread_register)
