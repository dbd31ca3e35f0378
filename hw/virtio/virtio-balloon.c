/*
 * virtio-balloon: memory that the guest gives back to the host and takes again (virtio 1.2, 5.5),
 * on PCI and on a virtio bus.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-balloon.h"

#include "hw/balloon.h"
#include "hw/machine.h"
#include "qapi/qapi-events-balloon.h"
#include "virtio-pci.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { F_STATS_VQ = 1, F_DEFLATE_ON_OOM = 2 };

#define QUEUE_SIZE 128
#define PAGE_SHIFT 12
#define PAGE_SIZE  (1u << PAGE_SHIFT)
/* Of one chain; drivers put 256 into it. */
#define MAX_PAGES   4096
#define CONFIG_SIZE 8

typedef struct VirtioBalloon {
    VirtioDevice parent_obj;
    bool deflate_on_oom; /* property */
    uint64_t ram_size;
    uint32_t wanted_pages; /* in the balloon */
    uint32_t actual_pages;
    BalloonStats stats;
} VirtioBalloon;

#define VIRTIO_BALLOON(obj) OBJECT_CHECK(VirtioBalloon, (obj), TYPE_VIRTIO_BALLOON)

static VirtioBalloon *the_balloon;

/* ---- pages ---- */

/* Give the host back what is behind guest pages [@first, @first + @count). */
static void release_pages(VirtioBalloon *s, uint64_t first, uint64_t count)
{
    uint8_t *host = dma_map(VIRTIO_DEVICE(s)->as, first << PAGE_SHIFT, count << PAGE_SHIFT);
    /* What is no RAM, or no page of the host's, stays as it is. */
    if (host && sysconf(_SC_PAGESIZE) == PAGE_SIZE && (uintptr_t)host % PAGE_SIZE == 0) {
        madvise(host, count << PAGE_SHIFT, MADV_DONTNEED);
    }
}

static void inflate(VirtioBalloon *s, VirtQueue *vq, const VirtQueueElement *elem)
{
    uint32_t pages[MAX_PAGES];
    uint32_t count = virtqueue_read(vq, elem, 0, pages, sizeof(pages)) / sizeof(pages[0]);
    uint64_t first = 0, length = 0;
    /* Neighbours together; Linux hands them out in falling order. */
    for (uint32_t i = 0; i < count; i++) {
        uint64_t page = GUINT32_FROM_LE(pages[i]);
        if (length && page == first + length) {
            length++;
        } else if (length && page + 1 == first) {
            first = page;
            length++;
        } else {
            release_pages(s, first, length);
            first = page;
            length = 1;
        }
    }
    release_pages(s, first, length);
}

static void inflate_ring(VirtioDevice *vdev, VirtQueue *vq)
{
    VirtQueueElement *elem;
    while ((elem = virtqueue_pop(vq))) {
        inflate(VIRTIO_BALLOON(vdev), vq, elem);
        virtqueue_push(vq, elem, 0);
    }
    virtqueue_notify(vq);
}

/* Pages that the guest takes again come when they are touched. */
static void deflate_ring(VirtioDevice *vdev, VirtQueue *vq)
{
    VirtQueueElement *elem;
    while ((elem = virtqueue_pop(vq))) {
        virtqueue_push(vq, elem, 0);
    }
    virtqueue_notify(vq);
}

static void stats_ring(VirtioDevice *vdev, VirtQueue *vq)
{
    balloon_stats_ring(&VIRTIO_BALLOON(vdev)->stats);
}

/* ---- config space ---- */

static void virtio_balloon_get_config(VirtioDevice *vdev, uint8_t *config)
{
    const VirtioBalloon *s = VIRTIO_BALLOON(vdev);
    uint32_t words[2] = { GUINT32_TO_LE(s->wanted_pages), GUINT32_TO_LE(s->actual_pages) };
    memcpy(config, words, sizeof(words));
}

static int64_t actual_bytes(const VirtioBalloon *s)
{
    uint64_t held = (uint64_t)s->actual_pages << PAGE_SHIFT;
    return held < s->ram_size ? (int64_t)(s->ram_size - held) : 0;
}

static void set_actual(VirtioBalloon *s, uint32_t pages)
{
    if (pages != s->actual_pages) {
        s->actual_pages = pages;
        qapi_event_send_balloon_change(actual_bytes(s));
    }
}

static void virtio_balloon_set_config(VirtioDevice *vdev, const uint8_t *config)
{
    uint32_t words[2];
    memcpy(words, config, sizeof(words));
    set_actual(VIRTIO_BALLOON(vdev), GUINT32_FROM_LE(words[1]));
}

/* ---- the host's side ---- */

static bool check_balloon(Error **errp)
{
    if (!the_balloon) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_ACTIVE, "No balloon device has been activated");
    }
    return the_balloon != NULL;
}

