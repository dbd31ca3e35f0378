/*
 * Exact add, multiply, fused multiply-add, divide and square root (IEEE 754-2008, 5.4 and 6).
 *
 * A sum is formed in 128 bits: two doubles' product has 106, so that what a shift drops can only
 * matter as "something was there".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/fpu/fpu-parts.h"

/* A summand: sig * 2^(exp - 126), bit 126 of sig set; or zero, or infinite. */
typedef struct FpTerm {
    FpKind kind;
    bool sign;
    int exp;
    FpWide sig;
} FpTerm;

/* Below every exponent that a product can have: zero is never the larger summand. */
#define ZERO_EXP (-100000)

static FpTerm term(FpParts value)
{
    return (FpTerm){
        .kind = value.kind,
        .sign = value.sign,
        .exp = value.kind == FP_FINITE ? value.exp : ZERO_EXP,
        .sig = (FpWide)value.sig << 63,
    };
}

/* Neither is a NaN, nor is one zero and the other infinite. */
static FpTerm product(FpParts a, FpParts b)
{
    FpTerm result = {
        .kind = a.kind > b.kind ? a.kind : b.kind,
        .sign = a.sign != b.sign,
        .exp = a.exp + b.exp,
        .sig = (FpWide)a.sig * b.sig,
    };

    if (a.kind == FP_ZERO || b.kind == FP_ZERO) {
        result.kind = FP_ZERO;
        result.exp = ZERO_EXP;
    } else if (result.sig >> 127) {
        result.sig >>= 1; /* significands end in zeros: nothing is lost */
        result.exp++;
    }
    return result;
}

static uint64_t sum_of_finite(const FpFormat *fmt, FpTerm a, FpTerm b, unsigned rm,
                              uint32_t *fflags)
{
    FpTerm high = a.exp >= b.exp ? a : b;
    FpTerm low = a.exp >= b.exp ? b : a;
    FpWide low_sig = fp_shift_right_jam(low.sig, (unsigned)(high.exp - low.exp));
    bool negate = false;
    FpWide sum;
    int shift;

    if (high.sign == low.sign) {
        sum = high.sig + low_sig;
    } else {
        negate = low_sig > high.sig;
        sum = negate ? low_sig - high.sig : high.sig - low_sig;
    }
    if (sum == 0) {
        return fp_zero(fmt, high.sign == low.sign ? high.sign : rm == FPU_RDN);
    }
    shift =
        sum >> 64 ? __builtin_clzll((uint64_t)(sum >> 64)) : 64 + __builtin_clzll((uint64_t)sum);
    return fp_round_pack(fmt,
                         (FpParts){
                             .kind = FP_FINITE,
                             .sign = high.sign != negate,
                             .exp = high.exp + 1 - shift,
                             .sig = fp_upper_jam(sum << shift),
                         },
                         rm, fflags);
}

static uint64_t sum(const FpFormat *fmt, FpTerm a, FpTerm b, unsigned rm, uint32_t *fflags)
{
    if (a.kind == FP_INF && b.kind == FP_INF && a.sign != b.sign) {
        return fp_invalid(fmt, fflags);
    }
    if (a.kind == FP_INF || b.kind == FP_INF) {
        return fp_inf(fmt, a.kind == FP_INF ? a.sign : b.sign);
    }
    return sum_of_finite(fmt, a, b, rm, fflags);
}

uint64_t fp_add(const FpFormat *fmt, uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    FpParts x = fp_unpack(fmt, a);
    FpParts y = fp_unpack(fmt, b);

    if (fp_is_nan(x) || fp_is_nan(y)) {
        return fp_propagate_nan(fmt, x.kind == FP_SNAN || y.kind == FP_SNAN, fflags);
    }
    return sum(fmt, term(x), term(y), rm, fflags);
}

static bool is_inf_times_zero(FpParts a, FpParts b)
{
    return (a.kind == FP_INF && b.kind == FP_ZERO) || (a.kind == FP_ZERO && b.kind == FP_INF);
}

