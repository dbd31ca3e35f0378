/*
 * HMP commands about character devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-internal.h"
#include "monitor/hmp-commands.h"

static void print_one(Object *child, void *opaque)
{
    Chardev *chr = CHARDEV(child);
    g_autofree char *filename = chardev_filename(chr);

    hmp_printf(opaque, "%s: filename=%s\n", chardev_id(chr), filename);
}

void coroutine_fn hmp_info_chardev(Hmp *hmp, const QDict *args)
{
    object_child_foreach(object_get_container("/chardevs"), print_one, hmp);
}
