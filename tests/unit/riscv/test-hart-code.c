/*
 * The block cache and what runs from it: modified code, long blocks, chains, atomics, devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig.h"
#include "rv-asm.h"
#include "target/riscv/decode.h"

#define DATA (RIG_RAM + 0x200000)

static void setup(Rig *rig, gconstpointer data)
{
    rig_init(rig, 1);
    rig->hart->x[A1] = DATA;
}

static void teardown(Rig *rig, gconstpointer data)
{
    rig_finish(rig);
}

/* A loop that rewrites an instruction of its own body each time round. */
static void test_self_modifying(Rig *rig, gconstpointer data)
{
    rig_code(rig, LI(S0, 0), LI(S1, 10), LW(A0, A2, 0), /* the instruction to patch */
             LUI(A3, 0x100),                             /* +1 in the immediate */
             /* loop: */
             ADDI(S0, S0, 1), /* patched */
             ADD(A0, A0, A3), SW(A0, A2, 0), FENCE_I, ADDI(S1, S1, -1), BNE(S1, ZERO, -20),
             EBREAK);
    rig->hart->x[A2] = RIG_RAM + 16;
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_BREAKPOINT);
    g_assert_cmpuint(rig->hart->x[S0], ==, 55);
}

/* The same block reached by a link from one that did not change. */
static void test_modified_link(Rig *rig, gconstpointer data)
{
    rig_code(rig, LI(S1, 2), JAL(ZERO, 8), NOP, /* link from here to: */
             LI(S0, 1), BEQ(S1, ZERO, 28), LI(A0, 2 << 4), LW(A3, A2, 0), LUI(A4, 0x200),
             ADD(A3, A3, A4), SW(A3, A2, 0), FENCE_I, EBREAK);
    rig->hart->x[A2] = RIG_RAM + 12;
    rig_trap(rig);
    g_assert_cmpuint(rig->hart->x[S0], ==, 1);
    rig->hart->pc = RIG_RAM + 4;
    rig_trap(rig);
    g_assert_cmpuint(rig->hart->x[S0], ==, 3);
}

/* Straight-line code longer than a block, across a page. */
static void test_long_run(Rig *rig, gconstpointer data)
{
    enum { COUNT = 3000 };
    g_autofree uint32_t *code = g_new(uint32_t, COUNT + 1);

    for (unsigned i = 0; i < COUNT; i++) {
        code[i] = ADDI(A0, A0, 1);
    }
    code[COUNT] = EBREAK;
    rig_code_at(rig, RIG_RAM + 4, code, COUNT + 1);
    rig_trap(rig);
    g_assert_cmpuint(rig->hart->x[A0], ==, COUNT);
    g_assert_cmpuint(hart_instret(rig->hart), ==, COUNT);
    g_assert_cmphex(rig->hart->pc, ==, RIG_RAM + 4 + COUNT * 4);
}

/* Compressed code at every halfword, with 4-byte instructions across page ends. */
static void test_mixed_lengths(Rig *rig, gconstpointer data)
{
    enum { PAIRS = 2000 };
    g_autofree uint16_t *code = g_new(uint16_t, PAIRS * 3 + 2);
    unsigned n = 0;

    for (unsigned i = 0; i < PAIRS; i++) {
        code[n++] = 0x0505; /* c.addi a0, 1 */
        code[n++] = ADDI(A0, A0, 2) & 0xffff;
        code[n++] = ADDI(A0, A0, 2) >> 16;
    }
    code[n++] = 0x9002; /* c.ebreak */
    address_space_write_rom(rig->as, RIG_RAM, code, n * 2);
    rig->hart->pc = RIG_RAM;
    rig_trap(rig);
    g_assert_cmpuint(rig->hart->x[A0], ==, PAIRS * 3);
    g_assert_cmpuint(hart_instret(rig->hart), ==, PAIRS * 2);
}

/* More code than the cache holds: it is emptied while it is in use. */
static void test_cache_overflow(Rig *rig, gconstpointer data)
{
    enum { FIRST = 0x1000, LAST = RIG_RAM_SIZE - 0x1000, ROUNDS = 4 };
    uint64_t words = (LAST - FIRST) / 4;
    g_autofree uint32_t *code = g_new(uint32_t, words);

    /* Jumps of one instruction each: the most cache for the least code. */
    for (uint64_t i = 0; i < words; i++) {
        code[i] = JAL(ZERO, 4);
    }
    code[words - 1] = JALR(ZERO, RA, 0);
    address_space_write_rom(rig->as, RIG_RAM + FIRST, code, words * 4);
    rig_code(rig, LI(S0, ROUNDS), JALR(RA, A2, 0), ADDI(S0, S0, -1), BNE(S0, ZERO, -8), EBREAK);
    rig->hart->x[A2] = RIG_RAM + FIRST;
    rig_trap(rig);
    g_assert_cmpuint(rig->hart->x[S0], ==, 0);
    g_assert_cmpuint(rig->hart->block_epoch, >, 1);
    g_assert_cmpuint(hart_instret(rig->hart), ==, 1 + ROUNDS * (words + 3));
}

