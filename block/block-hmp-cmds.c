/*
 * HMP commands of block nodes and disks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"
#include "qapi/keyval.h"
#include "qapi/qapi-commands-block-core.h"

#include <inttypes.h>

/* ---- info block ---- */

static void print_limits(Hmp *hmp, const BlockIoLimits *l)
{
    if (!l->bps && !l->bps_rd && !l->bps_wr && !l->iops && !l->iops_rd && !l->iops_wr) {
        return;
    }
    hmp_printf(hmp,
               "    I/O throttling:   bps=%" PRId64 " bps_rd=%" PRId64 " bps_wr=%" PRId64
               " bps_max=%" PRId64 " bps_rd_max=%" PRId64 " bps_wr_max=%" PRId64 " iops=%" PRId64
               " iops_rd=%" PRId64 " iops_wr=%" PRId64 " iops_max=%" PRId64 " iops_rd_max=%" PRId64
               " iops_wr_max=%" PRId64 " iops_size=%" PRId64 " group=%s\n",
               l->bps, l->bps_rd, l->bps_wr, l->bps_max, l->bps_rd_max, l->bps_wr_max, l->iops,
               l->iops_rd, l->iops_wr, l->iops_max, l->iops_rd_max, l->iops_wr_max, l->iops_size,
               l->group ? l->group : "");
}

/* g_format_size() would translate it. */
static char *size_text(int64_t bytes)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    double n = (double)bytes;
    size_t unit = 0;
    for (; n >= 1000 && unit + 1 < G_N_ELEMENTS(units); unit++) {
        n /= 1024;
    }
    return g_strdup_printf("%.3g %s", n, units[unit]);
}

static void print_image(Hmp *hmp, const ImageInfo *image)
{
    g_autofree char *size = size_text(image->virtual_size);
    g_autofree char *used = size_text(image->actual_size);
    hmp_printf(hmp,
               "\nImages:\nimage: %s\nfile format: %s\nvirtual size: %s (%" PRId64 " bytes)\n"
               "disk size: %s\n",
               image->filename, image->format, size, image->virtual_size,
               image->has_actual_size ? used : "unavailable");
}

/* @name: what it is called first; @qdev: NULL for a node as such. */
static void print_node(Hmp *hmp, const char *name, const char *qdev, BlockDeviceInfo *info,
                       bool verbose)
{
    hmp_puts(hmp, name);
    if (strcmp(name, info->node_name) != 0) {
        hmp_printf(hmp, " (%s)", info->node_name);
    }
    hmp_printf(hmp, ": %s (%s%s)\n", info->file, info->drv, info->ro ? ", read-only" : "");
    if (qdev) {
        hmp_printf(hmp, "    Attached to:      %s\n", qdev);
    }
    hmp_printf(hmp, "    Cache mode:       %s%s%s\n",
               info->cache->writeback ? "writeback" : "writethrough",
               info->cache->direct ? ", direct" : "",
               info->cache->no_flush ? ", ignore flushes" : "");
    if (info->detect_zeroes != BLOCKDEV_DETECT_ZEROES_OPTIONS_OFF) {
        hmp_printf(hmp, "    Detect zeroes:    %s\n",
                   BlockdevDetectZeroesOptions_str(info->detect_zeroes));
    }
    print_limits(hmp, qapi_BlockDeviceInfo_base(info));
    if (verbose) {
        print_image(hmp, info->image);
    }
}

static void coroutine_fn print_disks(Hmp *hmp, const char *only, bool verbose)
{
    g_autoptr(BlockInfoList) list = qmp_query_block(NULL);
    const char *between = "";
    for (BlockInfoList *it = list; it && hmp_pause(hmp); it = it->next) {
        BlockInfo *disk = it->value;
        const char *name = disk->device[0] ? disk->device : disk->inserted->node_name;
        if (!only || strcmp(only, name) == 0) {
            hmp_puts(hmp, between);
            between = "\n";
            print_node(hmp, name, disk->qdev, disk->inserted, verbose);
        }
    }
}

static void coroutine_fn print_nodes(Hmp *hmp, const char *only, bool verbose)
{
    g_autoptr(BlockDeviceInfoList) list = qmp_query_named_block_nodes(false, false, NULL);
    const char *between = "";
    for (BlockDeviceInfoList *it = list; it && hmp_pause(hmp); it = it->next) {
        if (!only || strcmp(only, it->value->node_name) == 0) {
            hmp_puts(hmp, between);
            between = "\n";
            print_node(hmp, it->value->node_name, NULL, it->value, verbose);
        }
    }
}

void coroutine_fn hmp_info_block(Hmp *hmp, const QDict *args)
{
    const char *only = qdict_get_str(args, "device");
    bool verbose = qdict_haskey(args, "verbose");
    if (only && !block_drive_find(only) && !block_node_find(only)) {
        hmp_printf(hmp, "Error: there is no disk and no node '%s'; see 'info block -n'\n", only);
    } else if (qdict_haskey(args, "nodes")) {
        print_nodes(hmp, only, verbose);
    } else {
        print_disks(hmp, only, verbose);
    }
}

/* ---- info blockstats ---- */

void coroutine_fn hmp_info_blockstats(Hmp *hmp, const QDict *args)
{
    g_autoptr(BlockStatsList) list = qmp_query_blockstats(false, false, NULL);
    for (BlockStatsList *it = list; it && hmp_pause(hmp); it = it->next) {
        const BlockDeviceStats *s = it->value->stats;
        hmp_printf(hmp,
                   "%s: rd_bytes=%" PRId64 " wr_bytes=%" PRId64 " rd_operations=%" PRId64
                   " wr_operations=%" PRId64 " flush_operations=%" PRId64
                   " wr_total_time_ns=%" PRId64 " rd_total_time_ns=%" PRId64
                   " flush_total_time_ns=%" PRId64 "\n",
                   it->value->device[0] ? it->value->device : it->value->node_name, s->rd_bytes,
                   s->wr_bytes, s->rd_operations, s->wr_operations, s->flush_operations,
                   s->wr_total_time_ns, s->rd_total_time_ns, s->flush_total_time_ns);
    }
}

/* ---- changes: the name is that of a -drive, a node or a device ---- */

void coroutine_fn hmp_block_resize(Hmp *hmp, const QDict *args)
{
    const char *name = qdict_get_str(args, "device");
    bool drive = block_drive_find(name);
    uint64_t size;
    Error *err = NULL;
    if (parse_size(qdict_get_str(args, "size"), 'M', &size, &err)) {
        qmp_block_resize(drive ? name : NULL, drive ? NULL : name, size, &err);
    }
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_block_set_io_throttle(Hmp *hmp, const QDict *args)
{
    char *name = (char *)qdict_get_str(args, "device");
    bool drive = block_drive_find(name);
    BlockIoThrottle throttle = {
        .bps = qdict_get_int(args, "bps", 0),
        .bps_rd = qdict_get_int(args, "bps_rd", 0),
        .bps_wr = qdict_get_int(args, "bps_wr", 0),
        .iops = qdict_get_int(args, "iops", 0),
        .iops_rd = qdict_get_int(args, "iops_rd", 0),
        .iops_wr = qdict_get_int(args, "iops_wr", 0),
        .device = drive ? name : NULL,
        .id = drive ? NULL : name,
    };
    Error *err = NULL;
    qmp_block_set_io_throttle(&throttle, &err);
    hmp_handle_error(hmp, err);
}
