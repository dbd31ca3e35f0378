/*
 * What the commands about objects that users make stand on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOM_USER_OBJECT_INTERNAL_H
#define QOM_USER_OBJECT_INTERNAL_H

#include "qapi/qapi-types-objects.h"
#include "qom/user-object.h"

/* What user_object_create_co() takes. */
QDict *user_object_options(ObjectOptions *options);
/* As user_object_create(), with a worker for what blocks. */
bool coroutine_fn user_object_create_co(const QDict *options, Error **errp);
/* Gone from /objects at once; what may block is done by a worker before this returns. */
bool coroutine_fn user_object_delete_co(const char *id, Error **errp);

#endif
