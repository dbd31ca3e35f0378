/*
 * The power button (gpio-keys on a SiFive GPIO controller): pressed, it switches the machine off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_BUTTON_H
#define TESTCARD_BUTTON_H

#include "fdt.h"

/* Find the button, if there is one. */
void button_init(const Fdt *fdt);
/* "testcard: power button" when it has been pressed, and then off. */
void button_serve(void);

#endif
