/*
 * QMP commands that add and take out devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/device.h"
#include "qapi/qapi-commands-qdev.h"
#include "util/coroutine.h"

void coroutine_fn qmp_device_add(const CoContext *here, QDict *args, JsonWriter *out, Error **errp)
{
    if (device_add(args, false, errp)) {
        json_writer_begin_object(out);
        json_writer_end_object(out);
    }
}

/* @id is one that -device gave, or the path of a device. */
static Device *find_device(const char *id, Error **errp)
{
    g_autofree char *path =
        id[0] == '/' ? g_strdup(id) : g_strconcat("/machine/peripheral/", id, NULL);
    Object *obj = object_resolve_path(path, NULL);
    if (!obj) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", id);
        return NULL;
    }
    if (!object_dynamic_cast(obj, TYPE_DEVICE)) {
        error_setg(errp, "%s is not a hotpluggable device", id);
        return NULL;
    }
    return DEVICE(obj);
}

void coroutine_fn qmp_device_del(const char *id, Error **errp)
{
    Device *dev = find_device(id, errp);
    if (dev) {
        device_request_unplug(dev, errp);
    }
}
