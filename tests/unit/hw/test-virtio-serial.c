/*
 * virtio-serial at ring level: control messages right and wrong, and flow control both ways.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-internal.h"
#include "hw/device.h"
#include "util/event-loop.h"
#include "virtio-driver.h"

#include <linux/virtio_console.h>
#include <string.h>

#define CONTROL (RAM_BASE + 0x200000) /* where the device's messages go, 64 bytes each */
#define MESSAGE (RAM_BASE + 0x210000)
#define INPUT   (RAM_BASE + 0x220000)
#define OUTPUT  (RAM_BASE + 0x230000)

#define F_MULTIPORT 2

/* Port 0's queues, the control queues, port 1's queues. */
enum { RX0, TX0, CONTROL_RX, CONTROL_TX, RX1, TX1, QUEUES };

/* ---- a chardev that takes as much as the test says ---- */

typedef struct TestChardev {
    Chardev parent_obj;
    GString *out;
    size_t room;
} TestChardev;

static TestChardev *chr;

static ssize_t test_write(Chardev *c, const void *bytes, size_t len)
{
    size_t taken = MIN(len, chr->room);
    g_string_append_len(chr->out, bytes, (gssize)taken);
    chr->room -= taken;
    return (ssize_t)taken;
}

static char *test_filename(Chardev *c)
{
    return g_strdup("test");
}

static void test_chardev_class_init(ObjectClass *klass, const void *data)
{
    CHARDEV_CLASS(klass)->write = test_write;
    CHARDEV_CLASS(klass)->filename = test_filename;
}

static const TypeInfo test_chardev_type = {
    .name = "chardev-test",
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(TestChardev),
    .class_init = test_chardev_class_init,
};

static void make_chardev(void)
{
    type_register_static(&test_chardev_type);
    chr = (TestChardev *)object_new("chardev-test");
    chr->parent_obj.id = g_strdup("c");
    chr->out = g_string_new(NULL);
    object_property_add_child(object_get_container("/chardevs"), "c", OBJECT(chr));
}

static void reset_chardev(void)
{
    chardev_set_open(&chr->parent_obj, false);
    g_string_truncate(chr->out, 0);
    chr->room = SIZE_MAX;
}

/* As a back end does: never more than can be taken. Returns how many went in. */
static size_t feed(const char *text)
{
    size_t n = MIN(strlen(text), chardev_room(&chr->parent_obj));
    if (n) {
        chardev_deliver(&chr->parent_obj, (const uint8_t *)text, n);
    }
    return n;
}

static void make_room(size_t room)
{
    chr->room = room;
    chardev_deliver_writable(&chr->parent_obj);
}

static void expect_out(const char *text)
{
    g_assert_cmpstr(chr->out->str, ==, text);
    g_string_truncate(chr->out, 0);
}

static void turn_loop(void)
{
    for (unsigned i = 0; i < 20; i++) {
        event_loop_iterate(main_loop(), false);
    }
}

/* ---- the driver ---- */

static void send_bytes(Driver *d, const void *bytes, uint32_t length)
{
    uint32_t head, written;
    memcpy(driver_ram(MESSAGE), bytes, length);
    driver_put_desc(driver_desc(CONTROL_TX), 0, MESSAGE, length, 0, 0);
    driver_offer(d, CONTROL_TX, 0);
    driver_ring(d, CONTROL_TX);
    if (driver_status(d) == STATUS_READY) {
        g_assert_true(driver_take(d, CONTROL_TX, &head, &written));
        g_assert_cmpuint(written, ==, 0);
    }
}

static void send(Driver *d, uint32_t id, uint16_t event, uint16_t value)
{
    const struct virtio_console_control message = { id, event, value };
    send_bytes(d, &message, sizeof(message));
}

static void offer_control(Driver *d, uint16_t desc)
{
    driver_put_desc(driver_desc(CONTROL_RX), desc, CONTROL + 64 * desc, 64, DESC_WRITE, 0);
    driver_offer(d, CONTROL_RX, desc);
}

