/*
 * virtio-balloon: pages given back, the target, and what the guest tells.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/balloon.h"
#include "hw/machine.h"
#include "qapi/qapi-commands-balloon.h"
#include "util/event-loop.h"
#include "util/timer.h"
#include "virtio-driver.h"

#include <string.h>

#define LIST (RAM_BASE + 0x100000)
#define PAGE (RAM_BASE + 0x200000)

enum { F_STATS = 1 << 1, F_DEFLATE_ON_OOM = 1 << 2 };
enum { INFLATE, DEFLATE, STATS, QUEUES };

static uint32_t send(Driver *d, unsigned q, uint32_t bytes)
{
    uint32_t head, length;
    driver_put_desc(driver_desc(q), 0, LIST, bytes, 0, 0);
    driver_offer(d, q, 0);
    driver_ring(d, q);
    g_assert_true(driver_take(d, q, &head, &length));
    return length;
}

static void put_pages(const uint32_t *pages, unsigned count)
{
    memcpy(driver_ram(LIST), pages, count * sizeof(*pages));
}

static void test_pages(gconstpointer options)
{
    Driver *d = driver_new(options);
    driver_start(d, F_STATS, QUEUES);
    const uint32_t page = PAGE >> 12;
    const uint32_t pages[] = {
        page + 3, page + 2,                                          /* in falling order */
        page + 8, page + 9,                                          /* in rising order */
        0,        0x1000,   UINT32_MAX, (RAM_BASE + RAM_SIZE) >> 12, /* no RAM */
    };
    memset(driver_ram(PAGE), 'x', 16 << 12);
    put_pages(pages, G_N_ELEMENTS(pages));
    g_assert_cmpuint(send(d, INFLATE, sizeof(pages)), ==, 0);
    for (unsigned i = 0; i < 16; i++) {
        bool gone = i == 2 || i == 3 || i == 8 || i == 9;
        g_assert_cmpint(driver_ram(PAGE)[i << 12], ==, gone ? 0 : 'x');
        g_assert_cmpint(driver_ram(PAGE)[(i << 12) + 4095], ==, gone ? 0 : 'x');
    }
    send(d, DEFLATE, sizeof(pages));
    send(d, INFLATE, 0);
    send(d, INFLATE, 3);
    send(d, INFLATE, 1 << 20); /* more than is looked at */
    driver_free(d);
}

static int64_t actual(void)
{
    int64_t bytes;
    g_assert_true(balloon_get_actual(&bytes, &error_abort));
    return bytes;
}

