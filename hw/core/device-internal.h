/*
 * What -device and its help share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_DEVICE_INTERNAL_H
#define HW_CORE_DEVICE_INTERNAL_H

#include "hw/device.h"

/* Sorted by name; g_slist_free(). */
GSList *device_creatable_classes(void);
/* By name, if -device takes such a device. */
DeviceClass *device_creatable_class(const char *driver, Error **errp);
/* In the order of realization. */
const GPtrArray *devices_realized(void);
/* Whether the bootindex of a device that is not realized yet is a number, and free. */
bool boot_order_admits(Device *dev, Error **errp);

#endif

