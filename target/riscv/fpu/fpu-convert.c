/*
 * Exact conversion between floating-point formats and integers (IEEE 754-2008, 5.4 and 5.8).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/fpu/fpu-parts.h"

const FpInteger fp_w = { .bits = 32, .is_signed = true };
const FpInteger fp_wu = { .bits = 32, .is_signed = false };
const FpInteger fp_l = { .bits = 64, .is_signed = true };
const FpInteger fp_lu = { .bits = 64, .is_signed = false };

/* The greatest magnitude on that side of zero. */
static uint64_t integer_limit(const FpInteger *type, bool sign)
{
    uint64_t all = UINT64_MAX >> (64 - type->bits);

    if (type->is_signed) {
        return (all >> 1) + sign;
    }
    return sign ? 0 : all;
}

static uint64_t to_register(const FpInteger *type, bool sign, uint64_t magnitude)
{
    uint64_t value = sign ? -magnitude : magnitude;

    return type->bits == 32 ? (uint64_t)(int64_t)(int32_t)value : value;
}

/* The integer part; *@rest in units of 2^-64. The value is below 2^64. */
static uint64_t split(FpParts value, uint64_t *rest)
{
    FpWide fixed = 0;

    if (value.kind == FP_FINITE) {
        fixed = fp_shift_right_jam((FpWide)value.sig << 64, (unsigned)(63 - value.exp));
    }
    *rest = (uint64_t)fixed;
    return (uint64_t)(fixed >> 64);
}

uint64_t fp_to_int(const FpFormat *fmt, uint64_t a, const FpInteger *type, unsigned rm,
                   uint32_t *fflags)
{
    FpParts x = fp_unpack(fmt, a);
    bool sign = x.sign && !fp_is_nan(x);
    uint64_t limit = integer_limit(type, sign);
    bool too_big = x.kind >= FP_INF || (x.kind == FP_FINITE && x.exp > 63);
    uint64_t rest = 0;
    uint64_t magnitude = 0;

    if (!too_big) {
        magnitude = split(x, &rest);
        magnitude += fp_rounds_up(rm, sign, magnitude & 1, rest, UINT64_C(1) << 63);
    }
    if (too_big || magnitude > limit) {
        *fflags |= FPU_NV;
        return to_register(type, sign, limit);
    }
    if (rest) {
        *fflags |= FPU_NX;
    }
    return to_register(type, sign, magnitude);
}

uint64_t fp_from_int(const FpFormat *fmt, uint64_t x, const FpInteger *type, unsigned rm,
                     uint32_t *fflags)
{
    FpParts value = { .kind = FP_FINITE };
    int shift;

    if (type->bits == 32) {
        x = type->is_signed ? (uint64_t)(int64_t)(int32_t)x : (uint32_t)x;
    }
    if (x == 0) {
        return fp_zero(fmt, false);
    }
    value.sign = type->is_signed && x >> 63;
    x = value.sign ? -x : x;
    shift = __builtin_clzll(x);
    value.exp = 63 - shift;
    value.sig = x << shift;
    return fp_round_pack(fmt, value, rm, fflags);
}

uint64_t fp_convert(const FpFormat *to, const FpFormat *from, uint64_t a, unsigned rm,
                    uint32_t *fflags)
{
    FpParts x = fp_unpack(from, a);

    switch (x.kind) {
    case FP_ZERO:
        return fp_zero(to, x.sign);
    case FP_INF:
        return fp_inf(to, x.sign);
    case FP_FINITE:
        return fp_round_pack(to, x, rm, fflags);
    default:
        return fp_propagate_nan(to, x.kind == FP_SNAN, fflags);
    }
}
