/*
 * UTF-8, byte by byte, as RFC 3629 has it (no overlong form, no surrogate, nothing over U+10FFFF).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOBJECT_UTF8_H
#define QOBJECT_UTF8_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Decode the sequence at @p (before @end). Returns its length and sets *@code; for an ill-formed
 * one returns minus the length of what a decoder replaces by one U+FFFD (Unicode 15, section 3.9,
 * "maximal subpart").
 */
int utf8_decode(const char *p, const char *end, gunichar *code);
/* Whether all of it is well-formed; NUL bytes are. */
bool utf8_valid(const char *text, size_t len);
/*
 * A copy, ended by NUL, in which U+FFFD stands for each byte that belongs to no well-formed
 * sequence, and for NUL. Any bytes take about the same time. g_free().
 */
char *utf8_make_valid(const char *bytes, size_t len);

#endif
