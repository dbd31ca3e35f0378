/*
 * Nodes that are resized, with requests under way and without, and write thresholds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-test.h"

#include "qapi/qapi-commands-block-core.h"
#include "util/cancel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define SIZE (1 << 20)

/* A command that runs. */
typedef struct Resizing {
    const char *device, *name;
    uint64_t size;
    CancelToken token;
    Error *err;
    bool done;
} Resizing;

static void coroutine_fn run_resize(void *opaque)
{
    Resizing *r = opaque;
    qmp_block_resize(r->device, r->name, r->size, &r->err);
    r->done = true;
}

static void start_resize(Resizing *r)
{
    Coroutine *co = coroutine_create(run_resize, r);
    cancel_token_init(&r->token);
    coroutine_set_cancel(co, &r->token);
    coroutine_enter(co);
}

static void wait_resize(Resizing *r)
{
    while (!r->done) {
        event_loop_iterate(main_loop(), true);
    }
    cancel_token_finish(&r->token);
}

static void end_resize(Resizing *r, const char *part)
{
    wait_resize(r);
    if (part && (!r->err || !strstr(error_get_pretty(r->err), part))) {
        g_error("'%s' does not say '%s'", r->err ? error_get_pretty(r->err) : "no error", part);
    } else if (!part && r->err) {
        g_error("%s", error_get_pretty(r->err));
    }
    error_free(r->err);
}

/* @part: of the message that it fails with; NULL: it does not. */
static void resize(const char *name, uint64_t size, const char *part)
{
    Resizing r = { .name = name, .size = size };
    start_resize(&r);
    end_resize(&r, part);
}

static uint64_t size_of(const char *name)
{
    return block_node_find(name)->size;
}

static uint64_t file_size(const char *path)
{
    struct stat st;
    g_assert_cmpint(stat(path, &st), ==, 0);
    return (uint64_t)st.st_size;
}

/* ---- sizes ---- */

static void test_sizes(void)
{
    g_autofree char *path = make_file("sizes", SIZE);
    make("driver=file,node-name=f,filename=%s", path);
    make("driver=raw,node-name=part,file=f,offset=4096");
    make("driver=raw,node-name=top,file=part");
    resize("top", 2 * SIZE, NULL);
    g_assert_cmpuint(size_of("top"), ==, 2 * SIZE);
    g_assert_cmpuint(size_of("part"), ==, 2 * SIZE);
    g_assert_cmpuint(size_of("f"), ==, 2 * SIZE + 4096);
    g_assert_cmpuint(file_size(path), ==, 2 * SIZE + 4096);
    resize("f", 8192, NULL);
    g_assert_cmpuint(size_of("top"), ==, 4096);
    g_assert_cmpuint(file_size(path), ==, 8192);
    resize("f", 4095, NULL);
    g_assert_cmpuint(size_of("top"), ==, 0);
    g_assert_cmpuint(size_of("f"), ==, 4096);
    g_assert_cmpuint(file_size(path), ==, 4095);
    resize("f", 3584, "node 'part' begins behind the new end");
    resize("top", 1000, NULL);
    g_assert_cmpuint(size_of("top"), ==, 1024);
    g_assert_cmpuint(file_size(path), ==, 4096 + 1000);
    drop("top");
    drop("part");
    resize("f", 0, NULL);
    g_assert_cmpuint(size_of("f"), ==, 0);
    drop("f");
}

/* Of the file alone, whether somebody uses it or not; what cannot be leaves everything as it is. */
static void test_refused(void)
{
    g_autofree char *path = make_file("refused", SIZE);
    make("driver=file,node-name=f,filename=%s", path);
    make("driver=raw,node-name=part,file=f,offset=4096,size=4096");
    make("driver=raw,node-name=top,file=part");
    resize("none", SIZE, "node-name='none'");
    resize(NULL, SIZE, "node-name=''");
    resize("part", SIZE, "node 'part' has a fixed size");
    resize("top", SIZE, "'top' cannot be resized: node 'part' has a fixed size");
    resize("f", 2 * SIZE, "'f' cannot be resized: node 'part' has a fixed size");
    drop("top");
    drop("part");
    make("driver=raw,node-name=reader,file=f,read-only=on");
    resize("reader", SIZE, "read-only");
    resize("f", UINT64_MAX, "expects at most 9223372036854775296");
    resize("f", (uint64_t)INT64_MAX - 510, "expects at most");
    resize("f", (uint64_t)INT64_MAX - 511, "Could not resize");
    resize("f", 512, NULL); /* which a reader does not mind */
    g_assert_cmpuint(size_of("reader"), ==, 512);
    drop("reader");
    make("driver=file,node-name=other,filename=%s", path);
    resize("f", SIZE, "\"write\" lock");
    drop("other");
    g_assert_cmpuint(file_size(path), ==, 512);
    drop("f");
}

