/*
 * Harts in threads: start, pause, hold, reset, wfi, and memory shared between them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig.h"
#include "rv-asm.h"
#include "util/bql.h"
#include "util/coroutine.h"

#include <string.h>

#define COUNTER (RIG_RAM + 0x10000)
#define DONE    (RIG_RAM + 0x11000)
#define ROUNDS  20000

static void setup(Rig *rig, gconstpointer data)
{
    rig_init(rig, RIG_HARTS_MAX);
    virtual_clock_start();
}

static void teardown(Rig *rig, gconstpointer data)
{
    harts_shutdown();
    virtual_clock_stop();
    rig_finish(rig);
}

/* Let the harts work until @addr holds @value; the main loop turns meanwhile. */
static void wait_for(Rig *rig, uint64_t addr, uint64_t value)
{
    while (rig_load(rig, addr) != value) {
        event_loop_iterate(main_loop(), false);
        bql_unlock();
        g_usleep(200);
        bql_lock();
    }
}

#define FINISH AMOADD_D(ZERO, A2, A3), WFI, JAL(ZERO, -4)

static void shared_counter(Rig *rig, const uint32_t *add, unsigned words)
{
    const uint32_t head[] = { LUI(A1, COUNTER >> 12), LUI(A2, DONE >> 12), LI(A3, 1),
                              SLLI(A1, A1, 32), RV_I(0x13u, 5u, A1, A1, 32), SLLI(A2, A2, 32),
                              RV_I(0x13u, 5u, A2, A2, 32), LUI(S0, 5), ADDI(S0, S0, -480) };
    const uint32_t tail[] = { ADDI(S0, S0, -1), BNE(S0, ZERO, -4 * (int)(words + 1)), FINISH };

    rig_code_at(rig, RIG_RAM, head, G_N_ELEMENTS(head));
    rig_code_at(rig, RIG_RAM + sizeof(head), add, words);
    rig_code_at(rig, RIG_RAM + sizeof(head) + words * 4, tail, G_N_ELEMENTS(tail));
    harts_reset();
    harts_start();
    harts_resume();
    wait_for(rig, DONE, RIG_HARTS_MAX);
    g_assert_cmpuint(rig_load(rig, COUNTER), ==, RIG_HARTS_MAX * ROUNDS);
}

static void test_amo(Rig *rig, gconstpointer data)
{
    const uint32_t add[] = { AMOADD_D(ZERO, A1, A3) };

    shared_counter(rig, add, G_N_ELEMENTS(add));
}

static void test_lr_sc(Rig *rig, gconstpointer data)
{
    const uint32_t add[] = { LR_D(A4, A1), ADDI(A4, A4, 1), SC_D(A5, A1, A4), BNE(A5, ZERO, -12) };

    shared_counter(rig, add, G_N_ELEMENTS(add));
}

/* A spinning hart sees what another stores. */
static void test_message(Rig *rig, gconstpointer data)
{
    rig_code(rig, LUI(A1, COUNTER >> 12), SLLI(A1, A1, 32), RV_I(0x13u, 5u, A1, A1, 32),
             CSRR(A0, CSR_MHARTID), LI(A3, 1), SLLI(A4, A0, 3), ADD(A4, A4, A1),
             BEQ(A0, ZERO, 12),           /* hart 0 begins */
             LD(A5, A4, 0), BEQ(A5, ZERO, -4), /* the others wait for their word */
             SD(A3, A4, 8), WFI, JAL(ZERO, -4));
    harts_reset();
    harts_start();
    harts_resume();
    wait_for(rig, COUNTER + 8 * RIG_HARTS_MAX, 1);
}

