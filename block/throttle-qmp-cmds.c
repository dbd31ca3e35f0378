/*
 * QMP commands of I/O limits: setting them, and what query-block shows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "throttle.h"

#include "block-internal.h"

#include "qapi/qapi-commands-block-core.h"
#include "qom/object.h"

#include <string.h>

/* The disk of the device at @path, or of what a PCI function or the like has inside. */
static BlockBackend *find_disk(const char *path)
{
    g_autofree char *inside = g_strconcat(path, "/virtio-backend", NULL);
    const GPtrArray *all = block_backends();
    for (guint i = 0; i < all->len; i++) {
        BlockBackend *blk = g_ptr_array_index(all, i);
        if (g_strcmp0(blk->device, path) == 0 || g_strcmp0(blk->device, inside) == 0) {
            return blk;
        }
    }
    return NULL;
}

static BlockBackend *find_device(const char *id, Error **errp)
{
    g_autofree char *path =
        id[0] == '/' ? g_strdup(id) : g_strconcat("/machine/peripheral/", id, NULL);
    const Object *obj = object_resolve_path(path, NULL);
    if (!obj) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", id);
        return NULL;
    }
    g_autofree char *canonical = object_get_canonical_path(obj);
    BlockBackend *blk = find_disk(canonical);
    if (!blk) {
        error_setg(errp, "Device '%s' is not a disk", id);
    }
    return blk;
}

static BlockBackend *find_limited(const BlockIoThrottle *args, Error **errp)
{
    if (!args->device == !args->id) {
        error_setg(errp, "Need exactly one of 'device' and 'id'");
        return NULL;
    }
    if (args->id) {
        return find_device(args->id, errp);
    }
    BlockBackend *blk = block_drive_find(args->device);
    if (!blk) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found: no -drive has this id",
                  args->device);
    }
    return blk;
}

#define EACH_KIND(DO)                                                                              \
    DO(THROTTLE_BPS, bps)                                                                          \
    DO(THROTTLE_BPS_READ, bps_rd)                                                                  \
    DO(THROTTLE_BPS_WRITE, bps_wr)                                                                 \
    DO(THROTTLE_IOPS, iops)                                                                        \
    DO(THROTTLE_IOPS_READ, iops_rd)                                                                \
    DO(THROTTLE_IOPS_WRITE, iops_wr)

static ThrottleLimits limits_of(const BlockIoLimits *args)
{
    ThrottleLimits limits = { .iops_size = args->iops_size };
#define TAKE(kind, member)                                                                         \
    limits.of[kind] =                                                                              \
        (ThrottleLimit){ args->member, args->member##_max,                                         \
                         args->has_##member##_max_length ? args->member##_max_length : 1 };
    EACH_KIND(TAKE)
#undef TAKE
    return limits;
}

void block_throttle_show(const BlockBackend *blk, BlockIoLimits *info)
{
    const char *group = NULL;
    const ThrottleLimits *limits = block_throttle_limits(blk, &group);
    if (!limits) {
        return;
    }
#define SHOW(kind, name)                                                                           \
    info->name = limits->of[kind].rate;                                                            \
    info->has_##name##_max = info->has_##name##_max_length = limits->of[kind].burst != 0;          \
    info->name##_max = limits->of[kind].burst;                                                     \
    info->name##_max_length = limits->of[kind].burst_seconds;
    EACH_KIND(SHOW)
#undef SHOW
    info->has_iops_size = limits->iops_size != 0;
    info->iops_size = limits->iops_size;
    info->group = g_strdup(group);
}

void coroutine_fn qmp_block_set_io_throttle(BlockIoThrottle *args, Error **errp)
{
    ThrottleLimits limits = limits_of(qapi_BlockIoThrottle_base(args));
    BlockBackend *blk = find_limited(args, errp);
    if (blk && throttle_limits_check(&limits, errp)) {
        block_throttle_set(blk, &limits, args->group, args->device ? args->device : args->id);
    }
}
