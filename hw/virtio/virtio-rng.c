/*
 * virtio-rng: entropy for the guest (virtio 1.2, 5.4), on PCI and on a virtio bus.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-pci.h"

#include "backends/rng.h"
#include "util/timer.h"

#include <inttypes.h>

#define TYPE_VIRTIO_RNG "virtio-rng-device"

#define QUEUE_SIZE        8
#define DEFAULT_PERIOD_MS 65536

typedef struct VirtioRng {
    VirtioDevice parent_obj;
    /* Properties. */
    RngBackend *rng; /* counted */
    uint64_t max_bytes;
    uint32_t period_ms;

    RngBackend *source; /* @rng, or one of our own */
    VirtQueue *vq;
    VirtQueueElement *elem; /* waits for entropy; NULL: none, or it was dropped by a reset */
    bool asked;             /* the source owes us an answer */
    uint64_t quota;         /* bytes left of this period */
    BottomHalf *work;       /* the source is of the main loop */
    Timer period;
} VirtioRng;

#define VIRTIO_RNG(obj) OBJECT_CHECK(VirtioRng, (obj), TYPE_VIRTIO_RNG)

static void virtio_rng_ring(VirtioDevice *vdev, VirtQueue *vq)
{
    bottom_half_schedule(VIRTIO_RNG(vdev)->work);
}

static void take_entropy(void *opaque, const uint8_t *bytes, size_t len)
{
    VirtioRng *s = opaque;
    s->asked = false;
    if (s->elem) {
        uint32_t written = virtqueue_write(s->vq, s->elem, 0, bytes, (uint32_t)len);
        virtqueue_push(s->vq, g_steal_pointer(&s->elem), written);
        virtqueue_notify(s->vq);
        s->quota -= written;
    }
    bottom_half_schedule(s->work);
}

/* One chain after the other; the next when this one is answered. */
static void do_work(void *opaque)
{
    VirtioRng *s = opaque;
    if (s->asked || s->quota == 0) {
        return;
    }
    if (!s->elem) {
        s->elem = virtqueue_pop(s->vq);
    }
    if (!s->elem) {
        return;
    }
    if (s->elem->in_length == 0) {
        virtqueue_push(s->vq, g_steal_pointer(&s->elem), 0);
        virtqueue_notify(s->vq);
        bottom_half_schedule(s->work);
        return;
    }
    s->asked = true;
    rng_backend_request(s->source, MIN(s->elem->in_length, s->quota), take_entropy, s);
}

static void next_period(void *opaque)
{
    VirtioRng *s = opaque;
    s->quota = s->max_bytes;
    timer_arm(&s->period, clock_now(CLOCK_VIRTUAL) + s->period_ms * NS_PER_MS);
    bottom_half_schedule(s->work);
}

static bool virtio_rng_reset(VirtioDevice *vdev)
{
    VirtioRng *s = VIRTIO_RNG(vdev);
    g_clear_pointer(&s->elem, virtqueue_drop);
    return true;
}

/* ---- the device ---- */

static bool check_rate(const VirtioRng *s, Error **errp)
{
    if (s->max_bytes == 0 || s->max_bytes > INT64_MAX) {
        error_setg(errp,
                   "Property 'max-bytes' expects 1 to %" PRId64 " bytes a period, not %" PRIu64,
                   INT64_MAX, s->max_bytes);
        return false;
    }
    if (s->period_ms == 0) {
        error_setg(errp, "Property 'period' expects a value greater than zero");
        return false;
    }
    return true;
}

static bool virtio_rng_realize(VirtioDevice *vdev, Error **errp)
{
    VirtioRng *s = VIRTIO_RNG(vdev);
    if (!check_rate(s, errp)) {
        return false;
    }
    s->source = RNG_BACKEND(s->rng ? object_ref(OBJECT(s->rng)) : object_new(TYPE_RNG_BUILTIN));
    s->vq = virtio_add_queue(vdev, QUEUE_SIZE, virtio_rng_ring);
    s->work = bottom_half_new(main_loop(), do_work, s);
    s->quota = s->max_bytes;
    timer_init(&s->period, main_loop(), CLOCK_VIRTUAL, next_period, s);
    if (s->max_bytes != INT64_MAX) {
        next_period(s);
    }
    return true;
}

static void virtio_rng_unrealize(VirtioDevice *vdev)
{
    VirtioRng *s = VIRTIO_RNG(vdev);
    rng_backend_cancel(s->source, s);
    s->asked = false;
    timer_finish(&s->period);
    g_clear_pointer(&s->work, bottom_half_destroy);
    object_unref(OBJECT(g_steal_pointer(&s->source)));
}

static void virtio_rng_init(Object *obj)
{
    VirtioRng *s = VIRTIO_RNG(obj);
    s->max_bytes = INT64_MAX;
    s->period_ms = DEFAULT_PERIOD_MS;
}

static void virtio_rng_class_init(ObjectClass *klass, const void *data)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    DEVICE_CLASS(klass)->desc = "virtio entropy source";
    DEVICE_CLASS(klass)->user_creatable = true;
    vc->device_id = 4;
    vc->pci_class = 0x00ff;
    vc->realize = virtio_rng_realize;
    vc->unrealize = virtio_rng_unrealize;
    vc->reset = virtio_rng_reset;
    object_class_property_add_link(klass, "rng", TYPE_RNG_BACKEND, offsetof(VirtioRng, rng),
                                   "where entropy comes from (default: the host's kernel)");
    ObjectProperty *prop = object_class_property_add_field(
        klass, "max-bytes", PROP_UINT64, offsetof(VirtioRng, max_bytes), "bytes in a period");
    object_property_set_default(prop, QOBJECT(qnum_new_int(INT64_MAX)));
    prop = object_class_property_add_field(klass, "period", PROP_UINT32,
                                           offsetof(VirtioRng, period_ms), "in milliseconds");
    object_property_set_default(prop, QOBJECT(qnum_new_uint(DEFAULT_PERIOD_MS)));
}

static const TypeInfo virtio_rng_type = {
    .name = TYPE_VIRTIO_RNG,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtioRng),
    .instance_init = virtio_rng_init,
    .class_init = virtio_rng_class_init,
};

static const VirtioPciInfo virtio_rng_pci = {
    .name = "virtio-rng-pci",
    .modern_name = "virtio-rng-pci-non-transitional",
    .device_type = TYPE_VIRTIO_RNG,
    .desc = "virtio entropy source",
};

static void virtio_rng_register(void)
{
    type_register_static(&virtio_rng_type);
    virtio_pci_register(&virtio_rng_pci);
}
type_init(virtio_rng_register)
