/*
 * The common configuration of a virtio PCI function (virtio 1.2, 4.1.4.3).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-pci-regs.h"

#include "util/report.h"

enum {
    COMMON_FEATURE_SELECT = 0x00,
    COMMON_FEATURE = 0x04,
    COMMON_DRIVER_FEATURE_SELECT = 0x08,
    COMMON_DRIVER_FEATURE = 0x0c,
    COMMON_MSIX_VECTOR = 0x10,
    COMMON_NUM_QUEUES = 0x12,
    COMMON_STATUS = 0x14,
    COMMON_GENERATION = 0x15,
    COMMON_QUEUE_SELECT = 0x16,
    COMMON_QUEUE_SIZE = 0x18,
    COMMON_QUEUE_MSIX_VECTOR = 0x1a,
    COMMON_QUEUE_ENABLE = 0x1c,
    COMMON_QUEUE_NOTIFY_OFF = 0x1e,
    COMMON_QUEUE_DESC = 0x20, /* low and high half, as the next two */
    COMMON_QUEUE_DRIVER = 0x28,
    COMMON_QUEUE_DEVICE = 0x30,
};

#define MSIX_NO_VECTOR 0xffff /* there is no MSI-X */

/* How wide the register at @offset is; 0: there is none. */
static unsigned register_size(unsigned offset)
{
    if (offset == COMMON_STATUS || offset == COMMON_GENERATION) {
        return 1;
    }
    if (offset >= COMMON_MSIX_VECTOR && offset < COMMON_QUEUE_DESC) {
        return offset % 2 ? 0 : 2;
    }
    return offset % 4 ? 0 : 4;
}

static bool check_access(const VirtioPciRegs *regs, unsigned offset, unsigned size)
{
    bool ok = offset < VIRTIO_PCI_COMMON_SIZE && size == register_size(offset);
    if (!ok) {
        log_mask(LOG_GUEST_ERROR, "%s: access of %u bytes at 0x%x of the common configuration",
                 virtio_name(regs->vdev), size, offset);
    }
    return ok;
}

static VirtRingPart part_at(unsigned offset)
{
    return (VirtRingPart)((offset - COMMON_QUEUE_DESC) / 8);
}

static uint32_t read_queue(const VirtioPciRegs *regs, unsigned offset)
{
    const VirtQueue *vq = virtio_get_queue(regs->vdev, regs->queue_select);
    if (!vq) {
        return 0;
    }
    switch (offset) {
    case COMMON_QUEUE_SIZE:
        return virtqueue_size(vq);
    case COMMON_QUEUE_ENABLE:
        return virtqueue_is_ready(vq);
    case COMMON_QUEUE_NOTIFY_OFF:
        return virtqueue_index(vq);
    default:
        return (uint32_t)(virtqueue_get_part(vq, part_at(offset)) >> (offset & 4 ? 32 : 0));
    }
}

uint64_t virtio_pci_common_read(const VirtioPciRegs *regs, unsigned offset, unsigned size)
{
    const VirtioDevice *vdev = regs->vdev;
    if (!check_access(regs, offset, size)) {
        return 0;
    }
    switch (offset) {
    case COMMON_FEATURE_SELECT:
        return regs->feature_select;
    case COMMON_FEATURE:
        return virtio_get_features(vdev, regs->feature_select);
    case COMMON_DRIVER_FEATURE_SELECT:
        return regs->driver_feature_select;
    case COMMON_DRIVER_FEATURE:
        return virtio_get_driver_features(vdev, regs->driver_feature_select);
    case COMMON_MSIX_VECTOR:
    case COMMON_QUEUE_MSIX_VECTOR:
        return MSIX_NO_VECTOR;
    case COMMON_NUM_QUEUES:
        return vdev->queues->len;
    case COMMON_STATUS:
        return vdev->status;
    case COMMON_GENERATION:
        return vdev->config_generation;
    case COMMON_QUEUE_SELECT:
        return regs->queue_select;
    default:
        return read_queue(regs, offset);
    }
}

static void write_queue(const VirtioPciRegs *regs, unsigned offset, uint32_t value)
{
    VirtQueue *vq = virtio_get_queue(regs->vdev, regs->queue_select);
    if (!vq) {
        return;
    }
    if (offset == COMMON_QUEUE_SIZE) {
        virtqueue_set_size(vq, value);
    } else if (offset == COMMON_QUEUE_ENABLE) {
        /* There is no way back but a reset of the device. */
        if (value == 1) {
            virtqueue_set_ready(vq, true);
        }
    } else if (offset >= COMMON_QUEUE_DESC) {
        virtqueue_set_part(vq, part_at(offset), offset & 4, value);
    }
}

void virtio_pci_common_write(VirtioPciRegs *regs, unsigned offset, uint32_t value, unsigned size)
{
    if (!check_access(regs, offset, size)) {
        return;
    }
    switch (offset) {
    case COMMON_FEATURE_SELECT:
        regs->feature_select = value;
        break;
    case COMMON_DRIVER_FEATURE_SELECT:
        regs->driver_feature_select = value;
        break;
    case COMMON_DRIVER_FEATURE:
        virtio_set_driver_features(regs->vdev, regs->driver_feature_select, value);
        break;
    case COMMON_STATUS:
        virtio_set_status(regs->vdev, (uint8_t)value);
        break;
    case COMMON_QUEUE_SELECT:
        regs->queue_select = (uint16_t)value;
        break;
    default:
        write_queue(regs, offset, value);
        break;
    }
}
