/*
 * CLINT, RTC, test finisher and empty virtio-mmio slots at register level.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fake-harts.h"
#include "hw-test.h"
#include "hw/board-devices.h"
#include "hw/intc.h"
#include "hw/power.h"
#include "util/timer.h"

#define CLINT          0x2000000
#define MSIP(hart)     (CLINT + 4 * (hart))
#define MTIMECMP(hart) (CLINT + 0x4000 + 8 * (hart))
#define MTIME          (CLINT + 0xbff8)
#define RTC            0x101000
#define TEST           0x100000
#define VIRTIO         0x10001000

static bool rtc_line;

static void create_devices(void)
{
    MemoryRegion *system = &board_get()->system;
    IrqLine line = { .fn = watch_line, .opaque = &rtc_line };
    aclint_create(FAKE_HARTS, system, CLINT, &error_abort);
    goldfish_rtc_create(system, RTC, line, &error_abort);
    sifive_test_create(system, TEST, &error_abort);
    virtio_mmio_create(0, system, VIRTIO, (IrqLine){ 0 }, &error_abort);
}

static void test_msip(void)
{
    reg_write(MSIP(1), 4, 0xffffffff);
    g_assert_true(fake_hart_line(1, HART_IRQ_MSI));
    g_assert_false(fake_hart_line(0, HART_IRQ_MSI));
    g_assert_cmphex(reg_read(MSIP(1), 4), ==, 1);
    reg_write(MSIP(1), 4, 0xfffffffe);
    g_assert_false(fake_hart_line(1, HART_IRQ_MSI));
    /* Harts that are not there. */
    reg_write(MSIP(FAKE_HARTS), 4, 1);
    g_assert_cmphex(reg_read(MSIP(FAKE_HARTS), 4), ==, 0);
    reg_write(MSIP(0), 4, 1);
    devices_reset_all();
    g_assert_false(fake_hart_line(0, HART_IRQ_MSI));
}

static void test_mtimecmp(void)
{
    g_assert_cmphex(reg_read(MTIMECMP(0), 8), ==, UINT64_MAX);
    reg_write(MTIMECMP(0), 8, 0x1122334455667788);
    g_assert_cmphex(reg_read(MTIMECMP(0), 4), ==, 0x55667788);
    g_assert_cmphex(reg_read(MTIMECMP(0) + 4, 4), ==, 0x11223344);
    reg_write(MTIMECMP(0) + 4, 4, 0xaabbccdd);
    g_assert_cmphex(reg_read(MTIMECMP(0), 8), ==, 0xaabbccdd55667788);
    reg_write(MTIMECMP(0), 4, 0x99999999);
    g_assert_cmphex(reg_read(MTIMECMP(0), 8), ==, 0xaabbccdd99999999);
    g_assert_false(fake_hart_line(0, HART_IRQ_MTI));
    g_assert_cmphex(reg_read(MTIMECMP(1), 8), ==, UINT64_MAX);
}

static void test_mtime(void)
{
    uint64_t before = reg_read(MTIME, 8);
    uint64_t low = reg_read(MTIME, 4), high = reg_read(MTIME + 4, 4);
    uint64_t after = reg_read(MTIME, 8);
    g_assert_cmpuint(before, <=, high << 32 | low);
    g_assert_cmpuint(high << 32 | low, <=, after);
    /* The `time` CSR could not follow. */
    reg_write(MTIME, 8, 1ull << 60);
    g_assert_cmpuint(reg_read(MTIME, 8), <, 1ull << 60);
}

static void test_timer_interrupt(void)
{
    reg_write(MTIMECMP(1), 8, reg_read(MTIME, 8) + HART_TIMEBASE_HZ / 100);
    g_assert_false(fake_hart_line(1, HART_IRQ_MTI));
    while (!fake_hart_line(1, HART_IRQ_MTI)) {
        g_assert_cmpuint(reg_read(MTIME, 8), <,
                         reg_read(MTIMECMP(1), 8) + 60ull * HART_TIMEBASE_HZ);
        event_loop_iterate(main_loop(), true);
    }
    g_assert_cmpuint(reg_read(MTIME, 8), >=, reg_read(MTIMECMP(1), 8));
    reg_write(MTIMECMP(1), 8, UINT64_MAX);
    g_assert_false(fake_hart_line(1, HART_IRQ_MTI));
    /* In the past: at once, without the loop. */
    reg_write(MTIMECMP(1), 8, 0);
    g_assert_true(fake_hart_line(1, HART_IRQ_MTI));
    devices_reset_all();
    g_assert_false(fake_hart_line(1, HART_IRQ_MTI));
}

static uint64_t rtc_time(void)
{
    uint64_t low = reg_read(RTC, 4);
    return reg_read(RTC + 4, 4) << 32 | low;
}

