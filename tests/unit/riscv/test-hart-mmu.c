/*
 * Translation and protection: Sv39, Sv48, access rights, A and D, sfence.vma, MPRV, PMP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig.h"
#include "rv-asm.h"

#define V 0x01
#define R 0x02
#define W 0x04
#define X 0x08
#define U 0x10
#define A 0x40
#define D 0x80
#define ALL (V | R | W | X | A | D)

#define ROOT  (RIG_RAM + 0x100000) /* page tables */
#define TABLE(n) (ROOT + (n) * 0x1000)
#define DATA  (RIG_RAM + 0x200000)
#define VA    UINT64_C(0x40001000)
#define SV39  (UINT64_C(8) << 60)
#define SV48  (UINT64_C(9) << 60)

static uint64_t pte(uint64_t paddr, uint64_t flags)
{
    return paddr >> 12 << 10 | flags;
}

/* Code runs in S mode from a gigabyte mapping of RAM onto itself; VA leads to DATA by a 4K page. */
static void setup(Rig *rig, gconstpointer data)
{
    rig_init(rig, 1);
    pmp_addr_write(rig->hart, 15, UINT64_MAX);
    pmp_cfg_write(rig->hart, 2, UINT64_C(0x1f) << 56);
    rig_store(rig, ROOT + 2 * 8, pte(RIG_RAM, ALL)); /* 80000000 */
    rig_store(rig, ROOT + 1 * 8, pte(TABLE(1), V));  /* 40000000 */
    rig_store(rig, TABLE(1), pte(TABLE(2), V));
    rig_store(rig, TABLE(2) + 8, pte(DATA, ALL));
    rig_store(rig, DATA, 0x1122334455667788);
    rig->hart->satp = SV39 | ROOT >> 12;
    rig->hart->x[A1] = VA;
    hart_set_priv(rig->hart, PRIV_S);
}

static void teardown(Rig *rig, gconstpointer data)
{
    rig_finish(rig);
}

static void set_leaf(Rig *rig, uint64_t flags)
{
    rig_store(rig, TABLE(2) + 8, pte(DATA, flags));
    tlb_flush_supervisor(rig->hart);
}

static void expect_fault(Rig *rig, uint32_t insn, uint64_t cause, uint64_t tval)
{
    HartTrap trap;

    rig_code(rig, insn, EBREAK);
    trap = rig_trap(rig);
    g_assert_cmpuint(trap.cause, ==, cause);
    g_assert_cmphex(trap.tval, ==, tval);
    g_assert_cmphex(trap.pc, ==, RIG_RAM);
}

static void expect_ok(Rig *rig, uint32_t insn)
{
    HartTrap trap;

    rig_code(rig, insn, EBREAK);
    trap = rig_trap(rig);
    g_assert_cmpuint(trap.cause, ==, CAUSE_BREAKPOINT);
}

static void test_translate(Rig *rig, gconstpointer data)
{
    expect_ok(rig, LD(A0, A1, 0));
    g_assert_cmphex(rig->hart->x[A0], ==, 0x1122334455667788);
    expect_ok(rig, SD(A1, A1, 8));
    g_assert_cmphex(rig_load(rig, DATA + 8), ==, VA);
    rig->hart->x[A1] = VA + 0x1000;
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, VA + 0x1000);
    expect_fault(rig, SD(A0, A1, 16), CAUSE_STORE_PAGE, VA + 0x1010);
    expect_fault(rig, AMOADD_D(A0, A1, A2), CAUSE_STORE_PAGE, VA + 0x1000);
    expect_fault(rig, LR_D(A0, A1), CAUSE_LOAD_PAGE, VA + 0x1000);
}

static void test_rights(Rig *rig, gconstpointer data)
{
    set_leaf(rig, V | R | A);
    expect_ok(rig, LD(A0, A1, 0));
    expect_fault(rig, SD(A0, A1, 0), CAUSE_STORE_PAGE, VA);
    set_leaf(rig, V | X | A);
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, VA);
    rig->hart->mstatus |= MSTATUS_MXR;
    tlb_flush_supervisor(rig->hart);
    expect_ok(rig, LD(A0, A1, 0));
    rig->hart->mstatus &= ~MSTATUS_MXR;
    set_leaf(rig, V | W | R | A | D);
    rig_code(rig, JALR(ZERO, A1, 0));
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_FETCH_PAGE);
    g_assert_cmphex(rig->hart->pc, ==, VA);
    g_assert_cmphex(rig->hart->exc_tval, ==, VA);
}

