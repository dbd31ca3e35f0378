/*
 * The option table and what each option means.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "options-internal.h"

#include "accel.h"
#include "version.h"

#include "hw/device.h"
#include "qapi/keyval.h"
#include "qom/user-object.h"
#include "target/riscv/hart.h"
#include "ui/vnc.h"
#include "util/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the machine ---- */

static void G_GNUC_NORETURN print_machines(void)
{
    g_autoptr(GSList) list = object_class_get_list(TYPE_MACHINE, false);

    printf("Supported machines are:\n");
    for (GSList *it = list; it; it = it->next) {
        const MachineClass *mc = MACHINE_CLASS(it->data);

        printf("%-20s %s\n", mc->name, mc->desc);
    }
    exit(0);
}

static const OptionParam machine_params[] = { { "type", STRING }, { "accel", STRING }, { NULL } };

static bool opt_machine(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = keyval_parse(arg, "type", errp);

    if (!dict) {
        return false;
    }
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        const char *key = qdict_entry_key(e);
        const char *value = qdict_get_str(dict, key);

        if (!value) {
            error_setg(errp, "Parameter '%s' expects a plain value", key);
            return false;
        }
        if (g_str_equal(key, "type")) {
            if (g_str_equal(value, "help")) {
                print_machines();
            }
            if (!machine_class_find(value, errp)) {
                return false;
            }
            config_set_text(&config->machine, value);
        } else if (g_str_equal(key, "accel")) {
            if (!accel_choose(value, errp)) {
                return false;
            }
        } else {
            qdict_put_str(config->machine_props, key, value);
        }
    }
    return true;
}

static const OptionParam accel_params[] = { { "accel", STRING }, { NULL } };

static bool opt_accel(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, "accel", accel_params, errp);

    if (!dict) {
        return false;
    }
    if (g_strcmp0(qdict_get_str(dict, "accel"), "help") == 0) {
        g_autofree char *names = accel_names("\n");

        printf("Accelerators supported in vitrine:\n%s\n", names);
        exit(0);
    }
    return accel_choose(qdict_get_str(dict, "accel"), errp);
}

static char *accepted_cpus(void)
{
    g_autoptr(GSList) list = object_class_get_list(TYPE_RISCV_CPU, false);
    GString *names = g_string_new(NULL);

    for (GSList *it = list; it; it = it->next) {
        g_autofree char *name = g_strdup(object_class_get_name(it->data));
        char *suffix = strstr(name, "-" TYPE_RISCV_CPU);

        if (suffix) {
            *suffix = '\0';
        }
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", name);
    }
    return g_string_free(names, false);
}

static bool opt_cpu(Config *config, const char *arg, Error **errp)
{
    g_autofree char *accepted = accepted_cpus();
    g_autofree char *type = g_strdup_printf("%s-" TYPE_RISCV_CPU, arg);
    ObjectClass *klass = object_class_by_name(type);

    if (g_str_equal(arg, "help")) {
        printf("%s\n", accepted);
        exit(0);
    }
    if (!klass || object_class_is_abstract(klass)) {
        error_setg(errp, "unable to find CPU model '%s'; accepted are: %s", arg, accepted);
        return false;
    }
    return config_set_text(&config->cpu_type, type);
}

static const OptionParam memory_params[] = { { "size", SIZE }, { NULL } };

static bool opt_memory(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, "size", memory_params, errp);
    const char *size = dict ? qdict_get_str(dict, "size") : NULL;

    if (!dict) {
        return false;
    }
    if (!size || !parse_size(size, 'M', &config->ram_size, errp)) {
        error_prepend(errp, "Parameter 'size': ");
        return false;
    }
    if (config->ram_size == 0) {
        error_setg(errp, "Parameter 'size' expects more than 0 bytes");
        return false;
    }
    return true;
}

static const OptionParam smp_params[] = {
    { "cpus", NUMBER },     { "sockets", NUMBER }, { "dies", NUMBER },    { "clusters", NUMBER },
    { "cores", NUMBER },    { "threads", NUMBER }, { "maxcpus", NUMBER }, { NULL },
};

/* How many CPUs the sizes of the levels make; 0: none of them is given. */
static bool get_topology(const QDict *dict, uint64_t *product, Error **errp)
{
    static const char *const levels[] = { "sockets", "dies", "clusters", "cores", "threads" };

    *product = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(levels); i++) {
        uint64_t size = 1;

        if (!config_get_count(dict, levels[i], &size, errp)) {
            return false;
        }
        if (size > 1 && (i == 1 || i == 2)) {
            error_setg(errp, "%s not supported by this machine's CPU topology", levels[i]);
            return false;
        }
        if (qdict_haskey(dict, levels[i])) {
            *product = MAX(*product, 1) * size;
        }
    }
    return true;
}

