/*
 * virtio-blk: what its files share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_BLOCK_VIRTIO_BLK_H
#define HW_BLOCK_VIRTIO_BLK_H

#include "backends/iothread.h"
#include "block/block.h"
#include "hw/virtio.h"

#define TYPE_VIRTIO_BLK "virtio-blk-device"

#define VIRTIO_BLK_SERIAL_SIZE 20
/* Of one discard or write-zeroes request. */
#define VIRTIO_BLK_MAX_SECTORS (1u << 22)

typedef struct VirtioBlk {
    VirtioDevice parent_obj;
    /* Properties. */
    char *drive;
    char *serial;
    char *write_cache;
    char *werror;
    char *rerror;
    IoThreadObject *iothread; /* counted; NULL: none */
    uint32_t block_size;
    uint16_t queue_size;
    uint16_t num_queues;
    bool discard;
    bool write_zeroes;

    BlockBackend *blk;
    BlockUring *uring; /* the I/O thread's; NULL: none */
    bool read_only;
    bool writeback;      /* as the driver has set it, or as it begins */
    unsigned in_flight;  /* requests that may use guest memory */
    GQueue held;         /* of VirtioBlkRequest: failed, until the machine is started again */
    unsigned generation; /* counts resets: requests of an earlier one are forgotten */
    uint64_t bounced;    /* bytes held for requests whose memory cannot be used directly */
} VirtioBlk;

#define VIRTIO_BLK(obj) OBJECT_CHECK(VirtioBlk, (obj), TYPE_VIRTIO_BLK)

/* As it lies in guest memory, little-endian. */
typedef struct VirtioBlkHeader {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
} VirtioBlkHeader;

typedef struct VirtioBlkRequest {
    VirtioBlk *s; /* counted */
    VirtQueue *vq;
    VirtQueueElement *elem;
    unsigned generation;
    BlockRequest io;
    BlockOp op; /* what the driver has asked for */
    struct iovec *iov;
    uint8_t *bounce; /* NULL: guest RAM is used directly */
} VirtioBlkRequest;

/* Find what the host has to read or write; false: it cannot be had. */
bool virtio_blk_use_memory(VirtioBlkRequest *req);
/* The driver has rung. */
void virtio_blk_ring(VirtioDevice *vdev, VirtQueue *vq);
/* Carry out again / forget the requests that are held. */
void virtio_blk_retry(void *opaque);
void virtio_blk_forget_held(VirtioBlk *s);
/* Writes are complete only when they are on the disk. */
bool virtio_blk_writes_through(const VirtioBlk *s);

#endif
