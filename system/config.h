/*
 * The command line, parsed and checked, before anything is made from it.
 *
 * Start-up only, main thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_CONFIG_H
#define SYSTEM_CONFIG_H

#include "sandbox.h"

#include "hw/machine.h"
#include "hw/rtc.h"
#include "monitor/monitor.h"
#include "qapi/qapi-types-process.h"
#include "qobject/qobject.h"
#include "util/error.h"

typedef struct MonitorConfig {
    bool qmp; /* else HMP */
    MonitorOptions options;
    char *chardev; /* id of a -chardev; or NULL */
    char *legacy;  /* "stdio", "unix:...": as -qmp and -monitor take it; or NULL */
} MonitorConfig;

/* The value of -device, -chardev, -object, -blockdev, -drive or -netdev. */
typedef struct ObjectConfig {
    QDict *props;
    bool keyval; /* values are strings */
    char *text;  /* as given, for error messages */
    bool is_drive; /* -drive, not -blockdev */
} ObjectConfig;

typedef struct Config {
    char *machine;
    QDict *machine_props; /* without "type" and "accel" */
    char *cpu_type;       /* NULL: the machine's default */
    uint64_t ram_size;    /* bytes; 0: the machine's default */
    uint64_t smp;
    char *bios;
    char *kernel;
    char *initrd;
    char *append;
    GPtrArray *objects;  /* ObjectConfig */
    GPtrArray *chardevs; /* ObjectConfig */
    GPtrArray *serials;  /* text of -serial */
    GPtrArray *monitors; /* MonitorConfig */
    GPtrArray *devices;  /* ObjectConfig */
    GPtrArray *vncs;      /* VncOptions */
    GPtrArray *drives;   /* ObjectConfig: -blockdev and -drive, in order */
    GPtrArray *netdevs;  /* ObjectConfig */
    char *name;
    bool name_threads;
    bool lock_memory; /* of the process */
    bool timestamps;  /* on messages */
    bool sandbox;
    SandboxFlags sandbox_flags;
    RtcBase rtc_base;
    RtcClock rtc_clock;
    GHashTable *audiodevs; /* ids */
    char *uuid;
    char *pidfile;
    char *log_file;
    uint32_t log_items;
    bool boot_strict;
    bool boot_menu;
    bool start_paused;
    bool no_defaults;
    bool no_graphic;
    bool no_reboot;
    bool no_shutdown;
    bool daemonize;
    bool preconfig;
} Config;

Config *config_new(void);
void config_free(Config *config);

/*
 * Parse the whole command line. The message of an error begins with the option and its value.
 * Options that only print (-help, -version, -M help ...) print and end the process.
 */
bool config_parse(Config *config, int argc, char **argv, Error **errp);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

/* ---- for the option table ---- */

/* @legacy as in MonitorConfig; the caller sets the rest. */
MonitorConfig *config_add_monitor(Config *config, bool qmp, const char *legacy);

typedef bool OptionFn(Config *config, const char *arg, Error **errp);

typedef struct OptionParam {
    const char *name;
    CommandLineParameterType type;
} OptionParam;

typedef struct OptionDef {
    const char *name;
    const char *arg; /* what the argument looks like, for -help; NULL: takes none */
    const char *help;
    OptionFn *parse;
    const OptionParam *params; /* ends with a NULL name; NULL: not a fixed set */
} OptionDef;

extern const OptionDef option_defs[]; /* ends with a NULL name */

/* monitor-options.c */
OptionFn opt_mon, opt_monitor, opt_qmp, opt_qmp_pretty;

/* ---- values of the form KEY=VALUE,... (option-groups.c) ---- */

/* Refuse keys that are none of @params, naming those. */
bool config_check_keys(const QDict *dict, const OptionParam *params, Error **errp);
/* keyval_parse() with that check. */
QDict *config_parse_group(const char *arg, const char *implied, const OptionParam *params,
                          Error **errp);
/* Replace *@field by a copy of @text. Returns true. */
bool config_set_text(char **field, const char *text);
/* A number from 1 to 1024; *@value stays when there is no @key. */
bool config_get_count(const QDict *dict, const char *key, uint64_t *value, Error **errp);
/* "on" and "off"; likewise. */
bool config_get_bool(const QDict *dict, const char *key, bool *value, Error **errp);

#endif
