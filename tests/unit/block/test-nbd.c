/*
 * NBD: requests, what servers cannot do, and servers that go, keep silent or talk nonsense.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-test.h"

#include "nbd-server.h"
#include "util/timer.h"
#include "util/worker-pool.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SIZE (1 << 20)

/* A node on nbdkit, which may not be up yet. */
static BlockBackend *attach(const char *extra, bool read_only)
{
    make("driver=nbd,node-name=n,discard=unmap,open-timeout=30,server.type=unix,server.path=%s%s",
         nbdkit_socket(), extra);
    return block_backend_attach("n", read_only, &error_abort);
}

static void detach(BlockBackend *blk)
{
    block_backend_detach(blk);
    drop("n");
}

/* ---- requests ---- */

static void test_requests(void)
{
    g_autofree char *path = make_file("requests", SIZE);
    g_autofree char *args = g_strdup_printf("file %s", path);
    if (!have_nbdkit()) {
        return;
    }
    GPid pid = nbdkit_start(args);
    BlockBackend *blk = attach("", false);
    g_assert_cmpuint(block_backend_size(blk), ==, SIZE);
    check_requests(blk, path);
    detach(blk);
    nbdkit_kill(pid);
}

/* More than goes in one transfer, in pieces of memory that fit none, and many at once. */
static void test_large(void)
{
    enum { COUNT = 100, BYTES = 5 << 20 };
    static Wait waits[COUNT];
    if (!have_nbdkit()) {
        return;
    }
    GPid pid = nbdkit_start("memory 1G");
    BlockBackend *blk = attach("", false);
    g_autofree char *buf = g_malloc(BYTES), *back = g_malloc0(BYTES);
    for (unsigned i = 0; i < BYTES; i++) {
        buf[i] = (char)(i * 31 + i / 4096);
    }
    g_assert_cmpint(request(blk, BLOCK_WRITE, 512, buf, BYTES), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_READ, 512, back, BYTES), ==, 0);
    g_assert_cmpmem(buf, BYTES, back, BYTES);
    g_assert_cmpint(request(blk, BLOCK_WRITE_ZEROES, 1024, NULL, 100 << 20), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_READ, 512, back, BYTES), ==, 0);
    g_assert_cmpmem(buf, 512, back, 512);
    g_assert_cmpint(back[512], ==, 0);
    struct iovec iov = { buf, 1 << 20 };
    for (unsigned i = 0; i < COUNT; i++) {
        waits[i] = (Wait){ .req = { .op = BLOCK_WRITE,
                                    .offset = (uint64_t)i << 20,
                                    .bytes = iov.iov_len,
                                    .iov = &iov,
                                    .iov_count = 1,
                                    .done = on_done } };
        block_submit(blk, &waits[i].req);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        g_assert_cmpint(wait_for(&waits[i]), ==, 0);
    }
    g_assert_cmpint(request(blk, BLOCK_READ, 99 << 20, back, 1 << 20), ==, 0);
    g_assert_cmpmem(buf, 1 << 20, back, 1 << 20);
    detach(blk);
    nbdkit_kill(pid);
}

/* Nothing is asked of a server that it has not offered. */
static void test_poor_server(void)
{
    char buf[512];
    if (!have_nbdkit()) {
        return;
    }
    g_autofree char *path = make_file("poor", SIZE);
    g_autofree char *args =
        g_strdup_printf("--filter=nozero eval get_size='echo 1M' "
                        "pread='dd if=%s skip=$4 count=$3 iflag=skip_bytes,count_bytes' "
                        "pwrite='dd of=%s seek=$4 oflag=seek_bytes conv=notrunc'",
                        path, path);
    GPid pid = nbdkit_start(args);
    BlockBackend *blk = attach("", false);
    g_assert_cmpint(request(blk, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_DISCARD, 0, NULL, 4096), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_READ, 512, buf, 512), ==, 0);
    g_assert_cmpint(buf[0], ==, 1);
    g_assert_cmpint(request(blk, BLOCK_WRITE_ZEROES, 512, NULL, 1024), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_READ, 1024, buf, 512), ==, 0);
    g_assert_cmpint(buf[511], ==, 0);
    g_assert_cmpint(request(blk, BLOCK_READ, 1536, buf, 512), ==, 0);
    g_assert_cmpint(buf[0], ==, 3);
    detach(blk);
    nbdkit_kill(pid);
}

