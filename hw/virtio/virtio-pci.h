/*
 * PCI functions with a virtio device in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_VIRTIO_VIRTIO_PCI_H
#define HW_VIRTIO_VIRTIO_PCI_H

#include "hw/pci.h"
#include "hw/virtio.h"

/* A kind of function; lives for ever. */
typedef struct VirtioPciInfo {
    const char *name;        /* "virtio-rng-pci" */
    const char *modern_name; /* the same thing: "virtio-rng-pci-non-transitional"; may be NULL */
    const char *device_type; /* what is made for it: "virtio-rng-device" */
    const char *desc;
} VirtioPciInfo;

/*
 * Register the types. They have the properties of the device's type as their own; the device is
 * the function's child "virtio-backend".
 */
void virtio_pci_register(const VirtioPciInfo *info);

#endif
