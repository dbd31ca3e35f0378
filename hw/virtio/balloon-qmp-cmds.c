/*
 * QMP commands of the balloon.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/balloon.h"
#include "qapi/qapi-commands-balloon.h"

void coroutine_fn qmp_balloon(int64_t value, Error **errp)
{
    balloon_set_target(value, errp);
}

BalloonInfo *coroutine_fn qmp_query_balloon(Error **errp)
{
    int64_t actual;
    if (!balloon_get_actual(&actual, errp)) {
        return NULL;
    }
    BalloonInfo *info = g_new0(BalloonInfo, 1);
    info->actual = actual;
    return info;
}
