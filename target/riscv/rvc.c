/*
 * Compressed instructions: each stands for one 32-bit instruction.
 *
 * "The RISC-V Instruction Set Manual", volume I (20191213), chapter 16 (RV64C). Hints expand to
 * the instruction without effect that they are encoded as.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "decode.h"

#define BIT(c, n) (((uint32_t)(c) >> (n)) & 1)
#define BITS(c, high, low) (((uint32_t)(c) >> (low)) & ((1u << ((high) - (low) + 1)) - 1))

/* Registers: the full field, and the three-bit fields for x8 to x15. */
#define C_RD(c) BITS(c, 11, 7)
#define C_RS2(c) BITS(c, 6, 2)
#define C_RD_SHORT(c) (BITS(c, 4, 2) + 8)
#define C_RS1_SHORT(c) (BITS(c, 9, 7) + 8)

#define REG_RA 1
#define REG_SP 2

enum {
    MAJOR_LOAD = 0x03,
    MAJOR_LOAD_FP = 0x07,
    MAJOR_OP_IMM = 0x13,
    MAJOR_OP_IMM_32 = 0x1b,
    MAJOR_STORE = 0x23,
    MAJOR_STORE_FP = 0x27,
    MAJOR_OP = 0x33,
    MAJOR_LUI = 0x37,
    MAJOR_OP_32 = 0x3b,
    MAJOR_BRANCH = 0x63,
    MAJOR_JALR = 0x67,
    MAJOR_JAL = 0x6f,
};

static uint32_t make_i(uint32_t major, uint32_t funct3, uint32_t rd, uint32_t rs1, int32_t imm)
{
    return major | rd << 7 | funct3 << 12 | rs1 << 15 | (uint32_t)imm << 20;
}

static uint32_t make_s(uint32_t major, uint32_t funct3, uint32_t rs1, uint32_t rs2, uint32_t imm)
{
    return major | (imm & 0x1f) << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | (imm >> 5) << 25;
}

static uint32_t make_r(uint32_t major, uint32_t funct3, uint32_t funct7, uint32_t rd, uint32_t rs1,
                       uint32_t rs2)
{
    return major | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25;
}

static uint32_t make_branch(uint32_t funct3, uint32_t rs1, int32_t offset)
{
    uint32_t imm = (uint32_t)offset;

    return MAJOR_BRANCH | BIT(imm, 11) << 7 | BITS(imm, 4, 1) << 8 | funct3 << 12 | rs1 << 15 |
           BITS(imm, 10, 5) << 25 | BIT(imm, 12) << 31;
}

static uint32_t make_jal(uint32_t rd, int32_t offset)
{
    uint32_t imm = (uint32_t)offset;

    return MAJOR_JAL | rd << 7 | BITS(imm, 19, 12) << 12 | BIT(imm, 11) << 20 |
           BITS(imm, 10, 1) << 21 | BIT(imm, 20) << 31;
}

