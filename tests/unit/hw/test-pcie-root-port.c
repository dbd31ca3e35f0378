/*
 * pcie-root-port: bus numbers, windows, interrupts through it, and devices that come and go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/pci.h"
#include "util/event-loop.h"
#include "virtio-driver.h"

#include <string.h>

#define ECAM   0x30000000
#define PORT   (ECAM + (1 << 15))
#define BEHIND (ECAM + (1 << 20))
#define MMIO   0x40000000

#define COMMAND      0x04
#define BUSES        0x18
#define MEM_WINDOW   0x20
#define PREF_WINDOW  0x24
#define PREF_HIGH    0x28
#define LIMIT_HIGH   0x2c
#define CONTROL      0x3e
#define SLOT_CONTROL 0x18
#define SLOT_STATUS  0x1a
#define LINK_STATUS  0x12

#define LIGHT_ON   0x0100
#define LIGHT_OFF  0x0300
#define POWER_OFF  0x0400
#define ALL_EVENTS 0x1029 /* button, presence, link, and the interrupt itself */

static void expect_error(const char *options, const char *part)
{
    g_autoptr(Error) err = NULL;
    g_assert_null(driver_add(options, &err));
    if (!strstr(error_get_pretty(err), part)) {
        g_error("'%s' does not say '%s'", error_get_pretty(err), part);
    }
}

static hwaddr express(unsigned offset)
{
    unsigned at = (unsigned)driver_read(PORT + 0x34, 1);
    while (driver_read(PORT + at, 1) != 0x10) {
        at = (unsigned)driver_read(PORT + at + 1, 1);
        g_assert_cmpuint(at, !=, 0);
    }
    return PORT + at + offset;
}

static void turn_loop(void)
{
    for (unsigned i = 0; i < 10; i++) {
        event_loop_iterate(main_loop(), false);
    }
}

/* What firmware does: numbers, windows, decoding. */
static void configure(void)
{
    driver_write(PORT + BUSES, 4, 0x00010100);
    driver_write(PORT + MEM_WINDOW, 4, 0x40104000);  /* 40000000 to 401fffff */
    driver_write(PORT + PREF_WINDOW, 4, 0x50105000); /* 50000000 to 501fffff */
    driver_write(PORT + COMMAND, 2, 7);
}

static void reset_all(void)
{
    devices_reset_all();
    turn_loop();
}

/* A device with its registers (BAR 4, prefetchable) in the window. */
static Device *add_behind(void)
{
    Device *dev = driver_add("driver=virtio-rng-pci,bus=pci.1,addr=0x0,id=dev", &error_abort);
    return dev;
}

static void configure_behind(void)
{
    driver_write(BEHIND + 0x20, 4, 0x50010000);
    driver_write(BEHIND + 0x24, 4, 0);
    driver_write(BEHIND + COMMAND, 2, 6);
}

/* ---- tests ---- */

static void test_header(void)
{
    g_assert_cmphex(driver_read(PORT, 4), ==, 0x000c1b36);
    g_assert_cmphex(driver_read(PORT + 8, 4), ==, 0x06040000);
    g_assert_cmphex(driver_read(PORT + 0x0e, 1), ==, 0x81);
    g_assert_cmphex(driver_read(PORT + 0x1000 + 0x0e, 1), ==, 0x01);
    g_assert_cmphex(driver_read(express(2), 2), ==, 0x0142);
    g_assert_cmphex(driver_read(express(0x0c), 4) >> 24, ==, 8);
    g_assert_cmphex(driver_read(express(0x14), 4) >> 19, ==, 5);
    g_assert_cmphex(driver_read(express(0x14), 4) & 0x40, ==, 0x40);
    for (unsigned reg = 0; reg < 256; reg += 4) {
        driver_write(PORT + reg, 4, UINT32_MAX);
        driver_read(PORT + reg, 4);
    }
    g_assert_cmphex(driver_read(PORT, 4), ==, 0x000c1b36);
    g_assert_cmphex(driver_read(PORT + 0x20, 4), ==, 0xfff0fff0);
    g_assert_cmphex(driver_read(PORT + 0x24, 4), ==, 0xfff1fff1);
    reset_all();
    g_assert_cmphex(driver_read(PORT + 0x20, 4), ==, 0);
}

static void test_bus_numbers(void)
{
    Device *dev = add_behind();
    reset_all();
    g_assert_cmphex(driver_read(BEHIND, 4), ==, UINT32_MAX);
    driver_write(PORT + BUSES, 4, 0x00010100);
    g_assert_cmphex(driver_read(BEHIND, 4), ==, 0x10441af4);
    g_assert_cmphex(driver_read(BEHIND + (1 << 15), 4), ==, UINT32_MAX);
    driver_write(PORT + BUSES, 4, 0x00050500);
    g_assert_cmphex(driver_read(BEHIND, 4), ==, UINT32_MAX);
    g_assert_cmphex(driver_read(ECAM + (5 << 20), 4), ==, 0x10441af4);
    /* Subordinate below secondary; a bus that would be the root. */
    driver_write(PORT + BUSES, 4, 0x00040500);
    g_assert_cmphex(driver_read(ECAM + (5 << 20), 4), ==, UINT32_MAX);
    driver_write(PORT + BUSES, 4, 0x00ff0000);
    g_assert_cmphex(driver_read(BEHIND, 4), ==, UINT32_MAX);
    device_unplug(dev);
}

