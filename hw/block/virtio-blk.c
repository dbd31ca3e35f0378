/*
 * virtio-blk: a disk (virtio 1.2, 5.2), on PCI and on a virtio bus.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-blk.h"

#include "hw/virtio/virtio-pci.h"
#include "util/report.h"

#include <string.h>

enum {
    F_SEG_MAX = 2,
    F_RO = 5,
    F_BLK_SIZE = 6,
    F_FLUSH = 9,
    F_TOPOLOGY = 10,
    F_CONFIG_WCE = 11,
    F_DISCARD = 13,
    F_WRITE_ZEROES = 14,
};

/* Where the fields of config space are (5.2.4). */
enum {
    CONFIG_CAPACITY = 0,
    CONFIG_SEG_MAX = 12,
    CONFIG_BLK_SIZE = 20,
    CONFIG_MIN_IO_SIZE = 26,
    CONFIG_WRITEBACK = 32,
    CONFIG_NUM_QUEUES = 34,
    CONFIG_MAX_DISCARD_SECTORS = 36,
    CONFIG_MAX_DISCARD_SEG = 40,
    CONFIG_DISCARD_ALIGNMENT = 44,
    CONFIG_MAX_ZEROES_SECTORS = 48,
    CONFIG_MAX_ZEROES_SEG = 52,
    CONFIG_ZEROES_MAY_UNMAP = 56,
    CONFIG_SIZE = 60,
};

#define DEFAULT_QUEUE_SIZE 256

static void put(uint8_t *config, unsigned offset, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++) {
        config[offset + i] = (uint8_t)(value >> (8 * i));
    }
}

static void virtio_blk_get_config(VirtioDevice *vdev, uint8_t *config)
{
    const VirtioBlk *s = VIRTIO_BLK(vdev);
    put(config, CONFIG_CAPACITY, 8, block_backend_size(s->blk) / BLOCK_SECTOR_SIZE);
    /* A chain has a header and a status, too. */
    put(config, CONFIG_SEG_MAX, 4, MAX(s->queue_size, 3) - 2);
    put(config, CONFIG_BLK_SIZE, 4, s->block_size);
    put(config, CONFIG_MIN_IO_SIZE, 2, 1);
    put(config, CONFIG_WRITEBACK, 1, s->writeback);
    put(config, CONFIG_NUM_QUEUES, 2, 1);
    put(config, CONFIG_MAX_DISCARD_SECTORS, 4, VIRTIO_BLK_MAX_SECTORS);
    put(config, CONFIG_MAX_DISCARD_SEG, 4, 1);
    put(config, CONFIG_DISCARD_ALIGNMENT, 4, s->block_size / BLOCK_SECTOR_SIZE);
    put(config, CONFIG_MAX_ZEROES_SECTORS, 4, VIRTIO_BLK_MAX_SECTORS);
    put(config, CONFIG_MAX_ZEROES_SEG, 4, 1);
    put(config, CONFIG_ZEROES_MAY_UNMAP, 1, 1);
}

static void set_writeback(VirtioBlk *s, bool writeback)
{
    s->writeback = writeback;
    block_backend_set_writes_through(s->blk, !writeback);
}

static void virtio_blk_set_config(VirtioDevice *vdev, const uint8_t *config)
{
    if (virtio_has_feature(vdev, F_CONFIG_WCE)) {
        set_writeback(VIRTIO_BLK(vdev), config[CONFIG_WRITEBACK] & 1);
    }
}

bool virtio_blk_writes_through(const VirtioBlk *s)
{
    /* A driver that cannot flush takes what was written to be safe (5.2.6.2). */
    return !s->writeback || !virtio_has_feature(&s->parent_obj, F_FLUSH);
}

static bool starts_writeback(const VirtioBlk *s)
{
    if (!s->write_cache || g_str_equal(s->write_cache, "auto")) {
        return !block_backend_defaults(s->blk)->writes_through;
    }
    return g_str_equal(s->write_cache, "on");
}

static bool virtio_blk_reset(VirtioDevice *vdev)
{
    VirtioBlk *s = VIRTIO_BLK(vdev);
    s->generation++;
    virtio_blk_forget_held(s);
    block_cancel_waiting(s->blk);
    set_writeback(s, starts_writeback(s));
    return s->in_flight == 0;
}

/* ---- what the user asks for ---- */

static bool is_power_of_2(uint32_t value)
{
    return value && !(value & (value - 1));
}

