/*
 * Arguments of back ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_CHARDEV_ARGS_H
#define CHARDEV_CHARDEV_ARGS_H

#include "qobject/qobject.h"
#include "util/error.h"

/* A copy in which the older spellings "nowait" and "noserver" are the present ones. */
QDict *chardev_args_normalize(const QDict *args, Error **errp);
/* Refuse what is neither "backend", "id" nor one of @accepted. */
bool chardev_args_check(const QDict *args, const char *const *accepted, Error **errp);
/* A string, @def when absent. */
const char *chardev_arg(const QDict *args, const char *name, const char *def);
/* A string that must be there and not be empty. */
const char *chardev_arg_required(const QDict *args, const char *name, Error **errp);
bool chardev_arg_bool(const QDict *args, const char *name, bool def, bool *value, Error **errp);

/* Arguments from the one-word syntax of -serial (not "chardev:ID" or "none"); NULL on error. */
QDict *chardev_args_from_legacy(const char *id, const char *text, Error **errp);

#endif
