/*
 * Virtio devices: status, features, config space, and the queues as a whole.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/virtio.h"

#include "util/report.h"
#include "virtqueue-internal.h"

#include <limits.h>
#include <string.h>

#define RING_BUDGET (2 * VIRTQUEUE_MAX_SIZE)

/* ---- for devices ---- */

VirtQueue *virtio_add_queue(VirtioDevice *vdev, unsigned size, VirtQueueFn *fn)
{
    VirtQueue *vq = virtqueue_new(vdev, vdev->queues->len, size, fn);
    g_ptr_array_add(vdev->queues, vq);
    return vq;
}

bool virtio_has_feature(const VirtioDevice *vdev, unsigned bit)
{
    return vdev->guest_features >> bit & 1;
}

bool virtio_is_live(const VirtioDevice *vdev)
{
    return (vdev->status & VIRTIO_STATUS_DRIVER_OK) && !vdev->broken && !vdev->resetting &&
           vdev->transport;
}

Device *virtio_outer(const VirtioDevice *vdev)
{
    Object *parent = OBJECT((Object *)vdev)->parent;
    bool inside = parent && object_dynamic_cast(parent, TYPE_DEVICE);
    return DEVICE(inside ? parent : (Object *)vdev);
}

const char *virtio_id(const VirtioDevice *vdev)
{
    return virtio_outer(vdev)->id;
}

const char *virtio_name(const VirtioDevice *vdev)
{
    const char *id = virtio_id(vdev);
    return id ? id : object_get_typename(OBJECT((VirtioDevice *)vdev));
}

static void interrupt_config(VirtioDevice *vdev)
{
    if (vdev->transport && (vdev->status & VIRTIO_STATUS_DRIVER_OK)) {
        vdev->isr |= VIRTIO_ISR_CONFIG;
        vdev->transport->interrupt(vdev->transport_opaque);
    }
}

void virtio_error(VirtioDevice *vdev, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    log_mask(LOG_GUEST_ERROR, "%s: %s", virtio_name(vdev), text);
    if (!vdev->broken) {
        vdev->broken = true;
        vdev->status |= VIRTIO_STATUS_NEEDS_RESET;
        interrupt_config(vdev);
    }
}

void virtio_config_changed(VirtioDevice *vdev)
{
    vdev->config_generation++;
    interrupt_config(vdev);
}

/* ---- status and features ---- */

void virtio_begin_reset(VirtioDevice *vdev)
{
    const VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    bool done = !vc->reset || vc->reset(vdev);
    vdev->guest_features = 0;
    vdev->broken = false;
    vdev->isr = 0;
    for (guint i = 0; i < vdev->queues->len; i++) {
        virtqueue_reset(g_ptr_array_index(vdev->queues, i));
    }
    if (vdev->transport) {
        vdev->transport->interrupt(vdev->transport_opaque);
    }
    /* The driver waits until it reads 0 (4.1.4.3.2). */
    vdev->resetting = !done;
    if (done) {
        vdev->status = 0;
    }
}

void virtio_reset_done(VirtioDevice *vdev)
{
    if (vdev->resetting) {
        vdev->resetting = false;
        vdev->status = 0;
    }
}

uint32_t virtio_get_features(const VirtioDevice *vdev, uint32_t select)
{
    return select < 2 ? (uint32_t)(vdev->host_features >> (32 * select)) : 0;
}

uint32_t virtio_get_driver_features(const VirtioDevice *vdev, uint32_t select)
{
    return select < 2 ? (uint32_t)(vdev->guest_features >> (32 * select)) : 0;
}

void virtio_set_driver_features(VirtioDevice *vdev, uint32_t select, uint32_t value)
{
    if (vdev->status & VIRTIO_STATUS_FEATURES_OK) {
        log_mask(LOG_GUEST_ERROR, "%s: features are written after FEATURES_OK", virtio_name(vdev));
    } else if (select < 2) {
        unsigned shift = 32 * select;
        vdev->guest_features &= ~((uint64_t)UINT32_MAX << shift);
        vdev->guest_features |= (uint64_t)value << shift;
    }
}

