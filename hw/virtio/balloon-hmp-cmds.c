/*
 * HMP commands of the balloon.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/balloon.h"
#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"

#include <inttypes.h>

enum { MIB_SHIFT = 20 };

void coroutine_fn hmp_balloon(Hmp *hmp, const QDict *args)
{
    int64_t mib = qdict_get_int(args, "target", 0), bytes;
    Error *err = NULL;
    if (__builtin_mul_overflow(mib, (int64_t)1 << MIB_SHIFT, &bytes)) {
        error_setg(&err, "a balloon of %" PRId64 " MiB is too large", mib);
    } else {
        balloon_set_target(bytes, &err);
    }
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_info_balloon(Hmp *hmp, const QDict *args)
{
    int64_t actual;
    Error *err = NULL;
    if (balloon_get_actual(&actual, &err)) {
        hmp_printf(hmp, "balloon: actual=%" PRId64 "\n", actual >> MIB_SHIFT);
    }
    hmp_handle_error(hmp, err);
}
