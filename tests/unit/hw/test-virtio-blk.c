/*
 * virtio-blk: requests of good drivers and of bad ones, over both transports and both engines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block/block.h"
#include "hw/device.h"
#include "memory/memory.h"
#include "qapi/keyval.h"
#include "qapi/qapi-commands-block-core.h"
#include "qapi/qapi-visit-block-core.h"
#include "util/event-loop.h"
#include "virtio-driver.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECTORS 2048
#define HEADER  (RAM_BASE + 0x100000)
#define STATUS  (RAM_BASE + 0x100100)
#define DATA    (RAM_BASE + 0x110000)

#define F_RO      (1 << 5)
#define F_FLUSH   (1 << 9)
#define F_WCE     (1 << 11)
#define F_DISCARD (1 << 13)
#define F_ZEROES  (1 << 14)
#define VRAM      UINT64_C(0x90000000)

enum { IN = 0, OUT = 1, FLUSH = 4, GET_ID = 8, DISCARD = 11, ZEROES = 13 };
enum { OK = 0, IOERR = 1, UNSUPP = 2, NO_ANSWER = 0xff };

static char *path;
static MemoryRegion vram;

static void make_disk(const char *extra)
{
    static const char *const nodes = "driver=raw,node-name=disk,discard=unmap,file.driver=file,"
                                     "file.discard=unmap,file.locking=off,file.filename=%s%s";
    g_autofree char *text = g_strdup_printf(nodes, path, extra);
    g_autoptr(QDict) props = keyval_parse(text, NULL, &error_abort);
    g_autoptr(Visitor) v = qobject_input_visitor_new_keyval(QOBJECT(props));
    BlockdevOptions *options = NULL;
    g_autofree char *content = g_malloc(SECTORS * 512);
    for (unsigned i = 0; i < SECTORS * 512; i++) {
        content[i] = (char)(i / 512);
    }
    g_assert_true(g_file_set_contents(path, content, SECTORS * 512, NULL));
    visit_type_BlockdevOptions(v, NULL, &options, &error_abort);
    block_node_create(options, &error_abort);
    qapi_free_BlockdevOptions(options);
}

static void drop_disk(void)
{
    qmp_blockdev_del("disk", &error_abort);
}

/* ---- requests ---- */

static void put_header(unsigned type, uint64_t sector)
{
    uint32_t words[4] = { type, 0, (uint32_t)sector, (uint32_t)(sector >> 32) };
    memcpy(driver_ram(HEADER), words, sizeof(words));
    *driver_ram(STATUS) = NO_ANSWER;
}

/* Turn the loop until the device has answered; returns how much it says it wrote. */
static uint32_t wait_answer(Driver *d)
{
    uint32_t head, length;
    while (!driver_take(d, 0, &head, &length)) {
        event_loop_iterate(main_loop(), true);
    }
    driver_isr(d);
    return length;
}

/* Header, @length bytes at @data (that the device writes, or reads), status. */
static unsigned request_at(Driver *d, unsigned type, uint64_t sector, hwaddr data, uint32_t length,
                           uint32_t *written)
{
    hwaddr t = driver_desc(0);
    bool in = type == IN || type == GET_ID;
    put_header(type, sector);
    driver_put_desc(t, 0, HEADER, 16, DESC_NEXT, length ? 1 : 3);
    driver_put_desc(t, 1, data, length / 2, DESC_NEXT | (in ? DESC_WRITE : 0), 2);
    driver_put_desc(t, 2, data + length / 2, length - length / 2, DESC_NEXT | (in ? DESC_WRITE : 0),
                    3);
    driver_put_desc(t, 3, STATUS, 1, DESC_WRITE, 0);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    *written = wait_answer(d);
    return *driver_ram(STATUS);
}

static unsigned request(Driver *d, unsigned type, uint64_t sector, uint32_t length)
{
    uint32_t written;
    return request_at(d, type, sector, DATA, length, &written);
}

