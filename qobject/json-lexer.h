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

/*
 * Where the scan of a run of string bytes ends: the first quote of either kind, backslash, control
 * character or byte FD..FF, or @end. *@high_bits is set when a byte over 7F was passed.
 */
const char *json_scan_string(const char *p, const char *end, bool *high_bits);

/*
 * The text between the quotes, escapes resolved and UTF-8 checked. At most @len bytes go to @out,
 * which may be @text itself. Returns false and sets *@errp when it is ill-formed.
 */
bool json_decode_string(const char *text, size_t len, char *out, size_t *out_len, Error **errp);

/* A word outside a string: a number, or one of true, false and null. NULL on error. */
QObject *json_decode_word(const char *text, size_t len, Error **errp);

#endif
