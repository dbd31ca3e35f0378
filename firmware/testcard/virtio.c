/*
 * Finding the structures of a virtio device, its initialization, and its queues.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio.h"

#include "plic.h"
#include "sbi.h"

/* A capability of vendor-specific type. */
#define CAP_VENDOR            0x09
#define CAP_NEXT              1
#define CAP_CFG_TYPE          3
#define CAP_BAR               4
#define CAP_OFFSET            8
#define CAP_NOTIFY_MULTIPLIER 16
enum { CFG_COMMON = 1, CFG_NOTIFY, CFG_ISR, CFG_DEVICE };

enum {
    COMMON_DEVICE_FEATURE_SELECT = 0x00,
    COMMON_DEVICE_FEATURE = 0x04,
    COMMON_DRIVER_FEATURE_SELECT = 0x08,
    COMMON_DRIVER_FEATURE = 0x0c,
    COMMON_STATUS = 0x14,
    COMMON_QUEUE_SELECT = 0x16,
    COMMON_QUEUE_SIZE = 0x18,
    COMMON_QUEUE_ENABLE = 0x1c,
    COMMON_QUEUE_NOTIFY_OFF = 0x1e,
    COMMON_QUEUE_DESC = 0x20,
    COMMON_QUEUE_DRIVER = 0x28,
    COMMON_QUEUE_DEVICE = 0x30,
};

enum { STATUS_ACKNOWLEDGE = 1, STATUS_DRIVER = 2, STATUS_DRIVER_OK = 4, STATUS_FEATURES_OK = 8 };

#define FEATURE_VERSION_1_HIGH 1
#define DESC_WRITE             2

static void find_structures(Virtio *virtio, const PciFunction *function)
{
    uintptr_t config = function->config;

    for (unsigned at = mmio_read8(config + PCI_CAPABILITIES); at;
         at = mmio_read8(config + at + CAP_NEXT)) {
        uintptr_t cap = config + at, where;

        if (mmio_read8(cap) != CAP_VENDOR || mmio_read8(cap + CAP_CFG_TYPE) > CFG_DEVICE) {
            continue;
        }
        where = pci_bar(function, mmio_read8(cap + CAP_BAR)) + mmio_read32(cap + CAP_OFFSET);
        switch (mmio_read8(cap + CAP_CFG_TYPE)) {
        case CFG_COMMON:
            virtio->common = where;
            break;
        case CFG_NOTIFY:
            virtio->notify = where;
            virtio->notify_multiplier = mmio_read32(cap + CAP_NOTIFY_MULTIPLIER);
            break;
        case CFG_ISR:
            virtio->isr = where;
            break;
        case CFG_DEVICE:
            virtio->config = where;
            break;
        }
    }
}

static void add_status(const Virtio *virtio, uint8_t status)
{
    mmio_write8(virtio->common + COMMON_STATUS,
                mmio_read8(virtio->common + COMMON_STATUS) | status);
}

static void accept_features(const Virtio *virtio, uint32_t select, uint32_t features)
{
    mmio_write32(virtio->common + COMMON_DEVICE_FEATURE_SELECT, select);
    mmio_write32(virtio->common + COMMON_DRIVER_FEATURE_SELECT, select);
    mmio_write32(virtio->common + COMMON_DRIVER_FEATURE,
                 mmio_read32(virtio->common + COMMON_DEVICE_FEATURE) & features);
}

const char *virtio_init(Virtio *virtio, const PciFunction *function, uint32_t features)
{
    find_structures(virtio, function);
    if (!virtio->common || !virtio->notify || !virtio->isr) {
        return "a virtio device lacks structures of version 1";
    }
    mmio_write16(function->config + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    mmio_write8(virtio->common + COMMON_STATUS, 0);
    while (mmio_read8(virtio->common + COMMON_STATUS)) {
    }
    add_status(virtio, STATUS_ACKNOWLEDGE);
    add_status(virtio, STATUS_DRIVER);
    accept_features(virtio, 0, features);
    accept_features(virtio, 1, FEATURE_VERSION_1_HIGH);
    add_status(virtio, STATUS_FEATURES_OK);
    if (!(mmio_read8(virtio->common + COMMON_STATUS) & STATUS_FEATURES_OK)) {
        return "a virtio device does not want our features";
    }
    plic_enable(function->irq);
    return NULL;
}

static void write_address(uintptr_t at, const void *p)
{
    mmio_write32(at, (uintptr_t)p);
    mmio_write32(at + 4, (uint64_t)(uintptr_t)p >> 32);
}

bool virtio_add_queue(const Virtio *virtio, Virtq *queue, unsigned number)
{
    uintptr_t common = virtio->common;

    mmio_write16(common + COMMON_QUEUE_SELECT, number);
    if (mmio_read16(common + COMMON_QUEUE_SIZE) < VIRTQ_SIZE) {
        return false;
    }
    memset(queue, 0, sizeof(*queue));
    queue->number = number;
    queue->doorbell =
        virtio->notify + virtio->notify_multiplier * mmio_read16(common + COMMON_QUEUE_NOTIFY_OFF);
    mmio_write16(common + COMMON_QUEUE_SIZE, VIRTQ_SIZE);
    write_address(common + COMMON_QUEUE_DESC, queue->desc);
    write_address(common + COMMON_QUEUE_DRIVER, &queue->avail);
    write_address(common + COMMON_QUEUE_DEVICE, &queue->used);
    mmio_write16(common + COMMON_QUEUE_ENABLE, 1);
    return true;
}

void virtio_start(const Virtio *virtio)
{
    add_status(virtio, STATUS_DRIVER_OK);
}

void virtio_acknowledge(const Virtio *virtio)
{
    mmio_read8(virtio->isr);
    fence_all();
}

void virtq_give(Virtq *queue, unsigned id, const void *data, uint32_t length, bool fill)
{
    queue->desc[id] =
        (VirtqDesc){ .addr = (uintptr_t)data, .length = length, .flags = fill ? DESC_WRITE : 0 };
    queue->avail.ring[queue->avail.index % VIRTQ_SIZE] = id;
    fence_all();
    *(volatile uint16_t *)&queue->avail.index = queue->avail.index + 1;
    fence_all();
    mmio_write16(queue->doorbell, queue->number);
}

bool virtq_take(Virtq *queue, unsigned *id, uint32_t *length)
{
    const VirtqUsed *used = &queue->used.ring[queue->seen % VIRTQ_SIZE];

    if (*(volatile uint16_t *)&queue->used.index == queue->seen) {
        return false;
    }
    fence_all();
    *id = used->id % VIRTQ_SIZE;
    *length = used->length;
    queue->seen++;
    return true;
}
