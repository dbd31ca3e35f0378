/*
 * CSRs and traps of one hart: existence, privilege, WARL fields, causes, delegation, counters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig.h"
#include "rv-asm.h"

#define HANDLER (RIG_RAM + 0x400)
#define S_HANDLER (RIG_RAM + 0x800)

static void setup(Rig *rig, gconstpointer data)
{
    rig_init(rig, 1);
    rig->hart->mtvec = HANDLER;
    rig->hart->stvec = S_HANDLER;
}

static void teardown(Rig *rig, gconstpointer data)
{
    rig_finish(rig);
}

/* Run one instruction in @priv and expect trap @cause with @tval, delivered to M mode. */
static void expect_trap(Rig *rig, Priv priv, uint32_t insn, uint64_t cause, uint64_t tval)
{
    rig_code(rig, insn);
    hart_set_priv(rig->hart, priv);
    rig->hart->mcause = UINT64_MAX;
    rig_step(rig, 1);
    g_assert_cmphex(rig->hart->mcause, ==, cause);
    g_assert_cmphex(rig->hart->mtval, ==, tval);
    g_assert_cmphex(rig->hart->mepc, ==, RIG_RAM);
    g_assert_cmphex(rig->hart->pc, ==, HANDLER);
    g_assert_cmpint(rig->hart->priv, ==, PRIV_M);
    g_assert_cmphex((rig->hart->mstatus & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT, ==, priv);
}

static void expect_no_trap(Rig *rig, Priv priv, uint32_t insn)
{
    rig_code(rig, insn);
    hart_set_priv(rig->hart, priv);
    rig->hart->mcause = UINT64_MAX;
    rig_step(rig, 1);
    g_assert_cmphex(rig->hart->mcause, ==, UINT64_MAX);
    g_assert_cmphex(rig->hart->pc, ==, RIG_RAM + 4);
}

static void open_pmp(Rig *rig)
{
    pmp_addr_write(rig->hart, 0, UINT64_MAX);
    pmp_cfg_write(rig->hart, 0, 0x1f);
}

static void test_reset(Rig *rig, gconstpointer data)
{
    g_assert_cmphex(rig_csr(rig, "mstatus"), ==, UINT64_C(0xa00000000));
    g_assert_cmphex(rig_csr(rig, "misa"), ==, UINT64_C(0x800000000014112d));
    g_assert_cmphex(rig->hart->pc, ==, RIG_RAM);
    rig_code(rig, LI(A0, 5), CSRW(CSR_MSCRATCH, A0));
    rig_step(rig, 2);
    g_assert_cmphex(rig_csr(rig, "mscratch"), ==, 5);
    hart_reset(rig->hart);
    g_assert_cmphex(rig_csr(rig, "mscratch"), ==, 0);
    g_assert_cmphex(rig->hart->x[A0], ==, 0);
    g_assert_cmphex(rig_csr(rig, "minstret"), ==, 0);
}

/* What firmware probes and we lack must trap, with the instruction in mtval. */
static void test_absent(Rig *rig, gconstpointer data)
{
    static const uint16_t absent[] = { 0x30c, 0x3a1, 0x3c0, 0x3a4, 0x7a0, 0x7a4, 0xb03, 0xb1f,
                                       0xda0, 0xfb0, 0x323, 0x200, 0x5a8, 0xc03, 0xfff, 0x008 };

    for (unsigned i = 0; i < G_N_ELEMENTS(absent); i++) {
        uint32_t insn = CSRR(A0, absent[i]);

        expect_trap(rig, PRIV_M, insn, CAUSE_ILLEGAL, insn);
    }
}

static void test_privilege(Rig *rig, gconstpointer data)
{
    open_pmp(rig);
    expect_trap(rig, PRIV_S, CSRR(A0, CSR_MSTATUS), CAUSE_ILLEGAL, CSRR(A0, CSR_MSTATUS));
    expect_trap(rig, PRIV_U, CSRR(A0, CSR_SSTATUS), CAUSE_ILLEGAL, CSRR(A0, CSR_SSTATUS));
    expect_trap(rig, PRIV_M, CSRW(CSR_MHARTID, A0), CAUSE_ILLEGAL, CSRW(CSR_MHARTID, A0));
    expect_no_trap(rig, PRIV_M, CSRR(A0, CSR_MHARTID));
    expect_no_trap(rig, PRIV_S, CSRR(A0, CSR_SSTATUS));
    expect_trap(rig, PRIV_S, MRET, CAUSE_ILLEGAL, MRET);
    expect_trap(rig, PRIV_U, SRET, CAUSE_ILLEGAL, SRET);
    expect_trap(rig, PRIV_U, WFI, CAUSE_ILLEGAL, WFI);
    expect_trap(rig, PRIV_U, SFENCE_VMA(ZERO, ZERO), CAUSE_ILLEGAL, SFENCE_VMA(ZERO, ZERO));
    expect_trap(rig, PRIV_U, CSRR(A0, CSR_CYCLE), CAUSE_ILLEGAL, CSRR(A0, CSR_CYCLE));
}

static void test_virtualisation_bits(Rig *rig, gconstpointer data)
{
    open_pmp(rig);
    expect_no_trap(rig, PRIV_S, CSRR(A0, CSR_SATP));
    expect_no_trap(rig, PRIV_S, SFENCE_VMA(ZERO, ZERO));
    rig->hart->mstatus |= MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR;
    expect_trap(rig, PRIV_S, CSRR(A0, CSR_SATP), CAUSE_ILLEGAL, CSRR(A0, CSR_SATP));
    expect_trap(rig, PRIV_S, SFENCE_VMA(ZERO, ZERO), CAUSE_ILLEGAL, SFENCE_VMA(ZERO, ZERO));
    expect_trap(rig, PRIV_S, WFI, CAUSE_ILLEGAL, WFI);
    expect_trap(rig, PRIV_S, SRET, CAUSE_ILLEGAL, SRET);
    expect_no_trap(rig, PRIV_M, SFENCE_VMA(ZERO, ZERO));
}

static void test_causes(Rig *rig, gconstpointer data)
{
    open_pmp(rig);
    expect_trap(rig, PRIV_M, ECALL, 11, 0);
    expect_trap(rig, PRIV_S, ECALL, 9, 0);
    expect_trap(rig, PRIV_U, ECALL, 8, 0);
    expect_trap(rig, PRIV_M, EBREAK, CAUSE_BREAKPOINT, 0);
    expect_trap(rig, PRIV_M, 0xffffffff, CAUSE_ILLEGAL, 0xffffffff);
    expect_trap(rig, PRIV_M, 0x00000000, CAUSE_ILLEGAL, 0); /* compressed: 16 bits */
    rig->hart->x[A1] = RIG_HOLE;
    expect_trap(rig, PRIV_M, LD(A0, A1, 8), CAUSE_LOAD_ACCESS, RIG_HOLE + 8);
    expect_trap(rig, PRIV_M, SD(A0, A1, 8), CAUSE_STORE_ACCESS, RIG_HOLE + 8);
    rig->hart->x[A1] = RIG_RAM + 2;
    expect_trap(rig, PRIV_M, LR_W(A0, A1), CAUSE_LOAD_MISALIGNED, RIG_RAM + 2);
    expect_trap(rig, PRIV_M, SC_W(A0, A1, A2), CAUSE_STORE_MISALIGNED, RIG_RAM + 2);
    expect_trap(rig, PRIV_M, AMOADD_D(A0, A1, A2), CAUSE_STORE_MISALIGNED, RIG_RAM + 2);
}

static void test_fetch_fault(Rig *rig, gconstpointer data)
{
    rig_code(rig, JALR(ZERO, A1, 1));
    rig->hart->x[A1] = RIG_HOLE; /* bit 0 of the target is dropped */
    rig_step(rig, 1);
    g_assert_cmphex(rig->hart->pc, ==, RIG_HOLE);
    rig_step(rig, 1);
    g_assert_cmphex(rig->hart->mcause, ==, CAUSE_FETCH_ACCESS);
    g_assert_cmphex(rig->hart->mtval, ==, RIG_HOLE);
    g_assert_cmphex(rig->hart->mepc, ==, RIG_HOLE);
}

static uint64_t write_back(Rig *rig, unsigned csr, uint64_t value)
{
    rig_code(rig, CSRW(csr, A0), CSRR(A1, csr));
    rig->hart->x[A0] = value;
    rig_step(rig, 2);
    return rig->hart->x[A1];
}

static void test_warl(Rig *rig, gconstpointer data)
{
    const uint64_t ones = UINT64_MAX;

    g_assert_cmphex(write_back(rig, CSR_MISA, 0), ==, UINT64_C(0x800000000014112d));
    g_assert_cmphex(write_back(rig, CSR_MEDELEG, ones), ==, 0xb3ff);
    g_assert_cmphex(write_back(rig, CSR_MIDELEG, ones), ==, 0x222);
    g_assert_cmphex(write_back(rig, CSR_MIE, ones), ==, 0xaaa);
    g_assert_cmphex(write_back(rig, CSR_MEPC, ones), ==, ones - 1);
    g_assert_cmphex(write_back(rig, CSR_SEPC, ones), ==, ones - 1);
    g_assert_cmphex(write_back(rig, CSR_MCOUNTEREN, ones), ==, 7);
    g_assert_cmphex(write_back(rig, CSR_MCOUNTINHIBIT, ones), ==, 5);
    g_assert_cmphex(write_back(rig, CSR_MENVCFG, ones), ==, UINT64_C(0x8000000000000001));
    g_assert_cmphex(write_back(rig, CSR_MTVEC, RIG_RAM | 1), ==, RIG_RAM | 1);
    g_assert_cmphex(write_back(rig, CSR_MTVEC, 0x1002), ==, RIG_RAM | 1); /* no such mode */
    g_assert_cmphex(write_back(rig, CSR_STVEC, 0x1003), ==, S_HANDLER);
    /* mstatus: MPP = 2 does not exist, UXL and SXL are fixed, SD follows FS. */
    g_assert_cmphex(write_back(rig, CSR_MSTATUS, MSTATUS_MPP), ==, UINT64_C(0xa00001800));
    g_assert_cmphex(write_back(rig, CSR_MSTATUS, UINT64_C(2) << 11), ==, UINT64_C(0xa00001800));
    g_assert_cmphex(write_back(rig, CSR_MSTATUS, MSTATUS_FS), ==, UINT64_C(0x8000000a00006000));
    g_assert_cmphex(write_back(rig, CSR_SATP, UINT64_C(8) << 60 | 5), ==, UINT64_C(8) << 60 | 5);
    g_assert_cmphex(write_back(rig, CSR_SATP, UINT64_C(10) << 60), ==, UINT64_C(8) << 60 | 5);
    g_assert_cmphex(write_back(rig, CSR_SATP, UINT64_C(9) << 60 | 7), ==, UINT64_C(9) << 60 | 7);
}

static void test_read_modify_write(Rig *rig, gconstpointer data)
{
    rig_code(rig, CSRRWI(ZERO, CSR_MSCRATCH, 5), CSRRSI(A0, CSR_MSCRATCH, 10),
             CSRRC(A1, CSR_MSCRATCH, A2), CSRR(A3, CSR_MSCRATCH));
    rig->hart->x[A2] = 1;
    rig_step(rig, 4);
    g_assert_cmphex(rig->hart->x[A0], ==, 5);
    g_assert_cmphex(rig->hart->x[A1], ==, 15);
    g_assert_cmphex(rig->hart->x[A3], ==, 14);
    g_assert_cmphex(rig->hart->x[ZERO], ==, 0);
}

static void test_delegation(Rig *rig, gconstpointer data)
{
    open_pmp(rig);
    rig->hart->medeleg = 1 << CAUSE_ILLEGAL;
    rig->hart->mstatus |= MSTATUS_SIE;
    rig_code(rig, CSRR(A0, CSR_MSTATUS));
    hart_set_priv(rig->hart, PRIV_U);
    rig_step(rig, 1);
    g_assert_cmpint(rig->hart->priv, ==, PRIV_S);
    g_assert_cmphex(rig->hart->pc, ==, S_HANDLER);
    g_assert_cmphex(rig->hart->scause, ==, CAUSE_ILLEGAL);
    g_assert_cmphex(rig->hart->sepc, ==, RIG_RAM);
    g_assert_cmphex(rig->hart->stval, ==, CSRR(A0, CSR_MSTATUS));
    g_assert_cmphex(rig->hart->mstatus & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE), ==,
                    MSTATUS_SPIE);
    /* And back: sret restores SIE, leaves SPIE set and SPP clear. */
    rig_code(rig, SRET);
    rig->hart->sepc = RIG_RAM + 0x100;
    rig_step(rig, 1);
    g_assert_cmpint(rig->hart->priv, ==, PRIV_U);
    g_assert_cmphex(rig->hart->pc, ==, RIG_RAM + 0x100);
    g_assert_cmphex(rig->hart->mstatus & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE), ==,
                    MSTATUS_SPIE | MSTATUS_SIE);
    /* A trap never goes down: M mode's own is not delegated. */
    expect_trap(rig, PRIV_M, 0xffffffff, CAUSE_ILLEGAL, 0xffffffff);
}

