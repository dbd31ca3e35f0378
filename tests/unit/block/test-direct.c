/*
 * Files without the host's page cache: requests that are not aligned, file systems with large
 * blocks, and those that refuse.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-test.h"

#include "qapi/qapi-commands-block-core.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SIZE (1 << 20)

/* How to open, and whether as on a file system with blocks of 4 KiB. */
typedef struct Way {
    const char *aio;
    bool large_blocks;
} Way;

static const Way ways[] = {
    { "threads", false },
    { "io_uring", false },
    { "threads", true },
};

/* NULL: this way cannot be had here, and the test is skipped. */
static BlockBackend *attach(const char *path, const Way *way)
{
    g_autoptr(Error) err = NULL;
    g_autofree char *text = g_strdup_printf("driver=file,node-name=n,discard=unmap,"
                                            "cache.direct=on,filename=%s,aio=%s",
                                            path, way->aio);
    if (!create(text, &err)) {
        g_test_skip(error_get_pretty(err));
        return NULL;
    }
    BlockFile *file = block_node_find("n")->file;
    g_assert_cmpint(fcntl(file->fd, F_GETFL) & O_DIRECT, ==, O_DIRECT);
    g_assert_cmpuint(file->align, >=, 512);
    if (way->large_blocks) {
        file->align = MAX(file->align, 4096);
        file->memory_align = MAX(file->memory_align, 4096);
    }
    return block_backend_attach("n", false, &error_abort);
}

static void detach(BlockBackend *blk)
{
    block_backend_detach(blk);
    drop("n");
}

static void test_requests(gconstpointer way)
{
    g_autofree char *path = make_file("requests", SIZE);
    BlockBackend *blk = attach(path, way);
    if (blk) {
        check_requests(blk, path);
        detach(blk);
    }
}

/* Memory, place and length as every file system likes them. */
static void test_aligned(gconstpointer way)
{
    g_autofree char *path = make_file("aligned", SIZE), *content = NULL;
    BlockBackend *blk = attach(path, way);
    if (!blk) {
        return;
    }
    char *buf = g_aligned_alloc(1, 65536, 65536);
    struct iovec iov[2] = { { buf, 4096 }, { buf + 4096, 61440 } };
    Wait wait = { .req = { .op = BLOCK_READ,
                           .offset = 65536,
                           .bytes = 65536,
                           .iov = iov,
                           .iov_count = 2,
                           .done = on_done } };
    block_submit(blk, &wait.req);
    g_assert_cmpint(wait_for(&wait), ==, 0);
    g_assert_cmpint(buf[0], ==, (char)128);
    g_assert_cmpint(buf[65535], ==, (char)255);
    memset(buf, 'w', 65536);
    wait = (Wait){ .req = wait.req };
    wait.req.op = BLOCK_WRITE;
    block_submit(blk, &wait.req);
    g_assert_cmpint(wait_for(&wait), ==, 0);
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    g_assert_cmpint(content[65535], ==, 127);
    g_assert_cmpint(content[65536], ==, 'w');
    g_assert_cmpint(content[131071], ==, 'w');
    g_assert_cmpint(content[131072], ==, 0);
    g_aligned_free(buf);
    detach(blk);
}

/* More than the buffer takes. */
static void test_large(gconstpointer way)
{
    enum { BYTES = 3 << 20 };
    g_autofree char *path = make_file("large", 4 << 20);
    BlockBackend *blk = attach(path, way);
    if (!blk) {
        return;
    }
    g_autofree char *buf = g_malloc(BYTES), *back = g_malloc0(BYTES);
    for (unsigned i = 0; i < BYTES; i++) {
        buf[i] = (char)(i * 13 + i / 512);
    }
    g_assert_cmpint(request(blk, BLOCK_WRITE, 512, buf, BYTES), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_READ, 512, back, BYTES), ==, 0);
    g_assert_cmpmem(buf, BYTES, back, BYTES);
    g_assert_cmpint(request(blk, BLOCK_READ, 0, back, 512), ==, 0);
    g_assert_cmpint(back[511], ==, 0);
    g_assert_cmpint(request(blk, BLOCK_READ, BYTES + 512, back, 512), ==, 0);
    g_assert_cmpint(back[0], ==, (char)(BYTES / 512 + 1));
    detach(blk);
}

/* The parts of a block that are written at once do not lose each other. */
static void test_neighbours(gconstpointer way)
{
    enum { COUNT = 64 };
    g_autofree char *path = make_file("neighbours", SIZE), *content = NULL;
    static char bufs[COUNT][512];
    static struct iovec iov[COUNT];
    static Wait waits[COUNT];
    BlockBackend *blk = attach(path, way);
    if (!blk) {
        return;
    }
    for (unsigned i = 0; i < COUNT; i++) {
        memset(bufs[i], 'A' + (int)i % 50, 512);
        iov[i] = (struct iovec){ bufs[i], 512 };
        waits[i] = (Wait){ .req = { .op = BLOCK_WRITE,
                                    .offset = i * 512,
                                    .bytes = 512,
                                    .iov = &iov[i],
                                    .iov_count = 1,
                                    .done = on_done } };
        block_submit(blk, &waits[i].req);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        g_assert_cmpint(wait_for(&waits[i]), ==, 0);
    }
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    for (unsigned i = 0; i < COUNT; i++) {
        g_assert_cmpmem(content + i * 512, 512, bufs[i], 512);
    }
    detach(blk);
}

/* A file that ends within a block reads as zeroes there, and grows no further than is written. */
static void test_odd_size(gconstpointer way)
{
    g_autofree char *path = make_file("odd", 1000);
    char buf[1024];
    struct stat st;
    BlockBackend *blk = attach(path, way);
    if (!blk) {
        return;
    }
    memset(buf, 'x', sizeof(buf));
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 1024), ==, 0);
    g_assert_cmpint(buf[999], ==, 1);
    g_assert_cmpint(buf[1000], ==, 0);
    g_assert_cmpint(buf[1023], ==, 0);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 512, buf, 512), ==, 0);
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, 1024);
    detach(blk);
}

/* Of what stands within a node's options, too; and where the file system does not do it. */
static void test_options(void)
{
    g_autofree char *path = make_file("options", SIZE);
    expect_error("does not support O_DIRECT",
                 "driver=file,node-name=n,cache.direct=on,read-only=on,filename=/proc/version");
    BlockBackend *blk = attach(path, &ways[0]);
    if (!blk) {
        return;
    }
    detach(blk);
    make("driver=raw,node-name=n,cache.direct=on,file.driver=file,file.locking=off,"
         "file.filename=%s",
         path);
    BlockDeviceInfoList *list = qmp_query_named_block_nodes(false, false, &error_abort);
    for (BlockDeviceInfoList *it = list; it; it = it->next) {
        g_assert_true(it->value->cache->direct);
    }
    qapi_free_BlockDeviceInfoList(list);
    drop("n");
}

static void add(const char *name, GTestDataFunc test)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *full = g_strdup_printf("/direct/%s/%s%s", name, ways[i].aio,
                                                ways[i].large_blocks ? "/large-blocks" : "");
        g_test_add_data_func(full, &ways[i], test);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    make_dir();
    add("requests", test_requests);
    add("aligned", test_aligned);
    add("large", test_large);
    add("neighbours", test_neighbours);
    add("odd-size", test_odd_size);
    g_test_add_func("/direct/options", test_options);
    int status = g_test_run();
    remove_dir();
    return status;
}