static bool check_properties(const VirtioBlk *s, Error **errp)
{
    static const char *const cache_modes[] = { "on", "off", "auto", NULL };
    if (!s->drive) {
        error_setg(errp, "drive property not set");
    } else if (s->serial && strlen(s->serial) > VIRTIO_BLK_SERIAL_SIZE) {
        error_setg(errp, "Property 'serial' expects at most %u bytes, not '%s'",
                   VIRTIO_BLK_SERIAL_SIZE, s->serial);
    } else if (s->write_cache && !g_strv_contains(cache_modes, s->write_cache)) {
        error_setg(errp, "Property 'write-cache' expects 'on', 'off' or 'auto', not '%s'",
                   s->write_cache);
    } else if (!is_power_of_2(s->block_size) || s->block_size < BLOCK_SECTOR_SIZE ||
               s->block_size > 32768) {
        error_setg(errp,
                   "Property 'logical_block_size' expects a power of 2 from 512 to 32768, "
                   "not %u",
                   s->block_size);
    } else if (!is_power_of_2(s->queue_size) || s->queue_size < 4 ||
               s->queue_size > VIRTQUEUE_MAX_SIZE) {
        error_setg(errp, "Property 'queue-size' expects a power of 2 from 4 to %u, not %u",
                   VIRTQUEUE_MAX_SIZE, s->queue_size);
    } else if (s->num_queues != 1) {
        error_setg(errp, "Property 'num-queues' expects 1, not %u", s->num_queues);
    } else {
        return true;
    }
    return false;
}

static bool check_size(VirtioBlk *s, Error **errp)
{
    uint64_t size = block_backend_size(s->blk);
    if (size % s->block_size == 0) {
        return true;
    }
    error_setg(errp,
               "drive '%s' has %" G_GUINT64_FORMAT " bytes, no multiple of "
               "logical_block_size, %u",
               s->drive, size, s->block_size);
    block_backend_detach(g_steal_pointer(&s->blk));
    return false;
}

static bool set_on_error(VirtioBlk *s, Error **errp)
{
    BlockOnError on_error[BLOCK_ERRORS];
    const BlockOnError *otherwise = block_backend_defaults(s->blk)->on_error;
    if (!block_parse_on_error("rerror", s->rerror, otherwise[BLOCK_ERROR_OF_READ],
                              &on_error[BLOCK_ERROR_OF_READ], errp) ||
        !block_parse_on_error("werror", s->werror, otherwise[BLOCK_ERROR_OF_WRITE],
                              &on_error[BLOCK_ERROR_OF_WRITE], errp)) {
        block_backend_detach(g_steal_pointer(&s->blk));
        return false;
    }
    block_backend_set_on_error(s->blk, on_error, virtio_blk_retry, s);
    return true;
}

static uint64_t features(const VirtioBlk *s)
{
    return UINT64_C(1) << F_SEG_MAX | 1 << F_BLK_SIZE | 1 << F_FLUSH | 1 << F_TOPOLOGY |
           1 << F_CONFIG_WCE | (uint64_t)s->read_only << F_RO | (uint64_t)s->discard << F_DISCARD |
           (uint64_t)s->write_zeroes << F_WRITE_ZEROES;
}

static void use_iothread(VirtioBlk *s)
{
    if (!s->iothread) {
        return;
    }
    if (block_backend_uses_uring(s->blk)) {
        s->uring = block_uring_new(iothread_loop(s->iothread), iothread_max_batch(s->iothread));
    }
    if (s->uring) {
        block_backend_set_uring(s->blk, s->uring);
    } else {
        warn_report("drive '%s' is not read and written by io_uring: iothread= has no effect",
                    s->drive);
    }
}

static void resized(void *opaque)
{
    virtio_config_changed(opaque); /* the capacity (5.2.5) */
}

static bool virtio_blk_realize(VirtioDevice *vdev, Error **errp)
{
    VirtioBlk *s = VIRTIO_BLK(vdev);
    if (!check_properties(s, errp)) {
        return false;
    }
    s->read_only = !block_is_writable(s->drive);
    s->blk = block_backend_attach(s->drive, s->read_only, errp);
    if (!s->blk || !check_size(s, errp) || !set_on_error(s, errp)) {
        return false;
    }
    g_autofree char *path = object_get_canonical_path(OBJECT(s));
    block_backend_set_device(s->blk, path);
    block_backend_set_resized(s->blk, s->block_size, resized, vdev);
    use_iothread(s);
    set_writeback(s, starts_writeback(s));
    vdev->host_features |= features(s);
    virtio_add_queue(vdev, s->queue_size, virtio_blk_ring);
    return true;
}

