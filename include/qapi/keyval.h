/*
 * Command-line arguments: "value,k=v,k.sub=v" and JSON objects to QDicts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_KEYVAL_H
#define QAPI_KEYVAL_H

#include "qobject/qobject.h"
#include "util/error.h"

/*
 * Parse "k=v,k.sub=v,list.0=v": a comma in a value is doubled. With @implied_key a first item
 * without "=" is the value of that key; without "=" elsewhere, "flag" is flag=on. All values are
 * strings. NULL on error, which quotes the item at fault. A repeated key keeps the last value.
 */
QDict *keyval_parse(const char *text, const char *implied_key, Error **errp);
/* The same, or JSON when @text begins with '{' (then *@is_json is true). */
QDict *keyval_parse_or_json(const char *text, const char *implied_key, bool *is_json,
                            Error **errp);
/* "4096", "4k", "32M", "1.5G", "0x1000": bytes; @def_suffix ('B', 'M') scales a bare number. */
bool parse_size(const char *text, char def_suffix, uint64_t *size, Error **errp);

#endif