static void test_mret(Rig *rig, gconstpointer data)
{
    open_pmp(rig);
    rig_code(rig, MRET);
    rig->hart->mepc = RIG_RAM + 0x40;
    rig->hart->mstatus = MSTATUS_MPRV | MSTATUS_MPIE | (UINT64_C(1) << MSTATUS_MPP_SHIFT);
    rig_step(rig, 1);
    g_assert_cmpint(rig->hart->priv, ==, PRIV_S);
    g_assert_cmphex(rig->hart->pc, ==, RIG_RAM + 0x40);
    g_assert_cmphex(rig->hart->mstatus, ==, MSTATUS_MPIE | MSTATUS_MIE); /* MPRV went */
}

static void test_counters(Rig *rig, gconstpointer data)
{
    rig_code(rig, CSRR(A0, CSR_MINSTRET), NOP, NOP, CSRR(A1, CSR_MINSTRET),
             CSRW(CSR_MINSTRET, ZERO), CSRR(A2, CSR_MINSTRET), CSRRWI(ZERO, CSR_MCOUNTINHIBIT, 4),
             CSRR(A3, CSR_MINSTRET), NOP, CSRR(A4, CSR_MINSTRET), EBREAK);
    rig_trap(rig);
    g_assert_cmpuint(rig->hart->x[A1] - rig->hart->x[A0], ==, 3);
    g_assert_cmpuint(rig->hart->x[A2], ==, 0);
    g_assert_cmpuint(rig->hart->x[A3], ==, 1);
    g_assert_cmpuint(rig->hart->x[A4], ==, 1);
    g_assert_cmpuint(hart_instret(rig->hart), ==, 10); /* the ebreak did not retire */
}

