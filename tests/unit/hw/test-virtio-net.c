/*
 * virtio-net: frames of good drivers and of bad ones, through a user network.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/device.h"
#include "hw/net/virtio-net.h"
#include "net/net.h"
#include "qapi/qapi-commands-net.h"
#include "util/event-loop.h"
#include "util/timer.h"
#include "virtio-driver.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#define HEADER     12
#define TX_BUFFER  (RAM_BASE + 0x100000)
#define RX_BUFFERS (RAM_BASE + 0x200000)
#define RX_LENGTH  0x800
#define CONTROL    (RAM_BASE + 0x180000)
#define ACK        (RAM_BASE + 0x190000)

#define F_CTRL (1 << 17 | 1 << 18 | 1 << 23)
#define F_ALL  (1 << 5 | 1 << 16 | F_CTRL)

enum { RX, TX, CTRL, QUEUES };
enum { STATUS_OFFSET = 6, ARP_LENGTH = 42 };

static const uint8_t guest_mac[] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
static const uint8_t other_mac[] = { 0x52, 0x54, 0x00, 0x99, 0x99, 0x99 };

static void make_network(const char *more)
{
    bool is_json;
    g_autofree char *text = g_strconcat("user,id=n,ipv6=off", more, NULL);
    g_autoptr(QDict) options = netdev_parse(text, &is_json, &error_abort);
    g_assert_true(netdev_create(options, is_json, &error_abort));
}

static void drop_network(void)
{
    qmp_netdev_del("n", &error_abort);
}

static Driver *start(const char *driver)
{
    g_autofree char *options = g_strdup_printf("driver=%s,netdev=n,id=net0", driver);
    Driver *d = driver_new(options);
    driver_start(d, F_ALL, QUEUES);
    return d;
}

static const VirtioNet *device_of(Driver *d)
{
    return VIRTIO_NET(object_resolve_path("/machine/peripheral/net0/virtio-backend", NULL));
}

static void turn_loop(void)
{
    for (unsigned i = 0; i < 20; i++) {
        event_loop_iterate(main_loop(), false);
    }
}

/* ---- frames ---- */

/* Each buffer is as many bytes, and its descriptor's number tells where. */
static void offer_buffer(Driver *d, uint16_t n, uint32_t length)
{
    driver_put_desc(driver_desc(RX), n, RX_BUFFERS + n * RX_LENGTH, length, DESC_WRITE, 0);
    driver_offer(d, RX, n);
    driver_ring(d, RX);
}

/* What lies in TX_BUFFER; waits until it is sent. */
static void send_chain(Driver *d, uint32_t length)
{
    uint32_t head, written;
    driver_put_desc(driver_desc(TX), 0, TX_BUFFER, length, 0, 0);
    driver_offer(d, TX, 0);
    driver_ring(d, TX);
    turn_loop();
    if (driver_status(d) == STATUS_READY) {
        g_assert_true(driver_take(d, TX, &head, &written));
        g_assert_cmpuint(written, ==, 0);
    }
}

static void send_frame(Driver *d, const uint8_t *frame, uint32_t length)
{
    memset(driver_ram(TX_BUFFER), 0, HEADER);
    memcpy(driver_ram(TX_BUFFER + HEADER), frame, length);
    send_chain(d, HEADER + length);
}

/* RFC 826: who has 10.0.2.2? Tell 10.0.2.15, which is at @mac. */
static void ask_who_has(Driver *d, const uint8_t *mac)
{
    uint8_t frame[ARP_LENGTH] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0,  0, 0, 0,  0, 0x08, 0x06, 0, 1, 8, 0,  6, 4, 0,
        1,    0,    0,    0,    0,    0,    0, 10, 0, 2, 15, 0, 0,    0,    0, 0, 0, 10, 0, 2, 2,
    };
    memcpy(&frame[6], mac, 6);
    memcpy(&frame[22], mac, 6);
    send_frame(d, frame, sizeof(frame));
}

/* The next frame received, of *@length bytes; NULL: none. */
static uint8_t *take_frame(Driver *d, uint32_t *length)
{
    uint32_t head;
    turn_loop();
    if (!driver_take(d, RX, &head, length)) {
        return NULL;
    }
    uint8_t *buffer = driver_ram(RX_BUFFERS + head * RX_LENGTH);
    g_assert_cmpuint(buffer[10], ==, 1); /* one buffer */
    *length -= HEADER;
    return buffer + HEADER;
}

