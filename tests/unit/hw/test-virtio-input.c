/*
 * virtio-input: what a driver reads of keyboard, mouse and tablet, and the events it gets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/input.h"
#include "util/event-loop.h"
#include "util/timer.h"
#include "virtio-driver.h"

#include <linux/input-event-codes.h>
#include <linux/virtio_input.h>
#include <string.h>

#define BUFFERS (RAM_BASE + 0x100000)

enum { EVENT_SIZE = sizeof(struct virtio_input_event) };

/* ---- config space ---- */

static unsigned select_config(Driver *d, uint8_t select, uint8_t subsel)
{
    driver_set_config(d, 0, 1, select);
    driver_set_config(d, 1, 1, subsel);
    return driver_config(d, 2, 1);
}

static bool has_bit(Driver *d, uint8_t type, unsigned bit)
{
    unsigned size = select_config(d, VIRTIO_INPUT_CFG_EV_BITS, type);

    return bit / 8 < size && driver_config(d, 8 + bit / 8, 1) >> bit % 8 & 1;
}

static void expect_text(Driver *d, uint8_t select, const char *text)
{
    unsigned size = select_config(d, select, 0);

    g_assert_cmpuint(size, ==, strlen(text));
    for (unsigned i = 0; i < size; i++) {
        g_assert_cmphex(driver_config(d, 8 + i, 1), ==, text[i]);
    }
}

static void test_keyboard_config(const void *kind)
{
    Driver *d = driver_new(kind);

    expect_text(d, VIRTIO_INPUT_CFG_ID_NAME, "QEMU Virtio Keyboard");
    expect_text(d, VIRTIO_INPUT_CFG_ID_SERIAL, "4711");
    g_assert_true(has_bit(d, EV_KEY, KEY_A) && has_bit(d, EV_KEY, KEY_DELETE));
    g_assert_false(has_bit(d, EV_KEY, BTN_LEFT) || has_bit(d, EV_KEY, 0));
    g_assert_cmpuint(select_config(d, VIRTIO_INPUT_CFG_EV_BITS, EV_REP), ==, 1);
    g_assert_cmpuint(select_config(d, VIRTIO_INPUT_CFG_EV_BITS, EV_REL), ==, 0);
    g_assert_cmpuint(select_config(d, VIRTIO_INPUT_CFG_EV_BITS, EV_ABS), ==, 0);
    for (int select = 0; select < 256; select++) {
        g_assert_cmpuint(select_config(d, select, 255), <=, 128);
    }
    g_assert_cmpuint(select_config(d, VIRTIO_INPUT_CFG_ID_DEVIDS, 0), ==, 8);
    driver_free(d);
}

static void test_tablet_config(void)
{
    Driver *d = driver_new("driver=virtio-tablet-pci");

    g_assert_true(has_bit(d, EV_ABS, ABS_X) && has_bit(d, EV_ABS, ABS_Y));
    g_assert_true(has_bit(d, EV_KEY, BTN_LEFT) && has_bit(d, EV_REL, REL_WHEEL));
    g_assert_false(has_bit(d, EV_REL, REL_X) || has_bit(d, EV_KEY, KEY_A));
    g_assert_cmpuint(select_config(d, VIRTIO_INPUT_CFG_ABS_INFO, ABS_Y), ==, 20);
    g_assert_cmpuint(driver_config(d, 8, 4), ==, 0);
    g_assert_cmpuint(driver_config(d, 12, 4), ==, INPUT_ABS_MAX);
    g_assert_cmpuint(select_config(d, VIRTIO_INPUT_CFG_ABS_INFO, 2), ==, 0);
    driver_free(d);
}

/* ---- events ---- */

static void offer_buffer(Driver *d, uint16_t n, uint32_t length)
{
    driver_put_desc(driver_desc(0), n, BUFFERS + n * 16, length, DESC_WRITE, 0);
    driver_offer(d, 0, n);
}

static void expect_event(Driver *d, uint16_t type, uint16_t code, int32_t value)
{
    const struct virtio_input_event *event;
    uint32_t head, length;

    g_assert_true(driver_take(d, 0, &head, &length));
    g_assert_cmpuint(length, ==, EVENT_SIZE);
    event = (const struct virtio_input_event *)driver_ram(BUFFERS + head * 16);
    g_assert_cmpuint(GUINT16_FROM_LE(event->type), ==, type);
    g_assert_cmpuint(GUINT16_FROM_LE(event->code), ==, code);
    g_assert_cmpint((int32_t)GUINT32_FROM_LE(event->value), ==, value);
    offer_buffer(d, head, EVENT_SIZE);
}

static void expect_nothing(Driver *d)
{
    uint32_t head, length;

    g_assert_false(driver_take(d, 0, &head, &length));
}

static Driver *start(const char *kind)
{
    Driver *d = driver_new(kind);

    driver_start(d, 0, 2);
    for (uint16_t i = 0; i < QUEUE_SIZE; i++) {
        offer_buffer(d, i, EVENT_SIZE);
    }
    driver_ring(d, 0);
    return d;
}

static void send_item(InputType type, int code, int value)
{
    InputItem item = { type, code, value };

    g_assert_true(input_send(&item, 1, &error_abort));
}

static void test_keys(const void *kind)
{
    Driver *d = start(kind);

    expect_nothing(d);
    send_item(INPUT_KEY, Q_KEY_CODE_A, 1);
    g_assert_true(driver_line(d));
    send_item(INPUT_KEY, Q_KEY_CODE_A, 0);
    expect_event(d, EV_KEY, KEY_A, 1);
    expect_event(d, EV_SYN, SYN_REPORT, 0);
    expect_event(d, EV_KEY, KEY_A, 0);
    expect_event(d, EV_SYN, SYN_REPORT, 0);
    expect_nothing(d);
    driver_free(d);
}

