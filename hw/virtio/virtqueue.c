/*
 * Split virtqueues: the two rings, and who tells whom when (virtio 1.2, 2.7.6 to 2.7.10).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtqueue-internal.h"

#include "util/compiler.h"
#include "util/report.h"

#include <inttypes.h>
#include <limits.h>

#define AVAIL_NO_INTERRUPT 1

/* Of the avail and the used ring: flags, index, entries, and the other side's event index. */
#define RING_FLAGS        0
#define RING_INDEX        2
#define RING_ENTRIES      4
#define AVAIL_ENTRY_BYTES 2
#define USED_ENTRY_BYTES  8

VirtQueue *virtqueue_new(VirtioDevice *vdev, unsigned index, unsigned max_size, VirtQueueFn *fn)
{
    g_assert(max_size && max_size <= VIRTQUEUE_MAX_SIZE && !(max_size & (max_size - 1)));
    VirtQueue *vq = g_new0(VirtQueue, 1);
    *vq = (VirtQueue){ .vdev = vdev, .index = index, .max_size = max_size, .fn = fn };
    virtqueue_reset(vq);
    return vq;
}

void virtqueue_reset(VirtQueue *vq)
{
    *vq = (VirtQueue){
        .vdev = vq->vdev,
        .index = vq->index,
        .max_size = vq->max_size,
        .fn = vq->fn,
        .size = vq->max_size,
        .budget = UINT_MAX,
        .generation = vq->generation + 1,
    };
}

unsigned virtqueue_index(const VirtQueue *vq)
{
    return vq->index;
}

/* ---- memory ---- */

static inline void ring_fence(int order)
{
#ifdef VITRINE_TSAN
    static int counter;
    __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST); /* TSan knows no stand-alone fences */
#else
    __atomic_thread_fence(order);
#endif
}

static bool load16(VirtQueue *vq, VirtRingPart part, hwaddr offset, uint16_t *value)
{
    VirtioDevice *vdev = vq->vdev;
    uint16_t raw;
    if (dma_read(vdev->as, vq->part[part] + offset, &raw, sizeof(raw)) != MEM_OK) {
        virtio_error(vdev, "queue %u: no memory at 0x%" PRIx64 ", where a ring should be",
                     vq->index, vq->part[part] + offset);
        return false;
    }
    *value = GUINT16_FROM_LE(raw);
    return true;
}

static bool store(VirtQueue *vq, hwaddr offset, const void *bytes, unsigned size)
{
    VirtioDevice *vdev = vq->vdev;
    hwaddr addr = vq->part[VIRT_RING_USED] + offset;
    if (dma_write(vdev->as, addr, bytes, size) != MEM_OK) {
        virtio_error(vdev, "queue %u: no memory at 0x%" PRIx64 ", where a ring should be",
                     vq->index, addr);
        return false;
    }
    return true;
}

static bool store16(VirtQueue *vq, hwaddr offset, uint16_t value)
{
    uint16_t raw = GUINT16_TO_LE(value);
    return store(vq, offset, &raw, sizeof(raw));
}

/* ---- popping ---- */

static bool usable(const VirtQueue *vq)
{
    const VirtioDevice *vdev = vq->vdev;
    return vq->ready && virtio_is_live(vdev) &&
           (!vdev->transport->dma_allowed || vdev->transport->dma_allowed(vdev->transport_opaque));
}

/* How many chains wait; false: the ring is broken. */
static bool count_avail(VirtQueue *vq, uint16_t *count)
{
    uint16_t index;
    if (!load16(vq, VIRT_RING_AVAIL, RING_INDEX, &index)) {
        return false;
    }
    *count = index - vq->next_avail;
    if (*count > vq->size) {
        virtio_error(vq->vdev, "queue %u: %u chains in a ring of %u", vq->index, *count, vq->size);
        return false;
    }
    return true;
}

/* "Ring when the index passes what we have seen", unless the driver rings always. */
static bool ask_for_ring(VirtQueue *vq)
{
    if (!virtio_has_feature(vq->vdev, VIRTIO_F_EVENT_IDX)) {
        return true;
    }
    hwaddr offset = RING_ENTRIES + (hwaddr)vq->size * USED_ENTRY_BYTES;
    bool ok = store16(vq, offset, vq->next_avail);
    /* Seen by the driver before we look for the last time. */
    ring_fence(__ATOMIC_SEQ_CST);
    return ok;
}

bool virtqueue_is_empty(VirtQueue *vq)
{
    uint16_t count;
    if (!usable(vq) || !count_avail(vq, &count)) {
        return true;
    }
    if (count == 0 && (!ask_for_ring(vq) || !count_avail(vq, &count))) {
        return true;
    }
    return count == 0;
}

VirtQueueElement *virtqueue_pop(VirtQueue *vq)
{
    uint16_t head;
    if (!vq->budget) {
        vq->starved = true;
        return NULL;
    }
    if (virtqueue_is_empty(vq)) {
        return NULL;
    }
    vq->budget--;
    /* The index before the entry that it counts. */
    ring_fence(__ATOMIC_ACQUIRE);
    hwaddr slot = vq->next_avail % vq->size;
    if (!load16(vq, VIRT_RING_AVAIL, RING_ENTRIES + slot * AVAIL_ENTRY_BYTES, &head)) {
        return NULL;
    }
    if (head >= vq->size || vq->in_flight == vq->size) {
        virtio_error(vq->vdev, "queue %u: head %u, with %u chains under way in a ring of %u",
                     vq->index, head, vq->in_flight, vq->size);
        return NULL;
    }
    VirtQueueElement *elem = virtqueue_read_chain(vq, head);
    if (elem) {
        vq->next_avail++;
        vq->in_flight++;
    }
    return elem;
}

