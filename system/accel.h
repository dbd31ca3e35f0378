/*
 * Accelerators: what runs the guest's code.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_ACCEL_H
#define SYSTEM_ACCEL_H

#include "util/error.h"

/* Take the first of "NAME:NAME..." that there is; an error lists those. Start-up. */
bool accel_choose(const char *list, Error **errp);
/* The names of all there are, with @separator between them; g_free(). */
char *accel_names(const char *separator);

#endif
