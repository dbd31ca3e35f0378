/*
 * Walking the command line along the option table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config.h"

#include "hw/machine.h"
#include "ui/vnc.h"

#include <string.h>

static void monitor_config_free(gpointer data)
{
    MonitorConfig *mon = data;

    if (mon->options.peers) {
        g_array_unref(mon->options.peers);
    }
    g_free(mon->chardev);
    g_free(mon->legacy);
    g_free(mon);
}

static void object_config_free(gpointer data)
{
    ObjectConfig *object = data;

    qobject_unref(object->props);
    g_free(object->text);
    g_free(object);
}

Config *config_new(void)
{
    Config *config = g_new0(Config, 1);

    config->smp = 1;
    config->name_threads = true;
    config->audiodevs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    config->machine_props = qdict_new();
    config->objects = g_ptr_array_new_with_free_func(object_config_free);
    config->chardevs = g_ptr_array_new_with_free_func(object_config_free);
    config->serials = g_ptr_array_new_with_free_func(g_free);
    config->monitors = g_ptr_array_new_with_free_func(monitor_config_free);
    config->drives = g_ptr_array_new_with_free_func(object_config_free);
    config->netdevs = g_ptr_array_new_with_free_func(object_config_free);
    config->devices = g_ptr_array_new_with_free_func(object_config_free);
    config->vncs = g_ptr_array_new_with_free_func((GDestroyNotify)vnc_options_free);
    return config;
}

void config_free(Config *config)
{
    g_free(config->machine);
    qobject_unref(config->machine_props);
    g_free(config->cpu_type);
    g_free(config->bios);
    g_free(config->kernel);
    g_free(config->initrd);
    g_free(config->append);
    g_ptr_array_unref(config->objects);
    g_ptr_array_unref(config->chardevs);
    g_ptr_array_unref(config->serials);
    g_ptr_array_unref(config->monitors);
    g_ptr_array_unref(config->netdevs);
    g_ptr_array_unref(config->devices);
    g_hash_table_unref(config->audiodevs);
    g_ptr_array_unref(config->vncs);
    g_ptr_array_unref(config->drives);
    g_free(config->name);
    g_free(config->uuid);
    g_free(config->pidfile);
    g_free(config->log_file);
    g_free(config);
}

/* -name and --name alike. */
static const OptionDef *option_find(const char *word)
{
    if (word[0] != '-' || !word[1]) {
        return NULL;
    }
    word += word[1] == '-' && word[2] ? 2 : 1;
    for (const OptionDef *def = option_defs; def->name; def++) {
        if (g_str_equal(def->name, word)) {
            return def;
        }
    }
    return NULL;
}

static bool unknown_word(const char *word, Error **errp)
{
    if (word[0] == '-') {
        error_setg(errp, "%s: invalid option", word);
    } else {
        error_setg(errp, "%s: unexpected argument; every argument belongs to an option", word);
    }
    error_append_hint(errp, "Try 'vitrine -help' for the options there are.\n");
    return false;
}

MonitorConfig *config_add_monitor(Config *config, bool qmp, const char *legacy)
{
    MonitorConfig *mon = g_new0(MonitorConfig, 1);

    mon->qmp = qmp;
    mon->legacy = g_strdup(legacy);
    monitor_options_init(&mon->options);
    g_ptr_array_add(config->monitors, mon);
    return mon;
}

/* ---- stdio ---- */

/* "stdio", "stdio,signal=off", "mon:stdio" */
static bool is_stdio(const char *text)
{
    text += g_str_has_prefix(text, "mon:") ? strlen("mon:") : 0;
    return g_str_has_prefix(text, "stdio") && (!text[5] || text[5] == ',');
}