static void test_user_pages(Rig *rig, gconstpointer data)
{
    set_leaf(rig, ALL | U);
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, VA);
    /* SUM through the CSR, as a kernel does, on and off again. */
    rig->hart->x[A2] = MSTATUS_SUM;
    expect_ok(rig, CSRRS(ZERO, CSR_SSTATUS, A2));
    expect_ok(rig, LD(A0, A1, 0));
    expect_ok(rig, SD(A0, A1, 0));
    expect_ok(rig, CSRRC(ZERO, CSR_SSTATUS, A2));
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, VA);
    /* Never execute user pages in S mode; and U mode sees no supervisor pages. */
    expect_ok(rig, CSRRS(ZERO, CSR_SSTATUS, A2));
    rig_code(rig, JALR(ZERO, A1, 0));
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_FETCH_PAGE);
    hart_set_priv(rig->hart, PRIV_U);
    rig_code(rig, NOP);
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_FETCH_PAGE);
}

static void test_user_mode(Rig *rig, gconstpointer data)
{
    set_leaf(rig, ALL | U);
    rig_code_to(rig, DATA, LD(A0, A1, 16), SD(A0, A1, 24), ECALL);
    rig_store(rig, DATA + 16, 99);
    rig->hart->pc = VA;
    hart_set_priv(rig->hart, PRIV_U);
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_ECALL_U);
    g_assert_cmpuint(rig_load(rig, DATA + 24), ==, 99);
}

static void test_bad_entries(Rig *rig, gconstpointer data)
{
    static const uint64_t bad[] = {
        ALL & ~V, V | W | A | D, ALL | UINT64_C(1) << 54, ALL | UINT64_C(1) << 63, V,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        set_leaf(rig, bad[i]);
        expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, VA);
    }
    /* A superpage must be aligned; a pointer must not have A, D or U. */
    set_leaf(rig, ALL);
    rig_store(rig, TABLE(1), pte(DATA + 0x1000, ALL));
    tlb_flush_supervisor(rig->hart);
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, VA);
    rig_store(rig, TABLE(1), pte(TABLE(2), V | A));
    tlb_flush_supervisor(rig->hart);
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, VA);
    /* Tables where there is no memory. */
    rig_store(rig, TABLE(1), pte(RIG_HOLE, V));
    tlb_flush_supervisor(rig->hart);
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_ACCESS, VA);
}

static void test_superpage(Rig *rig, gconstpointer data)
{
    rig_store(rig, TABLE(1), pte(DATA, ALL)); /* 2 MiB */
    tlb_flush_supervisor(rig->hart);
    expect_ok(rig, LD(A0, A1, 0));
    g_assert_cmphex(rig->hart->x[A0], ==, rig_load(rig, DATA + 0x1000));
    /* One sfence.vma for any address in it takes effect for all of it. */
    rig_store(rig, TABLE(1), 0);
    rig->hart->x[A2] = VA + 0x10000;
    expect_ok(rig, SFENCE_VMA(A2, ZERO));
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, VA);
}

static void test_canonical(Rig *rig, gconstpointer data)
{
    rig->hart->x[A1] = UINT64_C(1) << 39;
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, UINT64_C(1) << 39);
    rig->hart->x[A1] = VA | UINT64_C(1) << 63;
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, VA | UINT64_C(1) << 63);
}

static void test_sv48(Rig *rig, gconstpointer data)
{
    rig_store(rig, TABLE(5), pte(ROOT, V));
    rig->hart->satp = SV48 | TABLE(5) >> 12;
    tlb_flush_supervisor(rig->hart);
    expect_ok(rig, LD(A0, A1, 0));
    g_assert_cmphex(rig->hart->x[A0], ==, 0x1122334455667788);
    rig->hart->x[A1] = UINT64_C(1) << 47;
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_PAGE, UINT64_C(1) << 47);
}

