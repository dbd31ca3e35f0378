/*
 * Requests to virtio-blk (virtio 1.2, 5.2.6): from the queue to the disk and back.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-blk.h"

#include "hw/power.h"
#include "util/compiler.h"

#include <string.h>

enum {
    TYPE_IN = 0,
    TYPE_OUT = 1,
    TYPE_FLUSH = 4,
    TYPE_GET_ID = 8,
    TYPE_DISCARD = 11,
    TYPE_WRITE_ZEROES = 13,
};

enum { STATUS_OK = 0, STATUS_IOERR = 1, STATUS_UNSUPP = 2 };

#define FLAG_UNMAP 1

/* As it lies in guest memory, little-endian. */
typedef struct BlkRange {
    uint64_t sector;
    uint32_t num_sectors;
    uint32_t flags;
} BlkRange;

static void request_free(VirtioBlkRequest *req)
{
    VirtioBlk *s = req->s;
    if (req->bounce) {
        s->bounced -= req->io.bytes;
    }
    virtqueue_drop(req->elem);
    g_free(req->bounce);
    g_free(req->iov);
    g_free(req);
    object_unref(OBJECT(s));
}

/* Answer with @status, behind @length bytes of data. */
static void answer(VirtioBlkRequest *req, uint8_t status, uint32_t length)
{
    uint32_t last = req->elem->in_length - 1;
    if (virtqueue_write(req->vq, req->elem, last, &status, 1) == 1) {
        virtqueue_push(req->vq, g_steal_pointer(&req->elem), length + 1);
        virtqueue_notify(req->vq);
    }
    request_free(req);
}

/* ---- back from the disk ---- */

static void give_back(VirtioBlkRequest *req)
{
    bool is_read = req->io.op == BLOCK_READ;
    uint32_t length = is_read ? (uint32_t)req->io.bytes : 0;
    if (is_read && req->bounce) {
        virtqueue_write(req->vq, req->elem, 0, req->bounce, length);
    }
    answer(req, STATUS_OK, length);
}

/* It was when the driver asked, but block_resize may have cut the end off. */
static bool is_on_disk(const VirtioBlkRequest *req)
{
    uint64_t size = block_backend_size(req->s->blk);
    return req->io.offset <= size && req->io.bytes <= size - req->io.offset;
}

static void handle_error(VirtioBlkRequest *req, int error)
{
    if (!is_on_disk(req)) {
        answer(req, STATUS_IOERR, 0); /* as to those that come later; trying again is of no use */
        return;
    }
    switch (block_backend_handle_error(req->s->blk, &req->io, error)) {
    case BLOCK_ERROR_ACTION_STOP:
        g_queue_push_tail(&req->s->held, req);
        power_request(POWER_IO_ERROR, 0);
        break;
    case BLOCK_ERROR_ACTION_IGNORE:
        give_back(req);
        break;
    default:
        answer(req, STATUS_IOERR, 0);
        break;
    }
}

static void request_done(BlockRequest *io, int error)
{
    VirtioBlkRequest *req = container_of(io, VirtioBlkRequest, io);
    VirtioBlk *s = req->s;
    bool forgotten = req->generation != s->generation;
    if (!forgotten && !error && virtio_blk_writes_through(s) &&
        (io->op == BLOCK_WRITE || io->op == BLOCK_WRITE_ZEROES)) {
        io->op = BLOCK_FLUSH;
        block_submit(s->blk, io);
        return;
    }
    bool last = --s->in_flight == 0;
    if (last && forgotten) {
        virtio_reset_done(VIRTIO_DEVICE(s));
    }
    if (forgotten) {
        request_free(req);
    } else if (error) {
        handle_error(req, error);
    } else {
        give_back(req);
    }
}

static void submit(VirtioBlkRequest *req)
{
    req->s->in_flight++;
    req->op = req->io.op;
    req->io.done = request_done;
    block_submit(req->s->blk, &req->io);
}

void virtio_blk_retry(void *opaque)
{
    VirtioBlk *s = opaque;
    for (unsigned left = s->held.length; left; left--) {
        VirtioBlkRequest *req = g_queue_pop_head(&s->held);
        /* All of it: what a flush has lost a second one does not find. */
        req->io.op = req->op;
        submit(req);
    }
}

void virtio_blk_forget_held(VirtioBlk *s)
{
    VirtioBlkRequest *req;
    while ((req = g_queue_pop_head(&s->held))) {
        request_free(req);
    }
}

/* ---- to the disk ---- */