static bool opt_smp(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) dict = config_parse_group(arg, "cpus", smp_params, errp);
    uint64_t cpus = 0, maxcpus = 0, product;

    if (!dict || !config_get_count(dict, "cpus", &cpus, errp) ||
        !config_get_count(dict, "maxcpus", &maxcpus, errp) || !get_topology(dict, &product, errp)) {
        return false;
    }
    if (!cpus) {
        cpus = maxcpus ? maxcpus : MAX(product, 1);
    }
    if (maxcpus && maxcpus != cpus) {
        error_setg(errp, "Parameter 'maxcpus' must equal 'cpus' (%" G_GUINT64_FORMAT
                   "): harts cannot be added later", cpus);
        return false;
    }
    if (product && product != cpus) {
        error_setg(errp, "sockets * cores * threads (%" G_GUINT64_FORMAT
                   ") must equal 'cpus' (%" G_GUINT64_FORMAT ")", product, cpus);
        return false;
    }
    config->smp = cpus;
    return true;
}

static bool opt_bios(Config *config, const char *arg, Error **errp)
{
    return config_set_text(&config->bios, arg);
}

static bool opt_kernel(Config *config, const char *arg, Error **errp)
{
    return config_set_text(&config->kernel, arg);
}

static bool opt_initrd(Config *config, const char *arg, Error **errp)
{
    return config_set_text(&config->initrd, arg);
}

static bool opt_append(Config *config, const char *arg, Error **errp)
{
    return config_set_text(&config->append, arg);
}

ObjectConfig *config_add_object(GPtrArray *objects, QDict *props, bool keyval, const char *text)
{
    ObjectConfig *object = g_new(ObjectConfig, 1);

    *object = (ObjectConfig){ .props = props, .keyval = keyval, .text = g_strdup(text) };
    g_ptr_array_add(objects, object);
    return object;
}

static bool opt_blockdev(Config *config, const char *arg, Error **errp)
{
    bool is_json;
    QDict *props = keyval_parse_or_json(arg, "driver", &is_json, errp);

    if (!props) {
        return false;
    }
    config_add_object(config->drives, props, !is_json, arg);
    return true;
}

static const OptionParam drive_params[] = {
    { "file", STRING },       { "format", STRING },      { "if", STRING },  { "id", STRING },
    { "read-only", BOOLEAN }, { "readonly", BOOLEAN },   { "discard", STRING },
    { "aio", STRING },        { "cache", STRING },       { "detect-zeroes", STRING },
    { "werror", STRING },     { "rerror", STRING },      { NULL },
};

static bool opt_drive(Config *config, const char *arg, Error **errp)
{
    QDict *props = config_parse_group(arg, NULL, drive_params, errp);

    if (!props) {
        return false;
    }
    config_add_object(config->drives, props, true, arg)->is_drive = true;
    return true;
}

static bool opt_device(Config *config, const char *arg, Error **errp)
{
    g_autoptr(QDict) props = NULL;
    bool is_json;

    if (g_str_equal(arg, "help")) {
        device_print_help(NULL);
        exit(0);
    }
    props = keyval_parse_or_json(arg, "driver", &is_json, errp);
    if (!props) {
        return false;
    }
    const char *driver = qdict_get_str(props, "driver");
    if (!driver) {
        error_setg(errp, "Parameter 'driver' is missing");
        return false;
    }
    if (!is_json && qdict_haskey(props, "help")) {
        exit(device_print_help(driver) ? 0 : 1);
    }
    config_add_object(config->devices, g_steal_pointer(&props), !is_json, arg);
    return true;
}

static bool opt_object(Config *config, const char *arg, Error **errp)
{
    QDict *options;

    if (user_object_print_help(arg)) {
        exit(0);
    }
    options = user_object_parse(arg, errp);
    if (!options) {
        return false;
    }
    config_add_object(config->objects, options, false, arg);
    return true;
}

/* ---- character devices and monitors ---- */

static bool opt_chardev(Config *config, const char *arg, Error **errp)
{
    QDict *dict = keyval_parse(arg, "backend", errp);

    if (!dict) {
        return false;
    }
    config_add_object(config->chardevs, dict, true, arg);
    return true;
}

static bool opt_serial(Config *config, const char *arg, Error **errp)
{
    if (config->serials->len == MACHINE_MAX_SERIALS) {
        error_setg(errp, "too many serial ports; at most %d are accepted", MACHINE_MAX_SERIALS);
        return false;
    }
    g_ptr_array_add(config->serials, g_strdup(arg));
    return true;
}

