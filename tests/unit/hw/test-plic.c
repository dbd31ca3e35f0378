/*
 * The PLIC at register level.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fake-harts.h"
#include "hw-test.h"
#include "hw/intc.h"

#define BASE                  0xc000000
#define SOURCES               96
#define PRIORITY(source)      (BASE + 4 * (source))
#define PENDING(word)         (BASE + 0x1000 + 4 * (word))
#define ENABLE(context, word) (BASE + 0x2000 + 0x80 * (context) + 4 * (word))
#define THRESHOLD(context)    (BASE + 0x200000 + 0x1000 * (context))
#define CLAIM(context)        (THRESHOLD(context) + 4)

enum { M0, S0, M1, S1 };

static Plic *plic;

static void input(unsigned source, bool level)
{
    IrqLine line = plic_get_irq(plic, source);
    irq_set(&line, level);
}

static bool output(unsigned context)
{
    return fake_hart_line(context / 2, context % 2 ? HART_IRQ_SEI : HART_IRQ_MEI);
}

static void enable(unsigned context, unsigned source, unsigned priority)
{
    hwaddr reg = ENABLE(context, source / 32);
    reg_write(PRIORITY(source), 4, priority);
    reg_write(reg, 4, reg_read(reg, 4) | 1u << (source % 32));
}

static void set_up(void)
{
    if (!plic) {
        plic = plic_create(FAKE_HARTS, SOURCES, &board_get()->system, BASE, &error_abort);
    }
    for (unsigned i = 1; i < SOURCES; i++) {
        input(i, false);
    }
    DEVICE_GET_CLASS(plic)->reset(DEVICE(plic));
}

static void test_claim_complete(void)
{
    set_up();
    enable(S0, 10, 1);
    g_assert_false(output(S0));
    input(10, true);
    g_assert_true(output(S0));
    g_assert_false(output(M0));
    g_assert_false(output(S1));
    g_assert_cmphex(reg_read(PENDING(0), 4), ==, 1u << 10);
    g_assert_cmpuint(reg_read(CLAIM(S0), 4), ==, 10);
    g_assert_false(output(S0));
    g_assert_cmphex(reg_read(PENDING(0), 4), ==, 0);
    g_assert_cmpuint(reg_read(CLAIM(S0), 4), ==, 0);
    /* Still high: asks again after completion, not before. */
    input(10, false);
    input(10, true);
    g_assert_false(output(S0));
    reg_write(CLAIM(S0), 4, 10);
    g_assert_true(output(S0));
    g_assert_cmpuint(reg_read(CLAIM(S0), 4), ==, 10);
    input(10, false);
    reg_write(CLAIM(S0), 4, 10);
    g_assert_false(output(S0));
}

/* What the gateway has let through is served, even if the line falls meanwhile. */
static void test_latched(void)
{
    set_up();
    enable(M1, 33, 2);
    input(33, true);
    input(33, false);
    g_assert_true(output(M1));
    g_assert_cmpuint(reg_read(CLAIM(M1), 4), ==, 33);
    reg_write(CLAIM(M1), 4, 33);
    g_assert_false(output(M1));
}

static void test_priorities(void)
{
    set_up();
    enable(S0, 40, 3);
    enable(S0, 8, 3);
    enable(S0, 95, 7);
    enable(S0, 5, 0); /* never */
    input(40, true);
    input(8, true);
    input(95, true);
    input(5, true);
    g_assert_cmpuint(reg_read(CLAIM(S0), 4), ==, 95);
    g_assert_cmpuint(reg_read(CLAIM(S0), 4), ==, 8);
    g_assert_cmpuint(reg_read(CLAIM(S0), 4), ==, 40);
    g_assert_cmpuint(reg_read(CLAIM(S0), 4), ==, 0);
}

static void test_threshold(void)
{
    set_up();
    enable(S1, 1, 4);
    input(1, true);
    for (unsigned threshold = 0; threshold <= 7; threshold++) {
        reg_write(THRESHOLD(S1), 4, threshold);
        g_assert_cmpuint(reg_read(THRESHOLD(S1), 4), ==, threshold);
        g_assert(output(S1) == (threshold < 4));
    }
    /* A claim is not held back by it. */
    g_assert_cmpuint(reg_read(CLAIM(S1), 4), ==, 1);
    reg_write(THRESHOLD(S1), 4, 0xffffffff);
    g_assert_cmpuint(reg_read(THRESHOLD(S1), 4), ==, 7);
}

