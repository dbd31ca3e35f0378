/*
 * Machines: boards that -M can choose.
 *
 * BQL held (or start-up).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_MACHINE_H
#define HW_MACHINE_H

#include "chardev/chardev.h"
#include "memory/memory.h"
#include "qom/object.h"

#define TYPE_MACHINE        "machine" /* abstract */
#define TYPE_MACHINE_SUFFIX "-machine"
#define MACHINE_MAX_SERIALS 4

typedef struct Machine Machine;
typedef struct MachineClass MachineClass;

struct MachineClass {
    ObjectClass parent_class;
    const char *name; /* "virt" */
    const char *desc;
    const char *alias;            /* may be NULL */
    const char *default_cpu_type; /* a QOM type; NULL: has no CPUs */
    unsigned max_cpus;
    uint64_t default_ram_size;
    const char *default_ram_id; /* what its RAM is called; NULL: has none */
    bool is_default;            /* what one gets without -M */
    /* Make everything; the fields of Machine are filled in by now. */
    bool (*init)(Machine *machine, Error **errp);
    /* After devices were reset: put loaded images back and harts to the reset vector. */
    void (*reset)(Machine *machine);
};

struct Machine {
    Object parent_obj;
    uint64_t ram_size; /* 0: that of memory_backend, or the default */
    Object *memory_backend; /* a MemoryBackend; NULL: the machine makes its RAM itself */
    bool dump_guest_core;   /* RAM is part of core dumps of this process */
    bool usb;               /* wants a USB controller */
    unsigned smp_cpus;
    char *firmware; /* -bios; NULL: the default */
    char *kernel;
    char *initrd;
    char *append;
    bool boot_strict; /* firmware is to start from what has a bootindex, and nothing else */
    bool boot_menu;   /* firmware is to show its menu */
    Chardev *serials[MACHINE_MAX_SERIALS]; /* NULL: none; not owned */
    bool realized; /* properties no longer change */
};

#define MACHINE(obj)           OBJECT_CHECK(Machine, (obj), TYPE_MACHINE)
#define MACHINE_CLASS(klass)   OBJECT_CLASS_CHECK(MachineClass, (klass), TYPE_MACHINE)
#define MACHINE_GET_CLASS(obj) OBJECT_GET_CLASS(MachineClass, (obj), TYPE_MACHINE)

/*
 * The machine's RAM, ram_size bytes of it: memory_backend's region, or @own, which is made for it.
 * For MachineClass::init(); called once.
 */
MemoryRegion *machine_get_ram(Machine *machine, MemoryRegion *own, Error **errp);
/* By -M name or alias; an unknown one is an error that lists what there is. */
MachineClass *machine_class_find(const char *name, Error **errp);
/* The machine at /machine; NULL before it is made. */
Machine *machine_current(void);
/* Put @machine at /machine and run its init(). */
bool machine_realize(Machine *machine, Error **errp);
/* Devices, images and harts back to their power-on state. Harts are paused. */
void machine_reset(Machine *machine);

#endif
