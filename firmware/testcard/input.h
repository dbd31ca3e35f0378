/*
 * Keyboards and pointers (virtio-input): every event is told on the serial port.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_INPUT_H
#define TESTCARD_INPUT_H

/* Take those there are by now. NULL, or what is wrong; that there is none at all is wrong, too. */
const char *input_add(void);
/* "input: N TYPE CODE VALUE" for what has come: evdev's numbers, of the PCI function N. */
void input_serve(void);

#endif