bool balloon_set_target(int64_t bytes, Error **errp)
{
    VirtioBalloon *s = the_balloon;
    if (!check_balloon(errp)) {
        return false;
    }
    if (bytes <= 0) {
        error_setg(errp, "Parameter 'target' expects a size");
        return false;
    }
    uint64_t target = MIN((uint64_t)bytes, s->ram_size);
    s->wanted_pages = (uint32_t)MIN((s->ram_size - target) >> PAGE_SHIFT, UINT32_MAX);
    virtio_config_changed(VIRTIO_DEVICE(s));
    return true;
}

bool balloon_get_actual(int64_t *bytes, Error **errp)
{
    if (!check_balloon(errp)) {
        return false;
    }
    *bytes = actual_bytes(the_balloon);
    return true;
}

/* ---- the device ---- */

static bool virtio_balloon_reset(VirtioDevice *vdev)
{
    VirtioBalloon *s = VIRTIO_BALLOON(vdev);
    balloon_stats_reset(&s->stats);
    set_actual(s, 0); /* the next driver has everything */
    return true;
}

static bool virtio_balloon_realize(VirtioDevice *vdev, Error **errp)
{
    VirtioBalloon *s = VIRTIO_BALLOON(vdev);
    if (the_balloon) {
        error_setg(errp, "Only one balloon device is supported");
        return false;
    }
    s->ram_size = machine_current()->ram_size;
    vdev->host_features |= UINT64_C(1) << F_STATS_VQ | (uint64_t)s->deflate_on_oom
                                                           << F_DEFLATE_ON_OOM;
    virtio_add_queue(vdev, QUEUE_SIZE, inflate_ring);
    virtio_add_queue(vdev, QUEUE_SIZE, deflate_ring);
    balloon_stats_init(&s->stats, vdev, stats_ring);
    the_balloon = s;
    return true;
}

static void virtio_balloon_unrealize(VirtioDevice *vdev)
{
    VirtioBalloon *s = VIRTIO_BALLOON(vdev);
    balloon_stats_finish(&s->stats);
    the_balloon = NULL;
}

static bool get_stats(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    return balloon_stats_visit(&VIRTIO_BALLOON(obj)->stats, v, name, errp);
}

static bool get_interval(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    int64_t value = VIRTIO_BALLOON(obj)->stats.interval_s;
    return visit_type_int(v, name, &value, errp);
}

static bool set_interval(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    VirtioBalloon *s = VIRTIO_BALLOON(obj);
    int64_t value;
    if (!visit_type_int(v, name, &value, errp)) {
        return false;
    }
    if (value < 0 || value > UINT32_MAX) {
        error_setg(errp, "timer value must be %s",
                   value < 0 ? "greater than zero" : "at most 4294967295 seconds");
        return false;
    }
    if (DEVICE(s)->realized) {
        balloon_stats_set_interval(&s->stats, (uint32_t)value);
    } else {
        s->stats.interval_s = (uint32_t)value;
    }
    return true;
}

static void virtio_balloon_class_init(ObjectClass *klass, const void *data)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    DEVICE_CLASS(klass)->desc = "virtio balloon";
    DEVICE_CLASS(klass)->user_creatable = true;
    vc->device_id = 5;
    vc->config_size = CONFIG_SIZE;
    vc->pci_class = 0x00ff;
    vc->realize = virtio_balloon_realize;
    vc->unrealize = virtio_balloon_unrealize;
    vc->get_config = virtio_balloon_get_config;
    vc->set_config = virtio_balloon_set_config;
    vc->reset = virtio_balloon_reset;
    ObjectProperty *prop = object_class_property_add_field(
        klass, "deflate-on-oom", PROP_BOOL, offsetof(VirtioBalloon, deflate_on_oom),
        "the guest may take memory back when it has none left");
    object_property_set_default(prop, QOBJECT(qbool_new(false)));
    object_class_property_add(klass, "guest-stats", "guest statistics", get_stats, NULL, NULL);
    prop = object_class_property_add(klass, "guest-stats-polling-interval", "int", get_interval,
                                     set_interval, NULL);
    object_property_set_description(prop, "seconds between statistics; 0: none are asked for");
}

static const TypeInfo virtio_balloon_type = {
    .name = TYPE_VIRTIO_BALLOON,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtioBalloon),
    .class_init = virtio_balloon_class_init,
};

static const VirtioPciInfo virtio_balloon_pci = {
    .name = "virtio-balloon-pci",
    .modern_name = "virtio-balloon-pci-non-transitional",
    .device_type = TYPE_VIRTIO_BALLOON,
    .desc = "virtio balloon",
};

static void virtio_balloon_register(void)
{
    type_register_static(&virtio_balloon_type);
    virtio_pci_register(&virtio_balloon_pci);
}
type_init(virtio_balloon_register)
