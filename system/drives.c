/*
 * -blockdev and -drive: block nodes and disks from the command line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "drives.h"

#include "block/block.h"
#include "qapi/qapi-visit-block-core.h"

static BlockdevOptions *parse_options(QDict *props, bool keyval, Error **errp)
{
    BlockdevOptions *options = NULL;
    g_autoptr(Visitor) v = keyval ? qobject_input_visitor_new_keyval(QOBJECT(props))
                                  : qobject_input_visitor_new(QOBJECT(props));

    visit_type_BlockdevOptions(v, NULL, &options, errp);
    return options;
}

static bool create_node(QDict *props, bool keyval, Error **errp)
{
    BlockdevOptions *options = parse_options(props, keyval, errp);
    bool ok = false;

    if (options && !options->node_name) {
        error_setg(errp, "'node-name' must be specified for the root node");
    } else if (options) {
        ok = block_node_create(options, errp) != NULL;
    }
    qapi_free_BlockdevOptions(options);
    return ok;
}

/* ---- -drive ---- */

static bool check_value(const QDict *props, const char *key, const char *const *accepted,
                        Error **errp)
{
    const char *value = qdict_get_str(props, key);

    if (value && !g_strv_contains(accepted, value)) {
        g_autofree char *list = g_strjoinv(", ", (char **)accepted);

        error_setg(errp, "Parameter '%s' does not accept '%s'; accepted are: %s", key, value, list);
        return false;
    }
    return true;
}

static bool check_drive(const QDict *props, Error **errp)
{
    static const char *const formats[] = { "raw", NULL };
    static const char *const interfaces[] = { "none", "virtio", NULL };
    static const char *const caches[] = { "writeback", "unsafe", NULL };

    if (!qdict_get_str(props, "file")) {
        error_setg(errp, "Parameter 'file' is missing");
        return false;
    }
    if (!qdict_get_str(props, "format")) {
        error_setg(errp, "Parameter 'format' is missing; accepted is: raw");
        return false;
    }
    return check_value(props, "format", formats, errp) &&
           check_value(props, "if", interfaces, errp) && check_value(props, "cache", caches, errp);
}

static void copy_key(QDict *to, const char *to_key, const QDict *from, const char *from_key)
{
    const char *value = qdict_get_str(from, from_key);

    if (value) {
        qdict_put_str(to, to_key, value);
    }
}

/* The node that -drive stands on: raw on a file, as -blockdev would have it. */
static QDict *drive_node(const QDict *drive)
{
    QDict *node = qdict_new();

    qdict_put_str(node, "driver", "raw");
    copy_key(node, "discard", drive, "discard");
    copy_key(node, "read-only", drive, "readonly");
    copy_key(node, "read-only", drive, "read-only");
    QDict *file = qdict_clone_shallow(node);
    qdict_put_str(file, "driver", "file");
    copy_key(file, "filename", drive, "file");
    copy_key(file, "aio", drive, "aio");
    qdict_put_take(node, "file", file);
    if (g_strcmp0(qdict_get_str(drive, "cache"), "unsafe") == 0) {
        QDict *cache = qdict_new();

        qdict_put_str(cache, "no-flush", "on");
        qdict_put_take(node, "cache", cache);
    }
    return node;
}

static void add_device(const Config *config, const char *id)
{
    ObjectConfig *device = g_new0(ObjectConfig, 1);

    device->props = qdict_new();
    device->keyval = true;
    device->text = g_strdup_printf("virtio-blk-pci,drive=%s", id);
    qdict_put_str(device->props, "driver", "virtio-blk-pci");
    qdict_put_str(device->props, "drive", id);
    g_ptr_array_add(config->devices, device);
}

static bool create_drive(const Config *config, const QDict *drive, unsigned n, Error **errp)
{
    const char *given = qdict_get_str(drive, "id");
    bool with_device = g_strcmp0(qdict_get_str(drive, "if"), "virtio") == 0;
    g_autofree char *id =
        given ? g_strdup(given) : g_strdup_printf("%s%u", with_device ? "virtio" : "none", n);

    if (!check_drive(drive, errp)) {
        return false;
    }
    g_autoptr(QDict) node = drive_node(drive);
    BlockdevOptions *options = parse_options(node, true, errp);
    bool ok = options && block_drive_create(id, options, errp);
    qapi_free_BlockdevOptions(options);
    if (ok && with_device) {
        add_device(config, id);
    }
    return ok;
}

bool no_coroutine_fn drives_create(const Config *config, Error **errp)
{
    for (guint i = 0; i < config->drives->len; i++) {
        const ObjectConfig *drive = g_ptr_array_index(config->drives, i);
        bool ok = drive->is_drive ? create_drive(config, drive->props, i, errp)
                                  : create_node(drive->props, drive->keyval, errp);

        if (!ok) {
            error_prepend(errp, "-%s %s: ", drive->is_drive ? "drive" : "blockdev", drive->text);
            return false;
        }
    }
    return true;
}
