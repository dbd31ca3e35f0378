/*
 * The small memory-mapped devices of the RISC-V virt board, as the board makes them.
 *
 * BQL held. Each call makes the device on the system bus, connects and realizes it at @addr.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_BOARD_DEVICES_H
#define HW_BOARD_DEVICES_H

#include "hw/sysbus.h"

/* SiFive's test finisher: power-off, reset and failure by a store. */
bool sifive_test_create(MemoryRegion *system, hwaddr addr, Error **errp);
/* Goldfish RTC: nanoseconds since 1970-01-01 UTC, and an alarm. */
bool goldfish_rtc_create(MemoryRegion *system, hwaddr addr, IrqLine irq, Error **errp);
/* A virtio-mmio slot with nothing in it, and the bus "virtio-mmio-bus.@index". */
bool virtio_mmio_create(unsigned index, MemoryRegion *system, hwaddr addr, IrqLine irq,
                        Error **errp);

#endif
