/*
 * Threads for devices, each turning an event loop of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "backends/iothread.h"

#include "util/io-thread.h"

struct IoThreadObject {
    UserObject parent_obj;
    IoThread *thread; /* NULL until it is open, and when it is closed */
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

static bool iothread_open(UserObject *obj, Error **errp)
{
    IoThreadObject *s = IOTHREAD(obj);
    g_autofree char *name = g_strconcat("IO ", obj->id, NULL);

    s->thread = io_thread_try_create(name);
    if (!s->thread) {
        error_setg(errp, "the host has no thread to spare");
        return false;
    }
    s->thread_id = io_thread_id(s->thread);
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
}

static const TypeInfo iothread_info = {
    .name = TYPE_IOTHREAD,
    .parent = TYPE_USER_OBJECT,
    .instance_size = sizeof(IoThreadObject),
    .class_init = iothread_class_init,
};

static void iothread_register(void)
{
    type_register_static(&iothread_info);
}
type_init(iothread_register)