static void test_target(void)
{
    Driver *d = driver_new("driver=virtio-balloon-pci,deflate-on-oom=on");
    g_assert_cmphex(driver_offered(d) & 6, ==, F_STATS | F_DEFLATE_ON_OOM);
    driver_start(d, F_STATS, QUEUES);
    g_assert_true(balloon_set_target(RAM_SIZE - 0x3000, &error_abort));
    g_assert_cmpuint(driver_config(d, 0, 4), ==, 3);
    g_assert_cmpuint(driver_isr(d), ==, 2);
    g_assert_cmpint(actual(), ==, RAM_SIZE);
    driver_set_config(d, 4, 4, 2);
    g_assert_cmpint(actual(), ==, RAM_SIZE - 0x2000);
    driver_set_config(d, 0, 4, 99); /* not the driver's */
    g_assert_cmpuint(driver_config(d, 0, 4), ==, 3);
    driver_set_config(d, 4, 4, UINT32_MAX);
    g_assert_cmpint(actual(), ==, 0);
    g_assert_true(balloon_set_target(INT64_MAX, &error_abort));
    g_assert_cmpuint(driver_config(d, 0, 4), ==, 0);
    g_assert_false(balloon_set_target(0, NULL));
    g_assert_false(balloon_set_target(-1, NULL));
    driver_set_status(d, 0);
    g_assert_cmpint(actual(), ==, RAM_SIZE);
    g_autoptr(QDict) props = qdict_new();
    g_autoptr(Error) err = NULL;
    qdict_put_str(props, "driver", "virtio-balloon-device");
    g_assert_null(device_add(props, true, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Only one balloon device is supported");
    driver_free(d);
    g_autoptr(Error) none = NULL;
    g_assert_null(qmp_query_balloon(&none));
    g_assert_cmpint(error_get_class(none), ==, ERROR_CLASS_DEVICE_NOT_ACTIVE);
}

/* ---- statistics ---- */

static uint64_t stat(Driver *d, const char *name)
{
    g_autoptr(QObject) all =
        object_property_get_qobject(OBJECT(d->dev), "guest-stats", &error_abort);
    const QDict *stats = qobject_to_qdict(qdict_get(qobject_to_qdict(all), "stats"));
    uint64_t value;
    g_assert_true(qnum_get_try_uint(qobject_to_qnum(qdict_get(stats, name)), &value));
    return value;
}

static void offer_stats(Driver *d, uint16_t desc, uint16_t tag, uint64_t value)
{
    memcpy(driver_ram(LIST), &tag, 2);
    memcpy(driver_ram(LIST + 2), &value, 8);
    driver_put_desc(driver_desc(STATS), desc, LIST, 10, 0, 0);
    driver_offer(d, STATS, desc);
    driver_ring(d, STATS);
}

static void set_interval(Driver *d, int64_t seconds, Error **errp)
{
    g_autoptr(QNum) value = qnum_new_int(seconds);
    object_property_set_qobject(OBJECT(d->dev), "guest-stats-polling-interval", QOBJECT(value),
                                errp);
}

static void test_stats(void)
{
    uint32_t head, length;
    Driver *d = driver_new("driver=virtio-balloon-pci");
    driver_start(d, F_STATS, QUEUES);
    g_assert_cmpuint(stat(d, "stat-free-memory"), ==, UINT64_MAX);
    offer_stats(d, 0, 4, 12345);
    g_assert_cmpuint(stat(d, "stat-free-memory"), ==, 12345);
    g_assert_cmpuint(stat(d, "stat-total-memory"), ==, UINT64_MAX);
    offer_stats(d, 1, 99, 1); /* unknown; and the first buffer comes back */
    g_assert_true(driver_take(d, STATS, &head, &length));
    g_assert_cmpuint(head, ==, 0);
    g_assert_false(driver_take(d, STATS, &head, &length));
    g_autoptr(Error) err = NULL;
    set_interval(d, -1, &err);
    g_assert_nonnull(err);
    g_autoptr(Error) large = NULL;
    set_interval(d, INT64_MAX, &large);
    g_assert_nonnull(large);
    set_interval(d, 1, &error_abort);
    virtual_clock_start();
    while (!driver_take(d, STATS, &head, &length)) {
        event_loop_iterate(main_loop(), true);
    }
    virtual_clock_stop();
    g_assert_cmpuint(head, ==, 1);
    set_interval(d, 0, &error_abort);
    driver_start(d, F_STATS, QUEUES);
    g_assert_cmpuint(stat(d, "stat-free-memory"), ==, UINT64_MAX);
    offer_stats(d, 0, 4, 1);
    driver_free(d); /* with a buffer of the driver's */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    Machine *machine = MACHINE(object_new("none-machine"));
    machine->ram_size = RAM_SIZE;
    machine_realize(machine, &error_abort);
    driver_board_init();
    g_test_add_data_func("/virtio-balloon/pages/pci", "driver=virtio-balloon-pci", test_pages);
    g_test_add_data_func("/virtio-balloon/pages/mmio", "driver=virtio-balloon-device", test_pages);
    g_test_add_func("/virtio-balloon/target", test_target);
    g_test_add_func("/virtio-balloon/stats", test_stats);
    return g_test_run();
}