/* Fill the queue with reads of @bytes and do not wait for them. */
static void offer_reads(Driver *d, uint32_t bytes)
{
    hwaddr t = driver_desc(0);
    put_header(IN, 0);
    for (uint16_t i = 0; i + 3 <= QUEUE_SIZE; i += 3) {
        driver_put_desc(t, i, HEADER, 16, DESC_NEXT, i + 1);
        driver_put_desc(t, i + 1, DATA, bytes, DESC_WRITE | DESC_NEXT, i + 2);
        driver_put_desc(t, i + 2, STATUS, 1, DESC_WRITE, 0);
        driver_offer(d, 0, i);
    }
    driver_ring(d, 0);
}

static char on_disk(unsigned sector)
{
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    return content[sector * 512];
}

static void check_good(Driver *d)
{
    uint32_t written;
    driver_start(d, F_FLUSH, 1);
    g_assert_cmpuint(driver_config(d, 0, 8), ==, SECTORS);
    g_assert_cmpuint(driver_config(d, 20, 4), ==, 512);
    g_assert_cmpuint(request_at(d, IN, 3, DATA, 1024, &written), ==, OK);
    g_assert_cmpuint(written, ==, 1025);
    g_assert_cmpuint(*driver_ram(DATA), ==, 3);
    g_assert_cmpuint(*driver_ram(DATA + 1023), ==, 4);
    memset(driver_ram(DATA), 'w', 2048);
    g_assert_cmpuint(request_at(d, OUT, 8, DATA, 2048, &written), ==, OK);
    g_assert_cmpuint(written, ==, 1);
    g_assert_cmpint(on_disk(7), ==, 7);
    g_assert_cmpint(on_disk(8), ==, 'w');
    g_assert_cmpint(on_disk(11), ==, 'w');
    g_assert_cmpint(on_disk(12), ==, 12);
    g_assert_cmpuint(request(d, FLUSH, 0, 0), ==, OK);
    memset(driver_ram(DATA), 'x', 32);
    g_assert_cmpuint(request_at(d, GET_ID, 0, DATA, 20, &written), ==, OK);
    g_assert_cmpstr((char *)driver_ram(DATA), ==, "S123");
    g_assert_cmpuint(driver_ram(DATA)[20], ==, 'x');
    g_assert_cmpuint(request_at(d, GET_ID, 0, DATA, 3, &written), ==, OK);
    g_assert_cmpuint(written, ==, 4);
}

static void check_bad(Driver *d)
{
    driver_start(d, F_FLUSH, 1);
    g_assert_cmpuint(request(d, IN, SECTORS, 512), ==, IOERR);
    g_assert_cmpuint(request(d, IN, SECTORS - 1, 1024), ==, IOERR);
    g_assert_cmpuint(request(d, IN, UINT64_MAX, 512), ==, IOERR);
    g_assert_cmpuint(request(d, IN, UINT64_MAX / 512 + 1, 512), ==, IOERR);
    g_assert_cmpuint(request(d, OUT, SECTORS, 512), ==, IOERR);
    g_assert_cmpuint(request(d, IN, 0, 511), ==, IOERR);
    g_assert_cmpuint(request(d, 99, 0, 512), ==, UNSUPP);
    g_assert_cmpuint(request(d, DISCARD, 0, 0), ==, UNSUPP);
    g_assert_cmpuint(request(d, IN, 0, 0), ==, OK);
    /* No room for a status, for a header. */
    put_header(IN, 0);
    driver_put_desc(driver_desc(0), 0, HEADER, 16, 0, 0);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    g_assert_cmphex(driver_status(d) & STATUS_NEEDS_RESET, !=, 0);
    driver_start(d, F_FLUSH, 1);
    driver_put_desc(driver_desc(0), 0, HEADER, 15, DESC_NEXT, 1);
    driver_put_desc(driver_desc(0), 1, STATUS, 1, DESC_WRITE, 1);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    g_assert_cmphex(driver_status(d) & STATUS_NEEDS_RESET, !=, 0);
    driver_start(d, F_FLUSH, 1);
    g_assert_cmpuint(request(d, IN, 1, 512), ==, OK);
}

static unsigned ranges(Driver *d, unsigned type, uint64_t sector, uint32_t count, uint32_t flags)
{
    uint32_t words[4] = { (uint32_t)sector, (uint32_t)(sector >> 32), count, flags };
    memcpy(driver_ram(DATA), words, sizeof(words));
    return request(d, type, 0, sizeof(words));
}

