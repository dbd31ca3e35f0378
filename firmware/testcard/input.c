/*
 * One queue of events a device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "input.h"

#include "serial.h"
#include "virtio.h"

#define INPUT_ID    PCI_ID(VIRTIO_VENDOR, 0x1052)
#define MAX_INPUTS  4
#define EVENT_QUEUE 0
#define EV_SYN      0

typedef struct InputEvent {
    uint16_t type;
    uint16_t code;
    uint32_t value;
} InputEvent;

typedef struct Input {
    Virtio virtio;
    Virtq queue;
    InputEvent events[VIRTQ_SIZE];
    unsigned number; /* of the PCI function */
} Input;

static Input inputs[MAX_INPUTS];
static unsigned n_inputs;

static const char *start_input(Input *input, const PciFunction *function)
{
    const char *why = virtio_init(&input->virtio, function, 0);

    if (why) {
        return why;
    }
    if (!virtio_add_queue(&input->virtio, &input->queue, EVENT_QUEUE)) {
        return "an input device has no queue of events";
    }
    input->number = function->number;
    virtio_start(&input->virtio);
    for (unsigned i = 0; i < VIRTQ_SIZE; i++) {
        virtq_give(&input->queue, i, &input->events[i], sizeof(InputEvent), true);
    }
    return NULL;
}

const char *input_add(void)
{
    const PciFunction *function;

    while (n_inputs < MAX_INPUTS && (function = pci_find(INPUT_ID, n_inputs))) {
        const char *why = start_input(&inputs[n_inputs], function);

        if (why) {
            return why;
        }
        n_inputs++;
    }
    return n_inputs ? NULL : "no virtio keyboard or pointer";
}

static void serve_input(Input *input)
{
    uint32_t length;
    unsigned id;

    virtio_acknowledge(&input->virtio);
    while (virtq_take(&input->queue, &id, &length)) {
        InputEvent event = input->events[id];

        if (length == sizeof(event) && event.type != EV_SYN) {
            serial_printf("input: %u %u %u %u\n", input->number, event.type, event.code,
                          event.value);
        }
        virtq_give(&input->queue, id, &input->events[id], sizeof(event), true);
    }
}

void input_serve(void)
{
    for (unsigned i = 0; i < n_inputs; i++) {
        serve_input(&inputs[i]);
    }
}
