/*
 * The serial port: a 16550A polled for output, with its receive interrupt as a wake-up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_SERIAL_H
#define TESTCARD_SERIAL_H

#include "fdt.h"

/* After plic_init(): take the port that /chosen names; its interrupt wakes us. False: none such. */
bool serial_init(const Fdt *fdt);
void serial_putc(char c);
void serial_puts(const char *s);
/* %s, %u (32 bits), %lx (64 bits) and %%; a newline is sent as CR LF. */
void serial_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A byte if one has arrived, else -1. */
int serial_getc(void);

#endif
