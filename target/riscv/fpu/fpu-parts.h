/*
 * What the exact arithmetic is made of: encodings taken apart, put together again with rounding,
 * and shifts that remember what fell off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TARGET_RISCV_FPU_FPU_PARTS_H
#define TARGET_RISCV_FPU_FPU_PARTS_H

#include "target/riscv/fpu/fpu-exact.h"

typedef unsigned __int128 FpWide;

typedef enum FpKind {
    FP_ZERO,
    FP_FINITE, /* and not zero */
    FP_INF,
    FP_QNAN,
    FP_SNAN,
} FpKind;

/* A finite value is sig * 2^(exp - 63), and bit 63 of sig is set. */
typedef struct FpParts {
    FpKind kind;
    bool sign;
    int exp;
    uint64_t sig;
} FpParts;

FpParts fp_unpack(const FpFormat *fmt, uint64_t bits);

/*
 * Round a finite value to @fmt; bit 0 of its sig stands for anything below it that is not zero.
 * Raises NX, UF (tiny after rounding, and inexact) and OF.
 */
uint64_t fp_round_pack(const FpFormat *fmt, FpParts value, unsigned rm, uint32_t *fflags);

/* Does a magnitude go up when @rest, counted in parts of which @half is half a unit, is dropped? */
bool fp_rounds_up(unsigned rm, bool sign, bool odd, uint64_t rest, uint64_t half);

/* Raises NV when one of them is signalling. */
uint64_t fp_propagate_nan(const FpFormat *fmt, bool signalling, uint32_t *fflags);
uint64_t fp_invalid(const FpFormat *fmt, uint32_t *fflags);

static inline uint64_t fp_zero(const FpFormat *fmt, bool sign)
{
    return (uint64_t)sign << (fmt->frac_bits + fmt->exp_bits);
}

static inline uint64_t fp_inf(const FpFormat *fmt, bool sign)
{
    return fp_zero(fmt, sign) | ((UINT64_C(1) << fmt->exp_bits) - 1) << fmt->frac_bits;
}

static inline bool fp_is_nan(FpParts value)
{
    return value.kind >= FP_QNAN;
}

/* @value / 2^count with bit 0 set when a bit that was set fell off. */
static inline FpWide fp_shift_right_jam(FpWide value, unsigned count)
{
    if (count == 0) {
        return value;
    }
    if (count > 127) {
        return value != 0;
    }
    return value >> count | (value << (128 - count) != 0);
}

/* The upper half, with the lower one jammed into bit 0. */
static inline uint64_t fp_upper_jam(FpWide value)
{
    return (uint64_t)(value >> 64) | ((uint64_t)value != 0);
}

#endif
