/*
 * Virtio devices over both transports: status, features, config space, rings, and guests that do
 * what they must not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "echo-virtio.h"
#include "hw/pci.h"
#include "util/event-loop.h"
#include "virtio-driver.h"

#include <string.h>

#define TEXT   (RAM_BASE + 0x100000)
#define ANSWER (RAM_BASE + 0x101000)
#define TABLE  (RAM_BASE + 0x102000)

static const char *const kinds[] = { "driver=" TYPE_ECHO_VIRTIO, "driver=" TYPE_ECHO_PCI };

typedef void TestFn(Driver *d);

/* On each transport; the device is there and has not been touched. */
static void on_both(gconstpointer data)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        Driver *d = driver_new(kinds[i]);
        ((TestFn *)data)(d);
        driver_free(d);
    }
}

static EchoVirtio *echo_of(const Driver *d)
{
    Object *obj = OBJECT(d->dev);
    g_autofree char *path = object_get_canonical_path(obj);
    g_autofree char *child = g_strconcat(path, "/virtio-backend", NULL);
    return ECHO_VIRTIO(d->pci ? object_resolve_path(child, NULL) : obj);
}

/* "hello" in one descriptor, room for the answer in another; at @table. */
static void put_hello(hwaddr table, unsigned first)
{
    memcpy(driver_ram(TEXT), "hello", 5);
    memset(driver_ram(ANSWER), 0, 16);
    driver_put_desc(table, first, TEXT, 5, DESC_NEXT, first + 1);
    driver_put_desc(table, first + 1, ANSWER, 16, DESC_WRITE, 0);
}

static void expect_hello(Driver *d, unsigned q, uint32_t head)
{
    uint32_t used, length;
    g_assert_true(driver_take(d, q, &used, &length));
    g_assert_cmpuint(used, ==, head);
    g_assert_cmpuint(length, ==, 5);
    g_assert_cmpstr((char *)driver_ram(ANSWER), ==, "HELLO");
    g_assert_false(driver_take(d, q, &used, &length));
}

static void say_hello(Driver *d, unsigned q)
{
    put_hello(driver_desc(q), 0);
    driver_offer(d, q, 0);
    driver_ring(d, q);
    expect_hello(d, q, 0);
}

/* ---- the well-behaved ---- */

static void test_echo(Driver *d)
{
    g_assert_cmphex(driver_offered(d), ==, F_VERSION_1 | F_EVENT_IDX | F_INDIRECT | 1 << 3);
    driver_start(d, 0, 2);
    for (unsigned i = 0; i < 3 * QUEUE_SIZE; i++) {
        say_hello(d, i % 2);
        g_assert_true(driver_line(d));
        g_assert_cmpuint(driver_isr(d), ==, 1);
        g_assert_false(driver_line(d));
    }
}

static void test_no_interrupt_wanted(Driver *d)
{
    driver_start(d, 0, 1);
    *driver_ram(driver_avail(0)) = 1;
    say_hello(d, 0);
    g_assert_false(driver_line(d));
}

static void test_event_index(Driver *d)
{
    driver_start(d, F_EVENT_IDX, 1);
    uint16_t *wanted = (uint16_t *)driver_ram(driver_avail(0) + 4 + 2 * QUEUE_SIZE);
    uint16_t *ring_at = (uint16_t *)driver_ram(driver_used(0) + 4 + 8 * QUEUE_SIZE);
    *wanted = 1;
    say_hello(d, 0);
    g_assert_false(driver_line(d));
    g_assert_cmpuint(*ring_at, ==, 1);
    say_hello(d, 0);
    g_assert_true(driver_line(d));
    driver_isr(d);
    say_hello(d, 0);
    g_assert_false(driver_line(d));
    g_assert_cmpuint(*ring_at, ==, 3);
    *wanted = 3;
    say_hello(d, 0);
    g_assert_true(driver_line(d));
}

