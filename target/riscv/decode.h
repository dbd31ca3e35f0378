/*
 * From instruction words to operations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TARGET_RISCV_DECODE_H
#define TARGET_RISCV_DECODE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum OpCode {
#define INSN(name, match, mask, format) OP_##name,
#include "insns.def"
#undef INSN
    /* Not instructions of their own: */
    OP_li, /* addi rd, x0, imm and lui */
    OP_mv, /* addi rd, rs1, 0 and add rd, x0, rs2 */
    OP_nop,
    OP_j,    /* jal x0 */
    OP_next, /* the block ends, the code goes on */
    OP_illegal,
    OP__MAX,
} OpCode;

typedef enum InsnFormat {
    FORMAT_U,
    FORMAT_J,
    FORMAT_JALR,
    FORMAT_B,
    FORMAT_I,   /* rd, rs1, imm */
    FORMAT_I_F, /* the same with an f register as rd */
    FORMAT_S,
    FORMAT_SHIFT,
    FORMAT_R,
    FORMAT_R_F,    /* rd is an f register */
    FORMAT_R_RM,   /* imm is the rounding mode */
    FORMAT_R_F_RM, /* both */
    FORMAT_R4,     /* f registers, rs3, rounding mode */
    FORMAT_CSR,
    FORMAT_END, /* rs1, rs2; ends the block */
} InsnFormat;

typedef struct Insn {
    OpCode op;
    InsnFormat format;
    uint32_t word; /* the 32-bit form */
    uint8_t length; /* as fetched: 2 or 4 */
    uint8_t rd, rs1, rs2, rs3;
    int32_t imm;
} Insn;

/* Length of the instruction that begins with @low. */
static inline unsigned insn_length(uint16_t low)
{
    return (low & 3) == 3 ? 4 : 2;
}

/* Build the decoder's index; before there are harts, in one thread. Repeating it is harmless. */
void insn_decode_init(void);
/* @word: 32 bits, of which a compressed instruction uses the lower half. OP_illegal when there is
 * no such instruction. */
void insn_decode(uint32_t word, Insn *insn);
/* The 32-bit form of a compressed instruction; 0 when it is reserved. */
uint32_t rvc_expand(uint16_t c);
/* Text for logs: "addi", "illegal". */
const char *insn_name(OpCode op);

#endif