/* ---- the process ---- */

static bool opt_uuid(Config *config, const char *arg, Error **errp)
{
    if (!g_uuid_string_is_valid(arg)) {
        error_setg(errp, "failed to parse UUID string: expected 8-4-4-4-12 hexadecimal digits");
        return false;
    }
    g_free(config->uuid);
    config->uuid = g_ascii_strdown(arg, -1);
    return true;
}

static bool opt_pidfile(Config *config, const char *arg, Error **errp)
{
    return config_set_text(&config->pidfile, arg);
}

static bool opt_display(Config *config, const char *arg, Error **errp)
{
    if (!g_str_equal(arg, "none")) {
        error_setg(errp, "Parameter 'type' does not accept value '%s'; accepted is: none", arg);
        return false;
    }
    return true;
}

/* As ui/vnc/options.c parses them. */
static const OptionParam vnc_params[] = { { "vnc", STRING },       { "id", STRING },
                                          { "to", NUMBER },        { "password", BOOLEAN },
                                          { "share", STRING },     { "audiodev", STRING },
                                          { NULL } };

static bool opt_vnc(Config *config, const char *arg, Error **errp)
{
    VncOptions *options = vnc_options_parse(arg, errp);

    if (options) {
        g_ptr_array_add(config->vncs, options);
    }
    return options;
}

static bool opt_log_items(Config *config, const char *arg, Error **errp)
{
    if (g_str_equal(arg, "help")) {
        printf("Log items (comma separated):\n");
        for (const LogItemInfo *item = log_items; item->name; item++) {
            printf("%-15s %s\n", item->name, item->help);
        }
        exit(0);
    }
    return log_parse_items(arg, &config->log_items, errp);
}

static bool opt_log_file(Config *config, const char *arg, Error **errp)
{
    return config_set_text(&config->log_file, arg);
}

#define FLAG_OPTION(field)                                                                         \
    static bool opt_##field(Config *config, const char *arg, Error **errp)                         \
    {                                                                                              \
        config->field = true;                                                                      \
        return true;                                                                               \
    }

FLAG_OPTION(start_paused)
FLAG_OPTION(no_defaults)
FLAG_OPTION(no_graphic)
FLAG_OPTION(daemonize)
FLAG_OPTION(preconfig)

/* There are no configuration files to leave out. */
static bool opt_no_user_config(Config *config, const char *arg, Error **errp)
{
    return true;
}

static bool opt_version(Config *config, const char *arg, Error **errp)
{
    printf("vitrine emulator version %s\n", VITRINE_VERSION);
    exit(0);
}

static bool opt_help(Config *config, const char *arg, Error **errp)
{
    printf("vitrine emulator version %s\nusage: vitrine [options]\n\n", VITRINE_VERSION);
    for (const OptionDef *def = option_defs; def->name; def++) {
        g_autofree char *left =
            g_strdup_printf("-%s%s%s", def->name, def->arg ? " " : "", def->arg ? def->arg : "");

        if (strlen(left) < 22) {
            printf("%-22s %s\n", left, def->help);
        } else {
            printf("%s\n%-22s %s\n", left, "", def->help);
        }
    }
    exit(0);
}

