/*
 * QMP commands about character devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-backend.h"
#include "chardev/chardev-internal.h"
#include "chardev/ringbuf.h"
#include "qapi/qapi-commands-char.h"
#include "qapi/util.h"
#include "qobject/utf8.h"

#include <string.h>

static void add_info(Object *child, void *opaque)
{
    ChardevInfoList ***tail = opaque;
    Chardev *chr = CHARDEV(child);
    ChardevInfo *info = g_new0(ChardevInfo, 1);

    info->label = g_strdup(chardev_id(chr));
    info->filename = chardev_filename(chr);
    info->frontend_open = chardev_frontend_is_open(chr);
    QAPI_LIST_APPEND(*tail, info);
}

ChardevInfoList *coroutine_fn qmp_query_chardev(Error **errp)
{
    ChardevInfoList *list = NULL;
    ChardevInfoList **tail = &list;

    object_child_foreach(object_get_container("/chardevs"), add_info, &tail);
    return list;
}

/* ---- making and removing ---- */

ChardevBackendInfoList *coroutine_fn qmp_query_chardev_backends(Error **errp)
{
    GSList *classes = object_class_get_list(TYPE_CHARDEV, false);
    ChardevBackendInfoList *list = NULL;
    ChardevBackendInfoList **tail = &list;

    for (GSList *l = classes; l; l = l->next) {
        if (CHARDEV_CLASS(l->data)->open) {
            ChardevBackendInfo *info = g_new0(ChardevBackendInfo, 1);

            info->name = g_strdup(object_class_get_name(l->data) + strlen(TYPE_CHARDEV "-"));
            QAPI_LIST_APPEND(tail, info);
        }
    }
    g_slist_free(classes);
    return list;
}

ChardevReturn *coroutine_fn qmp_chardev_add(const char *id, ChardevBackend *backend, Error **errp)
{
    g_autoptr(QDict) args = chardev_backend_to_args(id, backend);
    ChardevReturn *result;
    Chardev *chr;

    if (chardev_find(id)) {
        error_setg(errp, "Chardev with id '%s' already exists", id);
        return NULL;
    }
    chr = chardev_new_co(args, errp);
    if (!chr) {
        error_prepend(errp, "Failed to add chardev '%.256s': ", id);
        return NULL;
    }
    result = g_new0(ChardevReturn, 1);
    result->pty = g_strdup(chardev_pty(chr));
    return result;
}

void coroutine_fn qmp_chardev_remove(const char *id, Error **errp)
{
    chardev_remove(id, errp);
}

/* ---- ring buffers ---- */

void coroutine_fn qmp_ringbuf_write(RingbufWrite *arg, Error **errp)
{
    Chardev *chr;

    if (arg->has_format && arg->format == DATA_FORMAT_BASE64) {
        ringbuf_write_base64(arg->device, g_steal_pointer(&arg->data), errp);
        return;
    }
    chr = ringbuf_find(arg->device, errp);
    if (chr) {
        chardev_write(chr, arg->data, strlen(arg->data));
    }
}

static char *spell_utf8(const GByteArray *bytes)
{
    return utf8_make_valid((const char *)bytes->data, bytes->len);
}

static char *spell_base64(const GByteArray *bytes)
{
    return g_base64_encode(bytes->data, bytes->len);
}

char *coroutine_fn qmp_ringbuf_read(const char *device, int64_t size, bool has_format,
                                    DataFormat format, Error **errp)
{
    bool base64 = has_format && format == DATA_FORMAT_BASE64;

    return ringbuf_read_text(device, size, base64 ? spell_base64 : spell_utf8, errp);
}
