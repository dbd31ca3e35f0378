/*
 * main(): from the command line to a running machine, and back.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "create.h"
#include "daemon.h"
#include "drives.h"
#include "dump.h"
#include "identity.h"
#include "preconfig.h"

#include "block/block.h"
#include "hw/device.h"
#include "monitor/monitor.h"
#include "qapi/qapi-init-commands.h"
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

/* Ctrl-a x at a terminal, which is 'quit' in one key. */
static bool terminate(const char *chardev, Error **errp)
{
    if (!monitors_may_quit(chardev, errp)) {
        return false;
    }
    system_request_shutdown(SHUTDOWN_CAUSE_HOST_QMP_QUIT);
    return true;
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
           drives_create(config, errp) && create_netdevs(config, errp);
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
    block_nbd_finish();
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
    chardev_set_take_fd(monitor_take_fd);
    block_set_take_fd(monitor_take_fd);
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