static void test_indirect(Driver *d)
{
    driver_start(d, F_INDIRECT, 1);
    put_hello(TABLE, 0);
    driver_put_desc(driver_desc(0), 3, TABLE, 32, DESC_INDIRECT, 0);
    driver_offer(d, 0, 3);
    driver_ring(d, 0);
    expect_hello(d, 0, 3);
    /* Two of the text's bytes directly, the rest in the table. */
    driver_put_desc(driver_desc(0), 4, TEXT, 2, DESC_NEXT, 5);
    driver_put_desc(TABLE, 0, TEXT + 2, 3, DESC_NEXT, 1);
    driver_put_desc(driver_desc(0), 5, TABLE, 32, DESC_INDIRECT, 0);
    memset(driver_ram(ANSWER), 0, 16);
    driver_offer(d, 0, 4);
    driver_ring(d, 0);
    expect_hello(d, 0, 4);
}

/* Segments are cut where the device does not expect it; an empty one is none. */
static void test_scattered(Driver *d)
{
    driver_start(d, 0, 1);
    hwaddr t = driver_desc(0);
    memcpy(driver_ram(TEXT), "hello", 5);
    driver_put_desc(t, 0, TEXT, 1, DESC_NEXT, 1);
    driver_put_desc(t, 1, 0xdead, 0, DESC_NEXT, 2);
    driver_put_desc(t, 2, TEXT + 1, 4, DESC_NEXT, 3);
    driver_put_desc(t, 3, ANSWER, 3, DESC_WRITE | DESC_NEXT, 4);
    driver_put_desc(t, 4, ANSWER + 3, 1, DESC_WRITE | DESC_NEXT, 5);
    driver_put_desc(t, 5, ANSWER + 4, 9, DESC_WRITE, 5);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    expect_hello(d, 0, 0);
}

static void test_features(Driver *d)
{
    static const uint64_t wrong[] = { 0, 1 << 3, F_VERSION_1 | 1 << 4, F_VERSION_1 | 1ull << 63 };
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        driver_set_status(d, 0);
        driver_set_status(d, 3);
        driver_accept(d, wrong[i]);
        driver_set_status(d, 0xb);
        g_assert_cmphex(driver_status(d), ==, 3);
        driver_set_status(d, 0xf);
        g_assert_cmphex(driver_status(d), ==, 3);
    }
    driver_accept(d, F_VERSION_1 | 1 << 3);
    driver_set_status(d, 0xb);
    g_assert_cmphex(driver_status(d), ==, 0xb);
    driver_accept(d, 0); /* too late */
    g_assert_true(virtio_has_feature(VIRTIO_DEVICE(echo_of(d)), 3));
    driver_set_status(d, 0); /* bits are never taken back otherwise */
    driver_set_status(d, 3);
    driver_set_status(d, 1);
    g_assert_cmphex(driver_status(d), ==, 3);
}

static void test_config(Driver *d)
{
    driver_set_config(d, 0, 4, 0x44332211);
    driver_set_config(d, 4, 2, 0x6655);
    driver_set_config(d, 7, 1, 0x88);
    driver_set_config(d, 8, 4, 0xffffffff);
    driver_set_config(d, 6, 4, 0xffffffff); /* not aligned: two accesses */
    g_assert_cmphex(driver_config(d, 0, 4), ==, 0x44332211);
    g_assert_cmphex(driver_config(d, 4, 2), ==, 0x6655);
    g_assert_cmphex(driver_config(d, 8, 4), ==, 0);
    g_assert_cmphex(driver_config(d, 0xfc, 4), ==, 0);
    driver_start(d, 0, 1);
    virtio_config_changed(VIRTIO_DEVICE(echo_of(d)));
    g_assert_true(driver_line(d));
    g_assert_cmpuint(driver_isr(d), ==, 2);
}

/* Not before DRIVER_OK, and not after a reset. */
static void test_not_live(Driver *d)
{
    uint32_t head, length;
    driver_start(d, 0, 1);
    driver_set_status(d, 0);
    driver_ring(d, 0);
    driver_setup_queue(d, 0, driver_desc(0), driver_avail(0), driver_used(0));
    put_hello(driver_desc(0), 0);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    driver_ring(d, 9);
    g_assert_false(driver_take(d, 0, &head, &length));
    g_assert_false(driver_line(d));
}

