/*
 * 16550A serial ports.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_SERIAL_H
#define HW_SERIAL_H

#include "chardev/chardev.h"
#include "hw/sysbus.h"

#define TYPE_SERIAL_MM "serial-mm"

/*
 * Byte registers at @addr (8 bytes); @chr may be NULL (nobody connected). The input clock of the
 * baud rate generator is @clock_hz.
 */
bool serial_mm_create(MemoryRegion *system, hwaddr addr, IrqLine irq, uint32_t clock_hz,
                      Chardev *chr, Error **errp);

#endif
