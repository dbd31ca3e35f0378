/*
 * The 16550A at register level, on a chardev that takes as much as the test says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw-test.h"
#include "hw/serial.h"
#include "util/timer.h"

#include <string.h>

#define BASE 0x10000000

enum { DATA = 0, IER, IIR, LCR, MCR, LSR, MSR, SCR, FCR = IIR };

/* ---- the chardev ---- */

struct Chardev {
    const ChardevFrontend *fe;
    void *opaque;
    GString *out;
    size_t room;
    bool gone;
    unsigned accepts;
};

static struct Chardev chr;

bool chardev_attach(Chardev *c, const ChardevFrontend *fe, void *opaque, EventLoop *loop,
                    Error **errp)
{
    c->fe = fe;
    c->opaque = opaque;
    return true;
}

void chardev_detach(Chardev *c)
{
    c->fe = NULL;
}

ssize_t chardev_write(Chardev *c, const void *bytes, size_t len)
{
    if (c->gone) {
        return -1;
    }
    size_t n = MIN(len, c->room);
    g_string_append_len(c->out, bytes, (gssize)n);
    c->room -= n;
    return (ssize_t)n;
}

void chardev_accept_input(Chardev *c)
{
    c->accepts++;
}

static void make_room(size_t room)
{
    chr.room = room;
    chr.fe->writable(chr.opaque);
}

/* As a back end does: never more than can be taken. Returns how many went in. */
static size_t feed(const char *text)
{
    size_t n = MIN(strlen(text), chr.fe->can_read(chr.opaque));
    if (n) {
        chr.fe->read(chr.opaque, (const uint8_t *)text, n);
    }
    return n;
}

/* ---- the port ---- */

static bool irq;

static unsigned in(unsigned reg)
{
    return (unsigned)reg_read(BASE + reg, 1);
}

static void out(unsigned reg, unsigned value)
{
    reg_write(BASE + reg, 1, value);
}

static void out_text(const char *text)
{
    for (; *text; text++) {
        out(DATA, (uint8_t)*text);
    }
}

static void expect_out(const char *text)
{
    g_assert_cmpstr(chr.out->str, ==, text);
    g_string_truncate(chr.out, 0);
}

static void set_up(void)
{
    if (!chr.out) {
        IrqLine line = { .fn = watch_line, .opaque = &irq };
        chr.out = g_string_new(NULL);
        serial_mm_create(&board_get()->system, BASE, line, 3686400, &chr, &error_abort);
    }
    chr.gone = false;
    make_room(1000);
    devices_reset_all();
    g_string_truncate(chr.out, 0);
}

static void set_divisor(unsigned divisor)
{
    out(LCR, 0x83);
    out(DATA, divisor & 0xff);
    out(IER, divisor >> 8);
    out(LCR, 0x03);
}

static void test_reset_values(void)
{
    set_up();
    g_assert_cmphex(in(IER), ==, 0);
    g_assert_cmphex(in(IIR), ==, 0x01);
    g_assert_cmphex(in(LCR), ==, 0);
    g_assert_cmphex(in(MCR), ==, 0);
    g_assert_cmphex(in(LSR), ==, 0x60);
    g_assert_cmphex(in(MSR), ==, 0xb0);
    g_assert_false(irq);
}

static void test_divisor(void)
{
    set_up();
    set_divisor(0x1234);
    g_assert_cmphex(in(IER), ==, 0);
    out(LCR, 0x83);
    g_assert_cmphex(in(DATA), ==, 0x34);
    g_assert_cmphex(in(IER), ==, 0x12);
    out(LCR, 0x03);
    g_assert_cmphex(in(LCR), ==, 0x03);
    out(SCR, 0xa5);
    g_assert_cmphex(in(SCR), ==, 0xa5);
    out(IER, 0xff);
    g_assert_cmphex(in(IER), ==, 0x0f);
    expect_out("");
}

static void test_transmit(void)
{
    set_up();
    out_text("hello");
    g_assert_cmphex(in(LSR), ==, 0x60);
    expect_out("hello");
}

/* A chardev that takes little and late: the order stays, nothing is lost. */
static void test_slow_chardev(void)
{
    set_up();
    out(FCR, 0x01);
    chr.room = 2;
    out_text("abcdefghij");
    g_assert_cmphex(in(LSR), ==, 0x00);
    expect_out("ab");
    make_room(3);
    g_assert_cmphex(in(LSR), ==, 0x00);
    /* Clearing the FIFO does not take back what the guest has handed over. */
    out(FCR, 0x07);
    out_text("kl");
    make_room(100);
    g_assert_cmphex(in(LSR), ==, 0x60);
    expect_out("cdefghijkl");
    chr.gone = true;
    out_text("lost");
    g_assert_cmphex(in(LSR), ==, 0x60);
}

