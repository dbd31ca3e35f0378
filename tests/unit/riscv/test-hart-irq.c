/*
 * Interrupts of one hart: lines, priorities, delegation, vectors, wfi, Sstc.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig.h"
#include "rv-asm.h"
#include "util/bql.h"

#define HANDLER (RIG_RAM + 0x400)
#define S_HANDLER (RIG_RAM + 0x800)
/* Write RIG_STOP; the run ends with the block. */
#define STOP SW(ZERO, A0, 8), JAL(ZERO, 0)
#define IRQ(n) (CAUSE_INTERRUPT | (n))

static void setup(Rig *rig, gconstpointer data)
{
    rig_init(rig, 1);
    rig->hart->mtvec = HANDLER;
    rig->hart->stvec = S_HANDLER;
    pmp_addr_write(rig->hart, 0, UINT64_MAX);
    pmp_cfg_write(rig->hart, 0, 0x1f);
    rig_code_to(rig, HANDLER, NOP, NOP);
    rig_code_to(rig, S_HANDLER, NOP, NOP);
    rig_code(rig, NOP, NOP, NOP, NOP, NOP);
}

static void teardown(Rig *rig, gconstpointer data)
{
    rig_finish(rig);
}

static void lines(Rig *rig, uint64_t set)
{
    static const HartIrq irqs[] = { HART_IRQ_MSI, HART_IRQ_MTI, HART_IRQ_SEI, HART_IRQ_MEI };

    for (unsigned i = 0; i < G_N_ELEMENTS(irqs); i++) {
        hart_set_irq(rig->hart, irqs[i], (set >> irqs[i]) & 1);
    }
}

/* Every bit pending and enabled: they come in the order of the specification. */
static void test_priorities(Rig *rig, gconstpointer data)
{
    static const unsigned order[] = { 11, 3, 7, 9, 1, 5 };
    uint64_t pending = MIP_ALL;

    rig->hart->mie = MIP_ALL;
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        lines(rig, pending);
        rig->hart->mip_soft = pending & (MIP_SSIP | MIP_STIP);
        rig->hart->mstatus = MSTATUS_MIE;
        rig->hart->pc = RIG_RAM;
        hart_irq_update(rig->hart);
        rig_step(rig, 0);
        rig_step(rig, 1);
        g_assert_cmphex(rig->hart->mcause, ==, IRQ(order[i]));
        g_assert_cmphex(rig->hart->mepc, ==, RIG_RAM);
        g_assert_cmphex(rig->hart->mstatus & (MSTATUS_MIE | MSTATUS_MPIE), ==, MSTATUS_MPIE);
        g_assert_cmphex(rig->hart->pc, ==, HANDLER + 4); /* a step in the handler */
        pending &= ~(UINT64_C(1) << order[i]);
    }
}

static void test_masks(Rig *rig, gconstpointer data)
{
    lines(rig, MIP_MTIP);
    rig_step(rig, 1);
    g_assert_cmphex(rig->hart->pc, ==, RIG_RAM + 4); /* not enabled in mie */
    rig_code(rig, CSRW(CSR_MIE, A0), NOP, CSRRSI(ZERO, CSR_MSTATUS, 8), NOP, NOP);
    rig->hart->x[A0] = MIP_MTIP;
    rig_step(rig, 3);
    g_assert_cmphex(rig->hart->pc, ==, RIG_RAM + 12); /* MIE off until now */
    rig_step(rig, 1);
    g_assert_cmphex(rig->hart->mcause, ==, IRQ(7));
    g_assert_cmphex(rig->hart->mepc, ==, RIG_RAM + 12);
    /* Less privileged modes do not need MIE. */
    lines(rig, 0);
    rig->hart->mstatus = 0;
    hart_set_priv(rig->hart, PRIV_U);
    rig->hart->pc = RIG_RAM + 16;
    lines(rig, MIP_MTIP);
    rig_step(rig, 1);
    g_assert_cmphex(rig->hart->mepc, ==, RIG_RAM + 16);
}

