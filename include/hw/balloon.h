/*
 * The balloon: memory that the guest gives back and takes again.
 *
 * Main loop, BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_BALLOON_H
#define HW_BALLOON_H

#include "util/error.h"

#include <stdint.h>

/* Ask the guest to use @bytes in all. Fails when there is no balloon. */
bool balloon_set_target(int64_t bytes, Error **errp);
/* How much it uses. Fails when there is no balloon. */
bool balloon_get_actual(int64_t *bytes, Error **errp);

#endif
