/*
 * Machines: finding the class that -M names, and making and resetting the one machine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "machine-internal.h"

#include "hw/device.h"
#include "memory/memory-backend.h"

static Machine *current;

static void append_name(GString *names, const MachineClass *mc)
{
    g_string_append_printf(names, "%s'%s'", names->len ? ", " : "", mc->name);
}

MachineClass *machine_class_find(const char *name, Error **errp)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GSList) classes = object_class_get_list(TYPE_MACHINE, false);
    for (GSList *l = classes; l; l = l->next) {
        MachineClass *mc = MACHINE_CLASS(l->data);
        if (g_str_equal(mc->name, name) || g_strcmp0(mc->alias, name) == 0) {
            return mc;
        }
        append_name(names, mc);
    }
    error_setg(errp, "unsupported machine type '%s', there is: %s", name, names->str);
    error_append_hint(errp, "Use -machine help to list supported machines\n");
    return NULL;
}

Machine *machine_current(void)
{
    return current;
}

bool machine_realize(Machine *machine, Error **errp)
{
    g_assert(!current);
    object_property_add_child(object_get_root(), "machine", OBJECT(machine));
    current = machine;
    /* Managers list these even when nothing is in them. */
    object_get_container("/machine/unattached");
    object_get_container("/machine/peripheral");
    object_get_container("/machine/peripheral-anon");
    machine->realized = true;
    if (machine->usb) {
        error_setg(errp, "machine '%s' has no USB controller: give usb=off",
                   MACHINE_GET_CLASS(machine)->name);
        return false;
    }
    return machine_settle_ram_size(machine, errp) && MACHINE_GET_CLASS(machine)->init(machine, errp);
}

void machine_reset(Machine *machine)
{
    MachineClass *mc = MACHINE_GET_CLASS(machine);
    devices_reset_all();
    if (mc->reset) {
        mc->reset(machine);
    }
}

static bool machine_may_set(Object *obj, const ObjectProperty *prop, Error **errp)
{
    if (MACHINE(obj)->realized) {
        error_setg(errp, "Attempt to set property '%s' on the machine after it was made",
                   prop->name);
        return false;
    }
    return true;
}

static void machine_class_init(ObjectClass *klass, const void *data)
{
    klass->may_set = machine_may_set;
    object_class_property_add_field(klass, "firmware", PROP_STRING, offsetof(Machine, firmware),
                                    "Firmware image");
    object_class_property_add_field(klass, "kernel", PROP_STRING, offsetof(Machine, kernel),
                                    "Linux kernel image file");
    object_class_property_add_field(klass, "initrd", PROP_STRING, offsetof(Machine, initrd),
                                    "Linux initial ramdisk file");
    object_class_property_add_field(klass, "append", PROP_STRING, offsetof(Machine, append),
                                    "Linux kernel command line");
    object_class_property_add_link(klass, "memory-backend", TYPE_MEMORY_BACKEND,
                                   offsetof(Machine, memory_backend), "The machine's RAM");
    object_class_property_add_field(klass, "dump-guest-core", PROP_BOOL,
                                    offsetof(Machine, dump_guest_core),
                                    "Include guest memory in a core dump");
    object_class_property_add_field(klass, "usb", PROP_BOOL, offsetof(Machine, usb),
                                    "Set on to enable USB; no machine has it");
}

static void machine_instance_init(Object *obj)
{
    MACHINE(obj)->dump_guest_core = true;
}

static void machine_finalize(Object *obj)
{
    Machine *machine = MACHINE(obj);
    if (current == machine) {
        current = NULL;
    }
    g_free(machine->firmware);
    g_free(machine->kernel);
    g_free(machine->initrd);
    g_free(machine->append);
}

static const TypeInfo machine_type = {
    .name = TYPE_MACHINE,
    .abstract = true,
    .instance_size = sizeof(Machine),
    .class_size = sizeof(MachineClass),
    .class_init = machine_class_init,
    .instance_init = machine_instance_init,
    .instance_finalize = machine_finalize,
};

static void machine_register(void)
{
    type_register_static(&machine_type);
}
type_init(machine_register)
