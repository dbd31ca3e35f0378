/*
 * Identifiers that people and managers give to what they make: devices, chardevs, objects.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_ID_H
#define UTIL_ID_H

#include "util/error.h"

/* Letters, digits, '-', '.', '_', a letter first; else an error about the parameter 'id'. */
bool id_check(const char *id, Error **errp);

#endif
