/*
 * Block nodes: making them, who may use them, and requests by both engines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-test.h"

#include "qapi/qapi-commands-block-core.h"
#include "util/io-thread.h"
#include "util/loop-poll.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <liburing.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE (1 << 20)

/* ---- nodes ---- */

static void test_nodes(void)
{
    g_autofree char *path = make_file("nodes", SIZE);
    make("driver=file,filename=%s,node-name=f", path);
    make("driver=raw,file=f,node-name=r,offset=1024,size=2048");
    g_assert_cmpuint(block_node_find("f")->size, ==, SIZE);
    g_assert_cmpuint(block_node_find("r")->size, ==, 2048);
    expect_error("Duplicate nodes", "driver=raw,file=f,node-name=r");
    expect_error("in use", "driver=raw,file=f,node-name=s");
    expect_error("node-name='none'", "driver=raw,file=none,node-name=s");
    expect_error("Invalid node-name", "driver=raw,file=r,node-name=#x");
    expect_error("Invalid node-name", "driver=raw,file=r,node-name=");
    expect_error("'offset'", "driver=raw,file=r,node-name=s,offset=2049");
    expect_error("'size'", "driver=raw,file=r,node-name=s,offset=512,size=2048");
    expect_error("multiples", "driver=raw,file=r,node-name=s,offset=1");
    expect_error("multiples", "driver=raw,file=r,node-name=s,size=1");
    g_autoptr(Error) err = NULL;
    g_assert_false(block_node_delete(block_node_find("f"), &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Node f is in use");
    drop("r");
    drop("f");
}

/* Nodes within options come and go with the one that is named. */
static void test_nested(void)
{
    g_autofree char *path = make_file("nested", SIZE);
    make("driver=raw,node-name=top,file.driver=raw,file.offset=512,file.file.driver=file,"
         "file.file.filename=%s,file.file.node-name=bottom",
         path);
    g_assert_cmpuint(block_nodes()->len, ==, 3);
    g_assert_cmpuint(block_node_find("top")->size, ==, SIZE - 512);
    expect_error("Duplicate",
                 "driver=raw,node-name=x,file.driver=file,file.node-name=bottom,"
                 "file.locking=off,file.filename=%s",
                 path);
    expect_error("'offset'",
                 "driver=raw,node-name=x,offset=%d,file.driver=file,"
                 "file.locking=off,file.filename=%s",
                 SIZE + 512, path);
    drop("top");
    g_assert_cmpuint(block_nodes()->len, ==, 0);
}

static void test_bad_files(void)
{
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    expect_error("No such file", "driver=file,node-name=n,filename=%s/absent", dir);
    expect_error("Is a directory", "driver=file,node-name=n,filename=%s", dir);
    expect_error("regular file", "driver=file,node-name=n,read-only=on,filename=%s", dir);
    expect_error("regular file", "driver=file,node-name=n,filename=%s", fifo);
    expect_error("regular file", "driver=file,node-name=n,filename=/dev/null");
}

static void test_read_only(void)
{
    g_autofree char *path = make_file("read-only", SIZE);
    make("driver=file,filename=%s,node-name=f,read-only=on", path);
    expect_error("'f' is read-only", "driver=raw,file=f,node-name=r");
    make("driver=raw,file=f,node-name=a,read-only=on");
    make("driver=raw,file=f,node-name=b,read-only=on");
    g_assert_false(block_is_writable("a"));
    g_assert_null(block_backend_attach("a", false, NULL));
    BlockBackend *one = block_backend_attach("a", true, &error_abort);
    BlockBackend *two = block_backend_attach("a", true, &error_abort);
    block_backend_detach(one);
    block_backend_detach(two);
    drop("a");
    drop("b");
    drop("f");
    if (getuid() != 0) { /* whom permissions do not stop */
        g_assert_cmpint(g_chmod(path, 0400), ==, 0);
        expect_error("Permission denied", "driver=file,filename=%s,node-name=f", path);
        make("driver=file,filename=%s,node-name=f,auto-read-only=on", path);
        g_assert_true(block_node_find("f")->read_only);
        drop("f");
    }
}

/* Two nodes on one file are like two processes. */
static void test_locks(void)
{
    g_autofree char *path = make_file("locks", SIZE);
    make("driver=file,filename=%s,node-name=one", path);
    make("driver=file,filename=%s,node-name=two", path);
    make("driver=raw,file=one,node-name=reader,read-only=on");
    expect_error("Failed to get \"write\" lock", "driver=raw,file=two,node-name=writer");
    drop("reader");
    drop("one");
    make("driver=raw,file=two,node-name=writer"); /* although a worker has yet to close the file */
    expect_error("Failed to get shared \"read\" lock", "driver=file,node-name=x,filename=%s", path);
    make("driver=file,node-name=x,locking=off,filename=%s", path);
    make("driver=raw,node-name=y,file=x");
    drop("y");
    drop("x");
    drop("writer"); /* reads are possible again */
    make("driver=file,node-name=x,filename=%s", path);
    drop("x");
    drop("two");
}

static void test_backends(void)
{
    g_autofree char *path = make_file("backends", SIZE);
    g_autofree char *text = g_strdup_printf("driver=file,filename=%s,node-name=f", path);
    g_autoptr(Error) err = NULL;
    BlockdevOptions *options = parse(text);
    BlockDefaults defaults = { .writes_through = true };
    g_assert_true(block_drive_create("d", options, &defaults, &error_abort));
    g_assert_false(block_drive_create("d", options, &defaults, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "Duplicate ID 'd'"));
    qapi_free_BlockdevOptions(options);
    BlockBackend *blk = block_backend_attach("d", false, &error_abort);
    g_assert_true(block_backend_defaults(blk)->writes_through);
    g_autoptr(Error) again = NULL;
    g_assert_null(block_backend_attach("d", false, &again));
    g_assert_nonnull(strstr(error_get_pretty(again), "already in use"));
    g_assert_null(block_backend_attach("f", true, NULL));
    g_assert_null(block_backend_attach("nobody", true, NULL));
    block_backend_detach(blk);
    blk = block_backend_attach("d", false, &error_abort);
    block_backend_detach(blk);
}

/* ---- requests ---- */

static void test_requests(gconstpointer aio)
{
    g_autofree char *path = make_file("requests", SIZE);
    if (g_str_equal(aio, "io_uring") && !block_uring_available()) {
        g_test_skip("this host has no io_uring");
        return;
    }
    make("driver=raw,node-name=n,discard=unmap,file.driver=file,file.discard=unmap,"
         "file.filename=%s,file.aio=%s",
         path, (const char *)aio);
    BlockBackend *blk = block_backend_attach("n", false, &error_abort);
    check_requests(blk, path);
    BlockStatsList *stats = qmp_query_blockstats(false, false, &error_abort);
    while (stats->next) { /* behind the drive of another test */
        BlockStatsList *next = g_steal_pointer(&stats->next);
        qapi_free_BlockStatsList(stats);
        stats = next;
    }
    g_assert_cmpint(stats->value->stats->rd_operations, ==, 3);
    g_assert_cmpint(stats->value->stats->rd_bytes, ==, SIZE + 1024);
    g_assert_cmpint(stats->value->stats->wr_bytes, ==, 512 + 4096);
    g_assert_cmpint(stats->value->stats->wr_highest_offset, ==, 8192);
    g_assert_cmpint(stats->value->stats->failed_rd_operations, ==, 2);
    g_assert_cmpint(stats->value->stats->flush_operations, ==, 1);
    g_assert_cmpint(stats->value->stats->unmap_operations, ==, 1);
    g_assert_cmpstr(stats->value->parent->node_name, ==, block_node_find("n")->below->name);
    qapi_free_BlockStatsList(stats);
    block_backend_detach(blk);
    drop("n");
}

/* A file that is no whole number of sectors: the rest of the last one is zero, and can be written.
 */
static void test_odd_size(gconstpointer aio)
{
    g_autofree char *path = make_file("odd", 1000);
    char buf[1024];
    struct stat st;
    if (g_str_equal(aio, "io_uring") && !block_uring_available()) {
        g_test_skip("this host has no io_uring");
        return;
    }
    make("driver=file,node-name=n,filename=%s,aio=%s", path, (const char *)aio);
    BlockBackend *blk = block_backend_attach("n", false, &error_abort);
    g_assert_cmpuint(block_backend_size(blk), ==, 1024);
    memset(buf, 'x', sizeof(buf));
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 1024), ==, 0);
    g_assert_cmpint(buf[999], ==, 1);
    g_assert_cmpint(buf[1000], ==, 0);
    g_assert_cmpint(buf[1023], ==, 0);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 512, buf, 512), ==, 0);
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, 1024);
    /* Cut off under our feet. */
    g_assert_cmpint(truncate(path, 0), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 1024), ==, 0);
    g_assert_cmpint(buf[0], ==, 0);
    block_backend_detach(blk);
    drop("n");
}

