/*
 * Devices: objects with a life of their own between realize and unrealize, and a reset.
 *
 * BQL held throughout.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_DEVICE_H
#define HW_DEVICE_H

#include "qom/object.h"

#define TYPE_DEVICE "device" /* abstract */

typedef struct Bus Bus;
typedef struct Device Device;
typedef struct DeviceClass DeviceClass;

struct DeviceClass {
    ObjectClass parent_class;
    const char *desc;     /* one line for -device help */
    bool user_creatable;  /* -device takes it */
    bool fixed;           /* cannot come or go while the machine runs */
    const char *bus_type; /* "PCI"; NULL when it sits on no bus */
    const char *node_name; /* IEEE 1275's, on the system bus; NULL: that of the type */
    const char *boot_unit; /* what firmware can start from, see below; NULL: it cannot */
    bool (*realize)(Device *dev, Error **errp);
    void (*unrealize)(Device *dev);
    void (*reset)(Device *dev);
};

struct Device {
    Object parent_obj;
    char *id; /* -device id=; NULL for none */
    bool realized;
    bool hotplugged;        /* came while the machine ran, or might have */
    bool unplug_pending;    /* the guest has been asked to let go */
    int64_t unplug_expires; /* CLOCK_VIRTUAL: from then on it may be asked again */
    int32_t bootindex;      /* property of what firmware can start from; NO_BOOTINDEX: none */
    Bus *parent_bus;        /* NULL: on none */
};

#define NO_BOOTINDEX (-1)

#define DEVICE(obj)           OBJECT_CHECK(Device, (obj), TYPE_DEVICE)
#define DEVICE_CLASS(klass)   OBJECT_CLASS_CHECK(DeviceClass, (klass), TYPE_DEVICE)
#define DEVICE_GET_CLASS(obj) OBJECT_GET_CLASS(DeviceClass, (obj), TYPE_DEVICE)

/*
 * Properties are set before; the device is made visible to the guest. One without a place in the
 * composition tree gets /machine/unattached/device[N], and the tree the caller's reference.
 */
bool device_realize(Device *dev, Error **errp);
void device_unrealize(Device *dev);
/* Take it off its bus and out of the tree, unrealized if need be. */
void device_remove(Device *dev);
/* Every realized device in the tree, in the order of realization. */
void devices_reset_all(void);
/*
 * In class_init(): firmware can start from such devices. Adds the property "bootindex"; @unit is
 * the last node of the path, "disk@0,0".
 */
void device_class_set_bootable(DeviceClass *dc, const char *unit);
/*
 * Append the Open Firmware paths of what is realized and has a bootindex, a line each, the first to
 * be tried first.
 */
void devices_boot_order(GString *text);
/*
 * -device: make what @props describes ("driver", "id", "bus", "addr" and the device's own
 * properties), put it under /machine/peripheral/ID or /machine/peripheral-anon/device[N] and
 * realize it. @keyval: values are strings. On failure nothing is left behind.
 */
Device *device_add(const QDict *props, bool keyval, Error **errp);
/* From now on device_add() is hot-plugging: the machine is set up. */
void devices_set_up_done(void);
/*
 * device_del: ask for @dev to be taken out. Done at once or when the guest has let go; the event
 * DEVICE_DELETED tells. Fails when its bus or the device itself does not allow that.
 */
bool device_request_unplug(Device *dev, Error **errp);
/* Take @dev out now, with what sits on its buses, and send DEVICE_DELETED for each. */
void device_unplug(Device *dev);
/* The guest refuses, or a reset made it forget: @dev stays and may be asked for again. */
void device_unplug_cancelled(Device *dev);
/* `-device help` and `-device DRIVER,help`: print to stdout. False: no such driver. */
bool device_print_help(const char *driver);

#endif
