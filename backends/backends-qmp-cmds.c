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
        IOThreadInfo *info = g_new0(IOThreadInfo, 1);

        info->id = g_strdup(USER_OBJECT(child)->id);
        info->thread_id = iothread_thread_id(IOTHREAD(child));
        QAPI_LIST_APPEND(*tail, info);
    }
}

IOThreadInfoList *coroutine_fn qmp_query_iothreads(Error **errp)
{
    IOThreadInfoList *list = NULL, **tail = &list;

    object_child_foreach(object_get_container("/objects"), add_iothread, &tail);
    return list;
}