/* Sectors from @sector on; false: not on the disk. */
static bool set_place(VirtioBlkRequest *req, uint64_t sector, uint64_t bytes)
{
    uint64_t size = block_backend_size(req->s->blk);
    if (sector > size / BLOCK_SECTOR_SIZE || bytes > size - sector * BLOCK_SECTOR_SIZE ||
        bytes % req->s->block_size || sector * BLOCK_SECTOR_SIZE % req->s->block_size) {
        return false;
    }
    req->io.offset = sector * BLOCK_SECTOR_SIZE;
    req->io.bytes = bytes;
    return true;
}

static void transfer(VirtioBlkRequest *req, BlockOp op, uint64_t sector)
{
    const VirtQueueElement *elem = req->elem;
    uint64_t bytes = op == BLOCK_READ ? elem->in_length - 1
                                      : elem->out_length - (uint32_t)sizeof(VirtioBlkHeader);
    req->io.op = op;
    if (!set_place(req, sector, bytes) || (op == BLOCK_WRITE && req->s->read_only) ||
        !virtio_blk_use_memory(req)) {
        answer(req, STATUS_IOERR, 0);
        return;
    }
    submit(req);
}

static void discard_or_zero(VirtioBlkRequest *req, BlockOp op)
{
    VirtioBlk *s = req->s;
    BlkRange range;
    bool offered = op == BLOCK_DISCARD ? s->discard : s->write_zeroes;
    if (!offered || req->elem->out_length != sizeof(VirtioBlkHeader) + sizeof(range)) {
        answer(req, STATUS_UNSUPP, 0);
        return;
    }
    virtqueue_read(req->vq, req->elem, sizeof(VirtioBlkHeader), &range, sizeof(range));
    uint32_t flags = GUINT32_FROM_LE(range.flags), sectors = GUINT32_FROM_LE(range.num_sectors);
    if (flags & (op == BLOCK_WRITE_ZEROES ? ~(uint32_t)FLAG_UNMAP : UINT32_MAX)) {
        answer(req, STATUS_UNSUPP, 0);
        return;
    }
    req->io.op = op;
    req->io.may_unmap = flags & FLAG_UNMAP;
    if (s->read_only || sectors > VIRTIO_BLK_MAX_SECTORS ||
        !set_place(req, GUINT64_FROM_LE(range.sector), (uint64_t)sectors * BLOCK_SECTOR_SIZE)) {
        answer(req, STATUS_IOERR, 0);
        return;
    }
    submit(req);
}

/* The serial number, padded with zeros; it is not terminated when it fills all of them. */
static void get_id(VirtioBlkRequest *req)
{
    char id[VIRTIO_BLK_SERIAL_SIZE] = { 0 };
    uint32_t length = MIN(sizeof(id), req->elem->in_length - 1);
    if (req->s->serial) {
        memcpy(id, req->s->serial, strlen(req->s->serial));
    }
    virtqueue_write(req->vq, req->elem, 0, id, length);
    answer(req, STATUS_OK, length);
}

static void flush(VirtioBlkRequest *req)
{
    req->io.op = BLOCK_FLUSH;
    submit(req);
}

static void handle(VirtioBlkRequest *req)
{
    VirtioBlkHeader header;
    virtqueue_read(req->vq, req->elem, 0, &header, sizeof(header));
    switch (GUINT32_FROM_LE(header.type)) {
    case TYPE_IN:
        transfer(req, BLOCK_READ, GUINT64_FROM_LE(header.sector));
        break;
    case TYPE_OUT:
        transfer(req, BLOCK_WRITE, GUINT64_FROM_LE(header.sector));
        break;
    case TYPE_FLUSH:
        flush(req);
        break;
    case TYPE_GET_ID:
        get_id(req);
        break;
    case TYPE_DISCARD:
        discard_or_zero(req, BLOCK_DISCARD);
        break;
    case TYPE_WRITE_ZEROES:
        discard_or_zero(req, BLOCK_WRITE_ZEROES);
        break;
    default:
        answer(req, STATUS_UNSUPP, 0);
        break;
    }
}

void virtio_blk_ring(VirtioDevice *vdev, VirtQueue *vq)
{
    VirtioBlk *s = VIRTIO_BLK(vdev);
    VirtQueueElement *elem;
    while ((elem = virtqueue_pop(vq))) {
        if (elem->out_length < sizeof(VirtioBlkHeader) || elem->in_length < 1) {
            virtio_error(vdev, "a request of %u and %u bytes has no room for header and status",
                         elem->out_length, elem->in_length);
            virtqueue_drop(elem);
            return;
        }
        VirtioBlkRequest *req = g_new0(VirtioBlkRequest, 1);
        *req = (VirtioBlkRequest){
            .s = VIRTIO_BLK(object_ref(OBJECT(s))),
            .vq = vq,
            .elem = elem,
            .generation = s->generation,
        };
        handle(req);
    }
}