static void expect_named(Driver *d, uint32_t id, uint16_t event, uint16_t value, const char *name)
{
    uint32_t head, length;
    struct virtio_console_control message;
    g_assert_true(driver_take(d, CONTROL_RX, &head, &length));
    const uint8_t *at = driver_ram(CONTROL + 64 * head);
    memcpy(&message, at, sizeof(message));
    g_assert_cmpuint(message.id, ==, id);
    g_assert_cmpuint(message.event, ==, event);
    g_assert_cmpuint(message.value, ==, value);
    g_assert_cmpmem(at + sizeof(message), length - sizeof(message), name, strlen(name));
    offer_control(d, (uint16_t)head);
    driver_ring(d, CONTROL_RX);
}

static void expect(Driver *d, uint32_t id, uint16_t event, uint16_t value)
{
    expect_named(d, id, event, value, "");
}

static void expect_silence(Driver *d)
{
    uint32_t head, length;
    g_assert_false(driver_take(d, CONTROL_RX, &head, &length));
}

static void start(Driver *d)
{
    driver_start(d, F_MULTIPORT, QUEUES);
    for (uint16_t i = 0; i < QUEUE_SIZE; i++) {
        offer_control(d, i);
    }
    driver_ring(d, CONTROL_RX);
}

/* With a port number 1, named "agent", that is open at both ends. */
static Driver *start_open(void)
{
    Driver *d = driver_new("driver=virtio-serial-device,id=vs");
    reset_chardev();
    driver_add("driver=virtserialport,bus=vs.0,nr=1,id=p,name=agent,chardev=c", &error_abort);
    chardev_set_open(&chr->parent_obj, true);
    turn_loop();
    start(d);
    send(d, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    expect(d, 1, VIRTIO_CONSOLE_PORT_ADD, 1);
    send(d, 1, VIRTIO_CONSOLE_PORT_READY, 1);
    expect_named(d, 1, VIRTIO_CONSOLE_PORT_NAME, 1, "agent");
    expect(d, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    send(d, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    return d;
}

static void finish(Driver *d)
{
    device_unplug(d->dev);
    g_free(d);
}

static void offer_in(Driver *d, unsigned q, uint16_t desc, uint32_t length)
{
    driver_put_desc(driver_desc(q), desc, INPUT + 64 * desc, length, DESC_WRITE, 0);
    driver_offer(d, q, desc);
    driver_ring(d, q);
}

static void expect_in(Driver *d, unsigned q, const char *text)
{
    uint32_t head, length;
    g_assert_true(driver_take(d, q, &head, &length));
    g_assert_cmpmem(driver_ram(INPUT + 64 * head), length, text, strlen(text));
}

static void offer_out(Driver *d, unsigned q, uint16_t desc, const char *text)
{
    memcpy(driver_ram(OUTPUT + 64 * desc), text, strlen(text));
    driver_put_desc(driver_desc(q), desc, OUTPUT + 64 * desc, (uint32_t)strlen(text), 0, 0);
    driver_offer(d, q, desc);
    driver_ring(d, q);
}

static bool was_sent(Driver *d, unsigned q)
{
    uint32_t head, length;
    return driver_take(d, q, &head, &length);
}

/* ---- control ---- */

static void test_config(gconstpointer type)
{
    g_autofree char *some = g_strdup_printf("driver=%s,max_ports=7", (const char *)type);
    g_autofree char *one = g_strdup_printf("driver=%s,max_ports=1", (const char *)type);
    Driver *d = driver_new(some);
    g_assert_cmpuint(driver_config(d, 4, 4), ==, 7);
    g_assert_true(driver_offered(d) & F_MULTIPORT);
    driver_set_config(d, 4, 4, 99);
    g_assert_cmpuint(driver_config(d, 4, 4), ==, 7);
    finish(d);
    d = driver_new(one);
    g_assert_false(driver_offered(d) & F_MULTIPORT);
    driver_start(d, 0, 2);
    finish(d);
}

static void test_open(void)
{
    Driver *d = start_open();
    g_assert_true(driver_line(d));
    g_assert_true(chardev_frontend_is_open(&chr->parent_obj));
    chardev_set_open(&chr->parent_obj, false);
    expect(d, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
    chardev_set_open(&chr->parent_obj, true);
    expect(d, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    send(d, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
    g_assert_false(chardev_frontend_is_open(&chr->parent_obj));
    g_assert_true(chardev_has_frontend(&chr->parent_obj));
    send(d, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    driver_set_status(d, 0);
    g_assert_false(chardev_frontend_is_open(&chr->parent_obj));
    start(d);
    expect_silence(d);
    send(d, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    expect(d, 1, VIRTIO_CONSOLE_PORT_ADD, 1);
    finish(d);
    g_assert_false(chardev_has_frontend(&chr->parent_obj));
}

static void test_console(void)
{
    Driver *d = driver_new("driver=virtio-serial-device,id=vs");
    driver_add("driver=virtconsole,bus=vs.0", &error_abort);
    start(d);
    send(d, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    expect(d, 0, VIRTIO_CONSOLE_PORT_ADD, 1);
    send(d, 0, VIRTIO_CONSOLE_PORT_READY, 1);
    expect(d, 0, VIRTIO_CONSOLE_CONSOLE_PORT, 1);
    expect(d, 0, VIRTIO_CONSOLE_PORT_OPEN, 1);
    expect_silence(d);
    finish(d);
}

/* A driver that knows nothing of ports has the first console. */
static void test_single(void)
{
    Driver *d = driver_new("driver=virtio-serial-pci,id=vs");
    reset_chardev();
    driver_add("driver=virtconsole,bus=vs.0,chardev=c", &error_abort);
    g_assert_true(chardev_frontend_is_open(&chr->parent_obj));
    turn_loop();
    chardev_set_open(&chr->parent_obj, true);
    driver_start(d, 0, 2);
    offer_out(d, TX0, 0, "hello");
    expect_out("hello");
    g_assert_cmpuint(feed("x"), ==, 0);
    offer_in(d, RX0, 0, 64);
    g_assert_cmpuint(feed("typed"), ==, 5);
    expect_in(d, RX0, "typed");
    finish(d);
}

/* Ports that come and go while the driver runs, and gives no buffers for a while. */
static void test_plug(void)
{
    Driver *d = start_open();
    Device *other = driver_add("driver=virtserialport,bus=vs.0,nr=2", &error_abort);
    expect(d, 2, VIRTIO_CONSOLE_PORT_ADD, 1);
    device_unplug(other);
    expect(d, 2, VIRTIO_CONSOLE_PORT_REMOVE, 1);
    driver_start(d, F_MULTIPORT, QUEUES);
    send(d, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    for (unsigned i = 0; i < 1000; i++) {
        other = driver_add("driver=virtserialport,bus=vs.0,nr=2", &error_abort);
        device_unplug(other);
    }
    offer_control(d, 0);
    driver_ring(d, CONTROL_RX);
    expect(d, 1, VIRTIO_CONSOLE_PORT_ADD, 1);
    expect_silence(d);
    finish(d);
}

static void test_hostile(void)
{
    Driver *d = start_open();
    for (unsigned event = 0; event < 12; event++) {
        send(d, 3, (uint16_t)event, 1); /* no such port */
        send(d, UINT32_MAX, (uint16_t)event, 0);
        send(d, 31, (uint16_t)event, 1);
    }
    send(d, 1, UINT16_MAX, 1);
    send(d, 1, VIRTIO_CONSOLE_PORT_READY, 0);
    send(d, 0, VIRTIO_CONSOLE_DEVICE_READY, 0);
    for (unsigned i = 0; i < 1000; i++) {
        send(d, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
        send(d, 1, VIRTIO_CONSOLE_PORT_READY, 1);
    }
    g_assert_cmphex(driver_status(d), ==, STATUS_READY);
    send_bytes(d, "short", 5);
    g_assert_true(driver_status(d) & STATUS_NEEDS_RESET);
    finish(d);
}

static void test_short_buffers(void)
{
    Driver *d = start_open();
    driver_start(d, F_MULTIPORT, QUEUES);
    driver_put_desc(driver_desc(CONTROL_RX), 0, CONTROL, 10, DESC_WRITE, 0);
    driver_offer(d, CONTROL_RX, 0);
    send(d, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    expect(d, 1, VIRTIO_CONSOLE_PORT_ADD, 1);
    driver_put_desc(driver_desc(CONTROL_RX), 0, CONTROL, 10, DESC_WRITE, 0);
    send(d, 1, VIRTIO_CONSOLE_PORT_READY, 1);
    expect_named(d, 1, VIRTIO_CONSOLE_PORT_NAME, 1, "ag");
    driver_put_desc(driver_desc(CONTROL_RX), 1, CONTROL, 7, DESC_WRITE, 0);
    driver_offer(d, CONTROL_RX, 1);
    driver_ring(d, CONTROL_RX);
    expect(d, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    send(d, 1, VIRTIO_CONSOLE_PORT_READY, 1);
    g_assert_true(driver_status(d) & STATUS_NEEDS_RESET);
    finish(d);
    d = start_open();
    offer_in(d, RX1, 0, 0);
    g_assert_cmpuint(feed("x"), ==, 0);
    g_assert_true(driver_status(d) & STATUS_NEEDS_RESET);
    finish(d);
}

/* ---- data ---- */

static void test_receive(void)
{
    Driver *d = start_open();
    g_assert_cmpuint(feed("early"), ==, 0);
    offer_in(d, RX1, 0, 4);
    offer_in(d, RX1, 1, 64);
    g_assert_cmpuint(feed("abcdef"), ==, 4);
    expect_in(d, RX1, "abcd");
    g_assert_cmpuint(feed("ef"), ==, 2);
    expect_in(d, RX1, "ef");
    g_assert_cmpuint(feed("g"), ==, 0);
    offer_in(d, RX1, 2, 64);
    send(d, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
    g_assert_cmpuint(feed("closed"), ==, 0);
    send(d, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    g_assert_cmpuint(feed("again"), ==, 5);
    expect_in(d, RX1, "again");
    offer_in(d, RX1, 3, 64);
    g_assert_cmpuint(chardev_room(&chr->parent_obj), ==, 64); /* a chain is held */
    driver_set_status(d, 0);
    g_assert_cmpuint(feed("x"), ==, 0);
    finish(d);
}

static void test_send_slowly(void)
{
    Driver *d = start_open();
    chr->room = 3;
    offer_out(d, TX1, 0, "hello");
    offer_out(d, TX1, 1, "");
    offer_out(d, TX1, 2, "world");
    expect_out("hel");
    g_assert_false(was_sent(d, TX1));
    make_room(3);
    expect_out("low");
    g_assert_true(was_sent(d, TX1) && was_sent(d, TX1));
    g_assert_false(was_sent(d, TX1));
    make_room(100);
    expect_out("orld");
    g_assert_true(was_sent(d, TX1));
    chr->room = 0;
    offer_out(d, TX1, 3, "for nobody");
    chardev_set_open(&chr->parent_obj, false);
    g_assert_true(was_sent(d, TX1));
    finish(d);
}

/* What a port holds when it goes, the driver gets back. */
static void test_unplug_held(void)
{
    Driver *d = start_open();
    chr->room = 1;
    offer_out(d, TX1, 0, "held");
    offer_in(d, RX1, 0, 64);
    g_assert_cmpuint(chardev_room(&chr->parent_obj), ==, 64);
    device_unplug(DEVICE(object_resolve_path("/machine/peripheral/p", NULL)));
    g_assert_true(was_sent(d, TX1));
    expect_in(d, RX1, "");
    expect(d, 1, VIRTIO_CONSOLE_PORT_REMOVE, 1);
    offer_out(d, TX1, 1, "to nobody");
    g_assert_true(was_sent(d, TX1));
    expect_out("h");
    finish(d);
}

/* 32 MiB in one chain: sent in parts, with turns for others in between. */
static void test_large(void)
{
    Driver *d = start_open();
    driver_start(d, F_MULTIPORT | F_INDIRECT, QUEUES);
    for (uint16_t i = 0; i < 16; i++) {
        driver_put_desc(OUTPUT, i, RAM_BASE, 2 << 20, i < 15 ? DESC_NEXT : 0, i + 1);
    }
    driver_put_desc(driver_desc(TX1), 0, OUTPUT, 16 * 16, DESC_INDIRECT, 0);
    driver_offer(d, TX1, 0);
    driver_ring(d, TX1);
    g_assert_cmpuint(chr->out->len, ==, 1 << 20);
    while (!was_sent(d, TX1)) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_cmpuint(chr->out->len, ==, 32 << 20);
    finish(d);
}

static void test_no_memory(void)
{
    Driver *d = start_open();
    driver_put_desc(driver_desc(TX1), 0, 0x1000, 64, 0, 0);
    driver_offer(d, TX1, 0);
    driver_ring(d, TX1);
    g_assert_true(driver_status(d) & STATUS_NEEDS_RESET);
    expect_out("");
    driver_set_status(d, 0);
    finish(d);
    d = start_open();
    driver_put_desc(driver_desc(RX1), 0, 0x1000, 64, DESC_WRITE, 0);
    driver_offer(d, RX1, 0);
    driver_ring(d, RX1);
    feed("x");
    g_assert_true(driver_status(d) & STATUS_NEEDS_RESET);
    finish(d);
}

/* ---- properties ---- */

static void refuse(const char *options, const char *message)
{
    g_autoptr(Error) err = NULL;
    g_assert_null(driver_add(options, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, message);
}

static void test_properties(void)
{
    refuse("driver=virtio-serial-device,max_ports=0",
           "Property 'max_ports' expects 1 to 511, not 0");
    refuse("driver=virtio-serial-pci,max_ports=512",
           "Property 'max_ports' expects 1 to 511, not 512");
    refuse("driver=virtserialport", "No 'virtio-serial-bus' bus found for device 'virtserialport'");
    Driver *d = driver_new("driver=virtio-serial-pci,max_ports=3");
    reset_chardev();
    refuse("driver=virtserialport,nr=0", "Port number 0 on virtio-serial devices reserved for "
                                         "virtconsole devices for backward compatibility.");
    refuse("driver=virtserialport,nr=3",
           "virtio-serial-bus: Out-of-range port id specified, max. allowed: 2");
    refuse("driver=virtserialport,chardev=nobody",
           "Property 'virtserialport.chardev' can't find value 'nobody'");
    driver_add("driver=virtserialport,bus=virtio-serial-bus.0,name=n,chardev=c", &error_abort);
    refuse("driver=virtconsole,chardev=c", "Property 'virtconsole.chardev' can't take value 'c': "
                                           "chardev 'c' is in use already");
    refuse("driver=virtserialport,nr=1", "virtio-serial-bus: A port already exists at id 1");
    refuse("driver=virtserialport,name=n", "virtio-serial-bus: A port already exists by name n");
    driver_add("driver=virtserialport", &error_abort);
    refuse("driver=virtserialport",
           "virtio-serial-bus: Maximum port limit for this device reached");
    driver_add("driver=virtconsole", &error_abort);
    refuse("driver=virtconsole,bus=virtio-serial-bus.0", "Bus 'virtio-serial-bus.0' is full");
    finish(d);
    finish(driver_new("driver=virtio-serial-pci,max_ports=511"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    driver_board_init();
    make_chardev();
    g_test_add_data_func("/virtio-serial/config/pci", "virtio-serial-pci", test_config);
    g_test_add_data_func("/virtio-serial/config/mmio", "virtio-serial-device", test_config);
    g_test_add_func("/virtio-serial/open", test_open);
    g_test_add_func("/virtio-serial/console", test_console);
    g_test_add_func("/virtio-serial/single", test_single);
    g_test_add_func("/virtio-serial/plug", test_plug);
    g_test_add_func("/virtio-serial/hostile", test_hostile);
    g_test_add_func("/virtio-serial/short-buffers", test_short_buffers);
    g_test_add_func("/virtio-serial/receive", test_receive);
    g_test_add_func("/virtio-serial/send-slowly", test_send_slowly);
    g_test_add_func("/virtio-serial/unplug-held", test_unplug_held);
    g_test_add_func("/virtio-serial/large", test_large);
    g_test_add_func("/virtio-serial/no-memory", test_no_memory);
    g_test_add_func("/virtio-serial/properties", test_properties);
    return g_test_run();
}