/* What is read-only cannot be written, and who ignores flushes and discards does nothing. */
static void test_refusals(void)
{
    g_autofree char *path = make_file("refusals", SIZE), *content = NULL;
    char buf[512] = { 0 };
    make("driver=file,node-name=n,filename=%s,read-only=on", path);
    BlockBackend *blk = block_backend_attach("n", true, &error_abort);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 0, buf, 512), ==, EROFS);
    g_assert_cmpint(request(blk, BLOCK_DISCARD, 0, NULL, 512), ==, EROFS);
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 512), ==, 0);
    block_backend_detach(blk);
    drop("n");
    make("driver=file,node-name=n,filename=%s,cache.no-flush=on,locking=off", path);
    blk = block_backend_attach("n", false, &error_abort);
    g_assert_cmpint(request(blk, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_DISCARD, 4096, NULL, 4096), ==, 0);
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    g_assert_cmpint(content[4096], ==, 8);
    block_backend_detach(blk);
    drop("n");
}

/* What is written as zeroes gives space back, and nothing else does. */
static void test_detect_zeroes(void)
{
    enum { BYTES = 256 << 10 };
    g_autofree char *path = make_file("zeroes", SIZE), *buf = g_malloc0(BYTES), *content = NULL;
    struct stat before, after;
    expect_error("discard", "driver=file,node-name=n,filename=%s,detect-zeroes=unmap", path);
    make("driver=file,node-name=n,filename=%s,detect-zeroes=unmap,discard=unmap", path);
    BlockBackend *blk = block_backend_attach("n", false, &error_abort);
    g_assert_cmpint(stat(path, &before), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 65536, buf, BYTES), ==, 0);
    buf[BYTES - 1] = 'x';
    g_assert_cmpint(request(blk, BLOCK_WRITE, 65536 + BYTES, buf, BYTES), ==, 0);
    g_assert_cmpint(stat(path, &after), ==, 0);
    g_assert_cmpint(before.st_blocks - after.st_blocks, ==, BYTES / 512);
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    g_assert_cmpint(content[65535], ==, 127);
    g_assert_cmpint(content[65536], ==, 0);
    g_assert_cmpint(content[65536 + 2 * BYTES - 1], ==, 'x');
    g_assert_cmpint(block_node_find("n")->stats.bytes[BLOCK_WRITE], ==, 2 * BYTES);
    block_backend_detach(blk);
    drop("n");
}