static void test_accessed_dirty(Rig *rig, gconstpointer data)
{
    set_leaf(rig, V | R | W);
    expect_ok(rig, LD(A0, A1, 0));
    g_assert_cmphex(rig_load(rig, TABLE(2) + 8), ==, pte(DATA, V | R | W | A));
    expect_ok(rig, SD(A0, A1, 0));
    g_assert_cmphex(rig_load(rig, TABLE(2) + 8), ==, pte(DATA, V | R | W | A | D));
    /* A refused access marks nothing. */
    set_leaf(rig, V | R);
    expect_fault(rig, SD(A0, A1, 0), CAUSE_STORE_PAGE, VA);
    g_assert_cmphex(rig_load(rig, TABLE(2) + 8), ==, pte(DATA, V | R));
}

static void test_satp_switch(Rig *rig, gconstpointer data)
{
    /* Paging goes on with satp: the next fetch is translated, and faults here. */
    rig->hart->satp = 0;
    tlb_flush_supervisor(rig->hart);
    rig_store(rig, ROOT + 2 * 8, 0);
    rig->hart->x[A2] = SV39 | ROOT >> 12;
    rig_code(rig, CSRW(CSR_SATP, A2), NOP);
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_FETCH_PAGE);
    g_assert_cmphex(rig->hart->pc, ==, RIG_RAM + 4);
}

static void test_mprv(Rig *rig, gconstpointer data)
{
    hart_set_priv(rig->hart, PRIV_M);
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_ACCESS, VA); /* untranslated: a hole */
    rig->hart->mstatus = MSTATUS_MPRV | ((uint64_t)PRIV_S << MSTATUS_MPP_SHIFT);
    tlb_select(rig->hart);
    expect_ok(rig, LD(A0, A1, 0));
    g_assert_cmphex(rig->hart->x[A0], ==, 0x1122334455667788);
}

static void test_page_crossing(Rig *rig, gconstpointer data)
{
    rig_store(rig, TABLE(2) + 16, pte(DATA + 0x3000, ALL)); /* not adjacent in memory */
    tlb_flush_supervisor(rig->hart);
    rig_store(rig, DATA + 0xff8, UINT64_C(0x8877665544332211));
    rig_store(rig, DATA + 0x3000, UINT64_C(0xffeeddccbbaa0099));
    expect_ok(rig, ADDI(A1, A1, 0x7fe));
    expect_ok(rig, ADDI(A1, A1, 0x7fe));
    expect_ok(rig, LD(A0, A1, 1)); /* VA + ffd */
    g_assert_cmphex(rig->hart->x[A0], ==, UINT64_C(0xccbbaa0099887766));
    rig->hart->x[A0] = UINT64_C(0x0123456789abcdef);
    expect_ok(rig, SD(A0, A1, 1));
    g_assert_cmphex(rig_load(rig, DATA + 0xff8), ==, UINT64_C(0xabcdef5544332211));
    g_assert_cmphex(rig_load(rig, DATA + 0x3000), ==, UINT64_C(0xffeedd0123456789));
    /* When the second page is missing nothing is stored in the first. */
    rig_store(rig, TABLE(2) + 16, 0);
    tlb_flush_supervisor(rig->hart);
    rig->hart->x[A0] = 0;
    expect_fault(rig, SD(A0, A1, 1), CAUSE_STORE_PAGE, VA + 0x1000);
    g_assert_cmphex(rig_load(rig, DATA + 0xff8), ==, UINT64_C(0xabcdef5544332211));
}