static void check_ranges(Driver *d)
{
    driver_start(d, F_FLUSH | F_DISCARD | F_ZEROES, 1);
    g_assert_cmpuint(ranges(d, ZEROES, 16, 8, 1), ==, OK);
    g_assert_cmpuint(ranges(d, ZEROES, 33, 1, 0), ==, OK);
    g_assert_cmpuint(ranges(d, DISCARD, 64, 8, 0), ==, OK);
    g_assert_cmpint(on_disk(15), ==, 15);
    g_assert_cmpint(on_disk(16), ==, 0);
    g_assert_cmpint(on_disk(24), ==, 24);
    g_assert_cmpint(on_disk(33), ==, 0);
    g_assert_cmpint(on_disk(34), ==, 34);
    g_assert_cmpint(on_disk(64), ==, 0);
    g_assert_cmpuint(ranges(d, DISCARD, 64, 8, 1), ==, UNSUPP);
    g_assert_cmpuint(ranges(d, ZEROES, 64, 8, 2), ==, UNSUPP);
    g_assert_cmpuint(ranges(d, ZEROES, SECTORS - 1, 2, 0), ==, IOERR);
    g_assert_cmpuint(ranges(d, ZEROES, UINT64_MAX, UINT32_MAX, 0), ==, IOERR);
    g_assert_cmpuint(ranges(d, DISCARD, 0, UINT32_MAX, 0), ==, IOERR);
    g_assert_cmpuint(request(d, DISCARD, 0, 32), ==, UNSUPP);
}

/* Memory that cannot be used directly, because it may go away: bounced. */
static void check_bounce(Driver *d)
{
    uint32_t written;
    driver_start(d, F_FLUSH, 1);
    g_assert_cmpuint(request_at(d, IN, 5, VRAM + 100, 1024, &written), ==, OK);
    g_assert_cmpuint(memory_region_ram(&vram)[100], ==, 5);
    g_assert_cmpuint(memory_region_ram(&vram)[1123], ==, 6);
    g_assert_true(memory_region_test_and_clear_dirty(&vram, 0));
    memset(memory_region_ram(&vram), 'v', 512);
    g_assert_cmpuint(request_at(d, OUT, 100, VRAM, 512, &written), ==, OK);
    g_assert_cmpint(on_disk(100), ==, 'v');
    /* Nowhere at all. */
    hwaddr t = driver_desc(0);
    put_header(IN, 0);
    driver_put_desc(t, 0, HEADER, 16, DESC_NEXT, 1);
    driver_put_desc(t, 1, 0x1000, 512, DESC_WRITE | DESC_NEXT, 2);
    driver_put_desc(t, 2, STATUS, 1, DESC_WRITE, 0);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    while (!(driver_status(d) & STATUS_NEEDS_RESET)) {
        event_loop_iterate(main_loop(), true);
    }
}

static void test_requests(gconstpointer options)
{
    static const char *const engines[] = { "", ",file.aio=threads" };
    for (unsigned i = 0; i < G_N_ELEMENTS(engines); i++) {
        make_disk(engines[i]);
        Driver *d = driver_new(options);
        check_good(d);
        check_bad(d);
        check_ranges(d);
        check_bounce(d);
        driver_free(d);
        drop_disk();
    }
}

static void test_read_only(void)
{
    make_disk(",read-only=on");
    Driver *d = driver_new("driver=virtio-blk-pci,drive=disk");
    g_assert_cmphex(driver_offered(d) & F_RO, ==, F_RO);
    driver_start(d, F_RO | F_FLUSH | F_ZEROES, 1);
    g_assert_cmpuint(request(d, IN, 1, 512), ==, OK);
    g_assert_cmpuint(request(d, OUT, 1, 512), ==, IOERR);
    g_assert_cmpuint(ranges(d, ZEROES, 1, 1, 0), ==, IOERR);
    g_assert_cmpint(on_disk(1), ==, 1);
    driver_free(d);
    drop_disk();
}

