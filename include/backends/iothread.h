/*
 * Threads for devices: what -object iothread makes.
 *
 * A device has a link to one (object_class_property_add_link() with TYPE_IOTHREAD).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BACKENDS_IOTHREAD_H
#define BACKENDS_IOTHREAD_H

#include "qom/user-object.h"
#include "util/loop-poll.h"

#include <sys/types.h>

#define TYPE_IOTHREAD "iothread"

typedef struct IoThreadObject IoThreadObject;

#define IOTHREAD(obj) OBJECT_CHECK(IoThreadObject, (obj), TYPE_IOTHREAD)

/* The loop that the thread turns, without the BQL. Any thread, as long as there is a link. */
EventLoop *iothread_loop(IoThreadObject *iothread);
/* How many requests it gives to the kernel at a time, 0: as many as fit. Atomic, to be read only. */
const int64_t *iothread_max_batch(const IoThreadObject *iothread);
/* How it polls. BQL held. */
LoopPoll iothread_poll(const IoThreadObject *iothread);
/* The host's number of the thread. */
pid_t iothread_thread_id(const IoThreadObject *iothread);

#endif
