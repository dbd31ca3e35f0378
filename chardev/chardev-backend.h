/*
 * QMP's description of a back end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_CHARDEV_BACKEND_H
#define CHARDEV_CHARDEV_BACKEND_H

#include "qapi/qapi-types-char.h"
#include "qobject/qobject.h"

/* The same as the arguments of chardev_new(); only what @backend says or QMP has as a default. */
QDict *chardev_backend_to_args(const char *id, const ChardevBackend *backend);

#endif