static bool take_answer(Driver *d, const uint8_t *mac)
{
    uint32_t length;
    const uint8_t *frame = take_frame(d, &length);
    if (!frame) {
        return false;
    }
    g_assert_cmpuint(length, >=, ARP_LENGTH);
    g_assert_cmpmem(frame, 6, mac, 6);
    g_assert_cmpuint(frame[21], ==, 2); /* it is an answer */
    g_assert_cmpmem(&frame[28], 4, "\x0a\x00\x02\x02", 4);
    return true;
}

static void test_frames(gconstpointer driver)
{
    make_network("");
    Driver *d = start(driver);
    for (unsigned i = 0; i < 6; i++) {
        g_assert_cmpuint(driver_config(d, i, 1), ==, guest_mac[i]);
    }
    g_assert_cmpuint(driver_config(d, STATUS_OFFSET, 2), ==, 1);
    for (uint16_t i = 0; i < 3 * QUEUE_SIZE; i++) {
        offer_buffer(d, i % QUEUE_SIZE, RX_LENGTH);
        ask_who_has(d, guest_mac);
        g_assert_true(take_answer(d, guest_mac));
        g_assert_true(driver_line(d));
    }
    driver_free(d);
    drop_network();
}

/* Without buffers some wait, and no more than that. */
static void test_waiting(void)
{
    enum { SENT = 300, WAITING = 256 };
    make_network("");
    Driver *d = start("virtio-net-pci");
    for (unsigned i = 0; i < SENT; i++) {
        ask_who_has(d, guest_mac);
    }
    g_assert_cmpuint(net_nic_dropped(device_of(d)->nic), ==, SENT - WAITING);
    for (unsigned i = 0; i < WAITING; i++) {
        offer_buffer(d, i % QUEUE_SIZE, RX_LENGTH);
        g_assert_true(take_answer(d, guest_mac));
    }
    offer_buffer(d, 0, RX_LENGTH);
    g_assert_false(take_answer(d, guest_mac));
    /* The one that is offered is the old driver's. */
    driver_start(d, F_ALL, QUEUES);
    ask_who_has(d, guest_mac);
    driver_start(d, F_ALL, QUEUES);
    offer_buffer(d, 0, RX_LENGTH);
    g_assert_false(take_answer(d, guest_mac));
    driver_free(d);
    drop_network();
}

/* Nothing is written while the machine stands still. */
static void test_stopped(void)
{
    make_network("");
    Driver *d = start("virtio-net-pci");
    offer_buffer(d, 0, RX_LENGTH);
    virtual_clock_stop();
    ask_who_has(d, guest_mac);
    g_assert_false(take_answer(d, guest_mac));
    virtual_clock_start();
    while (!take_answer(d, guest_mac)) {
    }
    driver_free(d);
    drop_network();
}

static void test_bad_frames(void)
{
    static const uint8_t junk[2000];
    make_network("");
    Driver *d = start("virtio-net-pci");
    for (uint32_t length = 0; length < 60; length++) {
        send_frame(d, junk, length);
    }
    send_frame(d, junk, sizeof(junk));
    send_chain(d, 0x40000);
    g_assert_cmpuint(net_nic_dropped(device_of(d)->nic), ==, NET_FRAME_MIN + 2);
    g_assert_cmpuint(driver_status(d), ==, STATUS_READY);
    /* No room for an answer: that is lost, and the device goes on. */
    offer_buffer(d, 0, HEADER + ARP_LENGTH - 1);
    ask_who_has(d, guest_mac);
    g_assert_false(take_answer(d, guest_mac));
    g_assert_cmpuint(driver_status(d), ==, STATUS_READY);
    send_chain(d, HEADER - 1);
    g_assert_cmpuint(driver_status(d), ==, STATUS_READY | STATUS_NEEDS_RESET);
    driver_start(d, F_ALL, QUEUES);
    /* What is no memory. */
    driver_put_desc(driver_desc(RX), 0, 0x10, RX_LENGTH, DESC_WRITE, 0);
    driver_offer(d, RX, 0);
    driver_ring(d, RX);
    ask_who_has(d, guest_mac);
    g_assert_cmpuint(driver_status(d), ==, STATUS_READY | STATUS_NEEDS_RESET);
    driver_free(d);
    drop_network();
}