static void test_indirect(Rig *rig, gconstpointer data)
{
    /* Call through registers, link register as source and target. */
    rig_code(rig, AUIPC(RA, 0), JALR(RA, RA, 16), ADDI(A0, A0, 1), EBREAK, /* back here */
             ADDI(A0, A0, 10), JALR(ZERO, RA, 0));
    rig_trap(rig);
    g_assert_cmpuint(rig->hart->x[A0], ==, 11);
    g_assert_cmphex(rig->hart->x[RA], ==, RIG_RAM + 8);
}

static void test_rom_code(Rig *rig, gconstpointer data)
{
    rig_code_to(rig, RIG_ROM, LI(A0, 7), SD(A0, A1, 0), LD(A2, A1, 0), EBREAK);
    rig->hart->x[A1] = RIG_ROM + 0x100;
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_BREAKPOINT);
    g_assert_cmpuint(rig->hart->x[A2], ==, 0); /* stores to ROM are ignored */
}

static void test_misaligned(Rig *rig, gconstpointer data)
{
    for (unsigned offset = 0; offset < 8; offset++) {
        rig_store(rig, DATA, UINT64_C(0x8877665544332211));
        rig_store(rig, DATA + 8, UINT64_C(0xffeeddccbbaa0099));
        rig_code(rig, LD(A0, A1, offset), LW(A2, A1, offset), LH(A3, A1, offset),
                 LB(A4, A1, offset), SD(A5, A1, offset + 16), LD(A6, A1, offset + 16), EBREAK);
        rig->hart->x[A5] = UINT64_C(0x0123456789abcdef);
        g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_BREAKPOINT);
        unsigned __int128 both =
            ((unsigned __int128)UINT64_C(0xffeeddccbbaa0099) << 64 |
             UINT64_C(0x8877665544332211)) >>
            (8 * offset);
        g_assert_cmphex(rig->hart->x[A0], ==, (uint64_t)both);
        g_assert_cmphex(rig->hart->x[A2], ==, (uint64_t)(int32_t)both);
        g_assert_cmphex(rig->hart->x[A3], ==, (uint64_t)(int16_t)both);
        g_assert_cmphex(rig->hart->x[A4], ==, (uint64_t)(int8_t)both);
        g_assert_cmphex(rig->hart->x[A6], ==, UINT64_C(0x0123456789abcdef));
    }
}

static void test_device(Rig *rig, gconstpointer data)
{
    rig->reg = UINT64_C(0xfedcba9876543210);
    rig->hart->x[A1] = RIG_DEVICE;
    rig_code(rig, LD(A0, A1, 0), LW(A2, A1, 0), LBU(A3, A1, 0), SW(A4, A1, 0), EBREAK);
    rig->hart->x[A4] = UINT64_MAX;
    rig_trap(rig);
    g_assert_cmphex(rig->hart->x[A0], ==, UINT64_C(0xfedcba9876543210));
    g_assert_cmphex(rig->hart->x[A2], ==, 0x76543210);
    g_assert_cmphex(rig->hart->x[A3], ==, 0x10);
    g_assert_cmphex(rig->reg, ==, 0xffffffff);
    g_assert_cmpuint(rig->accesses, ==, 4);
    rig_code(rig, AMOADD_D(A0, A1, A4));
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_STORE_ACCESS); /* devices do no atomics */
}

static void test_video_memory_dirty(Rig *rig, gconstpointer data)
{
    memory_region_track_dirty(&rig->ram);
    tlb_flush_all(rig->hart);
    memory_region_test_and_clear_dirty(&rig->ram, DATA - RIG_RAM);
    for (unsigned round = 0; round < 2; round++) {
        rig_code(rig, SW(A0, A1, 0), EBREAK);
        rig_trap(rig);
        g_assert_true(memory_region_test_and_clear_dirty(&rig->ram, DATA - RIG_RAM));
        rig_code(rig, LD(A0, A1, 0), EBREAK);
        rig_trap(rig);
        g_assert_false(memory_region_test_and_clear_dirty(&rig->ram, DATA - RIG_RAM));
        rig_code(rig, AMOADD_D(A0, A1, A2), EBREAK);
        rig_trap(rig);
        g_assert_true(memory_region_test_and_clear_dirty(&rig->ram, DATA - RIG_RAM));
    }
}