/* What the server answers is what the guest learns. */
static void test_server_errors(void)
{
    char buf[512] = { 0 };
    if (!have_nbdkit()) {
        return;
    }
    GPid pid = nbdkit_start("--filter=error memory 1M error-pwrite=ENOSPC error-pwrite-rate=100%");
    BlockBackend *blk = attach("", false);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 0, buf, 512), ==, ENOSPC);
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 512), ==, 0);
    detach(blk);
    nbdkit_kill(pid);
}

/* ---- opening ---- */

static void test_read_only(void)
{
    char buf[512] = { 0 };
    if (!have_nbdkit()) {
        return;
    }
    GPid pid = nbdkit_start("-r memory 1M");
    expect_error("read-only at the server",
                 "driver=nbd,node-name=n,open-timeout=30,server.type=unix,server.path=%s",
                 nbdkit_socket());
    BlockBackend *blk = attach(",read-only=on", true);
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 512), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 0, buf, 512), ==, EROFS);
    detach(blk);
    blk = attach(",auto-read-only=on", true);
    g_assert_false(block_is_writable("n"));
    detach(blk);
    nbdkit_kill(pid);
}

static void test_block_sizes(void)
{
    if (!have_nbdkit()) {
        return;
    }
    GPid pid = nbdkit_start("--filter=blocksize-policy memory 1M blocksize-minimum=4096 "
                            "blocksize-preferred=4096 blocksize-maximum=32M");
    expect_error("512 must be possible",
                 "driver=nbd,node-name=n,open-timeout=30,server.type=unix,server.path=%s",
                 nbdkit_socket());
    nbdkit_kill(pid);
}

/* A socket that somebody else has connected. */
static void test_fd(void)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    char buf[512];
    if (!have_nbdkit()) {
        return;
    }
    expect_error("number of a descriptor", "driver=nbd,node-name=n,server.type=fd,server.str=x");
    expect_error("not a connected socket", "driver=nbd,node-name=n,server.type=fd,server.str=999");
    GPid pid = nbdkit_start("memory 1M");
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(un.sun_path, nbdkit_socket());
    while (connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0) {
        g_usleep(1000);
    }
    make("driver=nbd,node-name=n,server.type=fd,server.str=%d", fd);
    BlockBackend *blk = block_backend_attach("n", false, &error_abort);
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 512), ==, 0);
    nbdkit_kill(pid);
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 512), ==, EIO);
    detach(blk);
}

static void test_bad_servers(void)
{
    g_autofree char *silent = fake_server_start(FAKE_SILENT);
    g_autofree char *noise = fake_server_start(FAKE_NOISE);
    g_autofree char *endless = fake_server_start(FAKE_ENDLESS);
    static const char *const at = "driver=nbd,node-name=n,server.type=unix,server.path=%s%s";
    g_autofree char *long_path = g_strnfill(200, 'x');
    expect_error("No such file", at, dir, "/absent");
    expect_error("does not answer", at, silent, ",open-timeout=1");
    expect_error("does not answer", at, endless, ",open-timeout=1");
    expect_error("magic", at, noise, "");
    expect_error("too long", at, long_path, "");
    expect_error("address resolution",
                 "driver=nbd,node-name=n,server.type=inet,server.host=127.0.0.1,server.port=x");
    expect_error("Connection refused",
                 "driver=nbd,node-name=n,server.type=inet,server.host=127.0.0.1,server.port=1");
}

/* ---- servers that go ---- */

static void submit_read(BlockBackend *blk, Wait *wait, struct iovec *iov)
{
    *wait = (Wait){
        .req = { .op = BLOCK_READ, .bytes = 512, .iov = iov, .iov_count = 1, .done = on_done }
    };
    block_submit(blk, &wait->req);
}

/* Kill it while it has a request; and another one takes its place. */
static void check_killed(const char *extra, int error)
{
    static const char *const slow = "--filter=delay memory 1M rdelay=100";
    char buf[512];
    struct iovec iov = { buf, 512 };
    Wait wait;
    if (!have_nbdkit()) {
        return;
    }
    GPid pid = nbdkit_start(slow);
    BlockBackend *blk = attach(extra, false);
    submit_read(blk, &wait, &iov);
    g_usleep(20000);
    nbdkit_kill(pid);
    if (error) {
        g_assert_cmpint(wait_for(&wait), ==, error);
        g_assert_cmpint(request(blk, BLOCK_WRITE, 0, buf, 512), ==, error);
    }
    pid = nbdkit_start("memory 1M");
    if (error) {
        while (request(blk, BLOCK_READ, 0, buf, 512)) {
            g_usleep(1000);
        }
    } else {
        g_assert_cmpint(wait_for(&wait), ==, 0);
    }
    nbdkit_kill(pid);
    detach(blk);
}

