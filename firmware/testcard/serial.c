/*
 * 16550A and the one PLIC source it needs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "serial.h"

#include <stdarg.h>

enum { UART_DATA, UART_IER, UART_FCR, UART_LCR, UART_MCR, UART_LSR };

#define LSR_DATA_READY 0x01
#define LSR_THR_EMPTY  0x20
#define IER_RECEIVED   0x01

static uintptr_t uart;
static uintptr_t plic_claim; /* 0: no interrupt controller, the timer alone wakes us */

/* Context 2 * hart + 1 is the hart's S mode on this board. */
static void plic_init(const Fdt *fdt, unsigned hart, unsigned irq)
{
    FdtNode node = fdt_find_compatible(fdt, "sifive,plic-1.0.0");
    const void *reg = node ? fdt_property(fdt, node, "reg", NULL) : NULL;
    unsigned context = 2 * hart + 1;
    uintptr_t base;

    if (!reg || !irq) {
        return;
    }
    base = fdt_cell2(reg, 0);
    mmio_write32(base + 4 * irq, 1);
    mmio_write32(base + 0x2000 + 0x80 * context + irq / 32 * 4, 1u << irq % 32);
    mmio_write32(base + 0x200000 + 0x1000 * context, 0);
    plic_claim = base + 0x200004 + 0x1000 * context;
}

bool serial_init(const Fdt *fdt, unsigned hart)
{
    FdtNode node = fdt_find_path(fdt, "/chosen");
    const char *path = node ? fdt_property(fdt, node, "stdout-path", NULL) : NULL;
    const void *reg, *irq;

    node = path ? fdt_find_path(fdt, path) : NULL;
    reg = node ? fdt_property(fdt, node, "reg", NULL) : NULL;
    if (!reg) {
        return false;
    }
    uart = fdt_cell2(reg, 0);
    mmio_write8(uart + UART_FCR, 0x07); /* FIFOs on and empty, interrupt at the first byte */
    mmio_write8(uart + UART_IER, IER_RECEIVED);
    irq = fdt_property(fdt, node, "interrupts", NULL);
    plic_init(fdt, hart, irq ? fdt_cell(irq, 0) : 0);
    return true;
}

uint32_t serial_claim_interrupt(void)
{
    return plic_claim ? mmio_read32(plic_claim) : 0;
}

void serial_complete_interrupt(uint32_t irq)
{
    if (irq) {
        mmio_write32(plic_claim, irq);
    }
}

int serial_getc(void)
{
    if (!(mmio_read8(uart + UART_LSR) & LSR_DATA_READY)) {
        return -1;
    }
    return mmio_read8(uart + UART_DATA);
}

void serial_putc(char c)
{
    if (c == '\n') {
        serial_putc('\r');
    }
    while (!(mmio_read8(uart + UART_LSR) & LSR_THR_EMPTY)) {
    }
    mmio_write8(uart + UART_DATA, c);
}

void serial_puts(const char *s)
{
    while (*s) {
        serial_putc(*s++);
    }
}

static void put_number(uint64_t n, unsigned base)
{
    char digits[20];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[n % base];
        n /= base;
    } while (n);
    while (count) {
        serial_putc(digits[--count]);
    }
}

void serial_printf(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            serial_putc(*fmt);
            continue;
        }
        fmt++;
        if (*fmt == 'l') {
            fmt++;
        }
        switch (*fmt) {
        case 's':
            serial_puts(va_arg(args, const char *));
            break;
        case 'u':
            put_number(va_arg(args, uint32_t), 10);
            break;
        case 'x':
            put_number(va_arg(args, uint64_t), 16);
            break;
        default:
            serial_putc(*fmt);
        }
    }
    va_end(args);
}