/* What was offered before DRIVER_OK is looked at then, rung for or not. */
static void test_early(Driver *d)
{
    driver_start(d, 0, 1);
    driver_set_status(d, 0);
    d->next[0] = d->seen[0] = 0;
    memset(driver_ram(driver_avail(0)), 0, 64);
    memset(driver_ram(driver_used(0)), 0, 64);
    driver_set_status(d, 3);
    driver_accept(d, F_VERSION_1);
    driver_set_status(d, 0xb);
    driver_setup_queue(d, 0, driver_desc(0), driver_avail(0), driver_used(0));
    put_hello(driver_desc(0), 0);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    driver_set_status(d, STATUS_READY);
    expect_hello(d, 0, 0);
}

/* ---- requests that take their time ---- */

static void test_reset_waits(void)
{
    Driver *d = driver_new("driver=" TYPE_ECHO_PCI ",hold=on,tag=7");
    EchoVirtio *echo = echo_of(d);
    uint32_t head, length;
    g_assert_cmpuint(echo->tag, ==, 7);
    driver_start(d, 0, 1);
    put_hello(driver_desc(0), 0);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    g_assert_nonnull(echo->held);
    driver_set_status(d, 0);
    g_assert_cmphex(driver_status(d), !=, 0);
    driver_set_status(d, STATUS_READY); /* did not wait */
    driver_setup_queue(d, 0, driver_desc(0), driver_avail(0), driver_used(0));
    driver_ring(d, 0);
    g_assert_false(virtio_is_live(VIRTIO_DEVICE(echo)));
    /* Of a queue that is no more: nothing reaches the ring. */
    virtqueue_push(echo->held_queue, g_steal_pointer(&echo->held), 0);
    virtqueue_notify(echo->held_queue);
    virtio_reset_done(VIRTIO_DEVICE(echo));
    g_assert_cmphex(driver_status(d), ==, 0);
    g_assert_false(driver_take(d, 0, &head, &length));
    driver_start(d, 0, 1);
    echo->hold = false;
    say_hello(d, 0);
    driver_free(d);
}

/* A queue that the driver takes back and sets up anew begins at 0. */
static void test_queue_again(void)
{
    Driver *d = driver_new("driver=" TYPE_ECHO_VIRTIO ",hold=on");
    EchoVirtio *echo = echo_of(d);
    driver_start(d, 0, 1);
    put_hello(driver_desc(0), 0);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    driver_write(d->base + 0x44, 4, 0);
    g_assert_cmpuint(driver_read(d->base + 0x44, 4), ==, 0);
    d->next[0] = 0;
    driver_setup_queue(d, 0, driver_desc(0), driver_avail(0), driver_used(0));
    virtqueue_push(echo->held_queue, g_steal_pointer(&echo->held), 0);
    echo->hold = false;
    say_hello(d, 0);
    driver_free(d);
}

/* ---- the malicious ---- */

static void expect_broken(Driver *d)
{
    uint32_t head, length;
    g_assert_cmphex(driver_status(d), ==, STATUS_READY | STATUS_NEEDS_RESET);
    g_assert_cmpuint(driver_isr(d) & 2, ==, 2);
    while (driver_take(d, 0, &head, &length)) {
    }
    /* Nothing more happens, until a reset makes everything good. */
    put_hello(driver_desc(0), 0);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    g_assert_false(driver_take(d, 0, &head, &length));
    driver_start(d, F_INDIRECT, 1);
    say_hello(d, 0);
    driver_start(d, F_INDIRECT, 1);
}

static void expect_bad_chain(Driver *d)
{
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    expect_broken(d);
}

static void test_bad_chains(Driver *d)
{
    hwaddr t = driver_desc(0);
    driver_start(d, F_INDIRECT, 1);
    driver_put_desc(t, 0, TEXT, 1, DESC_NEXT, 0); /* a loop */
    expect_bad_chain(d);
    driver_put_desc(t, 0, TEXT, 1, DESC_NEXT, QUEUE_SIZE); /* outside */
    expect_bad_chain(d);
    driver_put_desc(t, 0, ANSWER, 1, DESC_WRITE | DESC_NEXT, 1); /* wrong order */
    driver_put_desc(t, 1, TEXT, 1, 0, 0);
    expect_bad_chain(d);
    driver_put_desc(t, 0, 0x1234, 16, 0, 0); /* no memory */
    expect_bad_chain(d);
    driver_put_desc(t, 0, UINT64_MAX - 2, 16, 0, 0); /* around the end */
    expect_bad_chain(d);
    driver_put_desc(t, 0, d->base, 4, 0, 0); /* our own registers */
    expect_bad_chain(d);
    for (unsigned i = 0; i < 2; i++) { /* more than 4 GiB */
        driver_put_desc(t, i, RAM_BASE, UINT32_MAX, DESC_NEXT, i + 1);
    }
    expect_bad_chain(d);
    driver_put_desc(t, 0, RAM_BASE + RAM_SIZE - 3, 8, 0, 0); /* across the end of RAM */
    expect_bad_chain(d);
}

