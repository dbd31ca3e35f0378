/*
 * The commands that fuzz-qmp runs: the real ones, where they hurt nobody.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz-commands.h"
#include "qapi/qapi-init-commands.h"
#include "test-qapi-init-commands.h"

#include <stdio.h>
#include <string.h>

/* By name, or by its beginning. */
static const char *const harmless[] = {
    "query-*",
    "block_set_io_throttle",
    "qom-*",
    "block_resize", /* of nodes, and there are none */
    "block-set-write-threshold",
    "device-list-properties",
    "qmp_capabilities",
    "stop",
    "cont",
    "system_reset",
    "system_powerdown",
    "quit",
    "cancel-command",
    "ringbuf-*",
    "getfd",
    "closefd",
    "set-event-filter",
    "x-oob-test",
    "test-*",
    NULL,
};

/* Never answered, or only when somebody else wakes it. */
static const char *const silent[] = { "test-silent", "test-wait", NULL };

static bool is_one_of(const char *name, const char *const *patterns)
{
    for (; *patterns; patterns++) {
        if (g_pattern_match_simple(*patterns, name)) {
            return true;
        }
    }
    return false;
}

/* ---- commands with an argument that must be harmless ---- */

/* Replace the member @name, if it is a string and so would be accepted. */
static void replace_string(QDict *args, const char *name, const char *text)
{
    QObject *value = qdict_get(args, name);

    if (value && qobject_type(value) == QTYPE_QSTRING) {
        qdict_put_str(args, name, text);
    }
}

static void tame_file(QDict *args)
{
    replace_string(args, "filename", "/dev/null");
}

static void tame_dump(QDict *args)
{
    replace_string(args, "protocol", "file:/dev/null");
}

/* Another line than one of these becomes a question about itself. */
static void tame_line(QDict *args)
{
    static const char *const words[] = { "info", "print", "p", "x", "xp", "help", "?", NULL };
    const char *line = qdict_get_str(args, "command-line");
    size_t len;

    if (line) {
        g_autofree char *word = NULL;

        line += strspn(line, " \t\r\n\v\f");
        len = strcspn(line, " \t\r\n\v\f/");
        word = g_strndup(line, len);
        if (len && !g_strv_contains(words, word)) {
            g_autofree char *question = g_strdup_printf("help %s", line);

            qdict_put_str(args, "command-line", question);
        }
    }
}

typedef struct Tame {
    const char *name;
    void (*tame)(QDict *args);
    QmpCoroutineFunc *wrapper;
    QmpCoroutineFunc *marshal; /* the generated one */
} Tame;

static void coroutine_fn run_tamed(const char *name, const CoContext *here, QDict *args,
                                   JsonWriter *out, Error **errp);

#define WRAPPER(fn, name)                                                                          \
    static void coroutine_fn fn(const CoContext *here, QDict *args, JsonWriter *out, Error **errp) \
    {                                                                                              \
        run_tamed(name, here, args, out, errp);                                                    \
    }

WRAPPER(run_screendump, "screendump")
WRAPPER(run_memsave, "memsave")
WRAPPER(run_pmemsave, "pmemsave")
WRAPPER(run_dump, "dump-guest-memory")
WRAPPER(run_hmp, "human-monitor-command")

static Tame tamed[] = {
    { "screendump", tame_file, run_screendump, NULL },
    { "memsave", tame_file, run_memsave, NULL },
    { "pmemsave", tame_file, run_pmemsave, NULL },
    { "dump-guest-memory", tame_dump, run_dump, NULL },
    { "human-monitor-command", tame_line, run_hmp, NULL },
};

static Tame *find_tamed(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tamed); i++) {
        if (g_str_equal(tamed[i].name, name)) {
            return &tamed[i];
        }
    }
    return NULL;
}

static void coroutine_fn run_tamed(const char *name, const CoContext *here, QDict *args,
                                   JsonWriter *out, Error **errp)
{
    g_autoptr(QDict) copy = qdict_clone_shallow(args);
    const Tame *tame = find_tamed(name);

    tame->tame(copy);
    tame->marshal(here, copy, out, errp);
}

/* ---- the table ---- */

static void add_command(const QmpCommand *cmd, void *opaque)
{
    QmpCommandOptions options = cmd->options & ~QCO_COROUTINE;
    Tame *tame = find_tamed(cmd->name);

    if (tame) {
        tame->marshal = cmd->coroutine;
        qmp_add_coroutine_command(opaque, cmd->name, tame->wrapper, options, cmd->special_features);
    } else if (!is_one_of(cmd->name, harmless) || is_one_of(cmd->name, silent)) {
        fprintf(stderr, "fuzz-qmp: %s is left out\n", cmd->name);
    } else if (cmd->options & QCO_COROUTINE) {
        qmp_add_coroutine_command(opaque, cmd->name, cmd->coroutine, options,
                                  cmd->special_features);
    } else {
        qmp_add_plain_command(opaque, cmd->name, cmd->plain, options, cmd->special_features);
    }
}

const QmpCommandList *fuzz_commands(void)
{
    static QmpCommandList *all, *kept;

    if (!kept) {
        all = qmp_command_list_new();
        kept = qmp_command_list_new();
        qmp_init_marshal(all);
        test_qmp_init_marshal(all);
        qmp_for_each_command(all, add_command, kept);
    }
    return kept;
}