static void virtio_blk_unrealize(VirtioDevice *vdev)
{
    VirtioBlk *s = VIRTIO_BLK(vdev);
    virtio_blk_forget_held(s);
    block_backend_detach(g_steal_pointer(&s->blk));
}

static void virtio_blk_init(Object *obj)
{
    VirtioBlk *s = VIRTIO_BLK(obj);
    g_queue_init(&s->held);
    s->block_size = BLOCK_SECTOR_SIZE;
    s->queue_size = DEFAULT_QUEUE_SIZE;
    s->num_queues = 1;
    s->discard = s->write_zeroes = true;
}

static void virtio_blk_finalize(Object *obj)
{
    VirtioBlk *s = VIRTIO_BLK(obj);
    if (s->uring) {
        block_uring_free(s->uring);
    }
    g_free(s->drive);
    g_free(s->serial);
    g_free(s->write_cache);
    g_free(s->werror);
    g_free(s->rerror);
}

#define FIELD(name, kind, field, text)                                                             \
    object_class_property_add_field(klass, name, kind, offsetof(VirtioBlk, field), text)

static void add_properties(ObjectClass *klass)
{
    FIELD("drive", PROP_STRING, drive, "id of a -drive, or name of a block node");
    FIELD("serial", PROP_STRING, serial, "what the guest is told as serial number, 20 bytes");
    FIELD("write-cache", PROP_STRING, write_cache,
          "on/off/auto: whether writes are complete before they are on the disk");
    FIELD("werror", PROP_STRING, werror,
          "report/ignore/enospc/stop/auto: what to do about errors of writing (auto: enospc)");
    FIELD("rerror", PROP_STRING, rerror,
          "report/ignore/enospc/stop/auto: what to do about errors of reading (auto: report)");
    object_class_property_add_link(klass, "iothread", TYPE_IOTHREAD, offsetof(VirtioBlk, iothread),
                                   "whose thread does the reading and writing of files by io_uring");
    object_property_set_default(FIELD("logical_block_size", PROP_UINT32, block_size,
                                      "bytes, a power of 2 from 512 to 32768"),
                                QOBJECT(qnum_new_uint(BLOCK_SECTOR_SIZE)));
    object_property_set_default(FIELD("queue-size", PROP_UINT16, queue_size,
                                      "entries of the queue, a power of 2 from 4 to 1024"),
                                QOBJECT(qnum_new_uint(DEFAULT_QUEUE_SIZE)));
    object_property_set_default(FIELD("num-queues", PROP_UINT16, num_queues, "1"),
                                QOBJECT(qnum_new_uint(1)));
    object_property_set_default(FIELD("discard", PROP_BOOL, discard, "offer discarding"),
                                QOBJECT(qbool_new(true)));
    object_property_set_default(
        FIELD("write-zeroes", PROP_BOOL, write_zeroes, "offer to write zeroes"),
        QOBJECT(qbool_new(true)));
}

static void virtio_blk_class_init(ObjectClass *klass, const void *data)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    DEVICE_CLASS(klass)->desc = "virtio disk";
    DEVICE_CLASS(klass)->user_creatable = true;
    device_class_set_bootable(DEVICE_CLASS(klass), "disk@0,0");
    vc->device_id = 2;
    vc->config_size = CONFIG_SIZE;
    vc->pci_class = 0x0100; /* mass storage */
    vc->realize = virtio_blk_realize;
    vc->unrealize = virtio_blk_unrealize;
    vc->get_config = virtio_blk_get_config;
    vc->set_config = virtio_blk_set_config;
    vc->reset = virtio_blk_reset;
    add_properties(klass);
}

static const TypeInfo virtio_blk_type = {
    .name = TYPE_VIRTIO_BLK,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtioBlk),
    .instance_init = virtio_blk_init,
    .instance_finalize = virtio_blk_finalize,
    .class_init = virtio_blk_class_init,
};

static const VirtioPciInfo virtio_blk_pci = {
    .name = "virtio-blk-pci",
    .modern_name = "virtio-blk-pci-non-transitional",
    .device_type = TYPE_VIRTIO_BLK,
    .desc = "virtio disk",
};

static void virtio_blk_register(void)
{
    type_register_static(&virtio_blk_type);
    virtio_pci_register(&virtio_blk_pci);
}
type_init(virtio_blk_register)