static bool answers(hwaddr addr)
{
    return driver_read(addr, 2) != 0xffff; /* the device's feature selector is 0 */
}

static void test_windows(void)
{
    Device *dev = add_behind();
    reset_all();
    configure();
    configure_behind();
    g_assert_true(answers(0x50010000));
    driver_write(PORT + COMMAND, 2, 5);
    g_assert_false(answers(0x50010000));
    driver_write(PORT + COMMAND, 2, 7);
    driver_write(PORT + PREF_WINDOW, 4, 0x50005000); /* to 500fffff */
    g_assert_true(answers(0x50010000));
    driver_write(BEHIND + 0x20, 4, 0x50100000); /* outside */
    g_assert_false(answers(0x50100000));
    driver_write(BEHIND + 0x20, 4, 0x40100000); /* in the other window */
    g_assert_true(answers(0x40100000));
    driver_write(PORT + PREF_WINDOW, 4, 0x00001000); /* closed */
    driver_write(PORT + MEM_WINDOW, 4, 0x00001000);
    g_assert_false(answers(0x40100000));
    driver_write(PORT + PREF_HIGH, 4, 4); /* above 4 GiB */
    driver_write(PORT + LIMIT_HIGH, 4, 4);
    driver_write(PORT + PREF_WINDOW, 4, 0);
    driver_write(BEHIND + 0x20, 4, 0x20000);
    driver_write(BEHIND + 0x24, 4, 4);
    g_assert_true(answers(0x400020000));
    driver_write(PORT + LIMIT_HIGH, 4,
                 UINT32_MAX); /* everything: devices on the bus still answer */
    driver_write(PORT + PREF_HIGH, 4, 0);
    g_assert_true(answers(0x400020000));
    reset_all();
    g_assert_false(answers(0x400020000));
    device_unplug(dev);
}

/* A device's pin A comes out as the pin that the port's slot gives it; masters need the port, too.
 */
static void test_interrupt_and_master(void)
{
    Device *dev = add_behind();
    reset_all();
    configure();
    configure_behind();
    PciDevice *pci = PCI_DEVICE(dev);
    Driver line = { .pci = true, .slot = 1 };
    pci_set_intx(pci, true);
    g_assert_true(driver_line(&line));
    pci_set_intx(pci, false);
    g_assert_false(driver_line(&line));
    g_assert_true(pci_can_master(pci));
    driver_write(PORT + COMMAND, 2, 3);
    g_assert_false(pci_can_master(pci));
    pci_set_intx(pci, true);
    device_unplug(dev);
    g_assert_false(driver_line(&line));
}

static void test_secondary_reset(void)
{
    Device *dev = add_behind();
    reset_all();
    configure();
    configure_behind();
    driver_write(0x50010014, 1, 3);
    g_assert_cmphex(driver_read(0x50010014, 1), ==, 3);
    driver_write(PORT + CONTROL, 2, 0x40);
    driver_write(PORT + CONTROL, 2, 0);
    g_assert_cmphex(driver_read(BEHIND + COMMAND, 2), ==, 0);
    configure_behind();
    g_assert_cmphex(driver_read(0x50010014, 1), ==, 0);
    device_unplug(dev);
}

/* ---- hot-plugging, with the guest's part in it played by us ---- */

static unsigned slot_status(void)
{
    return (unsigned)driver_read(express(SLOT_STATUS), 2);
}

