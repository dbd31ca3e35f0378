/*
 * Floating-point arithmetic of the F and D extensions, exact to the flag.
 *
 * Implements "The RISC-V Instruction Set Manual", volume I (20191213), chapters 11 and 12, on
 * IEEE 754-2008: tininess is detected after rounding, every NaN result is the canonical one,
 * minimum and maximum are those of IEEE 754-2019 (-0 < +0).
 *
 * Each function is named after its instruction. @a, @b and @c are whole f registers: the _s forms
 * take NaN-boxed singles (anything not boxed counts as the canonical NaN) and return a boxed
 * single. Where an operand or a result lives in an x register it is the whole x register, sign
 * extended as the instruction demands. @rm is a static rounding mode, FPU_RNE to FPU_RMM (the
 * caller has resolved the dynamic one and refused the reserved ones). Raised exceptions are ORed
 * into *@fflags; nothing is ever cleared there.
 *
 * Pure functions of their arguments: any thread, no lock. They use the host's FPU where that gives
 * the same answer, and rely on its default state (nearest-even, no flush to zero), which they
 * never change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TARGET_RISCV_FPU_FPU_H
#define TARGET_RISCV_FPU_FPU_H

#include <stdint.h>

/* Values of frm and of the rm field. */
typedef enum FpuRounding {
    FPU_RNE = 0, /* to nearest, ties to even */
    FPU_RTZ = 1, /* towards zero */
    FPU_RDN = 2, /* down */
    FPU_RUP = 3, /* up */
    FPU_RMM = 4, /* to nearest, ties to max magnitude */
} FpuRounding;

/* Bits of fflags. */
#define FPU_NX 0x01u /* inexact */
#define FPU_UF 0x02u /* underflow */
#define FPU_OF 0x04u /* overflow */
#define FPU_DZ 0x08u /* divide by zero */
#define FPU_NV 0x10u /* invalid operation */

#define FPU_SIGN_S     UINT32_C(0x80000000)
#define FPU_SIGN_D     UINT64_C(0x8000000000000000)
#define FPU_NAN_S      UINT32_C(0x7fc00000) /* canonical NaN */
#define FPU_NAN_D      UINT64_C(0x7ff8000000000000)
#define FPU_BOX_MASK_S UINT64_C(0xffffffff00000000)

/* What FCLASS gives: one of these bits. */
typedef enum FpuClass {
    FPU_CLASS_NEG_INF = 1 << 0,
    FPU_CLASS_NEG_NORMAL = 1 << 1,
    FPU_CLASS_NEG_SUBNORMAL = 1 << 2,
    FPU_CLASS_NEG_ZERO = 1 << 3,
    FPU_CLASS_POS_ZERO = 1 << 4,
    FPU_CLASS_POS_SUBNORMAL = 1 << 5,
    FPU_CLASS_POS_NORMAL = 1 << 6,
    FPU_CLASS_POS_INF = 1 << 7,
    FPU_CLASS_SNAN = 1 << 8,
    FPU_CLASS_QNAN = 1 << 9,
} FpuClass;

static inline uint64_t fpu_box_s(uint32_t bits)
{
    return FPU_BOX_MASK_S | bits;
}

static inline uint32_t fpu_unbox_s(uint64_t reg)
{
    return (reg & FPU_BOX_MASK_S) == FPU_BOX_MASK_S ? (uint32_t)reg : FPU_NAN_S;
}

/* FSGNJ.S, FSGNJN.S, FSGNJX.S; FSGNJ.D, FSGNJN.D, FSGNJX.D: no flags, NaNs keep their payload. */
static inline uint64_t fpu_sgnj_s(uint64_t a, uint64_t b)
{
    return fpu_box_s((fpu_unbox_s(a) & ~FPU_SIGN_S) | (fpu_unbox_s(b) & FPU_SIGN_S));
}

static inline uint64_t fpu_sgnjn_s(uint64_t a, uint64_t b)
{
    return fpu_box_s((fpu_unbox_s(a) & ~FPU_SIGN_S) | (~fpu_unbox_s(b) & FPU_SIGN_S));
}

static inline uint64_t fpu_sgnjx_s(uint64_t a, uint64_t b)
{
    return fpu_box_s(fpu_unbox_s(a) ^ (fpu_unbox_s(b) & FPU_SIGN_S));
}

static inline uint64_t fpu_sgnj_d(uint64_t a, uint64_t b)
{
    return (a & ~FPU_SIGN_D) | (b & FPU_SIGN_D);
}

static inline uint64_t fpu_sgnjn_d(uint64_t a, uint64_t b)
{
    return (a & ~FPU_SIGN_D) | (~b & FPU_SIGN_D);
}

static inline uint64_t fpu_sgnjx_d(uint64_t a, uint64_t b)
{
    return a ^ (b & FPU_SIGN_D);
}

/* FADD, FSUB, FMUL, FDIV, FSQRT. */
uint64_t fpu_add_s(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fpu_add_d(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fpu_sub_s(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fpu_sub_d(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fpu_mul_s(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fpu_mul_d(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fpu_div_s(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fpu_div_d(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fpu_sqrt_s(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t fpu_sqrt_d(uint64_t a, unsigned rm, uint32_t *fflags);

/* FMADD a*b+c, FMSUB a*b-c, FNMSUB -(a*b)+c, FNMADD -(a*b)-c; inf*0 raises NV whatever c is. */
uint64_t fpu_madd_s(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);
uint64_t fpu_madd_d(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);
uint64_t fpu_msub_s(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);
uint64_t fpu_msub_d(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);
uint64_t fpu_nmsub_s(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);
uint64_t fpu_nmsub_d(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);
uint64_t fpu_nmadd_s(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);
uint64_t fpu_nmadd_d(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);

/* FMIN, FMAX: the operand that is a number when the other is a NaN; NV for a signalling NaN. */
uint64_t fpu_min_s(uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t fpu_min_d(uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t fpu_max_s(uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t fpu_max_d(uint64_t a, uint64_t b, uint32_t *fflags);

/* FEQ (quiet), FLT and FLE (signalling): 1 or 0, 0 when unordered. */
uint64_t fpu_eq_s(uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t fpu_eq_d(uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t fpu_lt_s(uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t fpu_lt_d(uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t fpu_le_s(uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t fpu_le_d(uint64_t a, uint64_t b, uint32_t *fflags);

/* FCLASS: one bit of FpuClass. */
uint64_t fpu_class_s(uint64_t a);
uint64_t fpu_class_d(uint64_t a);

/*
 * FCVT.W.D and its kin: to an x register. Out of range saturates with NV alone; a NaN counts as
 * positive. The 32-bit results, the unsigned one too, come sign extended.
 */
uint64_t fpu_cvt_w_s(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_w_d(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_wu_s(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_wu_d(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_l_s(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_l_d(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_lu_s(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_lu_d(uint64_t a, unsigned rm, uint32_t *fflags);

/* FCVT.D.W and its kin: from an x register, whose upper half the W forms ignore. */
uint64_t fpu_cvt_s_w(uint64_t x, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_d_w(uint64_t x, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_s_wu(uint64_t x, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_d_wu(uint64_t x, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_s_l(uint64_t x, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_d_l(uint64_t x, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_s_lu(uint64_t x, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_d_lu(uint64_t x, unsigned rm, uint32_t *fflags);

/* FCVT.S.D, FCVT.D.S. */
uint64_t fpu_cvt_s_d(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t fpu_cvt_d_s(uint64_t a, unsigned rm, uint32_t *fflags);

#endif
