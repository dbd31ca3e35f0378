"""
Machine code of RV64GC: one function for each instruction format, one table for each family.

Follows "The RISC-V Instruction Set Manual", volume I (20191213), chapters 16 and 24.

SPDX-License-Identifier: GPL-2.0-or-later
"""

# ---- 32-bit formats ----


def r_type(opcode, funct3, funct7, rd, rs1, rs2):
    return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode


def r4_type(opcode, fmt, rm, rd, rs1, rs2, rs3):
    return rs3 << 27 | fmt << 25 | rs2 << 20 | rs1 << 15 | rm << 12 | rd << 7 | opcode


def i_type(opcode, funct3, rd, rs1, imm):
    return (imm & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode


def s_type(opcode, funct3, rs1, rs2, imm):
    return ((imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
            (imm & 0x1f) << 7 | opcode)


def u_type(opcode, rd, imm20):
    return (imm20 & 0xfffff) << 12 | rd << 7 | opcode


def branch(funct3, rs1, rs2, disp):
    return ((disp >> 12 & 1) << 31 | (disp >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 |
            funct3 << 12 | (disp >> 1 & 0xf) << 8 | (disp >> 11 & 1) << 7 | 0x63)


def jal(rd, disp):
    return ((disp >> 20 & 1) << 31 | (disp >> 1 & 0x3ff) << 21 | (disp >> 11 & 1) << 20 |
            (disp >> 12 & 0xff) << 12 | rd << 7 | 0x6f)


def jalr(rd, rs1, imm):
    return i_type(0x67, 0, rd, rs1, imm)


def addi(rd, rs1, imm):
    return i_type(0x13, 0, rd, rs1, imm)


def ld(rd, rs1, imm):
    return i_type(0x03, 3, rd, rs1, imm)


def sd(rs2, rs1, imm):
    return s_type(0x23, 3, rs1, rs2, imm)


def fld(rd, rs1, imm):
    return i_type(0x07, 3, rd, rs1, imm)


def fsd(rs2, rs1, imm):
    return s_type(0x27, 3, rs1, rs2, imm)


def auipc(rd, imm20):
    return u_type(0x17, rd, imm20)


def csr(funct3, rd, number, rs1):
    return i_type(0x73, funct3, rd, rs1, number)


def load_immediate(rd, value):
    """The words that set rd to a 32-bit signed value."""
    low = (value & 0xfff) - (value & 0x800) * 2
    if value == low:
        return [addi(rd, 0, low)]
    return [u_type(0x37, rd, (value - low) >> 12), i_type(0x1b, 0, rd, rd, low)]


ECALL = 0x73
FFLAGS, FRM, FCSR = 1, 2, 3
CSRRW, CSRRS, CSRRWI = 1, 2, 5

# ---- tables: name -> fields ----

OP_I = {  # opcode, funct3, funct7
    'add': (0x33, 0, 0x00), 'sub': (0x33, 0, 0x20), 'sll': (0x33, 1, 0x00),
    'slt': (0x33, 2, 0x00), 'sltu': (0x33, 3, 0x00), 'xor': (0x33, 4, 0x00),
    'srl': (0x33, 5, 0x00), 'sra': (0x33, 5, 0x20), 'or': (0x33, 6, 0x00),
    'and': (0x33, 7, 0x00), 'addw': (0x3b, 0, 0x00), 'subw': (0x3b, 0, 0x20),
    'sllw': (0x3b, 1, 0x00), 'srlw': (0x3b, 5, 0x00), 'sraw': (0x3b, 5, 0x20),
}
OP_M = {
    'mul': (0x33, 0, 1), 'mulh': (0x33, 1, 1), 'mulhsu': (0x33, 2, 1), 'mulhu': (0x33, 3, 1),
    'div': (0x33, 4, 1), 'divu': (0x33, 5, 1), 'rem': (0x33, 6, 1), 'remu': (0x33, 7, 1),
    'mulw': (0x3b, 0, 1), 'divw': (0x3b, 4, 1), 'divuw': (0x3b, 5, 1), 'remw': (0x3b, 6, 1),
    'remuw': (0x3b, 7, 1),
}
OP_IMM = {  # opcode, funct3
    'addi': (0x13, 0), 'slti': (0x13, 2), 'sltiu': (0x13, 3), 'xori': (0x13, 4),
    'ori': (0x13, 6), 'andi': (0x13, 7), 'addiw': (0x1b, 0),
}
OP_SHIFT = {  # opcode, funct3, upper bits of the immediate, largest shift
    'slli': (0x13, 1, 0x000, 63), 'srli': (0x13, 5, 0x000, 63), 'srai': (0x13, 5, 0x400, 63),
    'slliw': (0x1b, 1, 0x000, 31), 'srliw': (0x1b, 5, 0x000, 31), 'sraiw': (0x1b, 5, 0x400, 31),
}
LOADS = {  # opcode, funct3, bytes
    'lb': (0x03, 0, 1), 'lh': (0x03, 1, 2), 'lw': (0x03, 2, 4), 'ld': (0x03, 3, 8),
    'lbu': (0x03, 4, 1), 'lhu': (0x03, 5, 2), 'lwu': (0x03, 6, 4),
}
STORES = {
    'sb': (0x23, 0, 1), 'sh': (0x23, 1, 2), 'sw': (0x23, 2, 4), 'sd': (0x23, 3, 8),
}
BRANCHES = {'beq': 0, 'bne': 1, 'blt': 4, 'bge': 5, 'bltu': 6, 'bgeu': 7}
AMOS = {  # funct5
    'amoadd': 0x00, 'amoswap': 0x01, 'amoxor': 0x04, 'amoor': 0x08, 'amoand': 0x0c,
    'amomin': 0x10, 'amomax': 0x14, 'amominu': 0x18, 'amomaxu': 0x1c,
}
LR, SC = 0x02, 0x03

# Floating point: funct7 without the format, which is 0 for singles and 1 for doubles.
FP_ARITH = {'fadd': 0x00, 'fsub': 0x04, 'fmul': 0x08, 'fdiv': 0x0c}
FP_FUSED = {'fmadd': 0x43, 'fmsub': 0x47, 'fnmsub': 0x4b, 'fnmadd': 0x4f}
FP_MOVE = {'fsgnj': (0x10, 0), 'fsgnjn': (0x10, 1), 'fsgnjx': (0x10, 2), 'fmin': (0x14, 0),
           'fmax': (0x14, 1)}
FP_COMPARE = {'fle': 0, 'flt': 1, 'feq': 2}
FP_INTS = {'w': 0, 'wu': 1, 'l': 2, 'lu': 3}


def amo(funct5, double, order, rd, rs1, rs2):
    return r_type(0x2f, 3 if double else 2, funct5 << 2 | order, rd, rs1, rs2)


def fp(funct7, fmt, rm, rd, rs1, rs2):
    return r_type(0x53, rm, funct7 | fmt, rd, rs1, rs2)


# ---- 16-bit formats; registers marked ' are those from 8 to 15 ----


def ci(funct3, quadrant, rd, imm6):
    return funct3 << 13 | (imm6 >> 5 & 1) << 12 | rd << 7 | (imm6 & 0x1f) << 2 | quadrant


def cr(funct4, rd, rs2):
    return funct4 << 12 | rd << 7 | rs2 << 2 | 2


def ca(funct6, rd, funct2, rs2):
    """rd', rs2'"""
    return funct6 << 10 | (rd - 8) << 7 | funct2 << 5 | (rs2 - 8) << 2 | 1


def cb_alu(funct2, rd, imm6):
    """rd'"""
    return 4 << 13 | (imm6 >> 5 & 1) << 12 | funct2 << 10 | (rd - 8) << 7 | (imm6 & 0x1f) << 2 | 1


def c_addi4spn(rd, uimm):
    """rd'; uimm: 4 to 1020"""
    return ((uimm >> 4 & 3) << 11 | (uimm >> 6 & 0xf) << 7 | (uimm >> 2 & 1) << 6 |
            (uimm >> 3 & 1) << 5 | (rd - 8) << 2)


def c_addi16sp(imm):
    return (3 << 13 | (imm >> 9 & 1) << 12 | 2 << 7 | (imm >> 4 & 1) << 6 | (imm >> 6 & 1) << 5 |
            (imm >> 7 & 3) << 3 | (imm >> 5 & 1) << 2 | 1)


def c_mem(funct3, size, reg, base, uimm):
    """c.lw and its kin: reg', base'; uimm up to 31 * size"""
    if size == 4:
        low = (uimm >> 2 & 1) << 6 | (uimm >> 6 & 1) << 5
    else:
        low = (uimm >> 6 & 3) << 5
    return funct3 << 13 | (uimm >> 3 & 7) << 10 | (base - 8) << 7 | low | (reg - 8) << 2


def c_load_sp(funct3, size, rd, uimm):
    """c.lwsp and its kin; uimm up to 63 * size"""
    if size == 4:
        imm6 = uimm & 0x3c | uimm >> 6 & 3
    else:
        imm6 = uimm & 0x38 | uimm >> 6 & 7
    return ci(funct3, 2, rd, imm6)


def c_store_sp(funct3, size, rs2, uimm):
    if size == 4:
        imm6 = uimm & 0x3c | uimm >> 6 & 3
    else:
        imm6 = uimm & 0x38 | uimm >> 6 & 7
    return funct3 << 13 | imm6 << 7 | rs2 << 2 | 2


def c_j(disp):
    return (5 << 13 | (disp >> 11 & 1) << 12 | (disp >> 4 & 1) << 11 | (disp >> 8 & 3) << 9 |
            (disp >> 10 & 1) << 8 | (disp >> 6 & 1) << 7 | (disp >> 7 & 1) << 6 |
            (disp >> 1 & 7) << 3 | (disp >> 5 & 1) << 2 | 1)


def c_branch(funct3, rs1, disp):
    """c.beqz 6, c.bnez 7; rs1'"""
    return (funct3 << 13 | (disp >> 8 & 1) << 12 | (disp >> 3 & 3) << 10 | (rs1 - 8) << 7 |
            (disp >> 6 & 3) << 5 | (disp >> 1 & 3) << 3 | (disp >> 5 & 1) << 2 | 1)


C_ALU = {  # funct6, funct2
    'c.sub': (0x23, 0), 'c.xor': (0x23, 1), 'c.or': (0x23, 2), 'c.and': (0x23, 3),
    'c.subw': (0x27, 0), 'c.addw': (0x27, 1),
}
C_MEM = {  # funct3, bytes, is it an f register, is it a store
    'c.fld': (1, 8, True, False), 'c.lw': (2, 4, False, False), 'c.ld': (3, 8, False, False),
    'c.fsd': (5, 8, True, True), 'c.sw': (6, 4, False, True), 'c.sd': (7, 8, False, True),
}
C_MEM_SP = {
    'c.fldsp': (1, 8, True, False), 'c.lwsp': (2, 4, False, False),
    'c.ldsp': (3, 8, False, False), 'c.fsdsp': (5, 8, True, True),
    'c.swsp': (6, 4, False, True), 'c.sdsp': (7, 8, False, True),
}