/* ---- the control queue ---- */

static uint8_t control(Driver *d, const void *command, uint32_t length)
{
    uint32_t head, written;
    memcpy(driver_ram(CONTROL), command, length);
    *driver_ram(ACK) = 0xff;
    driver_put_desc(driver_desc(CTRL), 0, CONTROL, length, DESC_NEXT, 1);
    driver_put_desc(driver_desc(CTRL), 1, ACK, 1, DESC_WRITE, 0);
    driver_offer(d, CTRL, 0);
    driver_ring(d, CTRL);
    g_assert_true(driver_take(d, CTRL, &head, &written));
    g_assert_cmpuint(written, ==, 1);
    return *driver_ram(ACK);
}

#define CONTROL_BYTES(d, ...)                                                                      \
    control((d), (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static bool is_answered(Driver *d, const uint8_t *mac)
{
    ask_who_has(d, mac);
    return take_answer(d, mac);
}

static void test_filter(void)
{
    make_network("");
    Driver *d = start("virtio-net-pci");
    for (uint16_t i = 0; i < QUEUE_SIZE; i++) {
        offer_buffer(d, i, RX_LENGTH);
    }
    g_assert_true(is_answered(d, other_mac));
    g_assert_cmpuint(CONTROL_BYTES(d, 0, 0, 0), ==, 0); /* promiscuous: off */
    g_assert_true(is_answered(d, guest_mac));
    g_assert_false(is_answered(d, other_mac));
    g_assert_cmpuint(
        CONTROL_BYTES(d, 1, 0, 1, 0, 0, 0, 0x52, 0x54, 0, 0x99, 0x99, 0x99, 0, 0, 0, 0), ==, 0);
    g_assert_true(is_answered(d, other_mac));
    g_assert_cmpuint(CONTROL_BYTES(d, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0), ==, 0);
    g_assert_false(is_answered(d, other_mac));
    /* Too many to remember: all of them. */
    uint8_t many[2 + 4 + 65 * 6 + 4] = { 1, 0, 65 };
    g_assert_cmpuint(control(d, many, sizeof(many)), ==, 0);
    g_assert_true(is_answered(d, other_mac));
    /* Another address of its own. */
    g_assert_cmpuint(CONTROL_BYTES(d, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0), ==, 0);
    g_assert_cmpuint(CONTROL_BYTES(d, 1, 1, 0x52, 0x54, 0, 0x99, 0x99, 0x99), ==, 0);
    g_assert_true(is_answered(d, other_mac));
    g_assert_false(is_answered(d, guest_mac));
    g_assert_cmpuint(driver_config(d, 5, 1), ==, 0x99);
    driver_start(d, F_ALL, QUEUES);
    g_assert_cmpuint(driver_config(d, 5, 1), ==, 0x56);
    driver_free(d);
    drop_network();
}

static void test_bad_commands(void)
{
    make_network("");
    Driver *d = start("virtio-net-device");
    g_assert_cmpuint(CONTROL_BYTES(d, 0), ==, 1);
    g_assert_cmpuint(CONTROL_BYTES(d, 0, 0), ==, 1);
    g_assert_cmpuint(CONTROL_BYTES(d, 0, 2, 1), ==, 1);
    g_assert_cmpuint(CONTROL_BYTES(d, 4, 0, 1), ==, 1);
    g_assert_cmpuint(CONTROL_BYTES(d, 1, 0, 1, 0, 0, 0, 1, 2, 3), ==, 1);
    g_assert_cmpuint(CONTROL_BYTES(d, 1, 0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6), ==, 1);
    g_assert_cmpuint(CONTROL_BYTES(d, 1, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff), ==, 1);
    g_assert_cmpuint(CONTROL_BYTES(d, 1, 0, 0, 0, 0, 0), ==, 1);
    g_assert_cmpuint(CONTROL_BYTES(d, 1, 1, 1, 0, 0, 0, 0, 1), ==, 1);
    g_assert_cmpuint(CONTROL_BYTES(d, 1, 1, 2), ==, 1);
    g_assert_cmpuint(driver_status(d), ==, STATUS_READY);
    driver_start(d, 1 << 17, QUEUES); /* without the commands' features */
    g_assert_cmpuint(CONTROL_BYTES(d, 0, 0, 0), ==, 1);
    driver_free(d);
    drop_network();
}

static void test_link(void)
{
    make_network("");
    Driver *d = start("virtio-net-pci");
    offer_buffer(d, 0, RX_LENGTH);
    driver_isr(d);
    qmp_set_link("net0", false, &error_abort);
    g_assert_cmpuint(driver_isr(d) & 2, ==, 2);
    g_assert_cmpuint(driver_config(d, STATUS_OFFSET, 2), ==, 0);
    g_assert_false(is_answered(d, guest_mac));
    qmp_set_link("n", false, &error_abort);
    qmp_set_link("net0", true, &error_abort);
    g_assert_false(is_answered(d, guest_mac));
    qmp_set_link("n", true, &error_abort);
    g_assert_cmpuint(driver_config(d, STATUS_OFFSET, 2), ==, 1);
    g_assert_true(is_answered(d, guest_mac));
    driver_free(d);
    drop_network();
}

/* ---- the outside ---- */

static uint16_t free_port(void)
{
    struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(addr);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&addr, &length), ==, 0);
    close(fd);
    return ntohs(addr.sin_port);
}

