/*
 * What people and managers do with guest memory: info mtree, xp, pmemsave.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory-dump.h"
#include "memory/memory.h"
#include "monitor/hmp-commands.h"
#include "qapi/qapi-commands-machine.h"
#include "util/worker-pool.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAM      0x80000000
#define RAM_SIZE 0x400000

static MemoryRegion sys, ram, rom, io, window;
static char *dir;

static uint64_t io_read(void *opaque, hwaddr offset, unsigned size)
{
    return 0x1111111111111111;
}

static const MemoryRegionOps io_ops = { .read = io_read };

/* ---- running commands ---- */

typedef struct Session {
    Hmp hmp;
    GString *out;
    HmpHandler *handler;
    QDict *args;
    bool done;
} Session;

static void session_write(Hmp *hmp, const char *text, size_t len)
{
    g_string_append_len(((Session *)hmp)->out, text, (gssize)len);
}

static void coroutine_fn session_run(void *opaque)
{
    Session *s = opaque;
    s->handler(&s->hmp, s->args);
    s->done = true;
}

static char *run(HmpHandler *handler, QDict *args /* taken */)
{
    static HmpState state;
    Session s = {
        .hmp = { .write = session_write, .state = &state },
        .out = g_string_new(NULL),
        .handler = handler,
        .args = args,
    };
    coroutine_enter(coroutine_create(session_run, &s));
    while (!s.done) {
        event_loop_iterate(main_loop(), true);
    }
    qobject_unref(args);
    return g_string_free(s.out, false);
}

static void expect_dump(int64_t count, char format, int size, uint64_t addr, const char *text)
{
    QDict *args = qdict_new();
    qdict_put_int(args, "count", count);
    qdict_put_int(args, "format", format);
    qdict_put_int(args, "size", size);
    qdict_put_int(args, "addr", (int64_t)addr);
    g_autofree char *out = run(hmp_xp, args);
    g_assert_cmpstr(out, ==, text);
}

/* ---- xp ---- */

static void test_formats(void)
{
    static const uint32_t code[] = {
        0x00000297, 0x02828613, 0xf1402573, 0x0202b583, 0x0182b283, 0x00028067,
    };
    memcpy(memory_region_ram(&ram), code, sizeof(code));
    expect_dump(4, 'x', 4, RAM, "0000000080000000: 0x00000297 0x02828613 0xf1402573 0x0202b583\n");
    expect_dump(10, 'x', 1, RAM,
                "0000000080000000: 0x97 0x02 0x00 0x00 0x13 0x86 0x82 0x02\n"
                "0000000080000008: 0x73 0x25\n");
    expect_dump(3, 'x', 8, RAM,
                "0000000080000000: 0x0282861300000297 0x0202b583f1402573\n"
                "0000000080000010: 0x000280670182b283\n");
    expect_dump(5, 'd', 4, RAM,
                "0000000080000000:        663   42108435 4047512947   33731971\n"
                "0000000080000010:   25342595\n");
    expect_dump(5, 'o', 1, RAM, "0000000080000000: 0227  02   0   0 023\n");
    expect_dump(5, 'u', 2, RAM, "0000000080000000:   663     0 34323   642  9587\n");
    expect_dump(
        20, 'c', 1, RAM,
        "0000000080000000: '\\x97' '\\x02' '\\x00' '\\x00' '\\x13' '\\x86' '\\x82' '\\x02'\n"
        "0000000080000008: 's' '%' '@' '\\xf1' '\\x83' '\\xb5' '\\x02' '\\x02'\n"
        "0000000080000010: '\\x83' '\\xb2' '\\x82' '\\x01'\n");
    expect_dump(1, 'c', 8, RAM,
                "0000000080000000: '\\x97' '\\x02' '\\x00' '\\x00' '\\x13' '\\x86' '\\x82' "
                "'\\x02'\n");
    memcpy(memory_region_ram(&ram), "'\\\n\r~\x7f", 6);
    expect_dump(6, 'c', 1, RAM, "0000000080000000: '\\'' '\\\\' '\\n' '\\r' '~' '\\x7f'\n");
    memset(memory_region_ram(&ram), 0xff, 8);
    expect_dump(1, 'd', 8, RAM, "0000000080000000:                   -1\n");
}

static void test_ends(void)
{
    expect_dump(0, 'x', 4, RAM, "");
    expect_dump(-5, 'x', 4, RAM, "");
    expect_dump(4, 'x', 4, 0x99999999000, "0000099999999000: Cannot access memory\n");
    memset(memory_region_ram(&ram) + RAM_SIZE - 16, 0, 16);
    expect_dump(INT64_MAX, 'x', 8, RAM + RAM_SIZE - 16,
                "00000000803ffff0: 0x0000000000000000 0x0000000000000000\n"
                "0000000080400000: Cannot access memory\n");
    expect_dump(3, 'x', 1, 0x10000, "0000000000010000: 0x11 0x11 0x11\n");
    QDict *args = qdict_new();
    qdict_put_int(args, "format", 'i');
    g_autofree char *out = run(hmp_xp, args);
    g_assert_true(g_str_has_prefix(out, "Error: "));
}

