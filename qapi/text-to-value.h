/*
 * Scalars as people write them. Each returns false for anything but the whole text of one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_TEXT_TO_VALUE_H
#define QAPI_TEXT_TO_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal, or hexadecimal with 0x; a leading zero means nothing. */
bool text_to_int64(const char *text, int64_t *value);
bool text_to_uint64(const char *text, uint64_t *value);
/* on yes true y, off no false n */
bool text_to_bool(const char *text, bool *value);
/* Finite. */
bool text_to_double(const char *text, double *value);

#endif