static void test_drive(void)
{
    g_autofree char *path = make_file("drive", SIZE);
    g_autofree char *text = g_strdup_printf("driver=file,filename=%s", path);
    BlockdevOptions *options = parse(text);
    BlockDefaults defaults = block_defaults();
    g_assert_true(block_drive_create("d", options, &defaults, &error_abort));
    qapi_free_BlockdevOptions(options);
    Resizing r = { .device = "d", .size = 4096 };
    start_resize(&r);
    end_resize(&r, NULL);
    g_assert_cmpuint(file_size(path), ==, 4096);
    r = (Resizing){ .device = "e", .size = 4096 };
    start_resize(&r);
    end_resize(&r, "device='e' nor node-name=''");
}

/* The host lets files grow only so far. */
static void test_limit(void)
{
    g_autofree char *path = make_file("limit", SIZE);
    struct rlimit limit;
    make("driver=file,node-name=f,filename=%s", path);
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    limit.rlim_cur = SIZE + 512;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    resize("f", 2 * SIZE, "File too large");
    g_assert_cmpuint(size_of("f"), ==, SIZE);
    resize("f", SIZE + 512, NULL);
    limit.rlim_cur = RLIM_INFINITY;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    drop("f");
}

/* ---- while the node is used ---- */

enum { COUNT = 200 };

static Wait waits[COUNT];

/* Write the sectors [@first, @end). */
static void submit(BlockBackend *blk, unsigned first, unsigned end)
{
    static struct iovec iov[COUNT];
    static char buf[512];
    memset(buf, 'w', sizeof(buf));
    for (unsigned i = first; i < end; i++) {
        iov[i] = (struct iovec){ buf, sizeof(buf) };
        waits[i] = (Wait){ .req = { .op = BLOCK_WRITE,
                                    .offset = i * 512,
                                    .bytes = 512,
                                    .iov = &iov[i],
                                    .iov_count = 1,
                                    .done = on_done } };
        block_submit(blk, &waits[i].req);
    }
}

static void on_resized(void *opaque)
{
    ++*(unsigned *)opaque;
}

/* What is under way is written; what comes later finds the new end, and does not move it. */
static void test_under_way(gconstpointer aio)
{
    unsigned told = 0;
    g_autofree char *path = make_file("busy", SIZE);
    if (g_str_equal(aio, "io_uring") && !block_uring_available()) {
        g_test_skip("this host has no io_uring");
        return;
    }
    make("driver=raw,node-name=n,file.driver=file,file.node-name=f,file.filename=%s,file.aio=%s",
         path, (const char *)aio);
    BlockBackend *blk = block_backend_attach("n", false, &error_abort);
    block_backend_set_resized(blk, 4096, on_resized, &told);
    submit(blk, 0, COUNT / 2);
    Resizing r = { .name = "n", .size = 4096 }, second = r;
    start_resize(&r);
    submit(blk, COUNT / 2, COUNT - 1);
    waits[COUNT - 1] = (Wait){ .req = { .op = BLOCK_WRITE_ZEROES, .bytes = 512, .done = on_done } };
    block_submit(blk, &waits[COUNT - 1].req);
    start_resize(&second);
    end_resize(&second, "'n' is being resized");
    expect_error("'f' is being resized", "driver=raw,node-name=x,file=f,read-only=on");
    end_resize(&r, NULL);
    g_assert_cmpuint(told, ==, 1);
    g_assert_cmpuint(block_backend_size(blk), ==, 4096);
    for (unsigned i = 0; i < COUNT; i++) {
        bool late = i >= COUNT / 2 && i != COUNT - 1;
        g_assert_cmpint(wait_for(&waits[i]), ==, late ? EIO : 0);
    }
    g_assert_cmpuint(file_size(path), ==, 4096);
    resize("f", 4096, NULL);
    g_assert_cmpuint(told, ==, 1);
    resize("n", 8192 + 512, "multiple of 4096");
    resize("f", 8192, NULL);
    g_assert_cmpuint(told, ==, 2);
    submit(blk, 15, 16);
    g_assert_cmpint(wait_for(&waits[15]), ==, 0);
    block_backend_detach(blk);
    drop("n");
}

/* Who asked goes away: before the file is touched nothing happens, later all of it. */
static void test_cancelled(void)
{
    g_autofree char *path = make_file("cancelled", SIZE);
    make("driver=raw,node-name=n,file.driver=file,file.node-name=f,file.filename=%s", path);
    BlockBackend *blk = block_backend_attach("n", false, &error_abort);
    Resizing r = { .name = "n", .size = 4096 };
    submit(blk, 0, 1);
    start_resize(&r);
    submit(blk, 100, 101);
    cancel_token_cancel(&r.token, "of a test");
    end_resize(&r, "Resizing node 'n' was cancelled");
    g_assert_cmpint(wait_for(&waits[0]), ==, 0);
    g_assert_cmpint(wait_for(&waits[100]), ==, 0);
    g_assert_cmpuint(file_size(path), ==, SIZE);
    r = (Resizing){ .name = "n", .size = 4096 };
    start_resize(&r);
    cancel_token_cancel(&r.token, "of a test");
    wait_resize(&r);
    g_assert_true(!r.err || strstr(error_get_pretty(r.err), "'n' to be resized was cancelled"));
    error_free(r.err);
    submit(blk, 1, 2);
    g_assert_cmpint(wait_for(&waits[1]), ==, 0);
    /* Whether the worker had begun, or was through, or not. */
    g_assert_cmpuint(file_size(path), ==, size_of("n"));
    resize("n", 1024, NULL);
    block_backend_detach(blk);
    drop("n");
}

