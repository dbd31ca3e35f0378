/*
 * The memory of virtio-blk's requests.
 *
 * Data goes between guest RAM and the host's file without a copy; what is not plain RAM is bounced.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-blk.h"

/* What all requests of a device together may hold in buffers of ours. */
#define MAX_BOUNCED (64u << 20)

/* The segments from byte @skip on, @bytes of them, as the host sees them; false: not all is RAM. */
static bool map_segments(VirtioBlkRequest *req, const VirtSegment *segments, unsigned num,
                         uint32_t skip, uint64_t bytes)
{
    AddressSpace *as = VIRTIO_DEVICE(req->s)->as;
    req->iov = g_new(struct iovec, num);
    for (unsigned i = 0; i < num && bytes; i++) {
        if (skip >= segments[i].length) {
            skip -= segments[i].length;
            continue;
        }
        uint64_t piece = MIN(segments[i].length - skip, bytes);
        void *host = dma_map(as, segments[i].addr + skip, piece);
        if (!host) {
            return false;
        }
        req->iov[req->io.iov_count++] = (struct iovec){ .iov_base = host, .iov_len = piece };
        bytes -= piece;
        skip = 0;
    }
    return true;
}

static bool bounce(VirtioBlkRequest *req, uint32_t skip)
{
    VirtioBlk *s = req->s;
    uint64_t bytes = req->io.bytes;
    if (bytes > MAX_BOUNCED - s->bounced) {
        return false;
    }
    s->bounced += bytes;
    req->bounce = g_malloc0(bytes);
    req->iov[0] = (struct iovec){ .iov_base = req->bounce, .iov_len = bytes };
    req->io.iov_count = 1;
    return req->io.op == BLOCK_READ ||
           virtqueue_read(req->vq, req->elem, skip, req->bounce, (uint32_t)bytes) == bytes;
}

bool virtio_blk_use_memory(VirtioBlkRequest *req)
{
    const VirtQueueElement *elem = req->elem;
    bool is_read = req->io.op == BLOCK_READ;
    uint32_t skip = is_read ? 0 : sizeof(VirtioBlkHeader);
    const VirtSegment *segments = is_read ? &elem->segments[elem->out_num] : elem->segments;
    unsigned num = is_read ? elem->in_num : elem->out_num;
    bool ok = map_segments(req, segments, num, skip, req->io.bytes) || bounce(req, skip);
    req->io.iov = req->iov;
    return ok;
}
