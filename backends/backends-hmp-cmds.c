/*
 * HMP commands about objects that users make.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"
#include "qapi/qapi-commands-objects.h"

#include <inttypes.h>

void coroutine_fn hmp_info_iothreads(Hmp *hmp, const QDict *args)
{
    g_autoptr(IOThreadInfoList) list = qmp_query_iothreads(&error_abort);

    for (const IOThreadInfoList *it = list; it; it = it->next) {
        hmp_printf(hmp, "%s:\n  thread_id=%" PRId64 "\n", it->value->id, it->value->thread_id);
    }
}
