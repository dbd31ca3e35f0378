/*
 * Identifiers that people and managers give to what they make.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/id.h"

#include <string.h>

static bool id_is_wellformed(const char *id)
{
    if (!g_ascii_isalpha(*id)) {
        return false;
    }
    for (; *id; id++) {
        if (!g_ascii_isalnum(*id) && !strchr("-._", *id)) {
            return false;
        }
    }
    return true;
}

bool id_check(const char *id, Error **errp)
{
    if (!id_is_wellformed(id)) {
        error_setg(errp, "Parameter 'id' expects an identifier, not '%s'", id);
        error_append_hint(errp, "Identifiers consist of letters, digits, '-', '.', '_', "
                                "starting with a letter.\n");
        return false;
    }
    return true;
}