static void test_pause(Rig *rig, gconstpointer data)
{
    uint64_t before;

    rig_code(rig, ADDI(A0, A0, 1), JAL(ZERO, -4));
    harts_reset();
    harts_start();
    g_assert_false(harts_running());
    for (unsigned round = 0; round < 20; round++) {
        before = hart_instret(rig->hart);
        harts_resume();
        g_assert_true(harts_running());
        while (hart_by_index(RIG_HARTS_MAX - 1)->thread_id == 0) {
            g_usleep(100);
        }
        bql_unlock();
        g_usleep(round * 50);
        bql_lock();
        harts_pause();
        g_assert_cmpuint(hart_instret(rig->hart), >=, before);
        before = hart_instret(rig->hart);
        g_usleep(500);
        g_assert_cmpuint(hart_instret(rig->hart), ==, before);
        g_assert_true((rig->hart->pc & ~UINT64_C(4)) == RIG_RAM);
    }
    g_assert_cmpuint(hart_instret(rig->hart), >, 0);
    g_assert_cmpint(hart_thread_id(hart_by_index(0)), !=, hart_thread_id(hart_by_index(1)));
}

static void coroutine_fn hold_twice(void *opaque)
{
    Rig *rig = opaque;
    uint64_t count;

    harts_hold_co();
    count = hart_instret(rig->hart);
    harts_pause_co(); /* meanwhile somebody stops the machine */
    harts_release();
    co_sleep_ns(CLOCK_HOST, NS_PER_MS);
    g_assert_cmpuint(hart_instret(rig->hart), ==, count);
    harts_resume();
    harts_hold_co();
    g_assert_true(harts_running());
    count = hart_instret(rig->hart);
    co_sleep_ns(CLOCK_HOST, NS_PER_MS);
    g_assert_cmpuint(hart_instret(rig->hart), ==, count);
    harts_release();
    event_loop_quit(main_loop());
}

static void test_hold(Rig *rig, gconstpointer data)
{
    Coroutine *co = coroutine_create(hold_twice, rig);

    rig_code(rig, ADDI(A0, A0, 1), JAL(ZERO, -4));
    harts_reset();
    harts_start();
    harts_resume();
    coroutine_enter(co);
    event_loop_run(main_loop());
}

/* Paused and reset in the middle of wfi: it sleeps on, or begins anew. */
static void test_wfi(Rig *rig, gconstpointer data)
{
    rig_code(rig, LUI(A1, COUNTER >> 12), SLLI(A1, A1, 32), RV_I(0x13u, 5u, A1, A1, 32), LI(A3, 1),
             LI(A0, 8), CSRW(CSR_MIE, A0), AMOADD_D(ZERO, A1, A3), WFI, ADDI(A1, A1, 8),
             AMOADD_D(ZERO, A1, A3), JAL(ZERO, 0));
    harts_reset();
    harts_start();
    harts_resume();
    wait_for(rig, COUNTER, RIG_HARTS_MAX);
    while (!hart_is_halted(hart_by_index(2))) {
        g_usleep(100);
    }
    harts_pause();
    g_assert_true(hart_is_halted(hart_by_index(2)));
    harts_resume();
    hart_set_irq(hart_by_index(2), HART_IRQ_MSI, true);
    wait_for(rig, COUNTER + 8, 1);
    g_assert_false(hart_is_halted(hart_by_index(2)));
    hart_set_irq(hart_by_index(2), HART_IRQ_MSI, false);
    harts_pause();
    harts_reset();
    harts_resume();
    wait_for(rig, COUNTER, 2 * RIG_HARTS_MAX);
    g_assert_cmpuint(rig_load(rig, COUNTER + 8), ==, 1);
}

/* Harts that hammer a device do not keep others from the BQL, nor from being paused. */
static void test_device_hammering(Rig *rig, gconstpointer data)
{
    rig_code(rig, LUI(A1, RIG_DEVICE >> 12), LW(A0, A1, 0), JAL(ZERO, -4));
    harts_reset();
    harts_start();
    for (unsigned i = 0; i < 20; i++) {
        harts_resume();
        bql_unlock();
        g_usleep(1000);
        bql_lock();
        harts_pause();
    }
    g_assert_cmpuint(rig->accesses, >, 0);
}

#define TEST(name) g_test_add("/riscv/smp/" #name, Rig, NULL, setup, test_##name, teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST(amo);
    TEST(lr_sc);
    TEST(message);
    TEST(pause);
    TEST(hold);
    TEST(wfi);
    TEST(device_hammering);
    return g_test_run();
}
