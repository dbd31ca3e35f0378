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

/* What cache=NAME stands for. */
typedef struct CacheMode {
    bool direct, no_flush, writes_through;
} CacheMode;

static const char *const cache_names[] = { "writeback", "none", "writethrough", "directsync",
                                           "unsafe", NULL };
static const CacheMode cache_modes[] = {
    { 0 },
    { .direct = true },
    { .writes_through = true },
    { .direct = true, .writes_through = true },
    { .no_flush = true },
};

static const CacheMode *cache_mode(const QDict *drive)
{
    const char *name = qdict_get_str(drive, "cache");
    unsigned i = 0;

    while (name && !g_str_equal(name, cache_names[i])) {
        i++;
    }
    return &cache_modes[i];
}

static bool check_drive(const QDict *props, Error **errp)
{
    static const char *const formats[] = { "raw", NULL };
    static const char *const interfaces[] = { "none", "virtio", NULL };

    if (!qdict_get_str(props, "file")) {
        error_setg(errp, "Parameter 'file' is missing");
        return false;
    }
    if (!qdict_get_str(props, "format")) {
        error_setg(errp, "Parameter 'format' is missing; accepted is: raw");
        return false;
    }
    return check_value(props, "format", formats, errp) &&
           check_value(props, "if", interfaces, errp) &&
           check_value(props, "cache", cache_names, errp);
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
    QDict *cache = qdict_new();
    qdict_put_str(cache, "direct", cache_mode(drive)->direct ? "on" : "off");
    qdict_put_str(cache, "no-flush", cache_mode(drive)->no_flush ? "on" : "off");
    qdict_put_take(node, "cache", cache);
    copy_key(node, "detect-zeroes", drive, "detect-zeroes");
    return node;
}

static bool make_defaults(const QDict *drive, BlockDefaults *defaults, Error **errp)
{
    BlockOnError *on_error = defaults->on_error;

    *defaults = block_defaults();
    defaults->writes_through = cache_mode(drive)->writes_through;
    return block_parse_on_error("rerror", qdict_get_str(drive, "rerror"),
                                on_error[BLOCK_ERROR_OF_READ], &on_error[BLOCK_ERROR_OF_READ],
                                errp) &&
           block_parse_on_error("werror", qdict_get_str(drive, "werror"),
                                on_error[BLOCK_ERROR_OF_WRITE], &on_error[BLOCK_ERROR_OF_WRITE],
                                errp);
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

    BlockDefaults defaults;

    if (!check_drive(drive, errp) || !make_defaults(drive, &defaults, errp)) {
        return false;
    }
    g_autoptr(QDict) node = drive_node(drive);
    BlockdevOptions *options = parse_options(node, true, errp);
    bool ok = options && block_drive_create(id, options, &defaults, errp);
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
