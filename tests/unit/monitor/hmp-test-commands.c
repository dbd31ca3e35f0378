/*
 * A command table for the monitor's unit tests, in place of the one made from hmp-commands.hx.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hmp-test-commands.h"
#include "monitor/hmp-commands.h"

#include <inttypes.h>

HmpTestCounts hmp_test_counts;
QDict *hmp_test_args;

typedef struct RunCall {
    HmpSink *sink;
    const char *line;
} RunCall;

static void coroutine_fn run_main(void *opaque)
{
    const RunCall *call = opaque;

    hmp_run_line(&call->sink->hmp, call->line);
}

char *hmp_test_run(HmpSink *sink, const char *line)
{
    RunCall call = { .sink = sink, .line = line };

    g_string_truncate(sink->text, 0);
    hmp_sink_restart(sink);
    coroutine_enter(coroutine_create(run_main, &call));
    return g_strdup(sink->text->str);
}

void hmp_test_prints(HmpSink *sink, const char *line, const char *expected)
{
    g_autofree char *printed = hmp_test_run(sink, line);

    g_assert_cmpstr(printed, ==, expected);
}

static void coroutine_fn run_echo(const CoContext *here, Hmp *hmp, const QDict *args)
{
    const char *text = qdict_get_str(args, "text");

    hmp_printf(hmp, "%s\n", text ? text : "");
}

static void coroutine_fn run_probe(const CoContext *here, Hmp *hmp, const QDict *args)
{
    qobject_unref(hmp_test_args);
    hmp_test_args = qdict_clone_shallow(args);
}

/* Print, wait for so many milliseconds, print again. */
static void coroutine_fn run_wait(const CoContext *here, Hmp *hmp, const QDict *args)
{
    bool done;

    hmp_puts(hmp, "waiting\n");
    hmp_test_counts.waiting++;
    done = co_sleep_ns(CLOCK_HOST, qdict_get_int(args, "ms", 0) * NS_PER_MS);
    hmp_test_counts.waiting--;
    hmp_test_counts.waited += done;
    hmp_test_counts.cancelled += !done;
    hmp_puts(hmp, done ? "done\n" : "cancelled\n");
}

/* Print text without a new line and wait for so many milliseconds, with a third done. */
static void coroutine_fn run_work(const CoContext *here, Hmp *hmp, const QDict *args)
{
    uint64_t done = 1;

    hmp_puts(hmp, qdict_get_str(args, "text"));
    coroutine_set_progress(coroutine_self(), &done, 3);
    co_sleep_ns(CLOCK_HOST, qdict_get_int(args, "ms", 0) * NS_PER_MS);
    coroutine_set_progress(coroutine_self(), NULL, 0);
    hmp_puts(hmp, "\n");
}

/* Print @count lines of 64 bytes, for who reads them. */
static void coroutine_fn run_list(const CoContext *here, Hmp *hmp, const QDict *args)
{
    int64_t count = qdict_get_int(args, "count", 0);

    hmp_test_counts.listed = 0;
    while (hmp_test_counts.listed < count && hmp_pause(hmp)) {
        hmp_printf(hmp, "%062u\n", hmp_test_counts.listed++);
    }
}

/* Print @count lines of 64 bytes. */
static void coroutine_fn run_flood(const CoContext *here, Hmp *hmp, const QDict *args)
{
    for (int64_t i = 0; i < qdict_get_int(args, "count", 0) && !co_is_cancelled(); i++) {
        hmp_printf(hmp, "%062" PRId64 "\n", i);
    }
}

static void coroutine_fn run_info_version(const CoContext *here, Hmp *hmp, const QDict *args)
{
    hmp_info_version(hmp, args);
}

static void coroutine_fn run_help(const CoContext *here, Hmp *hmp, const QDict *args)
{
    hmp_help(hmp, args);
}

static void coroutine_fn run_print(const CoContext *here, Hmp *hmp, const QDict *args)
{
    hmp_print(hmp, args);
}

static const HmpCommand info_commands[] = {
    { .name = "version", .params = "", .help = "show the version", .run = run_info_version },
    { .name = "status", .params = "", .help = "show the status", .run = run_echo },
    { .name = "stats", .params = "", .help = "show figures", .run = run_echo },
    { .name = NULL },
};

static const char *const on_off[] = { "on", "off", NULL };