static void test_two_contexts(void)
{
    set_up();
    enable(S0, 3, 1);
    enable(S1, 3, 1);
    input(3, true);
    g_assert_true(output(S0));
    g_assert_true(output(S1));
    g_assert_cmpuint(reg_read(CLAIM(S1), 4), ==, 3);
    g_assert_false(output(S0));
    g_assert_cmpuint(reg_read(CLAIM(S0), 4), ==, 0);
    /* Whoever has it enabled may complete it; others are ignored. */
    reg_write(CLAIM(M0), 4, 3);
    g_assert_false(output(S0));
    reg_write(CLAIM(S0), 4, 3);
    g_assert_true(output(S0));
}

static void test_enable_bits(void)
{
    set_up();
    input(6, true);
    g_assert_false(output(M0));
    enable(M0, 6, 1);
    g_assert_true(output(M0));
    reg_write(ENABLE(M0, 0), 4, 0);
    g_assert_false(output(M0));
    for (unsigned word = 0; word < 32; word++) {
        reg_write(ENABLE(M0, word), 4, 0xffffffff);
        uint32_t expected = word == 0 ? 0xfffffffe : word < SOURCES / 32 ? 0xffffffff : 0;
        g_assert_cmphex(reg_read(ENABLE(M0, word), 4), ==, expected);
    }
    g_assert_cmphex(reg_read(ENABLE(S0, 0), 4), ==, 0);
}

static void test_odd_accesses(void)
{
    set_up();
    reg_write(PRIORITY(0), 4, 7);
    g_assert_cmpuint(reg_read(PRIORITY(0), 4), ==, 0);
    reg_write(PRIORITY(2), 4, 0xfffffffd);
    g_assert_cmpuint(reg_read(PRIORITY(2), 4), ==, 5);
    reg_write(PRIORITY(SOURCES), 4, 7);
    g_assert_cmpuint(reg_read(PRIORITY(SOURCES), 4), ==, 0);
    reg_write(PENDING(0), 4, 0xffffffff);
    g_assert_cmphex(reg_read(PENDING(0), 4), ==, 0);
    /* Contexts, words and sources that are not there. */
    reg_write(ENABLE(4, 0), 4, 0xffffffff);
    g_assert_cmphex(reg_read(ENABLE(4, 0), 4), ==, 0);
    reg_write(THRESHOLD(4), 4, 1);
    g_assert_cmphex(reg_read(CLAIM(4), 4), ==, 0);
    reg_write(CLAIM(M0), 4, 0);
    reg_write(CLAIM(M0), 4, SOURCES);
    reg_write(CLAIM(M0), 4, 0xffffffff);
    g_assert_cmphex(reg_read(BASE + 0x5ffffc, 4), ==, 0);
}

static void test_reset(void)
{
    set_up();
    enable(M0, 9, 1);
    reg_write(THRESHOLD(M0), 4, 3);
    input(9, true);
    g_assert_cmpuint(reg_read(CLAIM(M0), 4), ==, 9);
    DEVICE_GET_CLASS(plic)->reset(DEVICE(plic));
    g_assert_cmpuint(reg_read(THRESHOLD(M0), 4), ==, 0);
    g_assert_false(output(M0));
    /* The device still asks. */
    enable(M0, 9, 1);
    g_assert_true(output(M0));
}

static void test_bad_properties(void)
{
    g_autoptr(Error) err = NULL;
    g_assert_null(plic_create(FAKE_HARTS + 1, SOURCES, &board_get()->system, 0x40000000, &err));
    g_assert_nonnull(err);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    g_test_add_func("/plic/claim-complete", test_claim_complete);
    g_test_add_func("/plic/latched", test_latched);
    g_test_add_func("/plic/priorities", test_priorities);
    g_test_add_func("/plic/threshold", test_threshold);
    g_test_add_func("/plic/two-contexts", test_two_contexts);
    g_test_add_func("/plic/enable-bits", test_enable_bits);
    g_test_add_func("/plic/odd-accesses", test_odd_accesses);
    g_test_add_func("/plic/reset", test_reset);
    g_test_add_func("/plic/bad-properties", test_bad_properties);
    return g_test_run();
}
