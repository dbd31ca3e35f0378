/*
 * The GPIO controller at register level, and the power button on one of its pins.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw-test.h"
#include "hw/gpio.h"
#include "hw/power.h"
#include "util/timer.h"

#define BASE 0x10060000

enum {
    INPUT_VAL = BASE,
    INPUT_EN = BASE + 0x04,
    OUTPUT_EN = BASE + 0x08,
    OUTPUT_VAL = BASE + 0x0c,
    PULLUP_EN = BASE + 0x10,
    RISE_IE = BASE + 0x18,
    RISE_IP = BASE + 0x1c,
    FALL_IE = BASE + 0x20,
    FALL_IP = BASE + 0x24,
    HIGH_IE = BASE + 0x28,
    HIGH_IP = BASE + 0x2c,
    LOW_IE = BASE + 0x30,
    LOW_IP = BASE + 0x34,
    OUT_XOR = BASE + 0x40,
};

static bool irqs[2];
static IrqLine pins[2];

static void clear_pending(void)
{
    for (unsigned reg = RISE_IP; reg <= LOW_IP; reg += 8) {
        reg_write(reg, 4, 3);
    }
}

static void begin(void)
{
    irq_set(&pins[0], false);
    irq_set(&pins[1], false);
    devices_reset_all();
    reg_write(INPUT_EN, 4, 3);
    clear_pending();
}

static void test_inputs(void)
{
    begin();
    irq_set(&pins[1], true);
    g_assert_cmphex(reg_read(INPUT_VAL, 4), ==, 2);
    reg_write(INPUT_EN, 4, 1);
    g_assert_cmphex(reg_read(INPUT_VAL, 4), ==, 0);
    /* Not the guest's to say, and no pins beyond. */
    reg_write(INPUT_VAL, 4, 3);
    g_assert_cmphex(reg_read(INPUT_VAL, 4), ==, 0);
    reg_write(INPUT_EN, 4, UINT32_MAX);
    g_assert_cmphex(reg_read(INPUT_EN, 4), ==, 3);
    reg_write(PULLUP_EN, 4, 2);
    g_assert_cmphex(reg_read(PULLUP_EN, 4), ==, 2);
    g_assert_cmphex(reg_read(BASE + 0x44, 4), ==, 0);
    reg_write(BASE + 0xffc, 4, 1);
}

static void test_outputs(void)
{
    begin();
    irq_set(&pins[0], true);
    reg_write(OUTPUT_EN, 4, 1);
    g_assert_cmphex(reg_read(INPUT_VAL, 4), ==, 0);
    reg_write(OUT_XOR, 4, 1);
    g_assert_cmphex(reg_read(INPUT_VAL, 4), ==, 1);
    reg_write(OUTPUT_VAL, 4, 1);
    g_assert_cmphex(reg_read(INPUT_VAL, 4), ==, 0);
    reg_write(OUTPUT_EN, 4, 0);
    g_assert_cmphex(reg_read(INPUT_VAL, 4), ==, 1);
}

static void test_edges(void)
{
    begin();
    reg_write(RISE_IE, 4, 1);
    reg_write(FALL_IE, 4, 2);
    irq_set(&pins[1], true);
    g_assert_false(irqs[0] || irqs[1]);
    irq_set(&pins[0], true);
    g_assert_true(irqs[0]);
    g_assert_false(irqs[1]);
    irq_set(&pins[0], false);
    g_assert_true(irqs[0]); /* until it is told off */
    g_assert_cmphex(reg_read(RISE_IP, 4), ==, 3);
    reg_write(RISE_IP, 4, 1);
    g_assert_false(irqs[0]);
    g_assert_cmphex(reg_read(RISE_IP, 4), ==, 2);
    irq_set(&pins[1], false);
    g_assert_true(irqs[1]);
    g_assert_cmphex(reg_read(FALL_IP, 4), ==, 3);
    devices_reset_all();
    g_assert_false(irqs[1]);
    g_assert_cmphex(reg_read(FALL_IP, 4), ==, 0);
}

static void test_levels(void)
{
    begin();
    reg_write(HIGH_IE, 4, 1);
    reg_write(LOW_IE, 4, 2);
    g_assert_false(irqs[0]);
    g_assert_true(irqs[1]);
    irq_set(&pins[0], true);
    irq_set(&pins[1], true);
    g_assert_true(irqs[0]);
    /* What still is so is pending again at once. */
    reg_write(HIGH_IP, 4, 3);
    g_assert_cmphex(reg_read(HIGH_IP, 4), ==, 3);
    g_assert_true(irqs[0]);
    reg_write(LOW_IP, 4, 2);
    g_assert_false(irqs[1]);
    irq_set(&pins[0], false);
    reg_write(HIGH_IP, 4, 1);
    g_assert_false(irqs[0]);
}

static void turn_until(uint32_t wanted)
{
    while (reg_read(INPUT_VAL, 4) != wanted) {
        event_loop_iterate(main_loop(), true);
    }
}

static void test_power_button(void)
{
    begin();
    int64_t start = clock_now(CLOCK_VIRTUAL);
    g_assert_true(power_button_press());
    g_assert_cmphex(reg_read(INPUT_VAL, 4), ==, 2);
    turn_until(0);
    g_assert_cmpint(clock_now(CLOCK_VIRTUAL) - start, >=, 50 * NS_PER_MS);
    g_assert_cmphex(reg_read(RISE_IP, 4), ==, 2);
    /* Twice in a row is one long press. */
    reg_write(RISE_IP, 4, 2);
    reg_write(FALL_IP, 4, 2);
    g_assert_true(power_button_press());
    reg_write(RISE_IP, 4, 2);
    g_assert_true(power_button_press());
    g_assert_cmphex(reg_read(RISE_IP, 4), ==, 0);
    g_assert_cmphex(reg_read(FALL_IP, 4), ==, 0);
    turn_until(0);
    /* A reset lets go. */
    g_assert_true(power_button_press());
    devices_reset_all();
    reg_write(INPUT_EN, 4, 3);
    g_assert_cmphex(reg_read(INPUT_VAL, 4), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    virtual_clock_start();
    g_assert_false(power_button_press()); /* there is none yet */
    IrqLine lines[2];
    for (unsigned i = 0; i < 2; i++) {
        lines[i] = (IrqLine){ .fn = watch_line, .opaque = &irqs[i] };
    }
    SifiveGpio *gpio = sifive_gpio_create(&board_get()->system, BASE, lines, 2, &error_abort);
    for (unsigned i = 0; i < 2; i++) {
        pins[i] = sifive_gpio_pin(gpio, i);
    }
    power_button_create(pins[1], &error_abort);
    g_test_add_func("/gpio/inputs", test_inputs);
    g_test_add_func("/gpio/outputs", test_outputs);
    g_test_add_func("/gpio/edges", test_edges);
    g_test_add_func("/gpio/levels", test_levels);
    g_test_add_func("/gpio/power-button", test_power_button);
    return g_test_run();
}