const HmpCommand hmp_commands[] = {
    { .name = "echo",
      .params = "[text]",
      .help = "say it again",
      .args = (const HmpArg[]){ { .key = "text", .kind = HMP_ARG_REST, .optional = true },
                                { .key = NULL } },
      .run = run_echo },
    { .name = "flood",
      .params = "count",
      .help = "print a lot",
      .args = (const HmpArg[]){ { .key = "count", .kind = HMP_ARG_INT64 }, { .key = NULL } },
      .run = run_flood },
    { .name = "forward",
      .params = "on|off [-f format] big size file [number]",
      .help = "forward to keep",
      .args =
          (const HmpArg[]){
              { .key = "flag", .kind = HMP_ARG_BOOL, .words = on_off },
              { .key = "format",
                .kind = HMP_ARG_FLAG_STRING,
                .flag = 'f',
                .optional = true,
                .words = (const char *const[]){ "ppm", "png", NULL } },
              { .key = "big", .kind = HMP_ARG_UINT64 },
              { .key = "size", .kind = HMP_ARG_SIZE },
              { .key = "file", .kind = HMP_ARG_FILENAME },
              { .key = "again", .kind = HMP_ARG_BOOL, .optional = true, .words = on_off },
              { .key = "cpu-index", .kind = HMP_ARG_CPU, .optional = true },
              { .key = NULL } },
      .qmp = "keep" },
    { .name = "forward-plain", .params = "", .help = "forward to plain", .qmp = "plain" },
    { .name = "forward-value", .params = "", .help = "forward to value", .qmp = "value" },
    { .name = "help|?",
      .params = "[cmd]",
      .help = "show the help",
      .args = (const HmpArg[]){ { .key = "name", .kind = HMP_ARG_REST, .optional = true },
                                { .key = NULL } },
      .run = run_help },
    { .name = "info", .params = "[subcommand]", .help = "show things", .sub_table = info_commands },
    { .name = "list",
      .params = "count",
      .help = "print a lot, slowly",
      .args = (const HmpArg[]){ { .key = "count", .kind = HMP_ARG_INT64 }, { .key = NULL } },
      .run = run_list },
    { .name = "load",
      .params = "[-f format] file",
      .help = "take a file",
      .args =
          (const HmpArg[]){
              { .key = "format", .kind = HMP_ARG_FLAG_STRING, .flag = 'f', .optional = true },
              { .key = "file", .kind = HMP_ARG_FILENAME },
              { .key = NULL } },
      .run = run_probe },
    { .name = "look",
      .params = "/fmt file",
      .help = "take a format and a file",
      .args = (const HmpArg[]){ { .key = "fmt", .kind = HMP_ARG_FORMAT, .optional = true },
                                { .key = "file", .kind = HMP_ARG_FILENAME },
                                { .key = NULL } },
      .run = run_probe },
    { .name = "print|p",
      .params = "/fmt expr",
      .help = "print expression value",
      .args = (const HmpArg[]){ { .key = "fmt", .kind = HMP_ARG_FORMAT, .optional = true },
                                { .key = "val", .kind = HMP_ARG_INT64 },
                                { .key = NULL } },
      .run = run_print },
    { .name = "probe",
      .params = "...",
      .help = "keep the arguments",
      .args =
          (const HmpArg[]){
              { .key = "name", .kind = HMP_ARG_STRING },
              { .key = "all", .kind = HMP_ARG_FLAG, .flag = 'a', .optional = true },
              { .key = "format", .kind = HMP_ARG_FLAG_STRING, .flag = 'f', .optional = true },
              { .key = "number", .kind = HMP_ARG_INT32, .optional = true },
              { .key = "big", .kind = HMP_ARG_INT64, .optional = true },
              { .key = NULL } },
      .run = run_probe },
    { .name = "wait",
      .params = "ms",
      .help = "take some time",
      .args = (const HmpArg[]){ { .key = "ms", .kind = HMP_ARG_INT32 }, { .key = NULL } },
      .run = run_wait },
    { .name = "work",
      .params = "text ms",
      .help = "take some time, and tell how much",
      .args = (const HmpArg[]){ { .key = "text", .kind = HMP_ARG_STRING },
                                { .key = "ms", .kind = HMP_ARG_INT32 },
                                { .key = NULL } },
      .run = run_work },
    { .name = NULL },
};
