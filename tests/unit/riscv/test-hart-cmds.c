/*
 * Commands about harts: query-cpus-fast, memsave, cpu, x, info cpus, info registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-commands.h"
#include "qapi/qapi-commands-machine.h"
#include "rig.h"
#include "rv-asm.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Session {
    Hmp hmp; /* first: the sink is called with it */
    HmpState state;
    GString *out;
    HmpHandler *handler;
    QDict *args;
} Session;

static void setup(Rig *rig, gconstpointer data)
{
    rig_init(rig, 2);
    object_property_add_child(object_get_container("/machine"), "hart0",
                              object_ref(OBJECT(rig->hart)));
}

static void teardown(Rig *rig, gconstpointer data)
{
    object_unparent(OBJECT(rig->hart));
    rig_finish(rig);
}

/* Run @entry in a coroutine until it says that it is through. */
static void run_coroutine(CoroutineEntry *entry, void *opaque)
{
    coroutine_enter(coroutine_create(entry, opaque));
    event_loop_run(main_loop());
}

static void session_write(Hmp *hmp, const char *text, size_t len)
{
    g_string_append_len(((Session *)hmp)->out, text, (gssize)len);
}

static void coroutine_fn session_entry(void *opaque)
{
    Session *s = opaque;

    s->handler(&s->hmp, s->args);
    event_loop_quit(main_loop());
}

/* What the command prints; takes @args. */
static char *run_hmp(HmpHandler *handler, HmpState *state, QDict *args)
{
    Session s = {
        .hmp = { .write = session_write, .state = state },
        .out = g_string_new(NULL),
        .handler = handler,
        .args = args,
    };

    run_coroutine(session_entry, &s);
    qobject_unref(args);
    return g_string_free(s.out, FALSE);
}

static void test_query_cpus(Rig *rig, gconstpointer data)
{
    CpuInfoFastList *list = qmp_query_cpus_fast(NULL);

    g_assert_cmpint(list->value->cpu_index, ==, 0);
    g_assert_cmpstr(list->value->qom_path, ==, "/machine/hart0");
    g_assert_cmpint(list->value->target, ==, SYS_EMU_TARGET_RISCV64);
    g_assert_true(list->value->props->has_core_id);
    g_assert_cmpint(list->next->value->props->core_id, ==, 1);
    g_assert_null(list->next->next);
    qapi_free_CpuInfoFastList(list);
}

typedef struct Save {
    int64_t val, size, cpu;
    const char *path;
    char *error;
} Save;

static void coroutine_fn save_entry(void *opaque)
{
    Save *save = opaque;
    Error *err = NULL;

    qmp_memsave(save->val, save->size, save->path, true, save->cpu, &err);
    if (err) {
        save->error = g_strdup(error_get_pretty(err));
        error_free(err);
    }
    event_loop_quit(main_loop());
}

static void test_memsave(Rig *rig, gconstpointer data)
{
    g_autofree char *path = NULL, *text = NULL;
    gsize length;
    Save save = { .val = (int64_t)RIG_RAM + 0xffe, .size = 8192, .cpu = 1 };

    close(g_file_open_tmp("memsave-XXXXXX", &path, NULL));
    save.path = path;
    rig_store(rig, RIG_RAM + 0x1000, 0x1122334455667788);
    run_coroutine(save_entry, &save);
    g_assert_cmpstr(save.error, ==, NULL);
    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    g_assert_cmpuint(length, ==, 8192);
    g_assert_cmpmem(text + 2, 4, "\x88\x77\x66\x55", 4);
    g_unlink(path);
}

/* What cannot be served leaves the file system alone. */
static void test_memsave_refused(Rig *rig, gconstpointer data)
{
    static const struct {
        int64_t val, size, cpu;
        const char *error;
    } bad[] = {
        { 0, 8, 0, "Invalid addr 0x0000000000000000/size 8 specified" },
        { (int64_t)RIG_RAM, -1, 0, "Invalid addr 0x0000000080000000/size -1 specified" },
        { (int64_t)RIG_RAM, INT64_MAX, 0,
          "Invalid addr 0x0000000080000000/size 9223372036854775807 specified" },
        { -8, 16, 0, "Invalid addr 0xfffffffffffffff8/size 16 specified" },
        { (int64_t)RIG_RAM, 8, 2, "Parameter 'cpu-index' expects a CPU number" },
        { (int64_t)RIG_RAM, 8, -1, "Parameter 'cpu-index' expects a CPU number" },
    };
    g_autofree char *path = g_strdup_printf("%s/memsave-%d", g_get_tmp_dir(), (int)getpid());

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        Save save = { bad[i].val, bad[i].size, bad[i].cpu, path, NULL };

        run_coroutine(save_entry, &save);
        g_assert_cmpstr(save.error, ==, bad[i].error);
        g_free(save.error);
        g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    }
}

static void test_registers(Rig *rig, gconstpointer data)
{
    HmpState state = { 0 };
    QDict *all = qdict_new();
    QDict *absent = qdict_new();
    g_autofree char *one = NULL, *both = NULL, *none = NULL;

    rig->hart->x[A0] = 0xabc;
    one = run_hmp(hmp_info_registers, &state, qdict_new());
    g_assert_true(g_str_has_prefix(one, "\nCPU#0\n pc       0000000080000000\n mhartid "));
    g_assert_nonnull(strstr(one, "\n mstatus  0000000a00000000\n mip      "));
    g_assert_nonnull(strstr(one, " x10/a0   0000000000000abc x11/a1   0000000000000000\n"));
    g_assert_nonnull(strstr(one, " f31/ft11 0000000000000000\n"));
    g_assert_null(strstr(one, "CPU#1"));
    qdict_put_bool(all, "cpustate_all", true);
    both = run_hmp(hmp_info_registers, &state, all);
    g_assert_nonnull(strstr(both, "CPU#1\n"));
    qdict_put_int(absent, "vcpu", 7);
    none = run_hmp(hmp_info_registers, &state, absent);
    g_assert_cmpstr(none, ==, "CPU#7 not available\n");
}

static void test_cpu(Rig *rig, gconstpointer data)
{
    HmpState state = { 0 };
    QDict *second = qdict_new();
    QDict *third = qdict_new();
    g_autofree char *quiet = NULL, *list = NULL, *refused = NULL;

    qdict_put_int(second, "index", 1);
    quiet = run_hmp(hmp_cpu, &state, second);
    g_assert_cmpstr(quiet, ==, "");
    list = run_hmp(hmp_info_cpus, &state, qdict_new());
    g_assert_cmpstr(list, ==, "  CPU #0: thread_id=0\n* CPU #1: thread_id=0\n");
    qdict_put_int(third, "index", 2);
    refused = run_hmp(hmp_cpu, &state, third);
    g_assert_cmpstr(refused, ==, "invalid CPU index\n");
    g_assert_cmpint(state.cpu_index, ==, 1);
}

#define TEST(name) g_test_add("/riscv/cmds/" #name, Rig, NULL, setup, test_##name, teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST(query_cpus);
    TEST(memsave);
    TEST(memsave_refused);
    TEST(registers);
    TEST(cpu);
    return g_test_run();
}
