/*
 * Buses: what devices sit on, and how -device finds its place.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_BUS_H
#define HW_BUS_H

#include "hw/device.h"

/* Embedded in whoever implements the bus. */
struct Bus {
    char *name;            /* "pcie.0": what bus= says */
    const char *type_name; /* "PCIE" */
    const char *accepts;   /* the DeviceClass::bus_type of devices that fit; NULL: no -device */
    Device *parent;        /* whose bus it is; NULL for the system bus */
    GPtrArray *devices;    /* borrowed; in the order in which they came */
};

void bus_init(Bus *bus, const char *name, const char *type_name, const char *accepts,
              Device *parent);
void bus_finish(Bus *bus); /* no devices on it any more */
/* Where memory-mapped devices of the board sit; always there. */
Bus *bus_system(void);
Bus *bus_find(const char *name);               /* NULL: none such */
Bus *bus_find_accepting(const char *bus_type); /* the first that takes such devices, or NULL */
void bus_foreach(void (*fn)(Bus *bus, void *opaque), void *opaque);
/* Before the device is realized. */
void device_put_on_bus(Device *dev, Bus *bus);

#endif