static void test_delegated(Rig *rig, gconstpointer data)
{
    rig->hart->mideleg = MIP_S_ALL;
    rig->hart->mie = MIP_S_ALL;
    rig->hart->mstatus = MSTATUS_MIE | MSTATUS_SIE;
    lines(rig, MIP_SEIP);
    rig_step(rig, 1);
    g_assert_cmphex(rig->hart->pc, ==, RIG_RAM + 4); /* delegated ones never disturb M */
    hart_set_priv(rig->hart, PRIV_S);
    hart_irq_update(rig->hart);
    rig_step(rig, 1);
    g_assert_cmphex(rig->hart->scause, ==, IRQ(9));
    g_assert_cmphex(rig->hart->sepc, ==, RIG_RAM + 4);
    g_assert_cmpint(rig->hart->priv, ==, PRIV_S);
    g_assert_false(rig->hart->mstatus & MSTATUS_SIE);
    rig_code(rig, CSRR(A0, CSR_SIP), CSRR(A1, CSR_SIE));
    rig_step(rig, 2);
    g_assert_cmphex(rig->hart->x[A0], ==, MIP_SEIP);
    g_assert_cmphex(rig->hart->x[A1], ==, MIP_S_ALL);
    /* What is not delegated is not in sip and sie. */
    rig->hart->mideleg = MIP_SSIP;
    rig->hart->mstatus = 0;
    hart_set_priv(rig->hart, PRIV_M);
    rig_code(rig, CSRR(A0, CSR_SIP), CSRR(A1, CSR_SIE));
    rig_step(rig, 2);
    g_assert_cmphex(rig->hart->x[A0], ==, 0);
    g_assert_cmphex(rig->hart->x[A1], ==, MIP_SSIP);
}

static void test_vectored(Rig *rig, gconstpointer data)
{
    rig->hart->mtvec = HANDLER | 1;
    rig->hart->mie = MIP_MEIP;
    rig->hart->mstatus = MSTATUS_MIE;
    rig_code_to(rig, HANDLER + 4 * 11, LI(A0, 11));
    rig->hart->pc = RIG_RAM;
    lines(rig, MIP_MEIP);
    rig_step(rig, 1);
    g_assert_cmpuint(rig->hart->x[A0], ==, 11);
    rig_code(rig, ECALL); /* exceptions go to the base */
    lines(rig, 0);
    rig_step(rig, 1);
    g_assert_cmphex(rig->hart->pc, ==, HANDLER);
}

/* csrrs on mip must not turn the controller's line into the software bit (section 3.1.9). */
static void test_seip_line(Rig *rig, gconstpointer data)
{
    lines(rig, MIP_SEIP);
    rig_code(rig, CSRRSI(A0, CSR_MIP, 2), CSRR(A1, CSR_MIP));
    rig_step(rig, 2);
    g_assert_cmphex(rig->hart->x[A0], ==, MIP_SEIP);
    g_assert_cmphex(rig->hart->x[A1], ==, MIP_SEIP | MIP_SSIP);
    lines(rig, 0);
    g_assert_cmphex(rig_csr(rig, "mip"), ==, MIP_SSIP);
    /* Written by software it stays, and the line comes and goes beside it. */
    rig_code(rig, CSRW(CSR_MIP, A2));
    rig->hart->x[A2] = UINT64_MAX;
    rig_step(rig, 1);
    g_assert_cmphex(rig_csr(rig, "mip"), ==, MIP_S_ALL);
    lines(rig, MIP_SEIP);
    lines(rig, 0);
    g_assert_cmphex(rig_csr(rig, "mip"), ==, MIP_S_ALL);
}

/* An interrupt ends a loop which nothing else ends: chained code sees the pending word. */
static void *raise_later(void *opaque)
{
    g_usleep(20000);
    hart_set_irq(opaque, HART_IRQ_MEI, true);
    return NULL;
}

static void test_breaks_loop(Rig *rig, gconstpointer data)
{
    GThread *thread;

    rig->hart->mie = MIP_MEIP;
    rig->hart->mstatus = MSTATUS_MIE;
    rig_code_to(rig, HANDLER, STOP);
    rig_code(rig, JAL(ZERO, 0));
    rig->hart->x[A0] = RIG_DEVICE;
    thread = g_thread_new("raise", raise_later, rig->hart);
    rig_run(rig);
    g_thread_join(thread);
    g_assert_cmphex(rig->hart->mcause, ==, IRQ(11));
    g_assert_cmphex(rig->hart->mepc, ==, RIG_RAM);
}