static int32_t sign_extend(uint32_t value, unsigned bits)
{
    return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

static int32_t imm6(uint16_t c)
{
    return sign_extend(BIT(c, 12) << 5 | BITS(c, 6, 2), 6);
}

static uint32_t offset_w(uint16_t c)
{
    return BITS(c, 12, 10) << 3 | BIT(c, 6) << 2 | BIT(c, 5) << 6;
}

static uint32_t offset_d(uint16_t c)
{
    return BITS(c, 12, 10) << 3 | BITS(c, 6, 5) << 6;
}

static uint32_t offset_wsp(uint16_t c)
{
    return BIT(c, 12) << 5 | BITS(c, 6, 4) << 2 | BITS(c, 3, 2) << 6;
}

static uint32_t offset_dsp(uint16_t c)
{
    return BIT(c, 12) << 5 | BITS(c, 6, 5) << 3 | BITS(c, 4, 2) << 6;
}

static uint32_t offset_swsp(uint16_t c)
{
    return BITS(c, 12, 9) << 2 | BITS(c, 8, 7) << 6;
}

static uint32_t offset_sdsp(uint16_t c)
{
    return BITS(c, 12, 10) << 3 | BITS(c, 9, 7) << 6;
}

static int32_t offset_j(uint16_t c)
{
    return sign_extend(BIT(c, 12) << 11 | BIT(c, 11) << 4 | BITS(c, 10, 9) << 8 | BIT(c, 8) << 10 |
                           BIT(c, 7) << 6 | BIT(c, 6) << 7 | BITS(c, 5, 3) << 1 | BIT(c, 2) << 5,
                       12);
}

static int32_t offset_b(uint16_t c)
{
    return sign_extend(BIT(c, 12) << 8 | BITS(c, 11, 10) << 3 | BITS(c, 6, 5) << 6 |
                           BITS(c, 4, 3) << 1 | BIT(c, 2) << 5,
                       9);
}

static uint32_t expand_addi4spn(uint16_t c)
{
    uint32_t imm =
        BITS(c, 12, 11) << 4 | BITS(c, 10, 7) << 6 | BIT(c, 6) << 2 | BIT(c, 5) << 3;

    return imm ? make_i(MAJOR_OP_IMM, 0, C_RD_SHORT(c), REG_SP, (int32_t)imm) : 0;
}

static uint32_t expand_quadrant0(uint16_t c)
{
    uint32_t rd = C_RD_SHORT(c);
    uint32_t rs1 = C_RS1_SHORT(c);

    switch (BITS(c, 15, 13)) {
    case 0:
        return expand_addi4spn(c);
    case 1:
        return make_i(MAJOR_LOAD_FP, 3, rd, rs1, (int32_t)offset_d(c));
    case 2:
        return make_i(MAJOR_LOAD, 2, rd, rs1, (int32_t)offset_w(c));
    case 3:
        return make_i(MAJOR_LOAD, 3, rd, rs1, (int32_t)offset_d(c));
    case 5:
        return make_s(MAJOR_STORE_FP, 3, rs1, rd, offset_d(c));
    case 6:
        return make_s(MAJOR_STORE, 2, rs1, rd, offset_w(c));
    case 7:
        return make_s(MAJOR_STORE, 3, rs1, rd, offset_d(c));
    default:
        return 0;
    }
}

static uint32_t expand_lui_addi16sp(uint16_t c)
{
    int32_t imm = imm6(c);

    if (C_RD(c) == REG_SP) {
        imm = sign_extend(BIT(c, 12) << 9 | BIT(c, 6) << 4 | BIT(c, 5) << 6 | BITS(c, 4, 3) << 7 |
                              BIT(c, 2) << 5,
                          10);
        return imm ? make_i(MAJOR_OP_IMM, 0, REG_SP, REG_SP, imm) : 0;
    }
    return imm ? MAJOR_LUI | C_RD(c) << 7 | (uint32_t)imm << 12 : 0;
}

static uint32_t expand_arithmetic(uint16_t c)
{
    static const uint8_t funct3[4] = { 0, 4, 6, 7 }; /* sub, xor, or, and */
    uint32_t rd = C_RS1_SHORT(c);
    uint32_t rs2 = C_RD_SHORT(c);
    uint32_t shamt = (uint32_t)imm6(c) & 0x3f;
    uint32_t which = BITS(c, 6, 5);

    switch (BITS(c, 11, 10)) {
    case 0:
        return make_i(MAJOR_OP_IMM, 5, rd, rd, (int32_t)shamt);
    case 1:
        return make_i(MAJOR_OP_IMM, 5, rd, rd, (int32_t)(shamt | 0x400));
    case 2:
        return make_i(MAJOR_OP_IMM, 7, rd, rd, imm6(c));
    default:
        break;
    }
    if (!BIT(c, 12)) {
        return make_r(MAJOR_OP, funct3[which], which == 0 ? 0x20 : 0, rd, rd, rs2);
    }
    if (which > 1) {
        return 0;
    }
    return make_r(MAJOR_OP_32, 0, which == 0 ? 0x20 : 0, rd, rd, rs2); /* subw, addw */
}

static uint32_t expand_quadrant1(uint16_t c)
{
    uint32_t rd = C_RD(c);

    switch (BITS(c, 15, 13)) {
    case 0:
        return make_i(MAJOR_OP_IMM, 0, rd, rd, imm6(c));
    case 1:
        return rd ? make_i(MAJOR_OP_IMM_32, 0, rd, rd, imm6(c)) : 0;
    case 2:
        return make_i(MAJOR_OP_IMM, 0, rd, 0, imm6(c));
    case 3:
        return expand_lui_addi16sp(c);
    case 4:
        return expand_arithmetic(c);
    case 5:
        return make_jal(0, offset_j(c));
    case 6:
        return make_branch(0, C_RS1_SHORT(c), offset_b(c));
    default:
        return make_branch(1, C_RS1_SHORT(c), offset_b(c));
    }
}

static uint32_t expand_jump_move_add(uint16_t c)
{
    uint32_t rd = C_RD(c);
    uint32_t rs2 = C_RS2(c);

    if (!BIT(c, 12)) {
        if (rs2) {
            return make_r(MAJOR_OP, 0, 0, rd, 0, rs2);
        }
        return rd ? make_i(MAJOR_JALR, 0, 0, rd, 0) : 0;
    }
    if (rs2) {
        return make_r(MAJOR_OP, 0, 0, rd, rd, rs2);
    }
    return rd ? make_i(MAJOR_JALR, 0, REG_RA, rd, 0) : 0x00100073; /* ebreak */
}

static uint32_t expand_quadrant2(uint16_t c)
{
    uint32_t rd = C_RD(c);

    switch (BITS(c, 15, 13)) {
    case 0:
        return make_i(MAJOR_OP_IMM, 1, rd, rd, imm6(c) & 0x3f);
    case 1:
        return make_i(MAJOR_LOAD_FP, 3, rd, REG_SP, (int32_t)offset_dsp(c));
    case 2:
        return rd ? make_i(MAJOR_LOAD, 2, rd, REG_SP, (int32_t)offset_wsp(c)) : 0;
    case 3:
        return rd ? make_i(MAJOR_LOAD, 3, rd, REG_SP, (int32_t)offset_dsp(c)) : 0;
    case 4:
        return expand_jump_move_add(c);
    case 5:
        return make_s(MAJOR_STORE_FP, 3, REG_SP, C_RS2(c), offset_sdsp(c));
    case 6:
        return make_s(MAJOR_STORE, 2, REG_SP, C_RS2(c), offset_swsp(c));
    default:
        return make_s(MAJOR_STORE, 3, REG_SP, C_RS2(c), offset_sdsp(c));
    }
}

uint32_t rvc_expand(uint16_t c)
{
    switch (c & 3) {
    case 0:
        return expand_quadrant0(c);
    case 1:
        return expand_quadrant1(c);
    case 2:
        return expand_quadrant2(c);
    default:
        return 0;
    }
}
