/*
 * HMP commands that make objects.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "user-object-internal.h"

#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"

void coroutine_fn hmp_object_add(Hmp *hmp, const QDict *args)
{
    Error *err = NULL;
    g_autoptr(QDict) options = user_object_parse(qdict_get_str(args, "object"), &err);

    if (options) {
        user_object_create_co(options, &err);
    }
    hmp_handle_error(hmp, err);
}