static void test_straddling_fetch(Rig *rig, gconstpointer data)
{
    static const uint32_t insn = LI(A0, 77);
    static const uint32_t other = LI(A0, 78);
    const uint64_t start = VA + 0xffe;

    /* An instruction across two pages; then its second half is another page. */
    rig_store(rig, TABLE(2) + 16, pte(DATA + 0x3000, ALL));
    address_space_write_rom(rig->as, DATA + 0xffe, &insn, 2);
    address_space_write_rom(rig->as, DATA + 0x3000, (char *)&insn + 2, 2);
    address_space_write_rom(rig->as, DATA + 0x4000, (char *)&other + 2, 2);
    rig_store(rig, DATA + 0x3002, EBREAK);
    rig_store(rig, DATA + 0x4002, EBREAK);
    tlb_flush_supervisor(rig->hart);
    rig->hart->pc = start;
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_BREAKPOINT);
    g_assert_cmpuint(rig->hart->x[A0], ==, 77);
    rig_store(rig, TABLE(2) + 16, pte(DATA + 0x4000, ALL));
    tlb_flush_supervisor(rig->hart);
    rig->hart->pc = start;
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_BREAKPOINT);
    g_assert_cmpuint(rig->hart->x[A0], ==, 78);
    /* The fault is at the second half, the pc at the first. */
    rig_store(rig, TABLE(2) + 16, 0);
    tlb_flush_supervisor(rig->hart);
    rig->hart->pc = start;
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_FETCH_PAGE);
    g_assert_cmphex(rig->hart->exc_tval, ==, VA + 0x1000);
    g_assert_cmphex(rig->hart->pc, ==, start);
}

/* Reads that ignore rights, as debuggers want them, leave no trace. */
static void test_debug_read(Rig *rig, gconstpointer data)
{
    uint64_t value = 0;
    hwaddr paddr;

    set_leaf(rig, V | X);
    g_assert_true(hart_memory_read(rig->hart, VA, &value, 8));
    g_assert_cmphex(value, ==, 0x1122334455667788);
    g_assert_cmphex(rig_load(rig, TABLE(2) + 8), ==, pte(DATA, V | X));
    g_assert_true(hart_translate_debug(rig->hart, VA + 5, &paddr));
    g_assert_cmphex(paddr, ==, DATA + 5);
    g_assert_false(hart_memory_read(rig->hart, VA + 0xffc, &value, 8));
    g_assert_false(hart_translate_debug(rig->hart, VA + 0x1000, &paddr));
}

/* ---- PMP; here the hart's satp is off ---- */

static void pmp_only(Rig *rig)
{
    rig->hart->satp = 0;
    pmp_cfg_write(rig->hart, 2, 0);
    tlb_flush_all(rig->hart);
    /* Entry 15 again, alone: code may run. */
    pmp_addr_write(rig->hart, 15, (RIG_RAM >> 2) | 0x1ff);
    pmp_cfg_write(rig->hart, 2, UINT64_C(0x1c) << 56); /* X on the first page */
    rig->hart->x[A1] = DATA;
}

#define PMP_R 1
#define PMP_W 2
#define PMP_TOR (1 << 3)
#define PMP_NA4 (2 << 3)
#define PMP_NAPOT (3 << 3)
#define PMP_L 0x80

static void test_pmp_default(Rig *rig, gconstpointer data)
{
    pmp_only(rig);
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_ACCESS, DATA);
    expect_fault(rig, SD(A0, A1, 0), CAUSE_STORE_ACCESS, DATA);
    hart_set_priv(rig->hart, PRIV_M);
    expect_ok(rig, LD(A0, A1, 0));
}

