/*
 * Chains of descriptors in guest memory, direct and indirect (virtio 1.2, 2.7.5).
 *
 * Nothing in them is believed: what a chain may hold is bounded, so it ends wherever it goes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtqueue-internal.h"

#include <inttypes.h>
#include <string.h>

enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };

/* As it lies in memory, little-endian. */
typedef struct RingDesc {
    uint64_t addr;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
} RingDesc;

G_STATIC_ASSERT(sizeof(RingDesc) == 16);

/* The walk along one chain. */
typedef struct Walk {
    VirtQueue *vq;
    hwaddr table;
    unsigned table_size;
    bool indirect; /* the table is one that a descriptor pointed to */
    unsigned steps;
    uint64_t out_length;
    uint64_t in_length;
    unsigned out_num;
    unsigned num;
    VirtSegment segments[VIRTQUEUE_MAX_SIZE];
} Walk;

static bool read_desc(Walk *walk, unsigned n, RingDesc *desc)
{
    VirtioDevice *vdev = walk->vq->vdev;
    hwaddr addr = walk->table + (hwaddr)n * sizeof(*desc);
    if (n >= walk->table_size) {
        virtio_error(vdev, "queue %u: descriptor %u of %u", walk->vq->index, n, walk->table_size);
        return false;
    }
    if (addr < walk->table || dma_read(vdev->as, addr, desc, sizeof(*desc)) != MEM_OK) {
        virtio_error(vdev, "queue %u: no memory at 0x%" PRIx64 ", where descriptor %u should be",
                     walk->vq->index, addr, n);
        return false;
    }
    desc->addr = GUINT64_FROM_LE(desc->addr);
    desc->length = GUINT32_FROM_LE(desc->length);
    desc->flags = GUINT16_FROM_LE(desc->flags);
    desc->next = GUINT16_FROM_LE(desc->next);
    return true;
}

static bool enter_table(Walk *walk, const RingDesc *desc)
{
    VirtioDevice *vdev = walk->vq->vdev;
    if (!virtio_has_feature(vdev, VIRTIO_F_INDIRECT_DESC) || walk->indirect ||
        (desc->flags & DESC_NEXT)) {
        virtio_error(vdev, "queue %u: an indirect descriptor where none may be", walk->vq->index);
        return false;
    }
    if (!desc->length || desc->length % sizeof(*desc) ||
        desc->length / sizeof(*desc) > VIRTQUEUE_MAX_SIZE) {
        virtio_error(vdev, "queue %u: an indirect table of %u bytes", walk->vq->index,
                     desc->length);
        return false;
    }
    walk->indirect = true;
    walk->table = desc->addr;
    walk->table_size = desc->length / sizeof(*desc);
    return true;
}

static bool add_segment(Walk *walk, const RingDesc *desc)
{
    VirtioDevice *vdev = walk->vq->vdev;
    bool in = desc->flags & DESC_WRITE;
    uint64_t *sum = in ? &walk->in_length : &walk->out_length;
    if (!in && walk->num > walk->out_num) {
        virtio_error(vdev, "queue %u: a descriptor to read follows one to write", walk->vq->index);
        return false;
    }
    if (!desc->length) {
        return true;
    }
    *sum += desc->length;
    if (*sum > UINT32_MAX || desc->addr + (desc->length - 1) < desc->addr) {
        virtio_error(vdev, "queue %u: %u bytes at 0x%" PRIx64 " are too many", walk->vq->index,
                     desc->length, desc->addr);
        return false;
    }
    walk->segments[walk->num++] = (VirtSegment){ .addr = desc->addr, .length = desc->length };
    walk->out_num += !in;
    return true;
}

static bool walk_chain(Walk *walk, unsigned n)
{
    RingDesc desc = { .flags = DESC_NEXT };
    while (desc.flags & DESC_NEXT) {
        if (walk->steps++ == VIRTQUEUE_MAX_SIZE) {
            virtio_error(walk->vq->vdev, "queue %u: a chain of more than %u descriptors",
                         walk->vq->index, VIRTQUEUE_MAX_SIZE);
            return false;
        }
        if (!read_desc(walk, n, &desc)) {
            return false;
        }
        if (desc.flags & DESC_INDIRECT) {
            if (!enter_table(walk, &desc)) {
                return false;
            }
            desc.flags = DESC_NEXT;
            n = 0;
            continue;
        }
        if (!add_segment(walk, &desc)) {
            return false;
        }
        n = desc.next;
    }
    return true;
}

VirtQueueElement *virtqueue_read_chain(VirtQueue *vq, uint16_t head)
{
    /* Too large for a stack, and the BQL makes one at a time enough. */
    static Walk walk;
    walk.vq = vq;
    walk.table = vq->part[VIRT_RING_DESC];
    walk.table_size = vq->size;
    walk.indirect = false;
    walk.steps = walk.num = walk.out_num = 0;
    walk.out_length = walk.in_length = 0;
    if (!walk_chain(&walk, head)) {
        return NULL;
    }
    size_t bytes = walk.num * sizeof(VirtSegment);
    VirtQueueElement *elem = g_malloc(sizeof(*elem) + bytes);
    *elem = (VirtQueueElement){
        .head = head,
        .generation = vq->generation,
        .out_num = walk.out_num,
        .in_num = walk.num - walk.out_num,
        .out_length = (uint32_t)walk.out_length,
        .in_length = (uint32_t)walk.in_length,
    };
    memcpy(elem->segments, walk.segments, bytes);
    return elem;
}

/* ---- what is in them ---- */

typedef struct Copy {
    VirtQueue *vq;
    bool write;
    uint8_t *buf;
} Copy;

static bool copy_piece(const Copy *copy, hwaddr addr, uint32_t length)
{
    VirtioDevice *vdev = copy->vq->vdev;
    MemResult result = copy->write ? dma_write(vdev->as, addr, copy->buf, length)
                                   : dma_read(vdev->as, addr, copy->buf, length);
    if (result != MEM_OK) {
        virtio_error(vdev, "queue %u: no memory for %u bytes at 0x%" PRIx64, copy->vq->index,
                     length, addr);
    }
    return result == MEM_OK;
}

static uint32_t copy_segments(Copy *copy, const VirtSegment *segments, unsigned num,
                              uint32_t offset, uint32_t length)
{
    uint32_t done = 0;
    for (unsigned i = 0; i < num && done < length; i++) {
        const VirtSegment *seg = &segments[i];
        if (offset >= seg->length) {
            offset -= seg->length;
            continue;
        }
        uint32_t piece = MIN(seg->length - offset, length - done);
        if (!copy_piece(copy, seg->addr + offset, piece)) {
            return 0;
        }
        copy->buf += piece;
        done += piece;
        offset = 0;
    }
    return done;
}

uint32_t virtqueue_read(VirtQueue *vq, const VirtQueueElement *elem, uint32_t offset, void *buf,
                        uint32_t length)
{
    Copy copy = { .vq = vq, .buf = buf };
    return copy_segments(&copy, elem->segments, elem->out_num, offset, length);
}

uint32_t virtqueue_write(VirtQueue *vq, const VirtQueueElement *elem, uint32_t offset,
                         const void *buf, uint32_t length)
{
    Copy copy = { .vq = vq, .write = true, .buf = (uint8_t *)buf };
    return copy_segments(&copy, &elem->segments[elem->out_num], elem->in_num, offset, length);
}