static int64_t flushes(void)
{
    BlockStatsList *list = qmp_query_blockstats(false, false, &error_abort);
    int64_t count = list->value->stats->flush_operations;
    qapi_free_BlockStatsList(list);
    return count;
}

/* Without a write cache, or with a driver that cannot flush, every write is. */
static void test_write_cache(void)
{
    make_disk("");
    Driver *d = driver_new("driver=virtio-blk-device,drive=disk,write-cache=off");
    driver_start(d, F_FLUSH, 1);
    g_assert_cmpuint(driver_config(d, 32, 1), ==, 0);
    g_assert_cmpuint(request(d, OUT, 1, 512), ==, OK);
    g_assert_cmpint(flushes(), ==, 1);
    driver_set_config(d, 32, 1, 1); /* not negotiated */
    g_assert_cmpuint(driver_config(d, 32, 1), ==, 0);
    driver_start(d, F_FLUSH | F_WCE, 1);
    driver_set_config(d, 32, 1, 1);
    g_assert_cmpuint(driver_config(d, 32, 1), ==, 1);
    g_assert_cmpuint(request(d, OUT, 1, 512), ==, OK);
    g_assert_cmpint(flushes(), ==, 1);
    driver_start(d, 0, 1);
    g_assert_cmpuint(request(d, OUT, 1, 512), ==, OK);
    g_assert_cmpint(flushes(), ==, 2);
    driver_free(d);
    drop_disk();
}

/* ---- another size ---- */

typedef struct Resizing {
    uint64_t size;
    Error *err;
    bool done;
} Resizing;

static void coroutine_fn run_resize(void *opaque)
{
    Resizing *r = opaque;
    qmp_block_resize(NULL, "disk", r->size, &r->err);
    r->done = true;
}

/* @part: of the message that it fails with; NULL: it does not. */
static void resize(uint64_t size, const char *part)
{
    Resizing r = { .size = size };
    coroutine_enter(coroutine_create(run_resize, &r));
    while (!r.done) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_true(!part == !r.err);
    g_assert_true(!part || strstr(error_get_pretty(r.err), part));
    error_free(r.err);
}

/* The driver is interrupted and told the new size, which is also that of requests. */
static void test_resize(gconstpointer options)
{
    make_disk("");
    Driver *d = driver_new(options);
    resize((SECTORS - 8) * 512, NULL); /* nobody to be told yet */
    g_assert_cmphex(driver_isr(d), ==, 0);
    driver_start(d, F_FLUSH, 1);
    g_assert_cmpuint(driver_config(d, 0, 4), ==, SECTORS - 8);
    g_assert_cmpuint(request(d, IN, SECTORS - 8, 4096), ==, IOERR);
    uint32_t generation = driver_generation(d);
    g_assert_false(driver_line(d));
    resize(SECTORS * 1024, NULL);
    g_assert_true(driver_line(d));
    g_assert_cmpuint(driver_generation(d), !=, generation);
    g_assert_cmphex(driver_isr(d), ==, 2);
    g_assert_false(driver_line(d));
    g_assert_cmpuint(driver_config(d, 0, 4), ==, SECTORS * 2);
    g_assert_cmpuint(request(d, OUT, SECTORS, 4096), ==, OK);
    generation = driver_generation(d);
    resize(SECTORS * 1024, NULL); /* as it is */
    resize(SECTORS * 1024 + 512, "multiple of 4096, the logical_block_size of device '/machine");
    g_assert_cmphex(driver_isr(d), ==, 0);
    g_assert_cmpuint(driver_generation(d), ==, generation);
    offer_reads(d, 4096);
    resize(4096, NULL); /* behind the reads */
    g_assert_cmpuint(*driver_ram(STATUS), ==, OK);
    g_assert_cmphex(driver_isr(d), ==, 3);
    driver_free(d);
    resize(512, NULL);
    drop_disk();
}

/* ---- errors ---- */

