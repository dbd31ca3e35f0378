/*
 * HMP commands of the user interface.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/hmp.h"

#include "monitor/hmp-commands.h"
#include "qapi/qapi-commands-ui.h"

void hmp_screendump(Hmp *hmp, const QDict *args)
{
    const char *format_name = qdict_get_str(args, "format");
    bool has_head = qdict_haskey(args, "head");
    Error *err = NULL;
    int format;

    format = qapi_enum_parse(&ImageFormat_lookup, format_name, IMAGE_FORMAT_PPM, &err);
    if (!err) {
        qmp_screendump(qdict_get_str(args, "filename"), qdict_get_str(args, "device"), has_head,
                       qdict_get_int(args, "head", 0), true, format, &err);
    }
    hmp_handle_error(hmp, err);
}
