/*
 * Random rings: whatever the guest has in memory, the device ends its walk and stays usable.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "echo-virtio.h"
#include "virtio-driver.h"

#include "util/event-loop.h"

#include <stdlib.h>
#include <string.h>

/* How many rings; a longer run: VIRTIO_FUZZ=1000000. */
static unsigned rounds(void)
{
    const char *text = getenv("VIRTIO_FUZZ");
    return text ? (unsigned)strtoul(text, NULL, 10) : 3000;
}

static uint32_t below(GRand *rand, uint32_t bound)
{
    return (uint32_t)g_rand_int_range(rand, 0, (gint32)bound);
}

static hwaddr random_address(GRand *rand)
{
    switch (below(rand, 8)) {
    case 0:
        return (hwaddr)g_rand_int(rand) << 32 | g_rand_int(rand);
    case 1:
        return RAM_BASE + RAM_SIZE - below(rand, 64);
    case 2:
        return UINT64_MAX - below(rand, 64);
    case 3: /* the tables themselves */
        return driver_desc(0) + below(rand, 0x30000);
    default:
        return RAM_BASE + 0x100000 + below(rand, 0x1000);
    }
}

static uint32_t random_length(GRand *rand)
{
    switch (below(rand, 4)) {
    case 0:
        return g_rand_int(rand);
    case 1:
        return 16 * below(rand, 64);
    default:
        return below(rand, 4096);
    }
}

static void fill_table(GRand *rand, hwaddr table, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint16_t flags = below(rand, 20) ? below(rand, 4) : g_rand_int(rand);
        driver_put_desc(table, i, random_address(rand), random_length(rand), flags,
                        below(rand, 10) ? below(rand, QUEUE_SIZE) : g_rand_int(rand));
    }
}

static void fill_rings(GRand *rand, Driver *d)
{
    fill_table(rand, driver_desc(0), QUEUE_SIZE);
    fill_table(rand, RAM_BASE + 0x100000, 64);
    for (uint32_t i = below(rand, QUEUE_SIZE + 1); i > 0; i--) {
        driver_offer(d, 0, below(rand, 20) ? below(rand, QUEUE_SIZE) : g_rand_int(rand));
    }
    if (!below(rand, 20)) {
        uint16_t index = g_rand_int(rand);
        memcpy(driver_ram(driver_avail(0) + 2), &index, 2);
    }
}

/* A device that was broken, or whose rings were, is as good as new after a reset. */
static void check_alive(Driver *d)
{
    uint32_t head, length;
    driver_start(d, 0, 1);
    memcpy(driver_ram(RAM_BASE + 0x100000), "x", 1);
    driver_put_desc(driver_desc(0), 0, RAM_BASE + 0x100000, 1, DESC_NEXT, 1);
    driver_put_desc(driver_desc(0), 1, RAM_BASE + 0x100001, 1, DESC_WRITE, 0);
    driver_offer(d, 0, 0);
    driver_ring(d, 0);
    g_assert_true(driver_take(d, 0, &head, &length));
    g_assert_cmpuint(*driver_ram(RAM_BASE + 0x100001), ==, 'X');
}

static void test_random_rings(void)
{
    Driver *d = driver_new("driver=" TYPE_ECHO_VIRTIO);
    for (unsigned seed = 0; seed < rounds(); seed++) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
        uint64_t features = g_rand_int(rand) & (F_INDIRECT | F_EVENT_IDX);
        driver_start(d, features, 1);
        for (unsigned i = 0; i < 3; i++) {
            fill_rings(rand, d);
            driver_ring(d, 0);
        }
        if (seed % 16 == 0) {
            check_alive(d);
        }
    }
    driver_free(d);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    driver_board_init();
    g_test_add_func("/virtio-fuzz/random-rings", test_random_rings);
    return g_test_run();
}