static void test_killed(void)
{
    check_killed("", EIO);
}

static void test_reconnect(void)
{
    check_killed(",reconnect-delay=100", 0);
}

/* The delay is over before there is a server. */
static void test_no_reconnect(void)
{
    char buf[512];
    if (!have_nbdkit()) {
        return;
    }
    GPid pid = nbdkit_start("memory 1M");
    BlockBackend *blk = attach(",reconnect-delay=1", false);
    nbdkit_kill(pid);
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 512), ==, EIO);
    detach(blk);
}

/* In its place is something else. */
static void test_another_size(void)
{
    char buf[512];
    if (!have_nbdkit()) {
        return;
    }
    GPid pid = nbdkit_start("memory 1M");
    BlockBackend *blk = attach("", false);
    nbdkit_kill(pid);
    pid = nbdkit_start("memory 2M");
    while (!g_file_test(nbdkit_socket(), G_FILE_TEST_EXISTS)) {
        g_usleep(1000);
    }
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 512), ==, EIO);
    detach(blk);
    nbdkit_kill(pid);
}

/* ---- servers that misbehave later ---- */

static BlockBackend *attach_fake(FakeServer kind)
{
    g_autofree char *path = fake_server_start(kind);
    make("driver=nbd,node-name=n,server.type=unix,server.path=%s", path);
    return block_backend_attach("n", false, &error_abort);
}

static void test_misbehaving(gconstpointer kind)
{
    char buf[512];
    BlockBackend *blk = attach_fake(GPOINTER_TO_UINT(kind));
    g_assert_cmpuint(block_backend_size(blk), ==, SIZE);
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, 512), ==, EIO);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 0, buf, 512), ==, EIO);
    detach(blk);
}

static void coroutine_fn drain(void *opaque)
{
    g_assert_true(block_drain());
    *(bool *)opaque = true;
}

/* Who waits for all requests does not wait for ever, nor do requests whose node goes. */
static void test_silent(void)
{
    char buf[512];
    struct iovec iov = { buf, 512 };
    Wait first, second;
    bool drained = false;
    BlockBackend *blk = attach_fake(FAKE_SILENT_LATER);
    submit_read(blk, &first, &iov);
    coroutine_enter(coroutine_create(drain, &drained));
    while (!drained) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_cmpint(wait_for(&first), ==, EIO);
    submit_read(blk, &second, &iov);
    g_usleep(20000);
    detach(blk);
    g_assert_cmpint(wait_for(&second), ==, EIO);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* Nodes warn about connections that are lost. */
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    main_loop_init();
    make_dir();
    g_test_add_func("/nbd/requests", test_requests);
    g_test_add_func("/nbd/large", test_large);
    g_test_add_func("/nbd/poor-server", test_poor_server);
    g_test_add_func("/nbd/server-errors", test_server_errors);
    g_test_add_func("/nbd/read-only", test_read_only);
    g_test_add_func("/nbd/block-sizes", test_block_sizes);
    g_test_add_func("/nbd/fd", test_fd);
    g_test_add_func("/nbd/bad-servers", test_bad_servers);
    g_test_add_func("/nbd/killed", test_killed);
    g_test_add_func("/nbd/reconnect", test_reconnect);
    g_test_add_func("/nbd/no-reconnect", test_no_reconnect);
    g_test_add_func("/nbd/another-size", test_another_size);
    g_test_add_data_func("/nbd/noise", GUINT_TO_POINTER(FAKE_NOISE_LATER), test_misbehaving);
    g_test_add_data_func("/nbd/hang-up", GUINT_TO_POINTER(FAKE_HANG_UP_LATER), test_misbehaving);
    g_test_add_func("/nbd/silent", test_silent);
    int status = g_test_run();
    block_nbd_finish();
    worker_pool_shutdown(NS_PER_SEC);
    remove_dir();
    return status;
}
