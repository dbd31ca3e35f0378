/*
 * SipHash-1-3 of byte strings, keyed with a secret of this process (Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF").
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOBJECT_SIPHASH_H
#define QOBJECT_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash13(const char *text, size_t len);

#endif
