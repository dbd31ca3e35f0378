/*
 * QMP commands about sets of descriptors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qapi-commands-process.h"
#include "qapi/util.h"
#include "util/fdset.h"

#include <limits.h>

typedef struct SetList {
    FdsetInfoList *head;
    FdsetInfoList **tail;
    FdsetInfo *last;
    FdsetFdInfoList **fd_tail; /* of @last */
} SetList;

static void add_entry(int64_t id, int fd, const char *note, void *opaque)
{
    SetList *list = opaque;
    FdsetFdInfo *info = g_new0(FdsetFdInfo, 1);

    if (!list->last || list->last->fdset_id != id) {
        list->last = g_new0(FdsetInfo, 1);
        list->last->fdset_id = id;
        list->fd_tail = &list->last->fds;
        QAPI_LIST_APPEND(list->tail, list->last);
    }
    info->fd = fd;
    info->opaque = g_strdup(note);
    QAPI_LIST_APPEND(list->fd_tail, info);
}

FdsetInfoList *coroutine_fn qmp_query_fdsets(Error **errp)
{
    SetList list = { .tail = &list.head };

    fdset_foreach(add_entry, &list);
    return list.head;
}

void coroutine_fn qmp_remove_fd(int64_t fdset_id, bool has_fd, int64_t fd, Error **errp)
{
    if (has_fd && (fd < 0 || fd > INT_MAX)) {
        error_setg(errp, "Parameter 'fd' expects a number from 0 to %d", INT_MAX);
        return;
    }
    fdset_remove(fdset_id, has_fd ? (int)fd : -1, errp);
}
