/*
 * Cancellation, as handlers of commands see it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qmp-cancel.h"
#include "util/coroutine.h"

bool qmp_is_cancelled(void)
{
    return co_is_cancelled();
}

void qmp_set_cancelled(Error **errp, const char *fmt, ...)
{
    g_autofree char *doing = NULL;
    va_list args;

    va_start(args, fmt);
    doing = g_strdup_vprintf(fmt, args);
    va_end(args);
    if (qmp_is_cancelled()) {
        error_setg(errp, "%s was cancelled: %s", doing,
                   cancel_token_reason(coroutine_get_cancel(coroutine_self())));
    } else {
        error_setg(errp, "%s was cancelled", doing);
    }
}