static void test_reservation(Rig *rig, gconstpointer data)
{
    rig_store(rig, DATA, 5);
    rig->hart->x[A2] = 9;
    rig->hart->x[A6] = DATA + 8;
    rig_code(rig, SC_D(A0, A1, A2),                    /* no reservation */
             LR_D(A3, A1), SC_D(A4, A1, A2),           /* works */
             SC_D(A5, A1, A2),                         /* used up */
             LR_D(A3, A1), SC_D(S2, A6, A2),           /* another address */
             LR_D(A3, A1), SD(ZERO, A1, 0), SC_D(S3, A1, A2), /* changed in between */
             LR_W(A3, A1), SC_D(S4, A1, A2), EBREAK);  /* another size */
    rig_trap(rig);
    g_assert_cmpuint(rig->hart->x[A0], ==, 1);
    g_assert_cmpuint(rig->hart->x[A4], ==, 0);
    g_assert_cmpuint(rig->hart->x[A5], ==, 1);
    g_assert_cmpuint(rig->hart->x[S2], ==, 1);
    g_assert_cmpuint(rig->hart->x[S3], ==, 1);
    g_assert_cmpuint(rig->hart->x[S4], ==, 1);
    g_assert_cmpuint(rig_load(rig, DATA), ==, 0);
}

static void test_new_view(Rig *rig, gconstpointer data)
{
    MemoryRegion extra;

    rig->hart->x[A1] = RIG_HOLE;
    rig_code(rig, LD(A0, A1, 0), EBREAK);
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_LOAD_ACCESS);
    g_assert_true(memory_region_init_ram(&extra, "extra", 0x1000, NULL));
    memory_region_add(&rig->root, RIG_HOLE, &extra, 0);
    rig->hart->pc = RIG_RAM;
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_BREAKPOINT);
    memory_region_remove(&rig->root, &extra);
    rig->hart->pc = RIG_RAM;
    g_assert_cmpuint(rig_trap(rig).cause, ==, CAUSE_LOAD_ACCESS);
    memory_region_finish(&extra);
}

/* ---- the decoder ---- */

static void test_reserved_compressed(void)
{
    static const uint16_t reserved[] = {
        0x0000, 0x0004, /* c.addi4spn without immediate */
        0x8000, 0x2001, /* quadrant 0, funct3 4; c.addiw to x0 */
        0x6101, 0x6081, /* c.addi16sp 0; c.lui 0 */
        0x9c41, 0x9c61, /* arithmetic of no meaning */
        0x4002, 0x6002, 0x8002, /* c.lwsp, c.ldsp to x0; c.jr x0 */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(reserved); i++) {
        Insn insn;

        insn_decode(reserved[i], &insn);
        g_assert_cmpint(insn.op, ==, OP_illegal);
        g_assert_cmpint(insn.length, ==, 2);
    }
}

static void test_compressed_pairs(void)
{
    static const struct {
        uint16_t c;
        uint32_t word;
    } pairs[] = {
        { 0x0001, NOP },
        { 0x1141, ADDI(SP, SP, -16) },
        { 0xe406, SD(RA, SP, 8) },
        { 0x60a2, LD(RA, SP, 8) },
        { 0x8082, JALR(ZERO, RA, 0) },
        { 0x9002, EBREAK },
        { 0x852e, ADD(A0, ZERO, A1) },
        { 0x0808, ADDI(A0, SP, 16) },
        { 0x7179, ADDI(SP, SP, -48) },
        { 0x4108, LW(A0, A0, 0) },
        { 0xc190, SW(A2, A1, 0) },
        { 0x2501, RV_I(0x1bu, 0u, A0, A0, 0) },
        { 0xbfd5, JAL(ZERO, -12) },
        { 0xf96d, BNE(A0, ZERO, -14) },
        { 0x1502, SLLI(A0, A0, 32) },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_assert_cmphex(rvc_expand(pairs[i].c), ==, pairs[i].word);
    }
}

#define TEST(name) g_test_add("/riscv/code/" #name, Rig, NULL, setup, test_##name, teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    insn_decode_init();
    TEST(self_modifying);
    TEST(modified_link);
    TEST(long_run);
    TEST(mixed_lengths);
    TEST(cache_overflow);
    TEST(indirect);
    TEST(rom_code);
    TEST(misaligned);
    TEST(device);
    TEST(video_memory_dirty);
    TEST(reservation);
    TEST(new_view);
    g_test_add_func("/riscv/code/reserved_compressed", test_reserved_compressed);
    g_test_add_func("/riscv/code/compressed_pairs", test_compressed_pairs);
    return g_test_run();
}
