/*
 * The registers of a virtio PCI function: common configuration and interrupt status.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_VIRTIO_VIRTIO_PCI_REGS_H
#define HW_VIRTIO_VIRTIO_PCI_REGS_H

#include "hw/virtio.h"

#define VIRTIO_PCI_COMMON_SIZE 0x38

typedef struct VirtioPciRegs {
    VirtioDevice *vdev;
    uint32_t feature_select;
    uint32_t driver_feature_select;
    uint16_t queue_select;
} VirtioPciRegs;

/* Accesses of the width of the register at @offset; others read 0 and are not stored. */
uint64_t virtio_pci_common_read(const VirtioPciRegs *regs, unsigned offset, unsigned size);
void virtio_pci_common_write(VirtioPciRegs *regs, unsigned offset, uint32_t value, unsigned size);

#endif
