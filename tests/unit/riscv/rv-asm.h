/*
 * A little assembler for tests: each macro is one instruction word.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_RISCV_RV_ASM_H
#define TESTS_UNIT_RISCV_RV_ASM_H

#include <stdint.h>

enum {
    ZERO, RA, SP, GP, TP, T0, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5,
    A6, A7, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, T3, T4, T5, T6,
};

#define RV_R(op, f3, f7, rd, rs1, rs2)                                                             \
    ((op) | (uint32_t)(rd) << 7 | (f3) << 12 | (uint32_t)(rs1) << 15 | (uint32_t)(rs2) << 20 |     \
     (uint32_t)(f7) << 25)
#define RV_I(op, f3, rd, rs1, imm)                                                                 \
    ((op) | (uint32_t)(rd) << 7 | (f3) << 12 | (uint32_t)(rs1) << 15 |                             \
     ((uint32_t)(imm) & 0xfff) << 20)
#define RV_S(op, f3, rs1, rs2, imm)                                                                \
    ((op) | ((uint32_t)(imm) & 0x1f) << 7 | (f3) << 12 | (uint32_t)(rs1) << 15 |                   \
     (uint32_t)(rs2) << 20 | (((uint32_t)(imm) >> 5) & 0x7f) << 25)
#define RV_B(f3, rs1, rs2, off)                                                                    \
    (0x63u | (((uint32_t)(off) >> 11) & 1) << 7 | (((uint32_t)(off) >> 1) & 0xf) << 8 |            \
     (f3) << 12 | (uint32_t)(rs1) << 15 | (uint32_t)(rs2) << 20 |                                  \
     (((uint32_t)(off) >> 5) & 0x3f) << 25 | (((uint32_t)(off) >> 12) & 1) << 31)

#define LUI(rd, imm) (0x37u | (uint32_t)(rd) << 7 | (uint32_t)(imm) << 12)
#define AUIPC(rd, imm) (0x17u | (uint32_t)(rd) << 7 | (uint32_t)(imm) << 12)
#define JAL(rd, off)                                                                               \
    (0x6fu | (uint32_t)(rd) << 7 | (((uint32_t)(off) >> 12) & 0xff) << 12 |                        \
     (((uint32_t)(off) >> 11) & 1) << 20 | (((uint32_t)(off) >> 1) & 0x3ff) << 21 |                \
     (((uint32_t)(off) >> 20) & 1) << 31)
#define JALR(rd, rs1, imm) RV_I(0x67u, 0u, rd, rs1, imm)
#define BEQ(a, b, off) RV_B(0u, a, b, off)
#define BNE(a, b, off) RV_B(1u, a, b, off)
#define BLT(a, b, off) RV_B(4u, a, b, off)
#define LB(rd, rs1, imm) RV_I(0x03u, 0u, rd, rs1, imm)
#define LH(rd, rs1, imm) RV_I(0x03u, 1u, rd, rs1, imm)
#define LW(rd, rs1, imm) RV_I(0x03u, 2u, rd, rs1, imm)
#define LD(rd, rs1, imm) RV_I(0x03u, 3u, rd, rs1, imm)
#define LBU(rd, rs1, imm) RV_I(0x03u, 4u, rd, rs1, imm)
#define SB(rs2, rs1, imm) RV_S(0x23u, 0u, rs1, rs2, imm)
#define SW(rs2, rs1, imm) RV_S(0x23u, 2u, rs1, rs2, imm)
#define SD(rs2, rs1, imm) RV_S(0x23u, 3u, rs1, rs2, imm)
#define ADDI(rd, rs1, imm) RV_I(0x13u, 0u, rd, rs1, imm)
#define LI(rd, imm) ADDI(rd, ZERO, imm)
#define NOP ADDI(ZERO, ZERO, 0)
#define SLLI(rd, rs1, n) RV_I(0x13u, 1u, rd, rs1, n)
#define ADD(rd, rs1, rs2) RV_R(0x33u, 0u, 0u, rd, rs1, rs2)
#define XOR(rd, rs1, rs2) RV_R(0x33u, 4u, 0u, rd, rs1, rs2)
#define MUL(rd, rs1, rs2) RV_R(0x33u, 0u, 1u, rd, rs1, rs2)
#define FENCE_I 0x0000100fu
#define ECALL 0x00000073u
#define EBREAK 0x00100073u
#define SRET 0x10200073u
#define MRET 0x30200073u
#define WFI 0x10500073u
#define SFENCE_VMA(rs1, rs2) RV_R(0x73u, 0u, 9u, ZERO, rs1, rs2)
#define CSRRW(rd, csr, rs1) RV_I(0x73u, 1u, rd, rs1, csr)
#define CSRRS(rd, csr, rs1) RV_I(0x73u, 2u, rd, rs1, csr)
#define CSRRC(rd, csr, rs1) RV_I(0x73u, 3u, rd, rs1, csr)
#define CSRRWI(rd, csr, imm) RV_I(0x73u, 5u, rd, imm, csr)
#define CSRRSI(rd, csr, imm) RV_I(0x73u, 6u, rd, imm, csr)
#define CSRR(rd, csr) CSRRS(rd, csr, ZERO)
#define CSRW(csr, rs1) CSRRW(ZERO, csr, rs1)
#define LR_W(rd, rs1) RV_R(0x2fu, 2u, 8u, rd, rs1, ZERO)
#define LR_D(rd, rs1) RV_R(0x2fu, 3u, 8u, rd, rs1, ZERO)
#define SC_W(rd, rs1, rs2) RV_R(0x2fu, 2u, 0xcu, rd, rs1, rs2)
#define SC_D(rd, rs1, rs2) RV_R(0x2fu, 3u, 0xcu, rd, rs1, rs2)
#define AMOADD_D(rd, rs1, rs2) RV_R(0x2fu, 3u, 0u, rd, rs1, rs2)
#define AMOMIN_W(rd, rs1, rs2) RV_R(0x2fu, 2u, 0x40u, rd, rs1, rs2)
#define FLW(rd, rs1, imm) RV_I(0x07u, 2u, rd, rs1, imm)
#define FLD(rd, rs1, imm) RV_I(0x07u, 3u, rd, rs1, imm)
#define FSD(rs2, rs1, imm) RV_S(0x27u, 3u, rs1, rs2, imm)
#define FADD_D(rd, rs1, rs2, rm) RV_R(0x53u, (uint32_t)(rm), 1u, rd, rs1, rs2)
#define FMV_X_D(rd, rs1) RV_R(0x53u, 0u, 0x71u, rd, rs1, 0)
#define C_NOP 0x0001u

/* Numbers of CSRs that tests name. */
enum {
    CSR_FFLAGS = 0x001, CSR_FRM = 0x002, CSR_FCSR = 0x003, CSR_SSTATUS = 0x100, CSR_SIE = 0x104,
    CSR_STVEC = 0x105, CSR_SCOUNTEREN = 0x106, CSR_SSCRATCH = 0x140, CSR_SEPC = 0x141,
    CSR_SCAUSE = 0x142, CSR_STVAL = 0x143, CSR_SIP = 0x144, CSR_STIMECMP = 0x14d, CSR_SATP = 0x180,
    CSR_MSTATUS = 0x300, CSR_MISA = 0x301, CSR_MEDELEG = 0x302, CSR_MIDELEG = 0x303,
    CSR_MIE = 0x304, CSR_MTVEC = 0x305, CSR_MCOUNTEREN = 0x306, CSR_MENVCFG = 0x30a, CSR_MCOUNTINHIBIT = 0x320,
    CSR_MSCRATCH = 0x340, CSR_MEPC = 0x341, CSR_MCAUSE = 0x342, CSR_MTVAL = 0x343, CSR_MIP = 0x344,
    CSR_PMPCFG0 = 0x3a0, CSR_PMPADDR0 = 0x3b0, CSR_MCYCLE = 0xb00, CSR_MINSTRET = 0xb02,
    CSR_CYCLE = 0xc00, CSR_TIME = 0xc01, CSR_INSTRET = 0xc02, CSR_MHARTID = 0xf14,
};

#endif