static bool coroutine_fn session_pause(Hmp *hmp)
{
    return co_pause();
}

static void count_turn(void *opaque)
{
    (*(unsigned *)opaque)++;
}

/* A long listing lets others run in between. */
static void test_long_listing(void)
{
    unsigned turns = 0;
    event_loop_run_once(main_loop(), count_turn, &turns);
    QDict *args = qdict_new();
    qdict_put_int(args, "count", 100000);
    qdict_put_int(args, "format", 'x');
    qdict_put_int(args, "size", 4);
    qdict_put_int(args, "addr", RAM);
    Session s = {
        .hmp = { .write = session_write, .pause = session_pause },
        .out = g_string_new(NULL),
        .handler = hmp_xp,
        .args = args,
    };
    coroutine_enter(coroutine_create(session_run, &s));
    g_assert_false(s.done);
    while (!turns) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_false(s.done);
    while (!s.done) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_cmpuint(s.out->len, ==, 25000 * 62);
    g_string_free(s.out, true);
    qobject_unref(args);
}

/* ---- info mtree ---- */

static void test_mtree(void)
{
    g_autofree char *tree = run(hmp_info_mtree, qdict_new());
    g_assert_cmpstr(tree, ==,
                    "address-space: memory\n"
                    "  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n"
                    "    0000000000001000-0000000000001fff (prio 0, rom): rom\n"
                    "    0000000000010000-00000000000100ff (prio 1, i/o): dev\n"
                    "    0000000040000000-0000000040000fff (prio 0, ram): alias window @ram "
                    "0000000000002000-0000000000002fff\n"
                    "    0000000080000000-00000000803fffff (prio 0, ram): ram\n"
                    "\n"
                    "memory-region: ram\n"
                    "  0000000080000000-00000000803fffff (prio 0, ram): ram\n"
                    "\n");
    QDict *args = qdict_new();
    qdict_put_bool(args, "flatview", true);
    g_autofree char *flat = run(hmp_info_mtree, args);
    g_assert_cmpstr(flat, ==,
                    "FlatView #0\n"
                    " AS \"memory\", root: system\n"
                    " Root memory region: system\n"
                    "  0000000000001000-0000000000001fff (prio 0, rom): rom\n"
                    "  0000000000010000-00000000000100ff (prio 1, i/o): dev\n"
                    "  0000000040000000-0000000040000fff (prio 0, ram): ram @0000000000002000\n"
                    "  0000000080000000-00000000803fffff (prio 0, ram): ram\n"
                    "\n");
}

/* ---- pmemsave ---- */

typedef struct SaveRequest {
    int64_t addr, size;
    const char *path;
    CancelToken token;
    Error *err;
    bool done;
} SaveRequest;

static void coroutine_fn save_run(void *opaque)
{
    SaveRequest *r = opaque;
    qmp_pmemsave(r->addr, r->size, r->path, &r->err);
    r->done = true;
}

static void save_start(SaveRequest *r)
{
    cancel_token_init(&r->token);
    Coroutine *co = coroutine_create(save_run, r);
    coroutine_set_cancel(co, &r->token);
    coroutine_enter(co);
}

static void save_wait(SaveRequest *r)
{
    while (!r->done) {
        event_loop_iterate(main_loop(), true);
    }
    cancel_token_finish(&r->token);
}

static Error *save(int64_t addr, int64_t size, const char *path)
{
    SaveRequest r = { .addr = addr, .size = size, .path = path };
    save_start(&r);
    save_wait(&r);
    return r.err;
}

static void expect_save_error(int64_t addr, int64_t size, const char *path, const char *part)
{
    g_autoptr(Error) err = save(addr, size, path);
    g_assert_nonnull(err);
    if (!strstr(error_get_pretty(err), part)) {
        g_error("'%s' does not say '%s'", error_get_pretty(err), part);
    }
}

static void test_save(void)
{
    g_autofree char *path = g_build_filename(dir, "dump", NULL);
    g_autofree char *contents = NULL;
    gsize length;
    for (unsigned i = 0; i < RAM_SIZE; i++) {
        memory_region_ram(&ram)[i] = (uint8_t)(i ^ i >> 8 ^ i >> 16);
    }
    /* Several pieces, the last one short; what was in the file goes. */
    g_assert_true(g_file_set_contents(path, "old", 3, NULL));
    g_assert_null(save(RAM + 5, RAM_SIZE - 12345, path));
    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    g_assert_cmpmem(contents, length, memory_region_ram(&ram) + 5, RAM_SIZE - 12345);
    g_assert_null(save(0x10000, 4, path));
    g_clear_pointer(&contents, g_free);
    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    g_assert_cmpmem(contents, length, "\x11\x11\x11\x11", 4);
    g_assert_null(save(RAM, 0, path));
    struct stat st;
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, 0);
    unlink(path);
}