/* ---- wfi ---- */

static void test_wfi_sleeps(Rig *rig, gconstpointer data)
{
    GThread *thread;
    struct timespec before, after;
    int64_t used;

    rig->hart->mie = MIP_MEIP; /* wakes even though mstatus.MIE is off */
    rig_code(rig, WFI, STOP);
    rig->hart->x[A0] = RIG_DEVICE;
    thread = g_thread_new("raise", raise_later, rig->hart);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    rig_run(rig);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    g_thread_join(thread);
    used = (after.tv_sec - before.tv_sec) * NS_PER_SEC + (after.tv_nsec - before.tv_nsec);
    g_assert_cmpint(used, <, 10 * NS_PER_MS); /* of at least 20 ms that it slept */
    g_assert_false(hart_is_halted(rig->hart));
    g_assert_cmphex(rig->hart->mcause, ==, 0);
}

static void test_wfi_pending(Rig *rig, gconstpointer data)
{
    rig->hart->mie = MIP_MTIP;
    lines(rig, MIP_MTIP);
    rig_code(rig, WFI, STOP); /* does not sleep */
    rig->hart->x[A0] = RIG_DEVICE;
    rig_run(rig);
}

/* ---- Sstc ---- */

static void turn_loop_until(Rig *rig, uint64_t mip)
{
    while (rig_csr(rig, "mip") != mip) {
        event_loop_iterate(main_loop(), true);
    }
}

static void test_stimecmp(Rig *rig, gconstpointer data)
{
    /* Off: no effect, and STIP is software's. */
    rig_code(rig, CSRW(CSR_STIMECMP, ZERO), CSRR(A0, CSR_MIP));
    rig_step(rig, 2);
    g_assert_cmphex(rig->hart->x[A0], ==, 0);
    rig->hart->x[A1] = UINT64_MAX;
    rig_code(rig, CSRW(CSR_MENVCFG, A1), CSRR(A0, CSR_MIP), CSRW(CSR_STIMECMP, A1),
             CSRR(A2, CSR_MIP), CSRW(CSR_MIP, A1), CSRR(A3, CSR_MIP));
    rig_step(rig, 6);
    g_assert_cmphex(rig->hart->x[A0], ==, MIP_STIP); /* time >= 0 */
    g_assert_cmphex(rig->hart->x[A2], ==, 0);
    g_assert_cmphex(rig->hart->x[A3], ==, MIP_SSIP | MIP_SEIP); /* STIP is read-only now */
    rig->hart->mip_soft = 0;
    /* Soon: the timer raises it; a later compare value takes it back. */
    virtual_clock_start();
    rig_code(rig, CSRR(A1, CSR_TIME), ADDI(A1, A1, 2000), CSRW(CSR_STIMECMP, A1));
    rig_step(rig, 3);
    turn_loop_until(rig, MIP_STIP);
    rig_code(rig, CSRR(A2, CSR_TIME), LI(A0, -1), CSRW(CSR_STIMECMP, A0));
    rig_step(rig, 3);
    g_assert_cmpuint(rig->hart->x[A2], >=, rig->hart->x[A1]);
    g_assert_cmphex(rig_csr(rig, "mip"), ==, 0);
    virtual_clock_stop();
}

static void test_stimecmp_access(Rig *rig, gconstpointer data)
{
    uint32_t insn = CSRR(A0, CSR_STIMECMP);

    rig_code(rig, insn, EBREAK);
    hart_set_priv(rig->hart, PRIV_S);
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_ILLEGAL);
    rig->hart->mcounteren = COUNTER_TM;
    rig->hart->pc = RIG_RAM;
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_ILLEGAL);
    rig->hart->menvcfg = MENVCFG_STCE;
    rig->hart->pc = RIG_RAM;
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_BREAKPOINT);
}

#define TEST(name) g_test_add("/riscv/irq/" #name, Rig, NULL, setup, test_##name, teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST(priorities);
    TEST(masks);
    TEST(delegated);
    TEST(vectored);
    TEST(seip_line);
    TEST(breaks_loop);
    TEST(wfi_sleeps);
    TEST(wfi_pending);
    TEST(stimecmp);
    TEST(stimecmp_access);
    return g_test_run();
}