/* A loop of chained blocks counts exactly. */
static void test_count_loop(Rig *rig, gconstpointer data)
{
    rig_code(rig, LI(A0, 100), ADDI(A0, A0, -1), BNE(A0, ZERO, -4), EBREAK);
    rig_trap(rig);
    g_assert_cmpuint(hart_instret(rig->hart), ==, 201);
}

static void test_counter_enable(Rig *rig, gconstpointer data)
{
    open_pmp(rig);
    rig->hart->mcounteren = COUNTER_IR;
    expect_no_trap(rig, PRIV_S, CSRR(A0, CSR_INSTRET));
    expect_trap(rig, PRIV_U, CSRR(A0, CSR_INSTRET), CAUSE_ILLEGAL, CSRR(A0, CSR_INSTRET));
    rig->hart->scounteren = COUNTER_IR;
    expect_no_trap(rig, PRIV_U, CSRR(A0, CSR_INSTRET));
    expect_trap(rig, PRIV_S, CSRR(A0, CSR_TIME), CAUSE_ILLEGAL, CSRR(A0, CSR_TIME));
    expect_no_trap(rig, PRIV_M, CSRR(A0, CSR_TIME));
}

static void test_fp_state(Rig *rig, gconstpointer data)
{
    expect_trap(rig, PRIV_M, FADD_D(1, 2, 3, 0), CAUSE_ILLEGAL, FADD_D(1, 2, 3, 0));
    expect_trap(rig, PRIV_M, FLD(1, A0, 0), CAUSE_ILLEGAL, FLD(1, A0, 0));
    expect_trap(rig, PRIV_M, CSRR(A0, CSR_FCSR), CAUSE_ILLEGAL, CSRR(A0, CSR_FCSR));
    rig->hart->fs = 1;
    expect_no_trap(rig, PRIV_M, FMV_X_D(A0, 1));
    g_assert_cmpint(rig->hart->fs, ==, 1); /* reading leaves it as it was */
    expect_no_trap(rig, PRIV_M, FADD_D(1, 2, 3, 0));
    g_assert_cmpint(rig->hart->fs, ==, FS_DIRTY);
    /* Reserved rounding modes: static ones, and a reserved frm that an instruction uses. */
    expect_trap(rig, PRIV_M, FADD_D(1, 2, 3, 5), CAUSE_ILLEGAL, FADD_D(1, 2, 3, 5));
    g_assert_cmphex(write_back(rig, CSR_FRM, 0x1d), ==, 5);
    expect_trap(rig, PRIV_M, FADD_D(1, 2, 3, 7), CAUSE_ILLEGAL, FADD_D(1, 2, 3, 7));
    expect_no_trap(rig, PRIV_M, FADD_D(1, 2, 3, 4));
    g_assert_cmphex(write_back(rig, CSR_FCSR, UINT64_MAX), ==, 0xff);
    g_assert_cmphex(rig_csr(rig, "fflags"), ==, 0x1f);
}