static void test_slow_chardev_interrupt(void)
{
    set_up();
    out(FCR, 0x01);
    out(IER, 0x02);
    g_assert_true(irq);
    g_assert_cmphex(in(IIR), ==, 0xc2);
    g_assert_false(irq);
    chr.room = 0;
    out_text("0123456789abcdef");
    g_assert_false(irq);
    g_assert_cmphex(in(IIR), ==, 0xc1);
    make_room(15);
    g_assert_false(irq);
    make_room(1);
    g_assert_true(irq);
    g_assert_cmphex(in(IIR), ==, 0xc2);
    expect_out("0123456789abcdef");
}

static void test_thre_interrupt(void)
{
    set_up();
    out(IER, 0x02);
    g_assert_true(irq);
    g_assert_cmphex(in(IIR), ==, 0x02);
    g_assert_false(irq);
    g_assert_cmphex(in(IIR), ==, 0x01);
    out(DATA, 'x');
    g_assert_true(irq);
    out(IER, 0);
    g_assert_false(irq);
    out(IER, 0x02); /* empty as it is, it asks again */
    g_assert_true(irq);
}

static void test_receive(void)
{
    set_up();
    g_assert_cmpuint(feed("xyz"), ==, 1); /* no FIFO: one byte */
    g_assert_cmphex(in(LSR), ==, 0x61);
    g_assert_cmpuint(feed("yz"), ==, 0);
    unsigned accepts = chr.accepts;
    g_assert_cmphex(in(DATA), ==, 'x');
    g_assert_cmpuint(chr.accepts, ==, accepts + 1);
    g_assert_cmphex(in(LSR), ==, 0x60);
    g_assert_cmpuint(feed("y"), ==, 1);
    out(IER, 0x01);
    g_assert_true(irq);
    g_assert_cmphex(in(IIR), ==, 0x04);
    in(DATA);
    g_assert_false(irq);
}

static void test_receive_fifo(void)
{
    static const unsigned levels[] = { 1, 4, 8, 14 };
    for (unsigned i = 0; i < 4; i++) {
        set_up();
        out(FCR, 0x01 | i << 6);
        out(IER, 0x01);
        for (unsigned n = 1; n <= 16; n++) {
            g_assert_cmpuint(feed("a"), ==, 1);
            g_assert(irq == (n >= levels[i]));
            g_assert_cmphex(in(IIR), ==, n >= levels[i] ? 0xc4 : 0xc1);
        }
        g_assert_cmpuint(feed("b"), ==, 0);
        for (unsigned n = 16; n > 0; n--) {
            g_assert(irq == (n >= levels[i]));
            g_assert_cmphex(in(DATA), ==, 'a');
        }
        g_assert_cmphex(in(LSR), ==, 0x60);
    }
    feed("garbage");
    out(FCR, 0x03);
    g_assert_cmphex(in(LSR), ==, 0x60);
}

static void test_timeout(void)
{
    set_up();
    set_divisor(2); /* 115200 baud: four characters take 0.35 ms */
    out(FCR, 0xc1);
    out(IER, 0x01);
    feed("ab");
    g_assert_false(irq);
    loop_until(&irq, true);
    g_assert_cmphex(in(IIR), ==, 0xcc);
    g_assert_cmphex(in(DATA), ==, 'a');
    g_assert_false(irq);
    loop_until(&irq, true);
    g_assert_cmphex(in(DATA), ==, 'b');
    g_assert_false(irq);
    g_assert_cmphex(in(IIR), ==, 0xc1);
}