/* ---- pushing ---- */

void virtqueue_drop(VirtQueueElement *elem)
{
    g_free(elem);
}

void virtqueue_push(VirtQueue *vq, VirtQueueElement *elem, uint32_t written)
{
    const uint32_t entry[2] = { GUINT32_TO_LE(elem->head), GUINT32_TO_LE(written) };
    bool current = elem->generation == vq->generation;
    g_assert(written <= elem->in_length);
    virtqueue_drop(elem);
    if (!current || !usable(vq)) {
        return;
    }
    vq->in_flight--;
    hwaddr slot = vq->next_used % vq->size;
    if (!store(vq, RING_ENTRIES + slot * USED_ENTRY_BYTES, entry, sizeof(entry))) {
        return;
    }
    /* The entry, and what it is about, before the index that counts it. */
    ring_fence(__ATOMIC_RELEASE);
    vq->next_used++;
    store16(vq, RING_INDEX, vq->next_used);
}

/* Whether the index that the driver waits for was passed (2.7.10). */
static bool wants_interrupt(VirtQueue *vq)
{
    uint16_t value;
    if (!virtio_has_feature(vq->vdev, VIRTIO_F_EVENT_IDX)) {
        return load16(vq, VIRT_RING_AVAIL, RING_FLAGS, &value) && !(value & AVAIL_NO_INTERRUPT);
    }
    hwaddr offset = RING_ENTRIES + (hwaddr)vq->size * AVAIL_ENTRY_BYTES;
    if (!load16(vq, VIRT_RING_AVAIL, offset, &value)) {
        return false;
    }
    uint16_t passed = vq->next_used - vq->told_used;
    return (uint16_t)(vq->next_used - value - 1) < passed;
}

void virtqueue_notify(VirtQueue *vq)
{
    if (!usable(vq) || vq->next_used == vq->told_used) {
        return;
    }
    /* The index before we read what the driver, having read it, may have changed. */
    ring_fence(__ATOMIC_SEQ_CST);
    bool wanted = wants_interrupt(vq);
    vq->told_used = vq->next_used;
    if (wanted) {
        vq->vdev->isr |= VIRTIO_ISR_QUEUE;
        vq->vdev->transport->interrupt(vq->vdev->transport_opaque);
    }
}

/* ---- what the driver sets ---- */

unsigned virtqueue_max_size(const VirtQueue *vq)
{
    return vq->max_size;
}

unsigned virtqueue_size(const VirtQueue *vq)
{
    return vq->size;
}

bool virtqueue_is_ready(const VirtQueue *vq)
{
    return vq->ready;
}

hwaddr virtqueue_get_part(const VirtQueue *vq, VirtRingPart part)
{
    return vq->part[part];
}

static bool is_fixed(const VirtQueue *vq)
{
    if (vq->ready) {
        log_mask(LOG_GUEST_ERROR, "%s: queue %u is set up while it is enabled",
                 virtio_name(vq->vdev), vq->index);
    }
    return vq->ready;
}

void virtqueue_set_size(VirtQueue *vq, uint32_t size)
{
    if (is_fixed(vq)) {
        return;
    }
    if (!size || size > vq->max_size || (size & (size - 1))) {
        log_mask(LOG_GUEST_ERROR, "%s: size %u of queue %u is no power of two up to %u",
                 virtio_name(vq->vdev), size, vq->index, vq->max_size);
        return;
    }
    vq->size = size;
}

void virtqueue_set_part(VirtQueue *vq, VirtRingPart part, bool high, uint32_t value)
{
    if (!is_fixed(vq)) {
        unsigned shift = high ? 32 : 0;
        vq->part[part] = (vq->part[part] & ~((hwaddr)UINT32_MAX << shift)) | (hwaddr)value << shift;
    }
}

/* Aligned (2.7), and not around the end of the address space. */
static bool part_is_possible(const VirtQueue *vq, VirtRingPart part)
{
    static const struct {
        unsigned align, head, entry;
    } shape[] = {
        [VIRT_RING_DESC] = { 16, 0, 16 },
        [VIRT_RING_AVAIL] = { 2, RING_ENTRIES + 2, AVAIL_ENTRY_BYTES },
        [VIRT_RING_USED] = { 4, RING_ENTRIES + 2, USED_ENTRY_BYTES },
    };
    hwaddr addr = vq->part[part];
    hwaddr last = addr + shape[part].head + vq->size * shape[part].entry - 1;
    return addr % shape[part].align == 0 && last > addr;
}

void virtqueue_set_ready(VirtQueue *vq, bool ready)
{
    for (unsigned part = 0; ready && part < VIRT_RING_PARTS; part++) {
        if (!part_is_possible(vq, part)) {
            virtio_error(vq->vdev, "queue %u: no ring can be at 0x%" PRIx64, vq->index,
                         vq->part[part]);
            return;
        }
    }
    if (vq->ready && !ready) {
        virtqueue_reset(vq);
    }
    vq->ready = ready;
}