static void test_keys_wait_for_buffers(const void *kind)
{
    Driver *d = driver_new(kind);

    send_item(INPUT_KEY, Q_KEY_CODE_B, 1); /* for whoever was there before: forgotten */
    driver_start(d, 0, 2);
    send_item(INPUT_KEY, Q_KEY_CODE_DELETE, 1);
    driver_ring(d, 0);
    expect_nothing(d);
    offer_buffer(d, 0, EVENT_SIZE);
    driver_ring(d, 0);
    expect_event(d, EV_KEY, KEY_DELETE, 1);
    driver_ring(d, 0);
    expect_event(d, EV_SYN, SYN_REPORT, 0);
    driver_ring(d, 0);
    expect_nothing(d);
    driver_free(d);
}

static void test_full(const void *kind)
{
    Driver *d = driver_new(kind);
    InputItem item = { INPUT_KEY, Q_KEY_CODE_A, 1 };
    Error *err = NULL;
    int count = 0;

    driver_start(d, 0, 2);
    while (input_send(&item, 1, &err)) {
        item.value = !item.value;
        count++;
    }
    g_assert_nonnull(strstr(error_get_pretty(err), "QEMU Virtio Keyboard"));
    error_free(err);
    g_assert_cmpint(count, >, 100);
    driver_free(d);
}

static void test_odd_buffers(const void *kind)
{
    Driver *d = driver_new(kind);
    uint32_t head, length;

    driver_start(d, 0, 2);
    offer_buffer(d, 0, 3);
    driver_put_desc(driver_desc(0), 1, BUFFERS, EVENT_SIZE, 0, 0); /* not to be written */
    driver_offer(d, 0, 1);
    driver_ring(d, 0);
    send_item(INPUT_KEY, Q_KEY_CODE_A, 1);
    g_assert_true(driver_take(d, 0, &head, &length));
    g_assert_cmpuint(length, ==, 3);
    g_assert_true(driver_take(d, 0, &head, &length));
    g_assert_cmpuint(length, ==, 0);
    driver_free(d);
}

static void test_lights_are_taken(const void *kind)
{
    Driver *d = start(kind);
    uint32_t head, length;

    driver_put_desc(driver_desc(1), 0, BUFFERS + 0x1000, EVENT_SIZE, 0, 0);
    driver_offer(d, 1, 0);
    driver_ring(d, 1);
    g_assert_true(driver_take(d, 1, &head, &length));
    g_assert_cmpuint(length, ==, 0);
    driver_free(d);
}

static void test_tablet(void)
{
    Driver *d = start("driver=virtio-tablet-device");
    const InputItem group[] = { { INPUT_ABS, INPUT_AXIS_X, 5 },
                                { INPUT_ABS, INPUT_AXIS_Y, INPUT_ABS_MAX },
                                { INPUT_BUTTON, INPUT_BUTTON_LEFT, 1 } };

    g_assert_true(input_send(group, 3, &error_abort));
    expect_event(d, EV_ABS, ABS_X, 5);
    expect_event(d, EV_ABS, ABS_Y, INPUT_ABS_MAX);
    expect_event(d, EV_KEY, BTN_LEFT, 1);
    expect_event(d, EV_SYN, SYN_REPORT, 0);
    driver_ring(d, 0);
    send_item(INPUT_BUTTON, INPUT_BUTTON_WHEEL_DOWN, 1);
    send_item(INPUT_BUTTON, INPUT_BUTTON_WHEEL_DOWN, 0);
    expect_event(d, EV_REL, REL_WHEEL, -1);
    expect_event(d, EV_SYN, SYN_REPORT, 0);
    driver_free(d);
}

static void test_mouse(void)
{
    Driver *d = start("driver=virtio-mouse-device");

    send_item(INPUT_REL, INPUT_AXIS_Y, -7);
    expect_event(d, EV_REL, REL_Y, -7);
    expect_event(d, EV_SYN, SYN_REPORT, 0);
    send_item(INPUT_BUTTON, INPUT_BUTTON_WHEEL_RIGHT, 1);
    expect_event(d, EV_REL, REL_HWHEEL, 1);
    expect_event(d, EV_SYN, SYN_REPORT, 0);
    driver_free(d);
}

static void test_unplugged(void)
{
    Driver *d = start("driver=virtio-keyboard-pci");

    g_assert_true(input_is_handled(INPUT_KEY));
    driver_free(d);
    g_assert_false(input_is_handled(INPUT_KEY));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        GTestDataFunc fn;
    } on_both[] = {
        { "keyboard-config", test_keyboard_config },
        { "keys", test_keys },
        { "keys-wait-for-buffers", test_keys_wait_for_buffers },
        { "full", test_full },
        { "odd-buffers", test_odd_buffers },
        { "lights-are-taken", test_lights_are_taken },
    };

    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    driver_board_init();
    virtual_clock_start();
    for (size_t i = 0; i < G_N_ELEMENTS(on_both); i++) {
        g_autofree char *mmio = g_strdup_printf("/virtio-input/mmio/%s", on_both[i].name);
        g_autofree char *pci = g_strdup_printf("/virtio-input/pci/%s", on_both[i].name);

        g_test_add_data_func(mmio, "driver=virtio-keyboard-device,serial=4711", on_both[i].fn);
        g_test_add_data_func(pci, "driver=virtio-keyboard-pci,serial=4711", on_both[i].fn);
    }
    g_test_add_func("/virtio-input/tablet-config", test_tablet_config);
    g_test_add_func("/virtio-input/tablet", test_tablet);
    g_test_add_func("/virtio-input/mouse", test_mouse);
    g_test_add_func("/virtio-input/unplugged", test_unplugged);
    return g_test_run();
}
