/*
 * QMP commands about objects that users make.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "backends/iothread.h"
#include "qapi/qapi-commands-objects.h"
#include "qapi/util.h"

static void add_iothread(Object *child, void *opaque)
{
    IOThreadInfoList ***tail = opaque;

    if (object_dynamic_cast(child, TYPE_IOTHREAD)) {
        IoThreadObject *iothread = IOTHREAD(child);
        IOThreadInfo *info = g_new0(IOThreadInfo, 1);
        LoopPoll poll = iothread_poll(iothread);

        info->id = g_strdup(USER_OBJECT(child)->id);
        info->thread_id = iothread_thread_id(iothread);
        info->poll_max_ns = poll.max_ns;
        info->poll_grow = poll.grow;
        info->poll_shrink = poll.shrink;
        info->aio_max_batch = *iothread_max_batch(iothread);
        QAPI_LIST_APPEND(*tail, info);
    }
}

IOThreadInfoList *coroutine_fn qmp_query_iothreads(Error **errp)
{
    IOThreadInfoList *list = NULL, **tail = &list;

    object_child_foreach(object_get_container("/objects"), add_iothread, &tail);
    return list;
}