static void test_bad_tables(Driver *d)
{
    hwaddr t = driver_desc(0);
    static const uint32_t lengths[] = { 0, 8, 17, 16 * 1025, UINT32_MAX - 15 };
    driver_start(d, F_INDIRECT, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
        driver_put_desc(t, 0, TABLE, lengths[i], DESC_INDIRECT, 0);
        expect_bad_chain(d);
    }
    driver_put_desc(TABLE, 0, TABLE, 16, DESC_INDIRECT, 0); /* in itself */
    driver_put_desc(t, 0, TABLE, 16, DESC_INDIRECT, 0);
    expect_bad_chain(d);
    driver_put_desc(TABLE, 0, TEXT, 1, 0, 0);
    driver_put_desc(t, 0, TABLE, 16, DESC_INDIRECT | DESC_NEXT, 1);
    expect_bad_chain(d);
    driver_put_desc(t, 0, 0x4000, 16, DESC_INDIRECT, 0); /* no memory */
    expect_bad_chain(d);
    driver_put_desc(t, 0, UINT64_MAX - 7, 32, DESC_INDIRECT, 0);
    expect_bad_chain(d);
    driver_start(d, 0, 1); /* not negotiated */
    put_hello(TABLE, 0);
    driver_put_desc(t, 0, TABLE, 32, DESC_INDIRECT, 0);
    expect_bad_chain(d);
}

static void test_bad_rings(Driver *d)
{
    static const hwaddr nowhere = 0x4000;
    driver_start(d, 0, 1);
    uint16_t *index = (uint16_t *)driver_ram(driver_avail(0) + 2);
    *index = QUEUE_SIZE + 1;
    driver_ring(d, 0);
    expect_broken(d);
    *(uint16_t *)driver_ram(driver_avail(0) + 4) = QUEUE_SIZE;
    *index = 1;
    driver_ring(d, 0);
    expect_broken(d);
    for (unsigned part = 0; part < 3; part++) {
        driver_set_status(d, 0);
        driver_start(d, 0, 0);
        driver_setup_queue(d, 0, part == 0 ? nowhere : driver_desc(0),
                           part == 1 ? nowhere : driver_avail(0),
                           part == 2 ? nowhere : driver_used(0));
        put_hello(driver_desc(0), 0);
        driver_offer(d, 0, 0);
        driver_ring(d, 0);
        expect_broken(d);
    }
}

/* Rings that cannot be: misaligned, or around the end of the address space. */
static void test_impossible_rings(Driver *d)
{
    static const hwaddr bad[] = { RAM_BASE + 1, UINT64_MAX - 15 };
    for (unsigned i = 0; i < 3 * G_N_ELEMENTS(bad); i++) {
        hwaddr parts[] = { driver_desc(0), driver_avail(0), driver_used(0) };
        parts[i % 3] = bad[i / 3];
        driver_start(d, 0, 0);
        driver_setup_queue(d, 0, parts[0], parts[1], parts[2]);
        g_assert_cmphex(driver_status(d) & STATUS_NEEDS_RESET, ==, STATUS_NEEDS_RESET);
        driver_ring(d, 0);
    }
}

static uint32_t below(GRand *rand, uint32_t bound)
{
    return (uint32_t)g_rand_int_range(rand, 0, (gint32)bound);
}

