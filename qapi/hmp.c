/*
 * Printing for handlers of HMP commands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/hmp.h"

#include <string.h>

void hmp_vprintf(Hmp *hmp, const char *fmt, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(fmt, args);

    hmp_puts(hmp, text);
}

void hmp_printf(Hmp *hmp, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    hmp_vprintf(hmp, fmt, args);
    va_end(args);
}

void hmp_puts(Hmp *hmp, const char *text)
{
    hmp->write(hmp, text, strlen(text));
}

bool coroutine_fn hmp_pause(Hmp *hmp)
{
    return hmp->pause ? hmp->pause(hmp) : !co_is_cancelled();
}

bool hmp_handle_error(Hmp *hmp, Error *err)
{
    const char *hint;

    if (!err) {
        return false;
    }
    hint = error_get_hint(err);
    hmp_printf(hmp, "Error: %s\n", error_get_pretty(err));
    if (hint) {
        hmp_printf(hmp, "%s%s", hint, g_str_has_suffix(hint, "\n") ? "" : "\n");
    }
    error_free(err);
    return true;
}