static void test_plug(void)
{
    Driver line = { .pci = true, .slot = 1 };
    reset_all();
    configure();
    g_assert_cmphex(driver_read(express(SLOT_CONTROL), 2), ==, LIGHT_OFF | POWER_OFF);
    g_assert_cmphex(slot_status(), ==, 0);
    g_assert_cmphex(driver_read(express(LINK_STATUS), 2) & 0x2000, ==, 0);
    driver_write(express(SLOT_CONTROL), 2, LIGHT_OFF | POWER_OFF | ALL_EVENTS);
    Device *dev = add_behind();
    g_assert_cmphex(slot_status(), ==, 0x148);
    g_assert_cmphex(driver_read(express(LINK_STATUS), 2) & 0x2000, ==, 0x2000);
    g_assert_true(driver_line(&line));
    driver_write(express(SLOT_STATUS), 2, 0x148);
    g_assert_cmphex(slot_status(), ==, 0x40);
    g_assert_false(driver_line(&line));
    driver_write(express(SLOT_CONTROL), 2, LIGHT_ON | ALL_EVENTS);
    g_assert_cmphex(driver_read(BEHIND, 4), ==, 0x10441af4);

    /* Asked for: the attention button; let go: power off. */
    g_assert_true(device_request_unplug(dev, &error_abort));
    g_assert_cmphex(slot_status(), ==, 0x41);
    g_assert_true(driver_line(&line));
    g_autoptr(Error) err = NULL;
    g_assert_false(device_request_unplug(dev, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "already in the process of unplug"));
    driver_write(express(SLOT_STATUS), 2, 1);
    driver_write(express(SLOT_CONTROL), 2, 0x0200 | ALL_EVENTS); /* blinks */
    turn_loop();
    g_assert_nonnull(object_resolve_path("/machine/peripheral/dev", NULL));
    driver_write(express(SLOT_CONTROL), 2, LIGHT_OFF | POWER_OFF | ALL_EVENTS);
    turn_loop();
    g_assert_null(object_resolve_path("/machine/peripheral/dev", NULL));
    g_assert_cmphex(slot_status(), ==, 0x108);
    g_assert_true(driver_line(&line));
    g_assert_cmphex(driver_read(BEHIND, 4), ==, UINT32_MAX);
    driver_write(express(SLOT_STATUS), 2, 0x108);
    g_assert_false(driver_line(&line));
}

/* While the slot is off nobody uses the device; and a guest that is busy says so. */
static void test_unplug_at_once(void)
{
    reset_all();
    Device *dev = add_behind();
    g_assert_true(device_request_unplug(dev, &error_abort));
    g_assert_null(object_resolve_path("/machine/peripheral/dev", NULL));
    dev = add_behind();
    driver_write(express(SLOT_CONTROL), 2, 0x0200);
    g_autoptr(Error) err = NULL;
    g_assert_false(device_request_unplug(dev, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "guest is busy"));
    /* A reset makes the guest forget that it was asked. */
    driver_write(express(SLOT_CONTROL), 2, LIGHT_ON);
    g_assert_true(device_request_unplug(dev, &error_abort));
    reset_all();
    g_assert_cmphex(slot_status(), ==, 0x40);
    g_assert_true(device_request_unplug(dev, &error_abort));
    driver_write(express(SLOT_CONTROL), 2, LIGHT_OFF | POWER_OFF);
    reset_all(); /* before the main loop had a turn */
    g_assert_nonnull(object_resolve_path("/machine/peripheral/dev", NULL));
    device_unplug(dev);
}

static void test_refused(void)
{
    expect_error("driver=virtio-rng-pci,bus=pci.1,addr=1", "only allows plugging into slot 0");
    expect_error("driver=virtio-rng-pci,bus=pci.2", "Bus 'pci.2' does not support hotplugging");
    expect_error("driver=virtio-rng-pci,bus=pcie.0", "Bus 'pcie.0' does not support hotplugging");
    expect_error("driver=pcie-root-port,id=x", "does not support hotplugging");
    Device *dev = add_behind();
    expect_error("driver=virtio-rng-pci,bus=pci.1", "all in use");
    expect_error("driver=virtio-rng-pci,bus=pci.1,addr=0.1", "multifunction");
    device_unplug(dev);
}

static void test_cold_refused(void)
{
    expect_error("driver=pcie-root-port,chassis=1,slot=5", "chassis 1 has a slot 5 already");
    expect_error("driver=pcie-root-port,chassis=9,slot=8192", "at most 8191");
    expect_error("driver=pcie-root-port,chassis=9,bus=pci.1", "goes on the bus 'pcie.0' only");
    expect_error("driver=pcie-root-port,chassis=9,addr=2.1,multifunction=maybe", "multifunction");
    expect_error("driver=virtio-rng-pci,addr=4.1", "function 0 of the slot needs multifunction=on");
    expect_error("driver=virtio-rng-pci,addr=5", "is already populated");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    driver_board_init();
    driver_add("driver=pcie-root-port,id=pci.1,port=8,chassis=1,slot=5,addr=1,"
               "multifunction=on",
               &error_abort);
    driver_add("driver=pcie-root-port,id=pci.2,chassis=2,addr=1.1,hotplug=off", &error_abort);
    driver_add("driver=virtio-rng-pci,addr=4", &error_abort);
    driver_add("driver=virtio-rng-pci,addr=5.1", &error_abort);
    test_cold_refused();
    devices_set_up_done();
    g_test_add_func("/root-port/header", test_header);
    g_test_add_func("/root-port/bus-numbers", test_bus_numbers);
    g_test_add_func("/root-port/windows", test_windows);
    g_test_add_func("/root-port/interrupt-and-master", test_interrupt_and_master);
    g_test_add_func("/root-port/secondary-reset", test_secondary_reset);
    g_test_add_func("/root-port/plug", test_plug);
    g_test_add_func("/root-port/unplug-at-once", test_unplug_at_once);
    g_test_add_func("/root-port/refused", test_refused);
    return g_test_run();
}