/* Let files grow, or be written, up to here only. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    limit.rlim_cur = bytes;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

/* A write that fails and is held back until the machine is started again. */
static void offer_bad_write(Driver *d)
{
    hwaddr t = driver_desc(0);
    put_header(OUT, 100);
    memset(driver_ram(DATA), 'h', 512);
    driver_put_desc(t, 0, HEADER, 16, DESC_NEXT, 1);
    driver_put_desc(t, 1, DATA, 512, DESC_NEXT, 2);
    driver_put_desc(t, 2, STATUS, 1, DESC_WRITE, 0);
    limit_files(4096);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    while (!block_is_stopped()) {
        event_loop_iterate(main_loop(), true);
    }
    limit_files(RLIM_INFINITY);
    g_assert_cmpuint(*driver_ram(STATUS), ==, NO_ANSWER);
}

/* It is written when it is tried again; and forgotten with a reset, and with the device. */
static void test_held(gconstpointer device)
{
    uint32_t head, length;
    make_disk("");
    Driver *d = driver_new(device);
    driver_start(d, F_FLUSH, 1);
    offer_bad_write(d);
    block_retry();
    g_assert_false(block_is_stopped());
    g_assert_cmpuint(wait_answer(d), ==, 1);
    g_assert_cmpuint(*driver_ram(STATUS), ==, OK);
    g_assert_cmpint(on_disk(100), ==, 'h');
    driver_start(d, F_FLUSH, 1);
    offer_bad_write(d);
    driver_start(d, F_FLUSH, 1);
    block_retry();
    g_assert_false(driver_take(d, 0, &head, &length));
    g_assert_cmpuint(request(d, IN, 3, 512), ==, OK);
    offer_bad_write(d);
    driver_free(d);
    g_assert_false(block_is_stopped());
    block_retry();
    drop_disk();
}

/* A reset is over when no request uses the guest's memory; none is answered afterwards. */
static void test_reset_under_way(void)
{
    uint32_t head, length;
    make_disk("");
    Driver *d = driver_new("driver=virtio-blk-pci,drive=disk");
    driver_start(d, F_FLUSH, 1);
    offer_reads(d, 512);
    driver_set_status(d, 0);
    g_assert_cmphex(driver_status(d), !=, 0);
    while (driver_status(d)) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_false(driver_take(d, 0, &head, &length));
    g_assert_cmpuint(*driver_ram(STATUS), ==, NO_ANSWER);
    driver_start(d, F_FLUSH, 1);
    g_assert_cmpuint(request(d, IN, 1, 512), ==, OK);
    driver_free(d);
    drop_disk();
}

/* What was held back is not on the disk any more: the machine does not stop for it again. */
static void test_held_and_cut(void)
{
    make_disk("");
    Driver *d = driver_new("driver=virtio-blk-pci,drive=disk,werror=stop");
    driver_start(d, F_FLUSH, 1);
    offer_bad_write(d);
    resize(4096, NULL);
    block_retry();
    wait_answer(d);
    g_assert_cmpuint(*driver_ram(STATUS), ==, IOERR);
    g_assert_false(block_is_stopped());
    driver_free(d);
    drop_disk();
}

static void coroutine_fn drain(void *opaque)
{
    g_assert_true(block_drain());
    *(bool *)opaque = true;
}

/* The device goes; its requests end on their own. */
static void test_unplug_under_way(void)
{
    bool drained = false;
    make_disk("");
    Driver *d = driver_new("driver=virtio-blk-pci,drive=disk");
    driver_start(d, F_FLUSH, 1);
    offer_reads(d, 512);
    driver_free(d);
    drop_disk();
    coroutine_enter(coroutine_create(drain, &drained));
    while (!drained) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_cmpuint(*driver_ram(STATUS), ==, NO_ANSWER);
}

/* A reset does not wait for the limits of the disk; what waited for them is not carried out. */
static void test_reset_with_limits(void)
{
    make_disk("");
    Driver *d = driver_new("driver=virtio-blk-pci,drive=disk");
    BlockInfoList *disks = qmp_query_block(&error_abort);
    BlockIoThrottle limits = { .id = disks->value->qdev, .bps = 1 };
    driver_start(d, F_FLUSH, 1);
    qmp_block_set_io_throttle(&limits, &error_abort);
    g_assert_cmpuint(request(d, IN, 1, 65536), ==, OK);
    offer_reads(d, 512);
    driver_set_status(d, 0);
    while (driver_status(d)) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_cmpuint(*driver_ram(STATUS), ==, NO_ANSWER);
    driver_start(d, F_FLUSH, 1);
    g_assert_cmpuint(request(d, FLUSH, 0, 0), ==, OK);
    offer_reads(d, 512);
    limits.bps = 0;
    qmp_block_set_io_throttle(&limits, &error_abort);
    wait_answer(d);
    qapi_free_BlockInfoList(disks);
    driver_free(d);
    drop_disk();
}

