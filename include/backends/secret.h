/*
 * Passwords and keys: what -object secret makes.
 *
 * Who needs one has a link to it (object_class_property_add_link() with TYPE_SECRET), or finds it
 * by its id when that is told.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BACKENDS_SECRET_H
#define BACKENDS_SECRET_H

#include "qom/user-object.h"

#define TYPE_SECRET "secret"

typedef struct Secret Secret;

#define SECRET(obj) OBJECT_CHECK(Secret, (obj), TYPE_SECRET)

/* @len bytes and a NUL behind them; owned by @secret, the same as long as it lives. Any thread. */
const uint8_t *secret_bytes(const Secret *secret, size_t *len);

#endif
