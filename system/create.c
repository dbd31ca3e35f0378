/*
 * Making what the command line asks for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "create.h"
#include "drives.h"

#include "hw/device.h"
#include "net/net.h"
#include "qom/user-object.h"
#include "ui/vnc.h"

bool create_chardevs(const Config *config, Error **errp)
{
    for (guint i = 0; i < config->chardevs->len; i++) {
        const ObjectConfig *chardev = g_ptr_array_index(config->chardevs, i);

        if (!chardev_new(chardev->props, errp)) {
            error_prepend(errp, "-chardev %s: ", chardev->text);
            return false;
        }
    }
    return true;
}

/* "none" and "null" both make a port that is there and connected to nothing. */
static bool create_serial(Machine *machine, unsigned n, const char *text, Error **errp)
{
    g_autofree char *id = g_strdup_printf("serial%u", n);

    machine->serials[n] =
        chardev_new_from_legacy(id, g_str_equal(text, "none") ? "null" : text, errp);
    if (!machine->serials[n]) {
        error_prepend(errp, "-serial %s: ", text);
        return false;
    }
    return true;
}

static bool create_serials(const Config *config, Machine *machine, Error **errp)
{
    for (guint i = 0; i < config->serials->len; i++) {
        if (!create_serial(machine, i, g_ptr_array_index(config->serials, i), errp)) {
            return false;
        }
    }
    return true;
}

static bool configure_machine(const Config *config, Machine *machine, Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(machine);

    if (mc->max_cpus && config->smp > mc->max_cpus) {
        error_setg(errp, "-smp %" G_GUINT64_FORMAT ": Invalid SMP CPUs %" G_GUINT64_FORMAT
                   ". The max CPUs supported by machine '%s' is %u", config->smp, config->smp,
                   mc->name, mc->max_cpus);
        return false;
    }
    machine->smp_cpus = config->smp;
    machine->ram_size = config->ram_size;
    machine->firmware = g_strdup(config->bios);
    machine->kernel = g_strdup(config->kernel);
    machine->initrd = g_strdup(config->initrd);
    machine->append = g_strdup(config->append);
    machine->boot_strict = config->boot_strict;
    machine->boot_menu = config->boot_menu;
    if (!object_set_properties(OBJECT(machine), config->machine_props, true, errp)) {
        error_prepend(errp, "-machine %s: ", config->machine);
        return false;
    }
    return create_serials(config, machine, errp);
}

bool create_machine(const Config *config, Error **errp)
{
    MachineClass *mc;
    Machine *machine;

    if (!config->machine) {
        error_setg(errp, "No machine specified, and there is no default");
        error_append_hint(errp, "Use -machine help to list supported machines\n");
        return false;
    }
    mc = machine_class_find(config->machine, errp);
    if (!mc) {
        return false;
    }
    machine = MACHINE(object_new(object_class_get_name(&mc->parent_class)));
    if (!configure_machine(config, machine, errp)) {
        object_unref(OBJECT(machine));
        return false;
    }
    return machine_realize(machine, errp);
}

bool create_objects(const Config *config, Error **errp)
{
    for (guint i = 0; i < config->objects->len; i++) {
        const ObjectConfig *object = g_ptr_array_index(config->objects, i);

        if (!user_object_create(object->props, errp)) {
            error_prepend(errp, "-object %s: ", object->text);
            return false;
        }
    }
    return true;
}

bool create_netdevs(const Config *config, Error **errp)
{
    for (guint i = 0; i < config->netdevs->len; i++) {
        const ObjectConfig *netdev = g_ptr_array_index(config->netdevs, i);

        if (!netdev_create(netdev->props, !netdev->keyval, errp)) {
            error_prepend(errp, "-netdev %s: ", netdev->text);
            return false;
        }
    }
    return true;
}

bool create_devices(const Config *config, Error **errp)
{
    for (guint i = 0; i < config->devices->len; i++) {
        const ObjectConfig *dev = g_ptr_array_index(config->devices, i);

        if (!device_add(dev->props, dev->keyval, errp)) {
            error_prepend(errp, "-device %s: ", dev->text);
            return false;
        }
    }
    return true;
}

bool start_vnc(const Config *config, Error **errp)
{
    for (guint i = 0; i < config->vncs->len; i++) {
        if (!vnc_server_start(g_ptr_array_index(config->vncs, i), errp)) {
            error_prepend(errp, "-vnc: ");
            return false;
        }
    }
    return true;
}

static Chardev *monitor_chardev(const MonitorConfig *mon, unsigned n, Error **errp)
{
    g_autofree char *id = g_strdup_printf("compat_monitor%u", n);
    Chardev *chr;

    if (mon->legacy) {
        chr = chardev_new_from_legacy(id, mon->legacy, errp);
        if (!chr) {
            error_prepend(errp, "%s %s: ", mon->qmp ? "-qmp" : "-monitor", mon->legacy);
        }
        return chr;
    }
    chr = chardev_find(mon->chardev);
    if (!chr) {
        error_setg(errp, "-mon chardev=%s: chardev \"%s\" not found", mon->chardev, mon->chardev);
        return NULL;
    }
    return chardev_for_frontend(chr, errp);
}

bool create_monitors(const Config *config, Error **errp)
{
    for (guint i = 0; i < config->monitors->len; i++) {
        const MonitorConfig *mon = g_ptr_array_index(config->monitors, i);
        Chardev *chr;

        if (g_strcmp0(mon->legacy, "none") == 0) {
            continue;
        }
        chr = monitor_chardev(mon, i, errp);
        if (!chr) {
            return false;
        }
        if (mon->qmp ? !monitor_new_qmp(chr, &mon->options, errp)
                     : !monitor_new_hmp(chr, &mon->options, errp)) {
            return false;
        }
    }
    return true;
}