/* Every register, every width, odd values: nothing falls over. */
static void test_scribble(Driver *d)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    for (unsigned i = 0; i < 200000; i++) {
        unsigned size = 1u << below(rand, 4);
        hwaddr offset = below(rand, d->pci ? 0x4000 : 0x200) & ~(hwaddr)(size - 1);
        if (d->pci && g_rand_boolean(rand)) {
            offset &= 0x303f; /* where something is */
        }
        if (g_rand_boolean(rand)) {
            driver_read(d->base + offset, size);
        } else {
            driver_write(d->base + offset, size,
                         g_rand_boolean(rand) ? g_rand_int(rand) : below(rand, 16));
        }
    }
    driver_start(d, 0, 2);
    say_hello(d, 1);
}

/* ---- PCI ---- */

static hwaddr config_of(const Driver *d)
{
    return 0x30000000 + (d->slot << 15);
}

static void test_pci_header(void)
{
    Driver *d = driver_new("driver=" TYPE_ECHO_PCI);
    hwaddr config = config_of(d);
    unsigned found = 0;
    g_assert_cmphex(driver_read(config, 4), ==, 0x105f1af4);
    g_assert_cmphex(driver_read(config + 8, 4), ==, 0x00ff0001);
    g_assert_cmphex(driver_read(config + 0x2c, 4), ==, 0x11001af4);
    g_assert_cmphex(driver_read(config + 0x3d, 1), ==, 1);
    g_assert_cmphex(driver_read(config + 6, 2) & 0x10, ==, 0x10);
    for (unsigned at = driver_read(config + 0x34, 1); at; at = driver_read(config + at + 1, 1)) {
        g_assert_cmphex(driver_read(config + at, 1), ==, 9);
        unsigned type = driver_read(config + at + 3, 1);
        found |= 1u << type;
        g_assert_cmpuint(driver_read(config + at + 2, 1), ==, type == 2 || type == 5 ? 20 : 16);
        g_assert_cmpuint(driver_read(config + at + 4, 1), ==, type == 5 ? 0 : 4);
    }
    g_assert_cmphex(found, ==, 0x3e);
    driver_free(d);
}

/* Without bus mastering the device touches no memory, and finds everything later. */
static void test_pci_master(void)
{
    Driver *d = driver_new("driver=" TYPE_ECHO_PCI);
    uint32_t head, length;
    driver_start(d, 0, 1);
    driver_write(config_of(d) + 4, 2, 2);
    put_hello(driver_desc(0), 0);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    g_assert_false(driver_take(d, 0, &head, &length));
    g_assert_cmphex(driver_status(d), ==, STATUS_READY);
    driver_write(config_of(d) + 4, 2, 6);
    driver_ring(d, 0);
    expect_hello(d, 0, 0);
    driver_free(d);
}

/* The window in config space reaches the registers while the BAR is not mapped. */
static void test_pci_window(void)
{
    Driver *d = driver_new("driver=" TYPE_ECHO_PCI);
    hwaddr config = config_of(d), cap = config;
    driver_write(config + 4, 2, 4);
    for (unsigned at = driver_read(config + 0x34, 1); at; at = driver_read(config + at + 1, 1)) {
        if (driver_read(config + at + 3, 1) == 5) {
            cap = config + at;
        }
    }
    driver_write(cap + 4, 1, 4);
    driver_write(cap + 8, 4, 0x14);
    driver_write(cap + 12, 4, 1);
    driver_write(cap + 16, 1, 3);
    g_assert_cmphex(driver_read(cap + 16, 1), ==, 3);
    driver_write(cap + 8, 4, 0x2000);
    driver_write(cap + 12, 4, 4);
    driver_write(cap + 16, 4, 0x12345678);
    g_assert_cmphex(driver_read(cap + 16, 4), ==, 0x12345678);
    g_assert_cmphex(echo_of(d)->config[0], ==, 0x78);
    static const uint32_t bad[][3] = {
        { 0, 0x2000, 4 }, { 4, 0x4000, 4 }, { 4, 0x2001, 4 }, { 4, UINT32_MAX, 1 },
        { 4, 0x2000, 3 }, { 4, 0x2000, 0 }, { 4, 0x2000, 8 }, { 4, 0xfffffffc, 4 },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        driver_write(cap + 4, 1, bad[i][0]);
        driver_write(cap + 8, 4, bad[i][1]);
        driver_write(cap + 12, 4, bad[i][2]);
        driver_write(cap + 16, 4, 0);
        driver_read(cap + 16, 4);
    }
    g_assert_cmphex(echo_of(d)->config[0], ==, 0x78);
    driver_free(d);
}

