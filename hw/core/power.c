/*
 * Power: from the hardware to whoever runs the machine, and the power button.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/power.h"

#include <stddef.h>

static PowerSink *power_sink;
static PowerButtonFn *button_fn;
static void *button_opaque;

void power_set_sink(PowerSink *sink)
{
    power_sink = sink;
}

void power_request(PowerRequest request, int code)
{
    if (power_sink) {
        power_sink(request, code);
    }
}

void power_button_set_handler(PowerButtonFn *fn, void *opaque)
{
    button_fn = fn;
    button_opaque = opaque;
}

bool power_button_press(void)
{
    if (button_fn) {
        button_fn(button_opaque);
    }
    return button_fn != NULL;
}
