/*
 * Virtio devices: what is the same whatever they do and however they are attached.
 *
 * Implements "Virtual I/O Device (VIRTIO) Version 1.2": device status (2.1), feature bits (2.2),
 * config space (2.5) and split virtqueues (2.7). There is no legacy interface.
 *
 * A device ("virtio-X-device") sits on a virtio bus and is found there by a transport: registers
 * of the board (virtio-mmio), or PCI functions ("virtio-X-pci"), which make a device for
 * themselves. The guest's driver can write anything anywhere: what makes no sense breaks the device
 * (it asks to be reset, 2.1.2) and nothing else.
 *
 * BQL held throughout.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_VIRTIO_H
#define HW_VIRTIO_H

#include "hw/bus.h"
#include "memory/memory.h"
#include "util/event-loop.h"

#define TYPE_VIRTIO_DEVICE "virtio-device" /* abstract */
#define VIRTIO_BUS         "virtio-bus"    /* DeviceClass::bus_type of all of them */

#define VIRTQUEUE_MAX_SIZE 1024 /* of a ring, and of a chain with its indirect table */
#define VIRTIO_CONFIG_MAX  256

/* Feature bits of every device (6). */
#define VIRTIO_F_INDIRECT_DESC 28
#define VIRTIO_F_EVENT_IDX     29
#define VIRTIO_F_VERSION_1     32

typedef enum VirtioStatus {
    VIRTIO_STATUS_ACKNOWLEDGE = 1,
    VIRTIO_STATUS_DRIVER = 2,
    VIRTIO_STATUS_DRIVER_OK = 4,
    VIRTIO_STATUS_FEATURES_OK = 8,
    VIRTIO_STATUS_NEEDS_RESET = 64,
    VIRTIO_STATUS_FAILED = 128,
} VirtioStatus;

/* Bits of the interrupt status (4.1.4.5). */
enum { VIRTIO_ISR_QUEUE = 1, VIRTIO_ISR_CONFIG = 2 };

typedef struct VirtioDevice VirtioDevice;
typedef struct VirtQueue VirtQueue;
typedef void VirtQueueFn(VirtioDevice *vdev, VirtQueue *vq);

typedef struct VirtioDeviceClass {
    DeviceClass parent_class;
    uint16_t device_id;   /* 5 */
    uint16_t config_size; /* bytes; at most VIRTIO_CONFIG_MAX */
    uint16_t pci_class;   /* base class << 8 | subclass of a PCI function with it */
    uint64_t features;    /* offered, but for those of every device; realize() may add some */
    /* Adds the queues. */
    bool (*realize)(VirtioDevice *vdev, Error **errp);
    void (*unrealize)(VirtioDevice *vdev);
    /* Fill in config space, as it is now; @config has config_size bytes. NULL: nothing in it. */
    void (*get_config)(VirtioDevice *vdev, uint8_t *config);
    /* The driver has written config space, which is now @config. NULL: it is read-only. */
    void (*set_config)(VirtioDevice *vdev, const uint8_t *config);
    /*
     * Forget everything about the driver. False: requests are still under way, and guest memory
     * still theirs; virtio_reset_done() will tell when not. NULL: there is nothing to forget.
     */
    bool (*reset)(VirtioDevice *vdev);
} VirtioDeviceClass;

/* How the transport hears of the device. */
typedef struct VirtioTransport {
    void (*interrupt)(void *opaque);   /* VirtioDevice::isr has changed */
    bool (*dma_allowed)(void *opaque); /* NULL: always */
} VirtioTransport;

struct VirtioDevice {
    Device parent_obj;
    uint64_t host_features;
    bool indirect_desc; /* properties */
    bool event_idx;
    /* For transports and the core. */
    const VirtioTransport *transport; /* NULL: not realized */
    void *transport_opaque;
    AddressSpace *as;
    GPtrArray *queues; /* VirtQueue */
    BottomHalf *again; /* rings where chains were left */
    uint64_t guest_features;
    uint8_t status;
    uint8_t isr;
    uint8_t config_generation;
    bool broken;    /* until the next reset */
    bool resetting; /* requests of before the reset are still under way */
};

#define VIRTIO_DEVICE(obj) OBJECT_CHECK(VirtioDevice, (obj), TYPE_VIRTIO_DEVICE)
#define VIRTIO_DEVICE_CLASS(klass)                                                                 \
    OBJECT_CLASS_CHECK(VirtioDeviceClass, (klass), TYPE_VIRTIO_DEVICE)
#define VIRTIO_DEVICE_GET_CLASS(obj) OBJECT_GET_CLASS(VirtioDeviceClass, (obj), TYPE_VIRTIO_DEVICE)

/* ---- for devices ---- */

