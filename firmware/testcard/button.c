/*
 * One key on one pin.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "button.h"

#include "plic.h"
#include "sbi.h"
#include "serial.h"

enum { GPIO_INPUT_EN = 0x04, GPIO_RISE_IE = 0x18, GPIO_RISE_IP = 0x1c };

#define KEY_POWER 116

static uintptr_t gpio; /* 0: no button */
static uint32_t pin_bit;

void button_init(const Fdt *fdt)
{
    FdtNode controller = fdt_find_compatible(fdt, "sifive,gpio0");
    FdtNode key = fdt_find_path(fdt, "/gpio-keys/poweroff");
    const void *reg = controller ? fdt_property(fdt, controller, "reg", NULL) : NULL;
    const void *irqs = controller ? fdt_property(fdt, controller, "interrupts", NULL) : NULL;
    const void *code = key ? fdt_property(fdt, key, "linux,code", NULL) : NULL;
    const void *pin = key ? fdt_property(fdt, key, "gpios", NULL) : NULL;

    if (!reg || !irqs || !code || fdt_cell(code, 0) != KEY_POWER || !pin) {
        return;
    }
    gpio = fdt_cell2(reg, 0);
    pin_bit = 1u << fdt_cell(pin, 1);
    mmio_write32(gpio + GPIO_INPUT_EN, pin_bit);
    mmio_write32(gpio + GPIO_RISE_IP, pin_bit);
    mmio_write32(gpio + GPIO_RISE_IE, pin_bit);
    plic_enable(fdt_cell(irqs, fdt_cell(pin, 1)));
}

void button_serve(void)
{
    if (gpio && mmio_read32(gpio + GPIO_RISE_IP) & pin_bit) {
        mmio_write32(gpio + GPIO_RISE_IP, pin_bit);
        serial_puts("testcard: power button\n");
        sbi_system_reset(SBI_SRST_SHUTDOWN);
    }
}
