/*
 * The chardev that is connected to nothing: takes and drops everything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-internal.h"

static bool null_open(Chardev *chr, const QDict *args, Error **errp)
{
    return true;
}

static char *null_filename(Chardev *chr)
{
    return g_strdup("null");
}

static void null_class_init(ObjectClass *klass, const void *data)
{
    static const char *const options[] = { NULL };
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->options = options;
    cc->open = null_open;
    cc->filename = null_filename;
}

static const TypeInfo null_info = {
    .name = "chardev-null",
    .parent = TYPE_CHARDEV,
    .class_init = null_class_init,
};

static void null_register(void)
{
    type_register_static(&null_info);
}
type_init(null_register)
