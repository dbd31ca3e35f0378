/*
 * The serial port: a 16550A polled for output, with its receive interrupt as a wake-up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_SERIAL_H
#define TESTCARD_SERIAL_H

#include "fdt.h"

/* Take the port that /chosen names and have its interrupt wake @hart. False: none such. */
bool serial_init(const Fdt *fdt, unsigned hart);
void serial_putc(char c);
void serial_puts(const char *s);
/* %s, %u (32 bits), %lx (64 bits) and %%; a newline is sent as CR LF. */
void serial_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A byte if one has arrived, else -1. */
int serial_getc(void);
/*
 * The interrupt, around reading all that has come: taken first, or a byte that comes between
 * reading and taking would wake nobody on a PLIC that looks at edges (as an emulator's may).
 */
uint32_t serial_claim_interrupt(void);
void serial_complete_interrupt(uint32_t irq);

#endif
