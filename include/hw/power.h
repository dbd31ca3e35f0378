/*
 * What the hardware asks of whoever runs the machine: power-off, reset.
 *
 * Any thread holding the BQL. The request is carried out later, from the main loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_POWER_H
#define HW_POWER_H

#include <stdbool.h>

typedef enum PowerRequest {
    POWER_OFF,
    POWER_RESET,
    POWER_IO_ERROR, /* a disk's error shall stop the machine until it is started again */
    POWER_FAILED, /* the guest gave up (sifive_test FAIL); @code says why */
} PowerRequest;

typedef void PowerSink(PowerRequest request, int code);

/* system/ sets it once, before the machine runs. */
void power_set_sink(PowerSink *sink);
void power_request(PowerRequest request, int code);

/* The device that is the power button says what pressing it does; NULL: there is none any more. */
typedef void PowerButtonFn(void *opaque);
void power_button_set_handler(PowerButtonFn *fn, void *opaque);
/* Ask the guest to switch itself off. False: the machine has no such button. */
bool power_button_press(void);

#endif
