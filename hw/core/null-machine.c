/*
 * -M none: no CPU, no memory; for asking what this binary can do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/machine.h"

static bool null_machine_init(Machine *machine, Error **errp)
{
    if (machine->kernel || machine->initrd || machine->firmware || machine->append ||
        machine->memory_backend) {
        error_setg(errp, "machine 'none' runs nothing: -bios, -kernel, -initrd, -append and "
                         "memory-backend need another machine, such as -M virt");
        return false;
    }
    return true;
}

static void null_machine_class_init(ObjectClass *klass, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(klass);
    mc->name = "none";
    mc->desc = "empty machine";
    mc->init = null_machine_init;
}

static const TypeInfo null_machine_type = {
    .name = "none" TYPE_MACHINE_SUFFIX,
    .parent = TYPE_MACHINE,
    .instance_size = sizeof(Machine),
    .class_size = sizeof(MachineClass),
    .class_init = null_machine_class_init,
};

static void null_machine_register(void)
{
    type_register_static(&null_machine_type);
}
type_init(null_machine_register)
