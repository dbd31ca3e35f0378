/*
 * virtio-rng: entropy arrives, at the rate asked for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/device.h"
#include "util/event-loop.h"
#include "util/timer.h"
#include "virtio-driver.h"

#include <string.h>

#define DATA (RAM_BASE + 0x100000)

static void ask(Driver *d, uint16_t desc, uint32_t length)
{
    driver_put_desc(driver_desc(0), desc, DATA, length, DESC_WRITE, 0);
    driver_offer(d, 0, desc);
    driver_ring(d, 0);
}

static uint32_t wait_answer(Driver *d)
{
    uint32_t head, length;
    while (!driver_take(d, 0, &head, &length)) {
        event_loop_iterate(main_loop(), true);
    }
    return length;
}

static void turn_loop(void)
{
    for (unsigned i = 0; i < 20; i++) {
        event_loop_iterate(main_loop(), false);
    }
}

static void test_entropy(gconstpointer options)
{
    static const uint8_t nothing[64];
    Driver *d = driver_new(options);
    driver_start(d, 0, 1);
    ask(d, 0, 64);
    g_assert_cmpuint(wait_answer(d), ==, 64);
    g_assert_cmpint(memcmp(driver_ram(DATA), nothing, 64), !=, 0);
    g_assert_true(driver_line(d));
    ask(d, 1, 0);
    g_assert_cmpuint(wait_answer(d), ==, 0);
    ask(d, 2, 1 << 20); /* as much as there is */
    g_assert_cmpuint(wait_answer(d), >, 0);
    for (uint16_t i = 0; i < QUEUE_SIZE; i++) {
        ask(d, i, 16);
    }
    for (unsigned i = 0; i < QUEUE_SIZE; i++) {
        g_assert_cmpuint(wait_answer(d), ==, 16);
    }
    driver_free(d);
}

/* No answer to what was asked before a reset, and the next is answered. */
static void test_reset(void)
{
    uint32_t head, length;
    Driver *d = driver_new("driver=virtio-rng-pci");
    driver_start(d, 0, 1);
    ask(d, 0, 64);
    event_loop_iterate(main_loop(), false);
    driver_start(d, 0, 1);
    turn_loop();
    g_assert_false(driver_take(d, 0, &head, &length));
    ask(d, 0, 64);
    g_assert_cmpuint(wait_answer(d), ==, 64);
    ask(d, 0, 64);
    driver_free(d); /* with a request under way */
    turn_loop();
}

/* The virtual clock stands still, so that there is one period. */
static void test_rate(void)
{
    uint32_t head, length;
    Driver *d = driver_new("driver=virtio-rng-device,max-bytes=40,period=1000");
    driver_start(d, 0, 1);
    ask(d, 0, 32);
    ask(d, 1, 32);
    ask(d, 2, 32);
    g_assert_cmpuint(wait_answer(d), ==, 32);
    g_assert_cmpuint(wait_answer(d), ==, 8);
    turn_loop();
    g_assert_false(driver_take(d, 0, &head, &length));
    virtual_clock_start();
    g_assert_cmpuint(wait_answer(d), ==, 32);
    virtual_clock_stop();
    driver_free(d);
}

static void test_properties(void)
{
    static const char *const bad[][2] = {
        { "max-bytes", "0" },
        { "max-bytes", "9223372036854775808" },
        { "period", "0" },
        { "rng", "nobody" },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(QDict) props = qdict_new();
        g_autoptr(Error) err = NULL;
        qdict_put_str(props, "driver", "virtio-rng-pci");
        qdict_put_str(props, bad[i][0], bad[i][1]);
        g_assert_null(device_add(props, true, &err));
        g_assert_nonnull(err);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    driver_board_init();
    g_test_add_data_func("/virtio-rng/entropy/pci", "driver=virtio-rng-pci", test_entropy);
    g_test_add_data_func("/virtio-rng/entropy/mmio", "driver=virtio-rng-device", test_entropy);
    g_test_add_func("/virtio-rng/reset", test_reset);
    g_test_add_func("/virtio-rng/rate", test_rate);
    g_test_add_func("/virtio-rng/properties", test_properties);
    return g_test_run();
}
