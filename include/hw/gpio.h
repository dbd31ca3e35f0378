/*
 * General-purpose inputs and outputs of the board, and the power button on one of them.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_GPIO_H
#define HW_GPIO_H

#include "hw/sysbus.h"

#define SIFIVE_GPIO_SIZE     0x1000 /* bytes of registers */
#define SIFIVE_GPIO_MAX_PINS SYS_BUS_MAX_IRQS

typedef struct SifiveGpio SifiveGpio;

/* As many pins as there are interrupts, at most SIFIVE_GPIO_MAX_PINS. NULL on error. */
SifiveGpio *sifive_gpio_create(MemoryRegion *system, hwaddr addr, const IrqLine *irqs,
                               unsigned num_irqs, Error **errp);
/* What is wired to pin @n from outside; low at first. */
IrqLine sifive_gpio_pin(SifiveGpio *s, unsigned n);

/*
 * What power_button_press() presses: a key that raises @line for as long as a finger would. Pressed
 * again it starts anew; while the machine is stopped it stays down.
 */
bool power_button_create(IrqLine line, Error **errp);

#endif
