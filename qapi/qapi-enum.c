/*
 * Enums: between values and names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/visitor.h"

#include <string.h>

/* A list longer than this is cut in messages. */
#define LIST_MAX 600

const char *qapi_enum_lookup(const QEnumLookup *lookup, int value)
{
    g_assert(value >= 0 && value < lookup->size);
    return lookup->array[value];
}

char *qapi_enum_list(const QEnumLookup *lookup)
{
    GString *list = g_string_new(NULL);

    for (int i = 0; i < lookup->size; i++) {
        if (!lookup->array[i]) {
            continue; /* left out by a condition */
        }
        if (list->len > LIST_MAX) {
            g_string_append(list, ", ...");
            break;
        }
        g_string_append_printf(list, "%s%s", list->len ? ", " : "", lookup->array[i]);
    }
    return g_string_free(list, false);
}

int qapi_enum_parse(const QEnumLookup *lookup, const char *text, int def, Error **errp)
{
    g_autofree char *accepted = NULL;

    if (!text) {
        return def;
    }
    for (int i = 0; i < lookup->size; i++) {
        if (lookup->array[i] && !strcmp(text, lookup->array[i])) {
            return i;
        }
    }
    if (errp) {
        accepted = qapi_enum_list(lookup);
        error_setg(errp, "Invalid parameter value '%s' (accepted: %s)", text, accepted);
    }
    return def;
}
