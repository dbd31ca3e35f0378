/*
 * virtio-serial with several ports, of which we use one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "channel.h"

#include "virtio.h"

#define SERIAL_ID_TRANSITIONAL PCI_ID(VIRTIO_VENDOR, 0x1003)
#define SERIAL_ID              PCI_ID(VIRTIO_VENDOR, 0x1043)
#define FEATURE_MULTIPORT      (1u << 1)
#define PORT                   1
#define RX_SIZE                256
#define CONTROL_SIZE           64

enum { CONTROL_RX = 2, CONTROL_TX, PORT_RX, PORT_TX };
enum { DEVICE_READY = 0, PORT_ADD = 1, PORT_REMOVE = 2, PORT_READY = 3, PORT_OPEN = 6 };

typedef struct Control {
    uint32_t port;
    uint16_t event;
    uint16_t value;
} Control;

static Virtio virtio;
static Virtq control_rx, control_tx, port_rx, port_tx;
static char control_buffers[VIRTQ_SIZE][CONTROL_SIZE] __attribute__((aligned(8)));
static Control controls[VIRTQ_SIZE];
static char rx_buffers[VIRTQ_SIZE][RX_SIZE];
static char tx_buffers[VIRTQ_SIZE][CHANNEL_LINE_SIZE];
static ChannelLineFn *take_line;
static bool have_port;

/* Buffers go out and come back in turn. The next one's number, or -1: all are with the device. */
static int next_buffer(Virtq *queue)
{
    unsigned id;
    uint32_t length;

    while (virtq_take(queue, &id, &length)) {
    }
    if ((uint16_t)(queue->avail.index - queue->seen) == VIRTQ_SIZE) {
        return -1;
    }
    return queue->avail.index % VIRTQ_SIZE;
}

static void send_control(uint32_t port, uint16_t event, uint16_t value)
{
    int id = next_buffer(&control_tx);

    if (id >= 0) {
        controls[id] = (Control){ .port = port, .event = event, .value = value };
        virtq_give(&control_tx, id, &controls[id], sizeof(Control), false);
    }
}

bool channel_open(bool open)
{
    if (have_port) {
        send_control(PORT, PORT_OPEN, open);
    }
    return have_port;
}

void channel_send(const char *data, size_t length)
{
    int id = next_buffer(&port_tx);

    if (id >= 0 && length <= CHANNEL_LINE_SIZE) {
        memcpy(tx_buffers[id], data, length);
        virtq_give(&port_tx, id, tx_buffers[id], length, false);
    }
}

static bool add_queues(void)
{
    return virtio_add_queue(&virtio, &control_rx, CONTROL_RX) &&
           virtio_add_queue(&virtio, &control_tx, CONTROL_TX) &&
           virtio_add_queue(&virtio, &port_rx, PORT_RX) &&
           virtio_add_queue(&virtio, &port_tx, PORT_TX);
}

const char *channel_init(ChannelLineFn *fn)
{
    const PciFunction *function = pci_find(SERIAL_ID, 0);
    const char *why;

    if (!function) {
        function = pci_find(SERIAL_ID_TRANSITIONAL, 0);
    }
    why = function ? virtio_init(&virtio, function, FEATURE_MULTIPORT) : "no virtio-serial device";
    if (why) {
        return why;
    }
    if (!add_queues()) {
        return "the virtio-serial device has no port 1";
    }
    take_line = fn;
    virtio_start(&virtio);
    for (unsigned i = 0; i < VIRTQ_SIZE; i++) {
        virtq_give(&control_rx, i, control_buffers[i], CONTROL_SIZE, true);
        virtq_give(&port_rx, i, rx_buffers[i], RX_SIZE, true);
    }
    send_control(0, DEVICE_READY, 1);
    return NULL;
}

static void take_control(const Control *control)
{
    if (control->port != PORT) {
        return;
    }
    if (control->event == PORT_ADD) {
        have_port = true;
        send_control(PORT, PORT_READY, 1);
        channel_open(true);
    } else if (control->event == PORT_REMOVE) {
        have_port = false;
    }
}

/* A byte 0xff, which no text contains, ends what is to be forgotten. */
static void take_byte(char c)
{
    static char line[CHANNEL_LINE_SIZE];
    static unsigned length;

    if (c == '\n') {
        line[length] = '\0';
        length = 0;
        take_line(line);
    } else if (c == '\xff') {
        length = 0;
    } else if (length < CHANNEL_LINE_SIZE - 1) {
        line[length++] = c;
    }
}

void channel_serve(void)
{
    uint32_t length;
    unsigned id;

    if (!take_line) {
        return;
    }
    virtio_acknowledge(&virtio);
    while (virtq_take(&control_rx, &id, &length)) {
        take_control((const Control *)control_buffers[id]);
        virtq_give(&control_rx, id, control_buffers[id], CONTROL_SIZE, true);
    }
    while (virtq_take(&port_rx, &id, &length)) {
        for (uint32_t i = 0; i < length && i < RX_SIZE; i++) {
            take_byte(rx_buffers[id][i]);
        }
        virtq_give(&port_rx, id, rx_buffers[id], RX_SIZE, true);
    }
}
