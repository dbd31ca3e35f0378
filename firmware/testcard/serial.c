/*
 * 16550A.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "serial.h"

#include <stdarg.h>

#include "plic.h"

enum { UART_DATA, UART_IER, UART_FCR, UART_LCR, UART_MCR, UART_LSR };

#define LSR_DATA_READY 0x01
#define LSR_THR_EMPTY  0x20
#define IER_RECEIVED   0x01

static uintptr_t uart;

bool serial_init(const Fdt *fdt)
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
    plic_enable(irq ? fdt_cell(irq, 0) : 0);
    return true;
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