static bool wants_stdio(const Config *config)
{
    for (guint i = 0; i < config->serials->len; i++) {
        if (is_stdio(g_ptr_array_index(config->serials, i))) {
            return true;
        }
    }
    for (guint i = 0; i < config->monitors->len; i++) {
        const MonitorConfig *mon = g_ptr_array_index(config->monitors, i);

        if (mon->legacy && is_stdio(mon->legacy)) {
            return true;
        }
    }
    for (guint i = 0; i < config->chardevs->len; i++) {
        const ObjectConfig *chardev = g_ptr_array_index(config->chardevs, i);

        if (g_strcmp0(qdict_get_str(chardev->props, "backend"), "stdio") == 0) {
            return true;
        }
    }
    return false;
}

/* ---- what follows from what was asked for ---- */

/* With -nographic port 0 is on the terminal, and a monitor too if there is no other. */
static void add_default_serial(Config *config)
{
    MachineClass *mc = config->machine ? machine_class_find(config->machine, NULL) : NULL;

    if (config->no_graphic && !config->no_defaults && !config->serials->len && mc &&
        mc->max_cpus > 0 && !config->daemonize && !wants_stdio(config)) {
        g_ptr_array_add(config->serials, g_strdup(config->monitors->len ? "stdio" : "mon:stdio"));
    }
}

static void share_with_monitor(Config *config, const char *text, const char *kind, unsigned n)
{
    if (text && g_str_has_prefix(text, "mon:")) {
        config_add_monitor(config, false, NULL)->chardev = g_strdup_printf("%s%u", kind, n);
    }
}

/* "mon:" in front of what a port or a QMP server is on: a monitor shares that. */
static void add_shared_monitors(Config *config)
{
    guint given = config->monitors->len;

    for (guint i = 0; i < config->serials->len; i++) {
        share_with_monitor(config, g_ptr_array_index(config->serials, i), "serial", i);
    }
    for (guint i = 0; i < given; i++) {
        const MonitorConfig *mon = g_ptr_array_index(config->monitors, i);

        if (mon->qmp) {
            share_with_monitor(config, mon->legacy, "compat_monitor", i);
        }
    }
}

static bool check_audiodevs(const Config *config, Error **errp)
{
    for (guint i = 0; i < config->vncs->len; i++) {
        const char *id = vnc_options_audiodev(g_ptr_array_index(config->vncs, i));

        if (id && !g_hash_table_contains(config->audiodevs, id)) {
            error_setg(errp, "-vnc: Parameter 'audiodev' expects the id of an -audiodev; there is no "
                       "'%s'", id);
            return false;
        }
    }
    return true;
}

static bool check_together(const Config *config, Error **errp)
{
    if (config->daemonize && wants_stdio(config)) {
        error_setg(errp, "cannot use stdio with -daemonize, which leaves the terminal; accepted "
                         "are the other character devices, such as unix:PATH");
        return false;
    }
    if (config->daemonize && config->preconfig) {
        error_setg(errp, "-preconfig and -daemonize exclude each other: the parent would end only "
                         "when the machine is there");
        return false;
    }
    if (config->append && !config->kernel) {
        error_setg(errp, "-append only allowed with -kernel option");
        return false;
    }
    if (config->initrd && !config->kernel) {
        error_setg(errp, "-initrd only allowed with -kernel option");
        return false;
    }
    return check_audiodevs(config, errp);
}

bool config_parse(Config *config, int argc, char **argv, Error **errp)
{
    for (int i = 1; i < argc; i++) {
        const OptionDef *def = option_find(argv[i]);
        const char *arg = NULL;

        if (!def) {
            return unknown_word(argv[i], errp);
        }
        if (def->arg && i + 1 == argc) {
            error_setg(errp, "-%s: requires an argument: %s", def->name, def->arg);
            return false;
        }
        if (def->arg) {
            arg = argv[++i];
        }
        if (!def->parse(config, arg, errp)) {
            error_prepend(errp, "-%s %s: ", def->name, arg ? arg : "");
            return false;
        }
    }
    if (!check_together(config, errp)) {
        return false;
    }
    add_default_serial(config);
    add_shared_monitors(config);
    return true;
}