static void test_flw_boxes(Rig *rig, gconstpointer data)
{
    rig->hart->fs = FS_DIRTY;
    rig->hart->x[A1] = RIG_RAM + 0x100;
    rig_store(rig, RIG_RAM + 0x100, UINT64_C(0x1234567840490fdb));
    rig_code(rig, FLW(1, A1, 0), FLD(2, A1, 0), FSD(1, A1, 8));
    rig_step(rig, 3);
    g_assert_cmphex(rig->hart->f[1], ==, UINT64_C(0xffffffff40490fdb));
    g_assert_cmphex(rig->hart->f[2], ==, UINT64_C(0x1234567840490fdb));
    g_assert_cmphex(rig_load(rig, RIG_RAM + 0x108), ==, UINT64_C(0xffffffff40490fdb));
}

static void test_register_names(Rig *rig, gconstpointer data)
{
    uint64_t value;

    rig->hart->pc = 0x1234;
    rig->hart->x[A0] = 5;
    rig->hart->f[10] = 6;
    rig->hart->mscratch = 7;
    g_assert_true(hart_get_register(rig->hart, "pc", &value));
    g_assert_cmphex(value, ==, 0x1234);
    g_assert_true(hart_get_register(rig->hart, "a0", &value));
    g_assert_cmphex(value, ==, 5);
    g_assert_true(hart_get_register(rig->hart, "x10", &value));
    g_assert_cmphex(value, ==, 5);
    g_assert_true(hart_get_register(rig->hart, "fa0", &value));
    g_assert_cmphex(value, ==, 6);
    g_assert_true(hart_get_register(rig->hart, "f10", &value));
    g_assert_cmphex(value, ==, 6);
    g_assert_true(hart_get_register(rig->hart, "mscratch", &value));
    g_assert_cmphex(value, ==, 7);
    g_assert_true(hart_get_register(rig->hart, "zero", &value));
    g_assert_cmphex(value, ==, 0);
    g_assert_false(hart_get_register(rig->hart, "x32", &value));
    g_assert_false(hart_get_register(rig->hart, "x1/ra", &value));
    g_assert_false(hart_get_register(rig->hart, "", &value));
}

#define TEST(name) g_test_add("/riscv/csr/" #name, Rig, NULL, setup, test_##name, teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST(reset);
    TEST(absent);
    TEST(privilege);
    TEST(virtualisation_bits);
    TEST(causes);
    TEST(fetch_fault);
    TEST(warl);
    TEST(read_modify_write);
    TEST(delegation);
    TEST(mret);
    TEST(counters);
    TEST(count_loop);
    TEST(counter_enable);
    TEST(fp_state);
    TEST(flw_boxes);
    TEST(register_names);
    return g_test_run();
}
