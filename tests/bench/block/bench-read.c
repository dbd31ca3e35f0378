/*
 * How long a read of 4 KiB takes that an I/O thread carries out: from its being submitted on the
 * main loop to its completion there, one at a time, as a guest that waits for each does; and how
 * long of that it takes to submit it, which is what a hart does. Beside plain pread(2) of the same,
 * which is in the page cache.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block/block-internal.h"

#include "qapi/keyval.h"
#include "qapi/qapi-visit-block-core.h"
#include "util/io-thread.h"
#include "util/loop-poll.h"
#include "util/timer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BYTES = 4096, BLOCKS = 256, SAMPLES = 20000 };

typedef struct Read {
    BlockRequest req;
    struct iovec iov;
    bool done;
} Read;

static char buf[BYTES];

static void on_done(BlockRequest *req, int error)
{
    g_assert_cmpint(error, ==, 0);
    ((Read *)req)->done = true;
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Returns when it was on its way. */
static int64_t read_one(BlockBackend *blk, int block)
{
    Read read = { .iov = { buf, BYTES } };
    int64_t submitted;

    read.req = (BlockRequest){ .op = BLOCK_READ,
                               .offset = (uint64_t)block * BYTES,
                               .bytes = BYTES,
                               .iov = &read.iov,
                               .iov_count = 1,
                               .done = on_done };
    block_submit(blk, &read.req);
    submitted = clock_now(CLOCK_HOST);
    while (!read.done) {
        event_loop_iterate(main_loop(), true);
    }
    return submitted;
}

/* What a guest does between two reads. */
static void work(int64_t ns)
{
    int64_t until = clock_now(CLOCK_HOST) + ns;

    while (clock_now(CLOCK_HOST) < until) {
    }
}

static int64_t median(int64_t ns[SAMPLES])
{
    qsort(ns, SAMPLES, sizeof(ns[0]), compare_times);
    return ns[SAMPLES / 2];
}

static int64_t measure_pread(int fd)
{
    static int64_t ns[SAMPLES];

    for (int i = 0; i < SAMPLES; i++) {
        int64_t begin = clock_now(CLOCK_HOST);

        g_assert_cmpint(pread(fd, buf, BYTES, (off_t)(i % BLOCKS) * BYTES), ==, BYTES);
        ns[i] = clock_now(CLOCK_HOST) - begin;
    }
    return median(ns);
}

static void measure(BlockBackend *blk, int64_t max_ns, int64_t pause_ns, int64_t floor)
{
    static int64_t whole[SAMPLES], submission[SAMPLES];
    int64_t ns;

    for (int i = 0; i < SAMPLES; i++) {
        int64_t begin = clock_now(CLOCK_HOST);

        submission[i] = read_one(blk, i % BLOCKS) - begin;
        whole[i] = clock_now(CLOCK_HOST) - begin;
        work(pause_ns);
    }
    ns = median(whole);
    printf("4 KiB read by an I/O thread, %2.0f us apart, poll-max-ns %7.0f   p50 %5.1f us, of it "
           "%4.1f to submit   %6.2f x pread (%.1f us)\n",
           pause_ns / 1e3, (double)max_ns, ns / 1e3, median(submission) / 1e3,
           (double)ns / MAX(floor, 1), floor / 1e3);
}

static void make_node(const char *path)
{
    g_autofree char *text = g_strdup_printf("driver=file,node-name=n,filename=%s", path);
    g_autoptr(QDict) props = keyval_parse(text, NULL, &error_abort);
    g_autoptr(Visitor) v = qobject_input_visitor_new_keyval(QOBJECT(props));
    g_autoptr(BlockdevOptions) options = NULL;

    visit_type_BlockdevOptions(v, NULL, &options, &error_abort);
    block_node_create(options, &error_abort);
}

static void run(BlockBackend *blk, int fd)
{
    static const int64_t pauses[] = { 0, 10000, 50000 }, max_ns[] = { 0, 32768, 1000000 };
    static const int64_t no_batch = 0;
    IoThread *thread = io_thread_create("disk");
    BlockUring *ring = block_uring_new(io_thread_loop(thread), &no_batch);
    int64_t floor = measure_pread(fd);

    if (!ring) {
        printf("this host has no io_uring\n");
        exit(0);
    }
    block_backend_set_uring(blk, ring);
    for (size_t i = 0; i < G_N_ELEMENTS(pauses); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(max_ns); j++) {
            event_loop_set_poll(io_thread_loop(thread), &(LoopPoll){ .max_ns = max_ns[j] });
            measure(blk, max_ns[j], pauses[i], floor);
        }
    }
    block_backend_detach(blk);
    block_uring_free(ring);
    io_thread_destroy(thread);
}

int main(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("vitrine-bench-XXXXXX", &path, NULL);

    g_assert_cmpint(fd, >=, 0);
    for (int i = 0; i < BLOCKS; i++) {
        g_assert_cmpint(write(fd, buf, BYTES), ==, BYTES);
    }
    main_loop_init();
    make_node(path);
    unlink(path);
    run(block_backend_attach("n", true, &error_abort), fd);
    close(fd);
    return 0;
}
