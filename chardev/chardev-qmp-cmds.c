/*
 * QMP commands about character devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-internal.h"
#include "qapi/qapi-commands-char.h"
#include "qapi/util.h"

static void add_info(Object *child, void *opaque)
{
    ChardevInfoList ***tail = opaque;
    Chardev *chr = CHARDEV(child);
    ChardevInfo *info = g_new0(ChardevInfo, 1);

    info->label = g_strdup(chardev_id(chr));
    info->filename = chardev_filename(chr);
    info->frontend_open = chardev_has_frontend(chr);
    QAPI_LIST_APPEND(*tail, info);
}

ChardevInfoList *coroutine_fn qmp_query_chardev(Error **errp)
{
    ChardevInfoList *list = NULL;
    ChardevInfoList **tail = &list;

    object_child_foreach(object_get_container("/chardevs"), add_info, &tail);
    return list;
}
