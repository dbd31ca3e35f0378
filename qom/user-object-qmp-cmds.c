/*
 * QMP commands that make and take away objects.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "user-object-internal.h"

#include "qapi/qapi-commands-objects.h"

void coroutine_fn qmp_object_add(ObjectOptions *options, Error **errp)
{
    g_autoptr(QDict) dict = user_object_options(options);

    user_object_create_co(dict, errp);
}

void coroutine_fn qmp_object_del(const char *id, Error **errp)
{
    user_object_delete_co(id, errp);
}
