/*
 * Order, minimum and maximum (IEEE 754-2019, 9.6; -0 < +0) and class of floating-point numbers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/fpu/fpu-parts.h"

/* An integer that is ordered as the numbers are, with -0 just below +0. */
static int64_t order_key(const FpFormat *fmt, uint64_t bits)
{
    uint64_t sign = fp_zero(fmt, true);

    return bits & sign ? -(int64_t)(bits ^ sign) - 1 : (int64_t)bits;
}

static FpKind kind_of(const FpFormat *fmt, uint64_t bits)
{
    return fp_unpack(fmt, bits).kind;
}

/* The smaller one, or with @greater the greater one. */
static uint64_t select_operand(const FpFormat *fmt, uint64_t a, uint64_t b, bool greater,
                               uint32_t *fflags)
{
    FpKind a_kind = kind_of(fmt, a);
    FpKind b_kind = kind_of(fmt, b);

    if (a_kind == FP_SNAN || b_kind == FP_SNAN) {
        *fflags |= FPU_NV;
    }
    if (a_kind >= FP_QNAN && b_kind >= FP_QNAN) {
        return fp_propagate_nan(fmt, false, fflags);
    }
    if (a_kind >= FP_QNAN || b_kind >= FP_QNAN) {
        return a_kind >= FP_QNAN ? b : a;
    }
    return (order_key(fmt, a) > order_key(fmt, b)) == greater ? a : b;
}

uint64_t fp_min(const FpFormat *fmt, uint64_t a, uint64_t b, uint32_t *fflags)
{
    return select_operand(fmt, a, b, false, fflags);
}

uint64_t fp_max(const FpFormat *fmt, uint64_t a, uint64_t b, uint32_t *fflags)
{
    return select_operand(fmt, a, b, true, fflags);
}

/* NV for a signalling NaN, or for any when @signalling. */
static bool is_unordered(const FpFormat *fmt, uint64_t a, uint64_t b, bool signalling,
                         uint32_t *fflags)
{
    FpKind a_kind = kind_of(fmt, a);
    FpKind b_kind = kind_of(fmt, b);
    FpKind invalid = signalling ? FP_QNAN : FP_SNAN;

    if (a_kind >= invalid || b_kind >= invalid) {
        *fflags |= FPU_NV;
    }
    return a_kind >= FP_QNAN || b_kind >= FP_QNAN;
}

static bool equal(const FpFormat *fmt, uint64_t a, uint64_t b)
{
    return a == b || ((a | b) & ~fp_zero(fmt, true)) == 0;
}

bool fp_eq(const FpFormat *fmt, uint64_t a, uint64_t b, uint32_t *fflags)
{
    return !is_unordered(fmt, a, b, false, fflags) && equal(fmt, a, b);
}

bool fp_lt(const FpFormat *fmt, uint64_t a, uint64_t b, uint32_t *fflags)
{
    return !is_unordered(fmt, a, b, true, fflags) && !equal(fmt, a, b) &&
           order_key(fmt, a) < order_key(fmt, b);
}

bool fp_le(const FpFormat *fmt, uint64_t a, uint64_t b, uint32_t *fflags)
{
    return !is_unordered(fmt, a, b, true, fflags) &&
           (equal(fmt, a, b) || order_key(fmt, a) < order_key(fmt, b));
}

FpuClass fp_class(const FpFormat *fmt, uint64_t a)
{
    FpParts x = fp_unpack(fmt, a);
    bool subnormal = (a & fp_inf(fmt, false)) == 0;

    switch (x.kind) {
    case FP_ZERO:
        return x.sign ? FPU_CLASS_NEG_ZERO : FPU_CLASS_POS_ZERO;
    case FP_INF:
        return x.sign ? FPU_CLASS_NEG_INF : FPU_CLASS_POS_INF;
    case FP_QNAN:
        return FPU_CLASS_QNAN;
    case FP_SNAN:
        return FPU_CLASS_SNAN;
    default:
        break;
    }
    if (subnormal) {
        return x.sign ? FPU_CLASS_NEG_SUBNORMAL : FPU_CLASS_POS_SUBNORMAL;
    }
    return x.sign ? FPU_CLASS_NEG_NORMAL : FPU_CLASS_POS_NORMAL;
}
