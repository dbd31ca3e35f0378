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

/*
 * How devices come and go while the machine runs; of whoever implements the bus. Devices that are
 * there when the machine starts just are, unless check_plug() refuses them.
 */
typedef struct BusHotplug {
    /* @dev is on the bus and about to be realized; NULL: may always be. */
    bool (*check_plug)(Bus *bus, Device *dev, Error **errp);
    /* A hot-plugged @dev is realized: tell the guest. NULL: nothing to tell. */
    void (*plugged)(Bus *bus, Device *dev);
    /*
     * Ask the guest to let go of @dev; when it has, call device_unplug(), here or later.
     * NULL: nobody needs to be asked, and the device goes at once.
     */
    bool (*unplug_request)(Bus *bus, Device *dev, Error **errp);
} BusHotplug;

/* Embedded in whoever implements the bus. */
struct Bus {
    char *name;            /* "pcie.0": what bus= says */
    const char *type_name; /* "PCIE" */
    const char *accepts;   /* the DeviceClass::bus_type of devices that fit; NULL: no -device */
    Device *parent;        /* whose bus it is; NULL for the system bus */
    unsigned max_devices;  /* 0: no bound */
    GPtrArray *devices;    /* borrowed; in the order in which they came */
    /*
     * How IEEE 1275 calls the node of a device on it, "name@unit"; g_free(). Set after bus_init();
     * NULL: devices on it have no nodes of their own.
     */
    char *(*node_name)(Device *dev);
    const BusHotplug *hotplug; /* set after bus_init(); NULL: nothing comes or goes later */
};

void bus_init(Bus *bus, const char *name, const char *type_name, const char *accepts,
              Device *parent);
void bus_finish(Bus *bus); /* no devices on it any more */
/* Where memory-mapped devices of the board sit; always there. */
Bus *bus_system(void);
Bus *bus_find(const char *name); /* NULL: none such */
/* The first that takes such devices and has room for one, or NULL. */
Bus *bus_find_accepting(const char *bus_type);
bool bus_is_full(const Bus *bus);
void bus_foreach(void (*fn)(Bus *bus, void *opaque), void *opaque);
/* Before the device is realized. */
void device_put_on_bus(Device *dev, Bus *bus);

#endif