static void coroutine_fn drain(void *opaque)
{
    g_assert_true(block_drain());
    *(bool *)opaque = true;
}

/* What the kernel was given by one system call at most; see meson.build. */
static int most_submitted;

int __real_io_uring_submit(struct io_uring *uring);
int __wrap_io_uring_submit(struct io_uring *uring);

int __wrap_io_uring_submit(struct io_uring *uring)
{
    int submitted = __real_io_uring_submit(uring);
    __atomic_store_n(&most_submitted, MAX(most_submitted, submitted), __ATOMIC_RELAXED);
    return submitted;
}

/*
 * More at once than an engine takes; node and disk go before the requests do, and a ring's thread
 * right after it. One that polls gives them to the kernel by threes.
 */
static void test_many(gconstpointer engine)
{
    bool polls = g_str_equal(engine, "io-thread-polls");
    bool threaded = polls || g_str_equal(engine, "io-thread");
    int64_t batch = polls ? 3 : 0;
    const char *aio = threaded ? "io_uring" : engine;
    IoThread *thread = NULL;
    BlockUring *ring = NULL;
    enum { COUNT = 500 };
    g_autofree char *path = make_file("many", SIZE);
    static Wait waits[COUNT];
    static struct iovec iov[COUNT];
    static char bufs[COUNT][512];
    bool drained = false;
    if (g_str_equal(aio, "io_uring") && !block_uring_available()) {
        g_test_skip("this host has no io_uring");
        return;
    }
    make("driver=file,node-name=n,filename=%s,aio=%s", path, aio);
    BlockBackend *blk = block_backend_attach("n", false, &error_abort);
    if (threaded) {
        thread = io_thread_create("disk");
        event_loop_set_poll(io_thread_loop(thread), &(LoopPoll){ .max_ns = polls ? 100000000 : 0 });
        ring = block_uring_new(io_thread_loop(thread), &batch);
        block_backend_set_uring(blk, ring);
    }
    most_submitted = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        iov[i] = (struct iovec){ bufs[i], 512 };
        waits[i] = (Wait){ .req = { .op = BLOCK_READ,
                                    .offset = i * 512,
                                    .bytes = 512,
                                    .iov = &iov[i],
                                    .iov_count = 1,
                                    .done = on_done } };
        block_submit(blk, &waits[i].req);
    }
    block_backend_detach(blk);
    drop("n");
    coroutine_enter(coroutine_create(drain, &drained));
    while (!drained) {
        event_loop_iterate(main_loop(), true);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        g_assert_true(waits[i].done);
        g_assert_cmpint(waits[i].error, ==, 0);
        g_assert_cmpint(bufs[i][511], ==, (char)i);
        bufs[i][511] = ~bufs[i][511];
    }
    if (threaded) {
        block_uring_free(ring);
        io_thread_destroy(thread);
    }
    if (polls) {
        g_assert_cmpint(most_submitted, ==, batch);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    make_dir();
    g_test_add_func("/block/nodes", test_nodes);
    g_test_add_func("/block/nested", test_nested);
    g_test_add_func("/block/bad-files", test_bad_files);
    g_test_add_func("/block/read-only", test_read_only);
    g_test_add_func("/block/locks", test_locks);
    g_test_add_func("/block/refusals", test_refusals);
    g_test_add_func("/block/backends", test_backends);
    g_test_add_func("/block/detect-zeroes", test_detect_zeroes);
    g_test_add_data_func("/block/requests/threads", "threads", test_requests);
    g_test_add_data_func("/block/requests/io_uring", "io_uring", test_requests);
    g_test_add_data_func("/block/odd-size/threads", "threads", test_odd_size);
    g_test_add_data_func("/block/odd-size/io_uring", "io_uring", test_odd_size);
    g_test_add_data_func("/block/many/threads", "threads", test_many);
    g_test_add_data_func("/block/many/io_uring", "io_uring", test_many);
    g_test_add_data_func("/block/many/io-thread", "io-thread", test_many);
    g_test_add_data_func("/block/many/io-thread-polls", "io-thread-polls", test_many);
    int status = g_test_run();
    remove_dir();
    return status;
}