static void test_rtc_time(void)
{
    uint64_t before = (uint64_t)wall_clock_now();
    uint64_t now = rtc_time();
    g_assert_cmpuint(before, <=, now);
    g_assert_cmpuint(now, <=, (uint64_t)wall_clock_now());
    /* The guest sets it; a reset does not take that back. */
    uint64_t wanted = 0x0123456789abcdef;
    reg_write(RTC + 4, 4, wanted >> 32);
    reg_write(RTC, 4, wanted & 0xffffffff);
    devices_reset_all();
    now = rtc_time();
    g_assert_cmpuint(now, >=, wanted);
    g_assert_cmpuint(now - wanted, <, 60ull * NS_PER_SEC);
}

static void test_rtc_alarm(void)
{
    uint64_t at = rtc_time() + 5 * NS_PER_MS;
    reg_write(RTC + 0x10, 4, 1);
    reg_write(RTC + 0xc, 4, at >> 32);
    reg_write(RTC + 0x8, 4, at & 0xffffffff);
    g_assert_cmpuint(reg_read(RTC + 0x18, 4), ==, 1);
    loop_until(&rtc_line, true);
    g_assert_cmpuint(rtc_time(), >=, at);
    g_assert_cmpuint(reg_read(RTC + 0x18, 4), ==, 0);
    reg_write(RTC + 0x1c, 4, 1);
    g_assert_false(rtc_line);
    /* In the past: at once. Masked: not at all. */
    reg_write(RTC + 0x8, 4, 0);
    g_assert_true(rtc_line);
    reg_write(RTC + 0x10, 4, 0);
    g_assert_false(rtc_line);
    reg_write(RTC + 0x1c, 4, 1);
    reg_write(RTC + 0x10, 4, 1);
    g_assert_false(rtc_line);
    /* Cleared before it is due. */
    reg_write(RTC + 0xc, 4, 0x7fffffff);
    reg_write(RTC + 0x8, 4, 0);
    g_assert_cmphex(reg_read(RTC + 0xc, 4), ==, 0x7fffffff);
    g_assert_cmpuint(reg_read(RTC + 0x18, 4), ==, 1);
    reg_write(RTC + 0x14, 4, 1);
    g_assert_cmpuint(reg_read(RTC + 0x18, 4), ==, 0);
}

static PowerRequest last_request;
static int last_code;
static unsigned requests;

static void power_sink(PowerRequest request, int code)
{
    last_request = request;
    last_code = code;
    requests++;
}

static void test_finisher(void)
{
    power_set_sink(power_sink);
    g_assert_cmphex(reg_read(TEST, 4), ==, 0);
    reg_write(TEST, 4, 0x5555);
    g_assert(requests == 1 && last_request == POWER_OFF);
    reg_write(TEST, 4, 0x7777);
    g_assert(requests == 2 && last_request == POWER_RESET);
    reg_write(TEST, 4, 0xabcd3333);
    g_assert(requests == 3 && last_request == POWER_FAILED);
    g_assert_cmphex((unsigned)last_code, ==, 0xabcd);
    reg_write(TEST, 2, 0x5555);
    g_assert(requests == 4 && last_request == POWER_OFF);
    reg_write(TEST, 4, 0);
    reg_write(TEST, 4, 0x55555556);
    reg_write(TEST + 4, 4, 0x5555);
    g_assert_cmpuint(requests, ==, 4);
}

static void test_empty_virtio(void)
{
    g_assert_cmphex(reg_read(VIRTIO, 4), ==, 0x74726976);
    g_assert_cmphex(reg_read(VIRTIO + 4, 4), ==, 2);
    g_assert_cmphex(reg_read(VIRTIO + 8, 4), ==, 0);
    reg_write(VIRTIO + 0x70, 4, 0xff);
    for (unsigned reg = 0x10; reg < 0x200; reg += 4) {
        g_assert_cmphex(reg_read(VIRTIO + reg, 4), ==, 0);
    }
    uint64_t value;
    g_assert(address_space_load(board_get()->as, VIRTIO + 0x200, 4, &value) == MEM_DECODE_ERROR);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    virtual_clock_start();
    create_devices();
    devices_reset_all();
    g_test_add_func("/board/msip", test_msip);
    g_test_add_func("/board/mtimecmp", test_mtimecmp);
    g_test_add_func("/board/mtime", test_mtime);
    g_test_add_func("/board/timer-interrupt", test_timer_interrupt);
    g_test_add_func("/board/rtc-time", test_rtc_time);
    g_test_add_func("/board/rtc-alarm", test_rtc_alarm);
    g_test_add_func("/board/finisher", test_finisher);
    g_test_add_func("/board/empty-virtio", test_empty_virtio);
    return g_test_run();
}