static void swap(uint8_t *a, uint8_t *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = a[i];
        a[i] = b[i];
        b[i] = byte;
    }
}

/* From the host through a port to the guest, which sends it back (RFC 768). */
static void test_forwarding(void)
{
    uint16_t port = free_port();
    g_autofree char *more = g_strdup_printf(",hostfwd=udp:127.0.0.1:%u-:7", port);
    struct sockaddr_in addr = { .sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    uint8_t frame[NET_FRAME_MAX], *received;
    char text[16];
    uint32_t length;
    make_network(more);
    Driver *d = start("virtio-net-pci");
    for (uint16_t i = 0; i < QUEUE_SIZE; i++) {
        offer_buffer(d, i, RX_LENGTH);
    }
    g_assert_true(is_answered(d, guest_mac)); /* now the network knows it */
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    g_assert_cmpint(send(fd, "ping", 4, 0), ==, 4);
    while (!(received = take_frame(d, &length))) {
        event_loop_iterate(main_loop(), true);
    }
    memcpy(frame, received, length);
    g_assert_cmpmem(&frame[42], 4, "ping", 4);
    swap(&frame[0], &frame[6], 6);
    swap(&frame[26], &frame[30], 4);
    swap(&frame[34], &frame[36], 2);
    memset(&frame[40], 0, 2); /* no checksum */
    send_frame(d, frame, length);
    g_assert_cmpint(recv(fd, text, sizeof(text), 0), ==, 4);
    g_assert_cmpmem(text, 4, "ping", 4);
    close(fd);
    driver_free(d);
    drop_network();
}

static void test_addresses(void)
{
    Driver *first = driver_new("driver=virtio-net-pci,id=a");
    Driver *second = driver_new("driver=virtio-net-device");
    g_autoptr(QObject) mac = object_property_get_qobject(
        object_resolve_path("/machine/peripheral/a", NULL), "mac", NULL);
    g_assert_cmpstr(qstring_get(qobject_to_qstring(mac)), ==, "52:54:00:12:34:56");
    g_assert_cmpuint(driver_config(second, 5, 1), ==, 0x57);
    /* Plugged in nowhere, what it sends is lost. */
    driver_start(first, F_ALL, QUEUES);
    offer_buffer(first, 0, RX_LENGTH);
    g_assert_false(is_answered(first, guest_mac));
    driver_free(second);
    driver_free(first);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    virtual_clock_start();
    driver_board_init();
    g_test_add_data_func("/virtio-net/frames/pci", "virtio-net-pci", test_frames);
    g_test_add_data_func("/virtio-net/frames/mmio", "virtio-net-device", test_frames);
    g_test_add_func("/virtio-net/waiting", test_waiting);
    g_test_add_func("/virtio-net/stopped", test_stopped);
    g_test_add_func("/virtio-net/bad-frames", test_bad_frames);
    g_test_add_func("/virtio-net/filter", test_filter);
    g_test_add_func("/virtio-net/bad-commands", test_bad_commands);
    g_test_add_func("/virtio-net/link", test_link);
    g_test_add_func("/virtio-net/forwarding", test_forwarding);
    g_test_add_func("/virtio-net/addresses", test_addresses);
    return g_test_run();
}
