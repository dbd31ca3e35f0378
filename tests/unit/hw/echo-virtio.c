/*
 * A virtio device for tests: it writes back, in capitals, what it reads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "echo-virtio.h"

#include "hw/virtio/virtio-pci.h"

#include <string.h>

static void answer(EchoVirtio *s, VirtQueue *vq, VirtQueueElement *elem)
{
    g_autofree char *text = g_malloc0((gsize)elem->out_length + 1);
    uint32_t length = virtqueue_read(vq, elem, 0, text, elem->out_length);
    for (uint32_t i = 0; i < length; i++) {
        text[i] = g_ascii_toupper(text[i]);
    }
    length = virtqueue_write(vq, elem, 0, text, length);
    virtqueue_push(vq, elem, length);
    virtqueue_notify(vq);
}

static void echo_ring(VirtioDevice *vdev, VirtQueue *vq)
{
    EchoVirtio *s = ECHO_VIRTIO(vdev);
    VirtQueueElement *elem;
    while ((elem = virtqueue_pop(vq))) {
        if (s->hold && !s->held) {
            s->held = elem;
            s->held_queue = vq;
        } else if (elem->out_length > ECHO_LIMIT) {
            virtqueue_push(vq, elem, 0);
        } else {
            answer(s, vq, elem);
        }
    }
}

static bool echo_realize(VirtioDevice *vdev, Error **errp)
{
    virtio_add_queue(vdev, 16, echo_ring);
    virtio_add_queue(vdev, 16, echo_ring);
    if (ECHO_VIRTIO(vdev)->fail) {
        error_setg(errp, "told to fail");
    }
    return !ECHO_VIRTIO(vdev)->fail;
}

static void echo_get_config(VirtioDevice *vdev, uint8_t *config)
{
    memcpy(config, ECHO_VIRTIO(vdev)->config, sizeof(ECHO_VIRTIO(vdev)->config));
}

static void echo_set_config(VirtioDevice *vdev, const uint8_t *config)
{
    memcpy(ECHO_VIRTIO(vdev)->config, config, sizeof(ECHO_VIRTIO(vdev)->config));
}

static bool echo_reset(VirtioDevice *vdev)
{
    return !ECHO_VIRTIO(vdev)->held;
}

static void echo_finalize(Object *obj)
{
    virtqueue_drop(ECHO_VIRTIO(obj)->held);
}

static void echo_class_init(ObjectClass *klass, const void *data)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    DEVICE_CLASS(klass)->user_creatable = true;
    vc->device_id = 31;
    vc->config_size = 8;
    vc->pci_class = 0x00ff;
    vc->features = 1 << 3;
    vc->realize = echo_realize;
    vc->get_config = echo_get_config;
    vc->set_config = echo_set_config;
    vc->reset = echo_reset;
    ObjectProperty *tag = object_class_property_add_field(
        klass, "tag", PROP_UINT32, offsetof(EchoVirtio, tag), "a number for tests");
    object_property_set_default(tag, QOBJECT(qnum_new_uint(0)));
    object_class_property_add_field(klass, "fail", PROP_BOOL, offsetof(EchoVirtio, fail), NULL);
    object_class_property_add_field(klass, "hold", PROP_BOOL, offsetof(EchoVirtio, hold), NULL);
}

static const TypeInfo echo_type = {
    .name = TYPE_ECHO_VIRTIO,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(EchoVirtio),
    .instance_finalize = echo_finalize,
    .class_init = echo_class_init,
};

static const VirtioPciInfo echo_pci = {
    .name = TYPE_ECHO_PCI,
    .device_type = TYPE_ECHO_VIRTIO,
    .desc = "echo",
};

static void echo_register(void)
{
    type_register_static(&echo_type);
    virtio_pci_register(&echo_pci);
}
type_init(echo_register)
