/*
 * virtio 1.x devices on the PCI bus, with split queues (Virtual I/O Device specification 1.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_VIRTIO_H
#define TESTCARD_VIRTIO_H

#include "pci.h"

#define VIRTIO_VENDOR 0x1af4
#define VIRTQ_SIZE    16

typedef struct Virtio {
    uintptr_t common; /* the structures that the device's capabilities tell of */
    uintptr_t notify;
    uintptr_t isr;
    uintptr_t config; /* the device's own; 0: none */
    uint32_t notify_multiplier;
} Virtio;

typedef struct VirtqDesc {
    uint64_t addr;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
} VirtqDesc;

typedef struct VirtqUsed {
    uint32_t id;
    uint32_t length;
} VirtqUsed;

/* A queue whose chains have one buffer each: number N is described by descriptor N. */
typedef struct Virtq {
    VirtqDesc desc[VIRTQ_SIZE] __attribute__((aligned(16)));
    struct {
        uint16_t flags;
        uint16_t index;
        uint16_t ring[VIRTQ_SIZE];
        uint16_t used_event;
    } avail;
    struct {
        uint16_t flags;
        uint16_t index;
        VirtqUsed ring[VIRTQ_SIZE];
        uint16_t avail_event;
    } used __attribute__((aligned(4)));
    uint16_t seen;
    uint16_t number;
    uintptr_t doorbell;
} Virtq;

/*
 * Reset the device, negotiate version 1 and the low features in @features, and have its interrupt
 * wake us. NULL, or what is wrong. Queues come next, then virtio_start().
 */
const char *virtio_init(Virtio *virtio, const PciFunction *function, uint32_t features);
/* False: the device has no queue @number of this size. */
bool virtio_add_queue(const Virtio *virtio, Virtq *queue, unsigned number);
void virtio_start(const Virtio *virtio);
/* Take the interrupt back: before looking at the queues. */
void virtio_acknowledge(const Virtio *virtio);

/* Give buffer @id (below VIRTQ_SIZE, not with the device) to the device, to read or to fill. */
void virtq_give(Virtq *queue, unsigned id, const void *data, uint32_t length, bool fill);
/* A buffer that is back, with the bytes that were put into it. False: none. */
bool virtq_take(Virtq *queue, unsigned *id, uint32_t *length);

#endif