static void expect_error(const char *key, const char *value, const char *part)
{
    g_autoptr(QDict) props = qdict_new();
    g_autoptr(Error) err = NULL;
    qdict_put_str(props, "driver", "virtio-blk-pci");
    qdict_put_str(props, "drive", "disk");
    qdict_put_str(props, key, value);
    g_assert_null(device_add(props, true, &err));
    if (!strstr(error_get_pretty(err), part)) {
        g_error("'%s' does not say '%s'", error_get_pretty(err), part);
    }
}

static void test_properties(void)
{
    make_disk(",size=512");
    expect_error("drive", "nobody", "can't find value 'nobody'");
    expect_error("serial", "123456789012345678901", "at most 20 bytes");
    expect_error("write-cache", "maybe", "'on', 'off' or 'auto'");
    expect_error("logical_block_size", "513", "power of 2");
    expect_error("logical_block_size", "0", "power of 2");
    expect_error("logical_block_size", "4096", "no multiple");
    expect_error("queue-size", "0", "from 4 to 1024");
    expect_error("queue-size", "2048", "from 4 to 1024");
    expect_error("num-queues", "2", "expects 1");
    expect_error("bootindex", "-2", "-1 or more");
    Driver *d = driver_new("driver=virtio-blk-pci,drive=disk,bootindex=1,discard=off");
    g_assert_cmphex(driver_offered(d) & (F_DISCARD | F_ZEROES), ==, F_ZEROES);
    expect_error("id", "second", "in use");
    driver_free(d);
    d = driver_new("driver=virtio-blk-pci-non-transitional,drive=disk");
    driver_free(d);
    drop_disk();
    expect_error("id", "third", "can't find value");
}

static void make_vram(void)
{
    memory_region_init_ram(&vram, "vram", 0x10000, &error_abort);
    memory_region_track_dirty(&vram);
    memory_region_add(address_space_root(address_space_system()), VRAM, &vram, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    driver_board_init();
    make_vram();
    signal(SIGXFSZ, SIG_IGN);
    int fd = g_file_open_tmp("vitrine-virtio-blk-XXXXXX", &path, NULL);
    close(fd);
    g_test_add_data_func("/virtio-blk/requests/pci", "driver=virtio-blk-pci,drive=disk,serial=S123",
                         test_requests);
    g_test_add_data_func("/virtio-blk/requests/mmio",
                         "driver=virtio-blk-device,drive=disk,serial=S123", test_requests);
    g_test_add_func("/virtio-blk/read-only", test_read_only);
    g_test_add_func("/virtio-blk/write-cache", test_write_cache);
    g_test_add_data_func("/virtio-blk/held/pci", "driver=virtio-blk-pci,drive=disk,werror=stop",
                         test_held);
    g_test_add_data_func("/virtio-blk/held/write-through",
                         "driver=virtio-blk-device,drive=disk,werror=stop,write-cache=off",
                         test_held);
    g_test_add_func("/virtio-blk/held/cut", test_held_and_cut);
    g_test_add_func("/virtio-blk/reset-under-way", test_reset_under_way);
    g_test_add_func("/virtio-blk/unplug-under-way", test_unplug_under_way);
    g_test_add_data_func("/virtio-blk/resize/pci",
                         "driver=virtio-blk-pci,drive=disk,logical_block_size=4096", test_resize);
    g_test_add_data_func("/virtio-blk/resize/mmio",
                         "driver=virtio-blk-device,drive=disk,logical_block_size=4096",
                         test_resize);
    g_test_add_func("/virtio-blk/properties", test_properties);
    g_test_add_func("/virtio-blk/reset-with-limits", test_reset_with_limits);
    int status = g_test_run();
    g_unlink(path);
    g_free(path);
    return status;
}