static uint64_t multiply_add(const FpFormat *fmt, FpParts a, FpParts b, FpParts c, unsigned rm,
                             uint32_t *fflags)
{
    if (is_inf_times_zero(a, b)) {
        return fp_invalid(fmt, fflags);
    }
    if (fp_is_nan(a) || fp_is_nan(b) || fp_is_nan(c)) {
        bool signalling = a.kind == FP_SNAN || b.kind == FP_SNAN || c.kind == FP_SNAN;

        return fp_propagate_nan(fmt, signalling, fflags);
    }
    return sum(fmt, product(a, b), term(c), rm, fflags);
}

uint64_t fp_madd(const FpFormat *fmt, uint64_t a, uint64_t b, uint64_t c, unsigned rm,
                 uint32_t *fflags)
{
    return multiply_add(fmt, fp_unpack(fmt, a), fp_unpack(fmt, b), fp_unpack(fmt, c), rm, fflags);
}

uint64_t fp_mul(const FpFormat *fmt, uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    FpParts x = fp_unpack(fmt, a);
    FpParts y = fp_unpack(fmt, b);
    FpParts nothing = { .kind = FP_ZERO, .sign = x.sign != y.sign }; /* keeps the sign of zero */

    return multiply_add(fmt, x, y, nothing, rm, fflags);
}

static uint64_t quotient(const FpFormat *fmt, FpParts a, FpParts b, unsigned rm, uint32_t *fflags)
{
    FpWide dividend = (FpWide)a.sig << 63;
    uint64_t sig = (uint64_t)(dividend / b.sig); /* in (2^62, 2^64) */
    bool more = (FpWide)sig * b.sig != dividend;
    int shift = __builtin_clzll(sig);

    return fp_round_pack(fmt,
                         (FpParts){
                             .kind = FP_FINITE,
                             .sign = a.sign != b.sign,
                             .exp = a.exp - b.exp - shift,
                             .sig = sig << shift | more,
                         },
                         rm, fflags);
}

uint64_t fp_div(const FpFormat *fmt, uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    FpParts x = fp_unpack(fmt, a);
    FpParts y = fp_unpack(fmt, b);
    bool sign = x.sign != y.sign;

    if (fp_is_nan(x) || fp_is_nan(y)) {
        return fp_propagate_nan(fmt, x.kind == FP_SNAN || y.kind == FP_SNAN, fflags);
    }
    if (x.kind == y.kind && x.kind != FP_FINITE) {
        return fp_invalid(fmt, fflags); /* 0/0 and inf/inf */
    }
    if (x.kind == FP_ZERO || y.kind == FP_INF) {
        return fp_zero(fmt, sign);
    }
    if (x.kind == FP_INF) {
        return fp_inf(fmt, sign);
    }
    if (y.kind == FP_ZERO) {
        *fflags |= FPU_DZ;
        return fp_inf(fmt, sign);
    }
    return quotient(fmt, x, y, rm, fflags);
}

/*
 * The first @count bits of the root of @radicand, a fixed-point number in [1, 4) with two bits
 * before the point, digit by digit; *@more: it goes on after them.
 */
static uint64_t root_bits(uint64_t radicand, unsigned count, bool *more)
{
    uint64_t root = 0;
    uint64_t rest = 0;

    for (unsigned i = 0; i < count; i++) {
        uint64_t trial = root << 2 | 1;
        uint64_t digit;

        rest = rest << 2 | radicand >> 62;
        radicand <<= 2;
        digit = rest >= trial;
        rest -= trial & -digit; /* not a branch: digits are as good as random */
        root = root << 1 | digit;
    }
    *more = rest != 0 || radicand != 0;
    return root;
}

uint64_t fp_sqrt(const FpFormat *fmt, uint64_t a, unsigned rm, uint32_t *fflags)
{
    FpParts x = fp_unpack(fmt, a);
    unsigned count = fmt->frac_bits + 3; /* hidden bit, fraction, guard, and one more */
    uint64_t root;
    bool more;

    if (fp_is_nan(x)) {
        return fp_propagate_nan(fmt, x.kind == FP_SNAN, fflags);
    }
    if (x.kind == FP_ZERO) {
        return a;
    }
    if (x.sign) {
        return fp_invalid(fmt, fflags);
    }
    if (x.kind == FP_INF) {
        return a;
    }
    root = root_bits(x.exp & 1 ? x.sig : x.sig >> 1, count, &more);
    x.exp >>= 1; /* rounds down, also below zero */
    x.sig = root << (64 - count) | more;
    return fp_round_pack(fmt, x, rm, fflags);
}
