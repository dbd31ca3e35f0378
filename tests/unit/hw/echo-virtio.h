/*
 * A virtio device for tests: it writes back, in capitals, what it reads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_ECHO_VIRTIO_H
#define TESTS_UNIT_ECHO_VIRTIO_H

#include "hw/virtio.h"

#define TYPE_ECHO_VIRTIO "echo-device"
#define TYPE_ECHO_PCI    "echo-pci"

#define ECHO_LIMIT (1u << 20) /* longer texts are swallowed */

typedef struct EchoVirtio {
    VirtioDevice parent_obj;
    uint32_t tag; /* property */
    bool fail;    /* property: realize() does */
    bool hold;    /* property: keep the chain, and do not finish resets */
    uint8_t config[8];
    VirtQueueElement *held;
    VirtQueue *held_queue;
} EchoVirtio;

#define ECHO_VIRTIO(obj) OBJECT_CHECK(EchoVirtio, (obj), TYPE_ECHO_VIRTIO)

#endif
