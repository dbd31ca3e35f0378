/*
 * Taking floating-point encodings apart, and rounding values into them (IEEE 754-2008, 3.4, 4.3
 * and 7).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/fpu/fpu-parts.h"

const FpFormat fp_single = { .frac_bits = 23, .exp_bits = 8 };
const FpFormat fp_double = { .frac_bits = 52, .exp_bits = 11 };

static int exp_max(const FpFormat *fmt)
{
    return (1 << fmt->exp_bits) - 1;
}

static int exp_bias(const FpFormat *fmt)
{
    return exp_max(fmt) >> 1;
}

static FpParts unpack_special(const FpFormat *fmt, bool sign, uint64_t frac)
{
    FpParts parts = { .kind = FP_INF, .sign = sign };

    if (frac) {
        parts.kind = frac >> (fmt->frac_bits - 1) ? FP_QNAN : FP_SNAN;
    }
    return parts;
}

static FpParts unpack_subnormal(const FpFormat *fmt, bool sign, uint64_t frac)
{
    FpParts parts = { .kind = FP_ZERO, .sign = sign };

    if (frac) {
        int shift = __builtin_clzll(frac);

        parts.kind = FP_FINITE;
        parts.sig = frac << shift;
        parts.exp = 1 - exp_bias(fmt) + 63 - (int)fmt->frac_bits - shift;
    }
    return parts;
}

FpParts fp_unpack(const FpFormat *fmt, uint64_t bits)
{
    bool sign = bits >> (fmt->frac_bits + fmt->exp_bits) & 1;
    int exp = (int)(bits >> fmt->frac_bits) & exp_max(fmt);
    uint64_t frac = bits & ((UINT64_C(1) << fmt->frac_bits) - 1);

    if (exp == exp_max(fmt)) {
        return unpack_special(fmt, sign, frac);
    }
    if (exp == 0) {
        return unpack_subnormal(fmt, sign, frac);
    }
    return (FpParts){
        .kind = FP_FINITE,
        .sign = sign,
        .exp = exp - exp_bias(fmt),
        .sig = UINT64_C(1) << 63 | frac << (63 - fmt->frac_bits),
    };
}

bool fp_rounds_up(unsigned rm, bool sign, bool odd, uint64_t rest, uint64_t half)
{
    switch (rm) {
    case FPU_RNE:
        return rest > half || (rest == half && odd);
    case FPU_RMM:
        return rest >= half;
    case FPU_RDN:
        return sign && rest;
    case FPU_RUP:
        return !sign && rest;
    default: /* FPU_RTZ */
        return false;
    }
}

/* @sig without its lowest @drop bits, rounded. */
static uint64_t round_sig(uint64_t sig, unsigned drop, unsigned rm, bool sign)
{
    uint64_t rest = sig & ((UINT64_C(1) << drop) - 1);
    uint64_t kept = sig >> drop;

    return kept + fp_rounds_up(rm, sign, kept & 1, rest, UINT64_C(1) << (drop - 1));
}

static uint64_t overflow(const FpFormat *fmt, bool sign, unsigned rm, uint32_t *fflags)
{
    bool away = rm == FPU_RNE || rm == FPU_RMM || rm == (sign ? FPU_RDN : FPU_RUP);

    *fflags |= FPU_OF | FPU_NX;
    return fp_inf(fmt, sign) - !away; /* one below infinity is the largest finite number */
}

uint64_t fp_round_pack(const FpFormat *fmt, FpParts value, unsigned rm, uint32_t *fflags)
{
    unsigned drop = 63 - fmt->frac_bits;
    int exp = value.exp + exp_bias(fmt);
    uint64_t sig = value.sig;
    uint64_t bits;
    bool tiny = false;

    if (exp >= exp_max(fmt)) {
        return overflow(fmt, value.sign, rm, fflags);
    }
    if (exp <= 0) {
        /* Tiny unless rounding, as if exponents had no lower bound, makes it the least normal. */
        tiny = exp < 0 || round_sig(sig, drop, rm, value.sign) >> fmt->frac_bits == 1;
        sig = fp_upper_jam(fp_shift_right_jam((FpWide)sig << 64, (unsigned)(1 - exp)));
        exp = 1;
    }
    /* The hidden bit, when there is one, counts the exponent up by one; so does a carry. */
    bits = ((uint64_t)(exp - 1) << fmt->frac_bits) + round_sig(sig, drop, rm, value.sign);
    if (bits >> fmt->frac_bits == (uint64_t)exp_max(fmt)) {
        return overflow(fmt, value.sign, rm, fflags);
    }
    if (sig & ((UINT64_C(1) << drop) - 1)) {
        *fflags |= tiny ? FPU_NX | FPU_UF : FPU_NX;
    }
    return fp_zero(fmt, value.sign) | bits;
}

uint64_t fp_propagate_nan(const FpFormat *fmt, bool signalling, uint32_t *fflags)
{
    if (signalling) {
        *fflags |= FPU_NV;
    }
    return fp_inf(fmt, false) | UINT64_C(1) << (fmt->frac_bits - 1);
}

uint64_t fp_invalid(const FpFormat *fmt, uint32_t *fflags)
{
    return fp_propagate_nan(fmt, true, fflags);
}