static void test_loop_back(void)
{
    set_up();
    out(FCR, 0x01);
    out(MCR, 0x10);
    g_assert_cmphex(in(MSR)&0xf0, ==, 0);
    g_assert_cmphex(in(MSR)&0x0f, ==, 0); /* read once */
    out(MCR, 0x1a);
    g_assert_cmphex(in(MSR), ==, 0x99);
    out(MCR, 0x1f);
    g_assert_cmphex(in(MSR), ==, 0xf2);
    out(MCR, 0x1b);
    g_assert_cmphex(in(MSR), ==, 0xb4); /* ring has ended */
    g_assert_cmpuint(feed("x"), ==, 0);
    for (unsigned i = 0; i < 16; i++) {
        out(DATA, i);
    }
    g_assert_cmphex(in(LSR), ==, 0x61);
    out(DATA, 99); /* one too many */
    g_assert_cmphex(in(LSR), ==, 0x63);
    g_assert_cmphex(in(LSR), ==, 0x61);
    for (unsigned i = 0; i < 16; i++) {
        g_assert_cmphex(in(DATA), ==, i);
    }
    expect_out("");
    unsigned accepts = chr.accepts;
    out(MCR, 0x0b);
    g_assert_cmpuint(chr.accepts, >, accepts);
    g_assert_cmphex(in(MSR)&0xf0, ==, 0xb0);
    g_assert_cmpuint(feed("x"), ==, 1);
}

/* Line status before data before time-out before transmitter before modem. */
static void test_interrupt_priorities(void)
{
    set_up();
    out(FCR, 0x01);
    out(MCR, 0x10);
    for (unsigned i = 0; i < 17; i++) {
        out(DATA, i);
    }
    out(IER, 0x0f);
    g_assert_cmphex(in(IIR), ==, 0xc6);
    in(LSR);
    g_assert_cmphex(in(IIR), ==, 0xc4);
    for (unsigned i = 0; i < 16; i++) {
        in(DATA);
    }
    g_assert_cmphex(in(IIR), ==, 0xc2);
    g_assert_cmphex(in(IIR), ==, 0xc0);
    g_assert_true(irq);
    in(MSR);
    g_assert_cmphex(in(IIR), ==, 0xc1);
    g_assert_false(irq);
}

static void test_wide_access(void)
{
    set_up();
    out(SCR, 0x5a);
    /* Eight registers in one go, lowest first. */
    g_assert_cmphex(reg_read(BASE, 8) >> 40, ==, 0x5ab060);
}

/* The bit stands at its own character, goes with it or when it was read, and interrupts. */
static void test_break(void)
{
    set_up();
    out(FCR, 0x01);
    out(IER, 0x04);
    feed("ab");
    chr.fe->event(chr.opaque, CHARDEV_BREAK);
    feed("h");
    g_assert_cmphex(in(LSR), ==, 0x61);
    g_assert_cmphex(in(IIR), ==, 0xc1);
    g_assert_cmphex(in(DATA), ==, 'a');
    g_assert_cmphex(in(LSR), ==, 0x61);
    g_assert_cmphex(in(DATA), ==, 'b');
    g_assert_cmphex(in(IIR), ==, 0xc6);
    g_assert_true(irq);
    g_assert_cmphex(in(LSR), ==, 0x71);
    g_assert_cmphex(in(LSR), ==, 0x61);
    g_assert_false(irq);
    g_assert_cmphex(in(DATA), ==, 0);
    g_assert_cmphex(in(DATA), ==, 'h');
    /* Not looked at: gone with its character. */
    chr.fe->event(chr.opaque, CHARDEV_BREAK);
    g_assert_true(irq);
    g_assert_cmphex(in(DATA), ==, 0);
    g_assert_false(irq);
    g_assert_cmphex(in(LSR), ==, 0x60);
    /* Cleared with what was received; none in loop back. */
    chr.fe->event(chr.opaque, CHARDEV_BREAK);
    out(FCR, 0x03);
    g_assert_cmphex(in(LSR), ==, 0x60);
    out(MCR, 0x10);
    chr.fe->event(chr.opaque, CHARDEV_BREAK);
    g_assert_cmphex(in(LSR), ==, 0x60);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    virtual_clock_start();
    g_test_add_func("/serial/reset-values", test_reset_values);
    g_test_add_func("/serial/divisor", test_divisor);
    g_test_add_func("/serial/transmit", test_transmit);
    g_test_add_func("/serial/slow-chardev", test_slow_chardev);
    g_test_add_func("/serial/slow-chardev-interrupt", test_slow_chardev_interrupt);
    g_test_add_func("/serial/thre-interrupt", test_thre_interrupt);
    g_test_add_func("/serial/receive", test_receive);
    g_test_add_func("/serial/receive-fifo", test_receive_fifo);
    g_test_add_func("/serial/break", test_break);
    g_test_add_func("/serial/timeout", test_timeout);
    g_test_add_func("/serial/loop-back", test_loop_back);
    g_test_add_func("/serial/interrupt-priorities", test_interrupt_priorities);
    g_test_add_func("/serial/wide-access", test_wide_access);
    return g_test_run();
}