/* Refused before the file is touched. */
static void test_save_range(void)
{
    g_autofree char *path = g_build_filename(dir, "kept", NULL);
    g_assert_true(g_file_set_contents(path, "kept", 4, NULL));
    expect_save_error(RAM, -1, path, "Invalid addr 0x0000000080000000/size -1 specified");
    expect_save_error(RAM, INT64_MAX, path, "Invalid addr");
    expect_save_error(-1, 2, path, "Invalid addr 0xffffffffffffffff/size 2 specified");
    expect_save_error(RAM + RAM_SIZE - 1, 2, path, "Invalid addr");
    expect_save_error(0, 1, path, "Invalid addr");
    g_autofree char *contents = NULL;
    g_assert_true(g_file_get_contents(path, &contents, NULL, NULL));
    g_assert_cmpstr(contents, ==, "kept");
    unlink(path);
}

static void test_save_errors(void)
{
    g_autofree char *missing = g_build_filename(dir, "none", "dump", NULL);
    expect_save_error(RAM, 16, missing, "No such file or directory");
    expect_save_error(RAM, 16, dir, "Is a directory");
    expect_save_error(RAM, 16, "/dev/full", "No space left on device");
}

/* The same file, for whoever had it open before; a limit on sizes stands in for a full disk. */
static void test_save_in_place(void)
{
    g_autofree char *path = g_build_filename(dir, "open", NULL);
    struct rlimit old, small;
    g_assert_true(g_file_set_contents(path, "an older file", -1, NULL));
    int fd = open(path, O_RDONLY);
    memset(memory_region_ram(&ram), 'm', 4);
    g_assert_null(save(RAM, 4, path));
    char buf[16];
    g_assert_cmpint(read(fd, buf, sizeof(buf)), ==, 4);
    g_assert_cmpmem(buf, 4, "mmmm", 4);
    close(fd);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 1000;
    setrlimit(RLIMIT_FSIZE, &small);
    expect_save_error(RAM, 1001, path, "File too large");
    expect_save_error(RAM, 1001, path, path);
    setrlimit(RLIMIT_FSIZE, &old);
    unlink(path);
}

/* A FIFO that nobody reads holds up nobody but the caller, who may give up. */
static void test_save_cancel(void)
{
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    SaveRequest r = { .addr = RAM, .size = RAM_SIZE, .path = fifo };
    save_start(&r);
    for (unsigned i = 0; i < 20; i++) {
        event_loop_iterate(main_loop(), false);
        g_usleep(500);
    }
    g_assert_false(r.done);
    cancel_token_cancel(&r.token, "client disconnected");
    save_wait(&r);
    g_assert_nonnull(strstr(error_get_pretty(r.err), "was cancelled: client disconnected"));
    error_free(r.err);
    /* The worker goes by itself: no reader comes. */
    int64_t start = g_get_monotonic_time();
    worker_pool_shutdown(20 * NS_PER_SEC);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 15 * G_TIME_SPAN_SECOND);
    unlink(fifo);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    signal(SIGXFSZ, SIG_IGN); /* as main() does */
    main_loop_init();
    dir = g_dir_make_tmp("vitrine-test-XXXXXX", NULL);
    g_assert_nonnull(dir);
    memory_region_init_container(&sys, "system", UINT64_MAX);
    memory_region_init_ram(&ram, "ram", RAM_SIZE, &error_abort);
    memory_region_init_rom(&rom, "rom", 0x1000, &error_abort);
    memory_region_init_io(&io, &io_ops, NULL, "dev", 0x100);
    memory_region_init_alias(&window, "window", &ram, 0x2000, 0x1000);
    AddressSpace *as = address_space_new(&sys, "memory");
    memory_region_add(&sys, RAM, &ram, 0);
    memory_region_add(&sys, 0x40000000, &window, 0);
    memory_region_add(&sys, 0x1000, &rom, 0);
    memory_region_add(&sys, 0x10000, &io, 1);
    address_space_set_system(as);
    g_test_add_func("/memory-cmds/formats", test_formats);
    g_test_add_func("/memory-cmds/ends", test_ends);
    g_test_add_func("/memory-cmds/long-listing", test_long_listing);
    g_test_add_func("/memory-cmds/mtree", test_mtree);
    g_test_add_func("/memory-cmds/save", test_save);
    g_test_add_func("/memory-cmds/save-range", test_save_range);
    g_test_add_func("/memory-cmds/save-errors", test_save_errors);
    g_test_add_func("/memory-cmds/save-in-place", test_save_in_place);
    g_test_add_func("/memory-cmds/save-cancel", test_save_cancel);
    int status = g_test_run();
    rmdir(dir);
    g_free(dir);
    return status;
}