/* For realize(). @size: a power of two up to VIRTQUEUE_MAX_SIZE. @fn: the driver has rung. */
VirtQueue *virtio_add_queue(VirtioDevice *vdev, unsigned size, VirtQueueFn *fn);
bool virtio_has_feature(const VirtioDevice *vdev, unsigned bit); /* negotiated */
/* DRIVER_OK, not broken and not being reset: whether the driver's memory may be used. */
bool virtio_is_live(const VirtioDevice *vdev);
/* The driver has done what it must not: say so in the log, and ask to be reset. */
void virtio_error(VirtioDevice *vdev, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void virtio_config_changed(VirtioDevice *vdev);
/* What reset() said was under way no longer is. */
void virtio_reset_done(VirtioDevice *vdev);
/* The device that the user made: @vdev, or the PCI function that it is a part of. */
Device *virtio_outer(const VirtioDevice *vdev);
/* Its id; NULL: it has none. */
const char *virtio_id(const VirtioDevice *vdev);
/* For messages: that, or its type. */
const char *virtio_name(const VirtioDevice *vdev);

/* ---- queues ---- */

typedef struct VirtSegment {
    hwaddr addr;
    uint32_t length;
} VirtSegment;

/* A chain of descriptors: first what the device reads (out), then what it writes (in). */
typedef struct VirtQueueElement {
    uint16_t head;
    unsigned generation; /* of the queue, when it was popped */
    unsigned out_num;
    unsigned in_num;
    uint32_t out_length; /* bytes, all segments together */
    uint32_t in_length;
    VirtSegment segments[];
} VirtQueueElement;

/* The next chain, to be pushed or dropped; NULL: there is none, or the ring is broken. */
VirtQueueElement *virtqueue_pop(VirtQueue *vq);
/* Hand it back: @written bytes of its in part are. Frees @elem. virtqueue_notify() tells. */
void virtqueue_push(VirtQueue *vq, VirtQueueElement *elem, uint32_t written);
/* Free it without a word: the driver it came from is gone. */
void virtqueue_drop(VirtQueueElement *elem);
/* Interrupt the driver, if it wants to know of what was pushed since. */
void virtqueue_notify(VirtQueue *vq);
/* Whether there is a chain to pop; asks the driver to ring when there will be. */
bool virtqueue_is_empty(VirtQueue *vq);
unsigned virtqueue_index(const VirtQueue *vq);

/*
 * Copy from the out part / to the in part of a chain, from its byte @offset on; returns how many
 * bytes there were. What is not memory breaks the device, and returns 0.
 */
uint32_t virtqueue_read(VirtQueue *vq, const VirtQueueElement *elem, uint32_t offset, void *buf,
                        uint32_t length);
uint32_t virtqueue_write(VirtQueue *vq, const VirtQueueElement *elem, uint32_t offset,
                         const void *buf, uint32_t length);

/* ---- for transports ---- */

/* Where one device sits, and who looks after it there. */
typedef struct VirtioBus {
    Bus base;
    const VirtioTransport *transport;
    void *opaque;
    VirtioDevice *vdev; /* realized; NULL: none */
} VirtioBus;

/* @accepts: VIRTIO_BUS, or NULL when only @parent itself puts a device there. */
void virtio_bus_init(VirtioBus *bus, const char *name, const char *type_name, const char *accepts,
                     Device *parent, const VirtioTransport *transport, void *opaque);
uint32_t virtio_get_features(const VirtioDevice *vdev, uint32_t select);
uint32_t virtio_get_driver_features(const VirtioDevice *vdev, uint32_t select);
void virtio_set_driver_features(VirtioDevice *vdev, uint32_t select, uint32_t value);
/* 0 resets. */
void virtio_set_status(VirtioDevice *vdev, uint8_t status);
/* Config space; what lies outside reads 0 and is not written. */
uint64_t virtio_config_read(VirtioDevice *vdev, unsigned offset, unsigned size);
void virtio_config_write(VirtioDevice *vdev, unsigned offset, uint64_t value, unsigned size);

VirtQueue *virtio_get_queue(const VirtioDevice *vdev, uint32_t index); /* NULL: none such */
/* The driver rings; nothing happens when there is no such queue or it is not ready. */
void virtio_ring(VirtioDevice *vdev, uint32_t index);

typedef enum VirtRingPart {
    VIRT_RING_DESC,
    VIRT_RING_AVAIL,
    VIRT_RING_USED,
    VIRT_RING_PARTS
} VirtRingPart;
unsigned virtqueue_max_size(const VirtQueue *vq);
unsigned virtqueue_size(const VirtQueue *vq);
bool virtqueue_is_ready(const VirtQueue *vq);
hwaddr virtqueue_get_part(const VirtQueue *vq, VirtRingPart part);
/* These are ignored (and logged) while the queue is ready. */
void virtqueue_set_size(VirtQueue *vq, uint32_t size);
void virtqueue_set_part(VirtQueue *vq, VirtRingPart part, bool high, uint32_t value);
/* Ready: with rings that cannot be in memory the device is broken. */
void virtqueue_set_ready(VirtQueue *vq, bool ready);

#endif