/* ---- making them ---- */

static void expect_error(const char *driver, const char *key, const char *value, const char *part)
{
    g_autoptr(QDict) props = qdict_new();
    g_autoptr(Error) err = NULL;
    qdict_put_str(props, "driver", driver);
    qdict_put_str(props, key, value);
    g_assert_null(device_add(props, true, &err));
    if (!strstr(error_get_pretty(err), part)) {
        g_error("'%s' does not say '%s'", error_get_pretty(err), part);
    }
}

static void test_buses(void)
{
    Driver *first = driver_new("driver=" TYPE_ECHO_VIRTIO ",bus=virtio-mmio-bus.1,id=first");
    g_assert_cmpuint(driver_read(first->base + 8, 4), ==, 31);
    expect_error(TYPE_ECHO_VIRTIO, "bus", "virtio-mmio-bus.1", "Bus 'virtio-mmio-bus.1' is full");
    expect_error(TYPE_ECHO_VIRTIO, "bus", "pcie.0", "can't go on PCIE bus");
    expect_error(TYPE_ECHO_PCI, "bus", "virtio-mmio-bus.0", "can't go on");
    expect_error(TYPE_ECHO_VIRTIO, "fail", "on", "told to fail");
    expect_error(TYPE_ECHO_PCI, "fail", "on", "told to fail");
    Driver *second = driver_new("driver=" TYPE_ECHO_VIRTIO);
    expect_error(TYPE_ECHO_VIRTIO, "id", "third", "No 'virtio-bus' bus found");
    driver_free(first);
    driver_free(second);
    g_assert_cmpuint(driver_read(0x10001008, 4), ==, 0);
}

static void test_pci_properties(void)
{
    Driver *d = driver_new("driver=" TYPE_ECHO_PCI ",id=p,tag=5,event_idx=off,addr=7");
    g_assert_cmphex(driver_offered(d), ==, F_VERSION_1 | F_INDIRECT | 1 << 3);
    g_autoptr(QObject) tag = object_property_get_qobject(OBJECT(d->dev), "tag", &error_abort);
    uint64_t value = 0;
    g_assert_true(qnum_get_try_uint(qobject_to_qnum(tag), &value));
    g_assert_cmpuint(value, ==, 5);
    g_autoptr(Error) err = NULL;
    g_assert_false(object_property_parse(OBJECT(d->dev), "tag", "6", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "device 'p'"));
    driver_free(d);
    expect_error(TYPE_ECHO_PCI, "tag", "-1", "tag");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    driver_board_init();
    static const struct {
        const char *name;
        TestFn *fn;
    } both[] = {
        { "/virtio/echo", test_echo },
        { "/virtio/no-interrupt-wanted", test_no_interrupt_wanted },
        { "/virtio/event-index", test_event_index },
        { "/virtio/indirect", test_indirect },
        { "/virtio/scattered", test_scattered },
        { "/virtio/features", test_features },
        { "/virtio/config", test_config },
        { "/virtio/not-live", test_not_live },
        { "/virtio/early", test_early },
        { "/virtio/bad-chains", test_bad_chains },
        { "/virtio/bad-tables", test_bad_tables },
        { "/virtio/bad-rings", test_bad_rings },
        { "/virtio/impossible-rings", test_impossible_rings },
        { "/virtio/scribble", test_scribble },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(both); i++) {
        g_test_add_data_func(both[i].name, (gconstpointer)both[i].fn, on_both);
    }
    g_test_add_func("/virtio/reset-waits", test_reset_waits);
    g_test_add_func("/virtio/queue-again", test_queue_again);
    g_test_add_func("/virtio/pci-header", test_pci_header);
    g_test_add_func("/virtio/pci-master", test_pci_master);
    g_test_add_func("/virtio/pci-window", test_pci_window);
    g_test_add_func("/virtio/buses", test_buses);
    g_test_add_func("/virtio/pci-properties", test_pci_properties);
    return g_test_run();
}