/* Disk and node go meanwhile. */
static void test_going(void)
{
    g_autofree char *path = make_file("going", SIZE);
    unsigned told = 0;
    make("driver=file,node-name=f,filename=%s", path);
    make("driver=raw,node-name=n,file=f");
    BlockBackend *blk = block_backend_attach("n", false, &error_abort);
    block_backend_set_resized(blk, 512, on_resized, &told);
    Resizing r = { .name = "f", .size = 4096 };
    submit(blk, 0, 1);
    start_resize(&r);
    submit(blk, 1, 2);
    submit(blk, 100, 101);
    block_backend_detach(blk);
    drop("n");
    end_resize(&r, NULL);
    g_assert_cmpint(wait_for(&waits[0]), ==, 0);
    g_assert_cmpint(wait_for(&waits[1]), ==, 0);
    g_assert_cmpint(wait_for(&waits[100]), ==, EIO);
    g_assert_cmpuint(file_size(path), ==, 4096);
    g_assert_cmpuint(told, ==, 0);
    r = (Resizing){ .name = "f", .size = 8192 };
    start_resize(&r);
    drop("f");
    end_resize(&r, NULL);
    g_assert_cmpuint(file_size(path), ==, 8192);
    g_assert_null(block_node_find("f"));
}

/* ---- thresholds ---- */

static uint64_t threshold(const char *name)
{
    return block_node_find(name)->write_threshold;
}

typedef struct Threshold {
    const char *name;
    uint64_t value;
    Error *err;
} Threshold;

static void coroutine_fn run_threshold(void *opaque)
{
    Threshold *t = opaque;
    qmp_block_set_write_threshold(t->name, t->value, &t->err);
}

static void set_threshold(const char *name, uint64_t value, bool ok)
{
    Threshold t = { name, value, NULL };
    coroutine_enter(coroutine_create(run_threshold, &t));
    g_assert_true(ok == !t.err);
    error_free(t.err);
}

static void test_threshold(void)
{
    g_autofree char *path = make_file("threshold", SIZE);
    char buf[1024] = { 1 };
    make("driver=file,node-name=f,filename=%s,discard=unmap", path);
    make("driver=raw,node-name=n,file=f,offset=4096,discard=unmap");
    BlockBackend *blk = block_backend_attach("n", false, &error_abort);
    set_threshold("none", 1, false);
    set_threshold("n", 2048, true);
    set_threshold("f", 4096 + 4096, true);
    g_assert_cmpint(request(blk, BLOCK_READ, 8192, buf, 512), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 1536, buf, 512), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_WRITE, SIZE, buf, 512), ==, EIO);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 4096, buf, 0), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
    g_assert_cmpuint(threshold("n"), ==, 2048);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 1536, buf, 1024), ==, 0);
    g_assert_cmpuint(threshold("n"), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 3584, buf, 512), ==, 0);
    g_assert_cmpuint(threshold("f"), ==, 8192);
    g_assert_cmpint(request(blk, BLOCK_WRITE_ZEROES, 3584, NULL, 1024), ==, 0);
    g_assert_cmpuint(threshold("f"), ==, 0);
    set_threshold("f", 8192, true);
    g_assert_cmpint(request(blk, BLOCK_DISCARD, 65536, NULL, 4096), ==, 0);
    g_assert_cmpuint(threshold("f"), ==, 0);
    set_threshold("n", UINT64_MAX, true);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 65536, buf, 512), ==, 0);
    g_assert_cmpuint(threshold("n"), ==, UINT64_MAX);
    set_threshold("n", 1, true);
    set_threshold("n", 0, true);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 65536, buf, 512), ==, 0);
    block_backend_detach(blk);
    drop("n");
    drop("f");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    make_dir();
    signal(SIGXFSZ, SIG_IGN);
    g_test_add_func("/resize/sizes", test_sizes);
    g_test_add_func("/resize/refused", test_refused);
    g_test_add_func("/resize/drive", test_drive);
    g_test_add_func("/resize/limit", test_limit);
    g_test_add_data_func("/resize/under-way/threads", "threads", test_under_way);
    g_test_add_data_func("/resize/under-way/io_uring", "io_uring", test_under_way);
    g_test_add_func("/resize/cancelled", test_cancelled);
    g_test_add_func("/resize/going", test_going);
    g_test_add_func("/resize/threshold", test_threshold);
    int status = g_test_run();
    remove_dir();
    return status;
}