static void test_pmp_ranges(Rig *rig, gconstpointer data)
{
    pmp_only(rig);
    /* TOR: entries 0 and 1 make [DATA, DATA + 16) readable; the boundary splits a page. */
    pmp_addr_write(rig->hart, 0, DATA >> 2);
    pmp_addr_write(rig->hart, 1, (DATA + 16) >> 2);
    pmp_cfg_write(rig->hart, 0, (PMP_TOR | PMP_R) << 8);
    expect_ok(rig, LD(A0, A1, 8));
    expect_fault(rig, LD(A0, A1, 16), CAUSE_LOAD_ACCESS, DATA + 16);
    expect_fault(rig, LD(A0, A1, 12), CAUSE_LOAD_ACCESS, DATA + 12); /* half of it */
    expect_fault(rig, SD(A0, A1, 0), CAUSE_STORE_ACCESS, DATA);
    expect_ok(rig, LD(A0, A1, 8)); /* and no TLB entry was left that says otherwise */
    /* NA4 in front of it takes four bytes away. */
    pmp_addr_write(rig->hart, 0, (DATA + 8) >> 2);
    pmp_cfg_write(rig->hart, 0, (PMP_TOR | PMP_R) << 8 | PMP_NA4);
    expect_ok(rig, LW(A0, A1, 12));
    expect_fault(rig, LW(A0, A1, 8), CAUSE_LOAD_ACCESS, DATA + 8);
    /* NAPOT, 4 KiB. */
    pmp_addr_write(rig->hart, 0, (DATA >> 2) | 0x1ff);
    pmp_cfg_write(rig->hart, 0, PMP_NAPOT | PMP_R | PMP_W);
    expect_ok(rig, SD(A0, A1, 16));
    expect_fault(rig, LD(A0, A1, -8), CAUSE_LOAD_ACCESS, DATA - 8);
}

static void test_pmp_lock(Rig *rig, gconstpointer data)
{
    pmp_only(rig);
    hart_set_priv(rig->hart, PRIV_M);
    pmp_addr_write(rig->hart, 1, (DATA + 0x1000) >> 2);
    pmp_addr_write(rig->hart, 0, DATA >> 2);
    pmp_cfg_write(rig->hart, 0, (PMP_L | PMP_TOR | PMP_R) << 8);
    expect_ok(rig, LD(A0, A1, 0));
    expect_fault(rig, SD(A0, A1, 0), CAUSE_STORE_ACCESS, DATA); /* binds M mode */
    /* Neither it nor its lower bound can be changed; W without R cannot be written. */
    pmp_addr_write(rig->hart, 0, 0);
    pmp_addr_write(rig->hart, 1, 0);
    pmp_cfg_write(rig->hart, 0, PMP_W);
    g_assert_cmphex(rig_csr(rig, "pmpaddr0"), ==, DATA >> 2);
    g_assert_cmphex(rig_csr(rig, "pmpaddr1"), ==, (DATA + 0x1000) >> 2);
    g_assert_cmphex(rig_csr(rig, "pmpcfg0"), ==, (PMP_L | PMP_TOR | PMP_R) << 8);
    hart_reset(rig->hart);
    g_assert_cmphex(rig_csr(rig, "pmpcfg0"), ==, 0);
}

static void test_pmp_fetch(Rig *rig, gconstpointer data)
{
    pmp_only(rig);
    /* Execution up to the middle of a page: the boundary is exact. */
    pmp_addr_write(rig->hart, 15, (RIG_RAM >> 2) | 0); /* 8 bytes */
    rig_code(rig, NOP, NOP, NOP, NOP);
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_FETCH_ACCESS);
    g_assert_cmphex(rig->hart->pc, ==, RIG_RAM + 8);
    g_assert_cmphex(rig->hart->exc_tval, ==, RIG_RAM + 8);
}

static void test_pmp_tables(Rig *rig, gconstpointer data)
{
    /* The walker reads tables as S mode does: refused tables are access faults. */
    pmp_addr_write(rig->hart, 0, (TABLE(2) >> 2) | 0x1ff);
    pmp_cfg_write(rig->hart, 0, PMP_NAPOT);
    expect_fault(rig, LD(A0, A1, 0), CAUSE_LOAD_ACCESS, VA);
}

#define TEST(name) g_test_add("/riscv/mmu/" #name, Rig, NULL, setup, test_##name, teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST(translate);
    TEST(rights);
    TEST(user_pages);
    TEST(user_mode);
    TEST(bad_entries);
    TEST(superpage);
    TEST(canonical);
    TEST(sv48);
    TEST(accessed_dirty);
    TEST(satp_switch);
    TEST(mprv);
    TEST(page_crossing);
    TEST(straddling_fetch);
    TEST(debug_read);
    TEST(pmp_default);
    TEST(pmp_ranges);
    TEST(pmp_lock);
    TEST(pmp_fetch);
    TEST(pmp_tables);
    return g_test_run();
}
