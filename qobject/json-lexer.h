/*
 * What a JSON token says: turning the raw text of strings and numbers into values.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOBJECT_JSON_LEXER_H
#define QOBJECT_JSON_LEXER_H

#include "qobject/qobject.h"
#include "util/error.h"

/* Every message begins so; clients match on it. */
#define JSON_ERROR "JSON parse error, "

/* The longest sequence that means one character: two escapes for a surrogate pair. */
#define JSON_SEQUENCE_MAX 12

/*
 * Where the scan of a run of string bytes ends: the first quote of either kind, backslash, control
 * character or byte FD..FF, or @end. *@high_bits is set when a byte over 7F was passed.
 */
const char *json_scan_string(const char *p, const char *end, bool *high_bits);

/*
 * Text between the quotes, from *@text to @end: escapes are resolved and UTF-8 is checked. What comes
 * of it, at most as many bytes, goes to @out, which may be *@text itself; its length to *@out_len.
 * *@text is moved to @end or, unless it is the @last of the string, to where a sequence begins that
 * may go on behind @end (at most JSON_SEQUENCE_MAX bytes). False, with *@errp set: it is ill-formed.
 */
bool json_decode_string(const char **text, const char *end, bool last, char *out, size_t *out_len,
                        Error **errp);

/* A word outside a string: a number, or one of true, false and null. NULL on error. */
QObject *json_decode_word(const char *text, size_t len, Error **errp);

#endif
