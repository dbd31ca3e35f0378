/*
 * QMP commands about sets of descriptors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qmp-session.h"

#include "qapi/qapi-commands-process.h"
#include "qapi/util.h"
#include "util/fdset.h"

#include <limits.h>

AddfdInfo *coroutine_fn qmp_add_fd(bool has_fdset_id, int64_t fdset_id, const char *opaque,
                                   Error **errp)
{
    QmpSession *session = qmp_session_current();
    AddfdInfo *info;

    if (has_fdset_id && fdset_id < 0) {
        error_setg(errp, "Parameter 'fdset-id' expects a non-negative value");
        return NULL;
    }
    if (!session || session->item->fd < 0) {
        error_setg(errp, "No file descriptor supplied via SCM_RIGHTS");
        return NULL;
    }
    info = g_new0(AddfdInfo, 1);
    info->fd = session->item->fd;
    session->item->fd = -1;
    info->fdset_id = fdset_add(has_fdset_id ? fdset_id : -1, (int)info->fd, opaque);
    return info;
}

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