const OptionDef option_defs[] = {
    { "help", NULL, "print this and end", opt_help },
    { "h", NULL, "the same", opt_help },
    { "version", NULL, "print the version and end", opt_version },
    { "machine", "[type=]NAME[,accel=tcg][,PROP=VALUE...]", "the board; 'help' lists them",
      opt_machine, machine_params },
    { "M", "NAME", "the same", opt_machine },
    { "accel", "tcg", "the accelerator: the built-in interpreter", opt_accel, accel_params },
    { "cpu", "MODEL", "the harts' model; 'help' lists them", opt_cpu },
    { "smp", "[cpus=]N[,maxcpus=N][,sockets=N][,cores=N][,threads=N]", "how many harts", opt_smp,
      smp_params },
    { "m", "[size=]SIZE", "RAM in MiB, or with a suffix k, M, G", opt_memory,
      memory_params },
    { "bios", "FILE", "M-mode firmware, raw or ELF; 'none': none", opt_bios },
    { "kernel", "FILE", "what the firmware starts, ELF, Image or raw", opt_kernel },
    { "initrd", "FILE", "initial RAM disk for the kernel", opt_initrd },
    { "append", "TEXT", "the kernel's command line", opt_append },
    { "blockdev", "[driver=]DRIVER,node-name=NAME[,PROP=VALUE...]",
      "a block node: file, raw or nbd; also as JSON", opt_blockdev },
    { "drive",
      "file=FILE,format=raw[,if=none|virtio][,id=ID][,read-only=on][,discard=unmap]"
      "[,cache=writeback|none|writethrough|directsync|unsafe][,aio=threads|io_uring]"
      "[,detect-zeroes=off|on|unmap][,werror=ACTION][,rerror=ACTION]",
      "a disk; if=virtio: with the guest's device", opt_drive, drive_params },
    { "netdev", "user,id=ID[,PROP=VALUE...] or JSON", "a network for the guest's devices", opt_netdev },
    { "nic", "none", "no network device but those asked for", opt_nic },
    { "net", "none", "the same", opt_nic },
    { "device", "DRIVER[,PROP=VALUE...] or JSON", "add a device; 'help' lists them, "
      "'DRIVER,help' its properties", opt_device },
    { "object", "TYPE,id=ID[,PROP=VALUE...] or JSON", "make an object; 'help' lists types, "
      "'TYPE,help' its properties", opt_object },
    { "chardev", "BACKEND,id=ID[,...]", "a byte stream for -serial and -mon", opt_chardev },
    { "serial", "DEV", "the next serial port: stdio, pty, file:PATH, unix:PATH, chardev:ID; "
      "'mon:DEV': with a monitor ...",
      opt_serial },
    { "monitor", "DEV", "an HMP console there", opt_monitor },
    { "qmp", "DEV", "a QMP server there", opt_qmp },
    { "qmp-pretty", "DEV", "the same, with indented output", opt_qmp_pretty },
    { "mon", "[chardev=]ID[,mode=readline|control][,pretty=on|off]"
      "[,access=full|read-only|no-screen][,peers=UID:...][,output-soft=SIZE][,output-hard=SIZE]"
      "[,output-timeout=SECONDS]", "a monitor on a -chardev", opt_mon,
      mon_params },
    { "display", "none", "no window", opt_display },
    { "vnc", "HOST:DISPLAY|unix:PATH|none[,OPTION=VALUE...]", "show the screen to VNC viewers",
      opt_vnc, vnc_params },
    { "nographic", NULL, "no window; serial port 0 and the monitor on stdio unless said "
      "otherwise",
      opt_no_graphic },
    { "nodefaults", NULL, "no devices but those asked for", opt_no_defaults },
    { "no-user-config", NULL, "read no configuration files (there are none)",
      opt_no_user_config },
    { "S", NULL, "do not start the guest; wait for 'cont'", opt_start_paused },
    { "preconfig", NULL, "build the machine only when a monitor says 'x-exit-preconfig'",
      opt_preconfig },
    { "name", "[guest=]NAME[,debug-threads=on|off]", "the machine's name; whether threads have names",
      opt_name, name_params },
    { "uuid", "UUID", "the machine's UUID", opt_uuid },
    { "no-reboot", NULL, "a guest's reset ends the process", opt_no_reboot },
    { "no-shutdown", NULL, "a guest's power-off stops the machine, the process stays",
      opt_no_shutdown },
    { "action", "[reboot=reset|shutdown][,shutdown=poweroff|pause]",
      "what a guest's reset and power-off do", opt_action, action_params },
    { "rtc", "[base=utc|localtime|DATE][,clock=host|rt|vm]", "what the guest's clock starts from "
      "and follows", opt_rtc, rtc_params },
    { "boot", "[strict=on|off][,menu=on|off]", "tell the firmware to start from nothing but what has a "
      "bootindex, and to show its menu", opt_boot, boot_params },
    { "audiodev", "[driver=]none,id=ID or JSON", "sound that nobody hears", opt_audiodev,
      audiodev_params },
    { "add-fd", "set=N,fd=N[,opaque=TEXT]", "an inherited descriptor becomes /dev/fdset/N",
      opt_add_fd, add_fd_params },
    { "overcommit", "mem-lock=on|off", "keep the memory of the process from being swapped out",
      opt_overcommit, overcommit_params },
    { "sandbox", "on|off[,obsolete=allow|deny][,elevateprivileges=allow|deny|children]"
      "[,spawn=allow|deny][,resourcecontrol=allow|deny]", "system calls that the process denies "
      "itself", opt_sandbox, sandbox_params },
    { "msg", "timestamp=on|off", "messages tell when", opt_msg, msg_params },
    { "daemonize", NULL, "go to the background once everything is set up", opt_daemonize },
    { "pidfile", "FILE", "write the process id there", opt_pidfile },
    { "d", "ITEM[,ITEM...]", "log these; 'help' lists them", opt_log_items },
    { "D", "FILE", "write the log there instead of stderr", opt_log_file },
    { NULL, NULL, NULL, NULL },
};