static bool features_are_right(const VirtioDevice *vdev)
{
    return !(vdev->guest_features & ~vdev->host_features) &&
           virtio_has_feature(vdev, VIRTIO_F_VERSION_1);
}

/*
 * A guest with several harts can fill a queue as fast as it is emptied: after so many chains
 * whoever else waits for the BQL has a turn.
 */
static void run_queue(VirtioDevice *vdev, VirtQueue *vq)
{
    vq->budget = RING_BUDGET;
    vq->starved = false;
    vq->fn(vdev, vq);
    vq->budget = UINT_MAX;
    if (vq->starved) {
        bottom_half_schedule(vdev->again);
    }
}

/* Some drivers ring before they say that they are ready. */
static void ring_all(VirtioDevice *vdev)
{
    for (guint i = 0; i < vdev->queues->len; i++) {
        virtio_ring(vdev, i);
    }
}

void virtio_set_status(VirtioDevice *vdev, uint8_t status)
{
    if (vdev->resetting) {
        return;
    }
    if (status == 0) {
        virtio_begin_reset(vdev);
        return;
    }
    uint8_t added = status & ~vdev->status;
    if ((added & VIRTIO_STATUS_FEATURES_OK) && !features_are_right(vdev)) {
        log_mask(LOG_GUEST_ERROR, "%s: the driver cannot have these features", virtio_name(vdev));
        status &= ~VIRTIO_STATUS_FEATURES_OK;
    }
    if ((added & VIRTIO_STATUS_DRIVER_OK) && !(status & VIRTIO_STATUS_FEATURES_OK)) {
        log_mask(LOG_GUEST_ERROR, "%s: DRIVER_OK without FEATURES_OK", virtio_name(vdev));
        status &= ~VIRTIO_STATUS_DRIVER_OK;
    }
    /* Bits are only ever added (2.1.1), and this one is ours. */
    vdev->status |= status & ~VIRTIO_STATUS_NEEDS_RESET;
    if (added & status & VIRTIO_STATUS_DRIVER_OK) {
        ring_all(vdev);
    }
}

/* ---- config space ---- */

static bool in_config(const VirtioDevice *vdev, unsigned offset, unsigned size)
{
    const VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS((Object *)vdev);
    return offset < vc->config_size && size <= vc->config_size - offset;
}

uint64_t virtio_config_read(VirtioDevice *vdev, unsigned offset, unsigned size)
{
    const VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    uint8_t config[VIRTIO_CONFIG_MAX] = { 0 };
    uint64_t value = 0;
    if (vc->get_config && in_config(vdev, offset, size)) {
        vc->get_config(vdev, config);
        memcpy(&value, &config[offset], size);
    }
    return GUINT64_FROM_LE(value);
}

void virtio_config_write(VirtioDevice *vdev, unsigned offset, uint64_t value, unsigned size)
{
    const VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    uint8_t config[VIRTIO_CONFIG_MAX] = { 0 };
    if (!vc->set_config || !in_config(vdev, offset, size)) {
        log_mask(LOG_GUEST_ERROR, "%s: store of %u bytes at %u of config space ignored",
                 virtio_name(vdev), size, offset);
        return;
    }
    value = GUINT64_TO_LE(value);
    vc->get_config(vdev, config);
    memcpy(&config[offset], &value, size);
    vc->set_config(vdev, config);
}

/* ---- for transports ---- */

VirtQueue *virtio_get_queue(const VirtioDevice *vdev, uint32_t index)
{
    return index < vdev->queues->len ? g_ptr_array_index(vdev->queues, index) : NULL;
}

void virtio_ring_starved(void *opaque)
{
    VirtioDevice *vdev = opaque;
    for (guint i = 0; i < vdev->queues->len; i++) {
        VirtQueue *vq = g_ptr_array_index(vdev->queues, i);
        if (vq->starved && vq->ready && virtio_is_live(vdev)) {
            run_queue(vdev, vq);
        }
    }
}

void virtio_ring(VirtioDevice *vdev, uint32_t index)
{
    VirtQueue *vq = virtio_get_queue(vdev, index);
    if (vq && vq->ready && virtio_is_live(vdev)) {
        run_queue(vdev, vq);
    }
}
