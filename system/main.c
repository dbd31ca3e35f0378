/*
 * main(): from the command line to a running machine, and back.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config.h"
#include "daemon.h"
#include "drives.h"
#include "dump.h"
#include "identity.h"
#include "preconfig.h"

#include "hw/device.h"
#include "monitor/monitor.h"
#include "qapi/qapi-init-commands.h"
#include "qom/user-object.h"
#include "system/runstate.h"
#include "target/riscv/hart.h"
#include "ui/input.h"
#include "ui/vnc.h"
#include "util/bql.h"
#include "util/io-thread.h"
#include "util/report.h"
#include "util/worker-pool.h"

#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <sys/mman.h>

/* How long the end of the process waits for workers that hang. */
#define WORKER_EXIT_TIMEOUT_NS (500 * NS_PER_MS)

/*
 * Memory that a large request or picture took goes back to the system when it is freed. Left to
 * itself the allocator would take the first large block as a reason to keep 64 MiB of such.
 */
#define MALLOC_LARGE (4 << 20)

static void setup_malloc(void)
{
    mallopt(M_MMAP_THRESHOLD, MALLOC_LARGE);
    mallopt(M_TRIM_THRESHOLD, MALLOC_LARGE);
}

static bool setup_log(const Config *config, Error **errp)
{
    log_set_mask(config->log_items);
    if (config->log_file && !log_set_file(config->log_file, errp)) {
        error_prepend(errp, "-D %s: ", config->log_file);
        return false;
    }
    return true;
}

/* Of the process itself, before it makes anything. */
static bool setup_process(const Config *config, Error **errp)
{
    threads_set_named(config->name_threads);
    rtc_configure(&config->rtc_base, config->rtc_clock);
    if (config->lock_memory && mlockall(MCL_CURRENT | MCL_FUTURE) < 0) {
        error_setg_errno(errp, errno, "-overcommit mem-lock=on: cannot lock memory");
        return false;
    }
    if (config->sandbox && !sandbox_enter(config->sandbox_flags, errp)) {
        error_prepend(errp, "-sandbox: ");
        return false;
    }
    return true;
}

static bool create_chardevs(const Config *config, Error **errp)
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
    if (!object_set_properties(OBJECT(machine), config->machine_props, true, errp)) {
        error_prepend(errp, "-machine %s: ", config->machine);
        return false;
    }
    return create_serials(config, machine, errp);
}

static bool create_machine(const Config *config, Error **errp)
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

static bool create_objects(const Config *config, Error **errp)
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

static bool create_devices(const Config *config, Error **errp)
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

static bool start_vnc(const Config *config, Error **errp)
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

static bool create_monitors(const Config *config, Error **errp)
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

static bool cpu_exists(int64_t index)
{
    return index >= 0 && index < hart_count();
}

static bool coroutine_fn cpu_get_register(int64_t index, const char *name, uint64_t *value)
{
    return cpu_exists(index) && hart_read_register(hart_by_index(index), name, value);
}

static const MonitorCpuOps cpu_ops = {
    .exists = cpu_exists,
    .get_register = cpu_get_register,
};

/* Ctrl-a x at the terminal. */
static void terminate(void)
{
    system_request_shutdown(SHUTDOWN_CAUSE_HOST_QMP_QUIT);
}

static void coroutine_fn start_guest(void *opaque)
{
    vm_start(&error_abort);
}

static bool set_up_process(const Config *config, Error **errp)
{
    const RunstatePolicy policy = {
        .no_reboot = config->no_reboot,
        .no_shutdown = config->no_shutdown,
    };

    identity.name = config->name;
    if (config->uuid) {
        identity.uuid = config->uuid;
    }
    if (config->pidfile && !pidfile_create(config->pidfile, errp)) {
        error_prepend(errp, "-pidfile %s: ", config->pidfile);
        return false;
    }
    runstate_init(&policy);
    /* Managers list these even when nothing is in them. */
    object_get_container("/objects");
    object_get_container("/chardevs");
    return create_objects(config, errp) && create_chardevs(config, errp) &&
           drives_create(config, errp);
}

/* With --preconfig the monitors are there already. */
static bool set_up_machine(const Config *config, Error **errp)
{
    if (!create_machine(config, errp) || !create_devices(config, errp) ||
        (!config->preconfig && !create_monitors(config, errp)) || !start_vnc(config, errp)) {
        return false;
    }
    machine_reset(machine_current());
    devices_set_up_done();
    harts_start();
    if (!daemonize_ready(errp)) {
        return false;
    }
    if (!config->start_paused) {
        coroutine_enter(coroutine_create(start_guest, NULL));
    }
    return true;
}

static bool no_coroutine_fn set_up_after_preconfig(const Config *config, Error **errp)
{
    Error *err = NULL;

    if (!create_monitors(config, errp)) {
        return false;
    }
    if (!preconfig_run()) {
        return true; /* to the end */
    }
    set_up_machine(config, &err);
    preconfig_done(err);
    if (err) {
        error_propagate(errp, err);
        return false;
    }
    return true;
}

static bool no_coroutine_fn set_up(const Config *config, Error **errp)
{
    if (!set_up_process(config, errp)) {
        return false;
    }
    return config->preconfig ? set_up_after_preconfig(config, errp) : set_up_machine(config, errp);
}

static void tear_down(void)
{
    harts_shutdown();
    dump_finish();
    vnc_servers_finish();
    key_player_finish();
    monitors_cleanup();
    runstate_finish();
    chardevs_cleanup();
    worker_pool_shutdown(WORKER_EXIT_TIMEOUT_NS);
    pidfile_remove();
}

static QmpCommandList *make_command_table(void)
{
    QmpCommandList *commands = qmp_command_list_new();

    qmp_init_marshal(commands);
    return commands;
}

int main(int argc, char **argv)
{
    g_autoptr(Config) config = config_new();
    QmpCommandList *commands;
    Error *err = NULL;
    int status;

    setup_malloc();
    stdio_open_all();
    setlocale(LC_CTYPE, "C.UTF-8");
    module_init_types();
    if (!config_parse(config, argc, argv, &err)) {
        error_report_err(err);
        return 1;
    }
    report_set_timestamps(config->timestamps);
    if (!setup_log(config, &err) || (config->daemonize && !daemonize_begin(&err)) ||
        !setup_process(config, &err)) {
        error_report_err(err);
        return 1;
    }
    main_loop_init();
    signals_init();
    commands = make_command_table();
    monitors_init(commands);
    monitor_set_cpu_ops(&cpu_ops);
    chardev_set_terminate(terminate);
    if (set_up(config, &err)) {
        event_loop_run(main_loop());
        status = runstate_exit_status();
    } else {
        error_report_err(err);
        status = 1;
    }
    tear_down();
    qmp_command_list_free(commands);
    return status;
}
