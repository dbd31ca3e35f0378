/*
 * The functions of fpu.h for one format, over the host's FPU where it is sure to agree.
 *
 * Included once a format, with these defined: FP(name), the name with its suffix; FP_FROM(name,
 * from), the name of a conversion from integers; FP_HOST, the host's type; FP_BITS, the integer of
 * its size; FP_FORMAT; FP_SIGN, the sign bit; FP_UNBOX(reg) and FP_BOX(bits); FP_FABS, FP_FMA,
 * FP_SQRT; FP_LARGEST, FP_LEAST_NORMAL and FP_MANT_DIG of the host's type.
 *
 * A result of the host's is taken when it was rounded to nearest-even, is finite, and could not
 * have underflowed. Whether it is inexact follows from the rounding error, which is itself a
 * number of the format: that of a sum by Knuth's two-sum, those of a product, quotient and root by
 * one fused multiply-add (which only has to tell zero from not zero, hence FP_SAFE). None of this
 * is needed when NX is up already, as in most code it is soon.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/* Above it the error of a product, quotient or root cannot underflow. */
#define FP_SAFE (FP_LEAST_NORMAL * ((uint64_t)1 << (FP_MANT_DIG - 1)) * 4)
/* Integers up to it are exact. */
#define FP_EXACT_INT (UINT64_C(1) << FP_MANT_DIG)

static inline FP_HOST FP(from_bits)(FP_BITS bits)
{
    FP_HOST value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline FP_HOST FP(from_reg)(uint64_t reg)
{
    return FP(from_bits)(FP_UNBOX(reg));
}

static inline uint64_t FP(to_reg)(FP_HOST value)
{
    FP_BITS bits;

    memcpy(&bits, &value, sizeof(bits));
    return FP_BOX(bits);
}

static inline bool FP(error_of_sum)(FP_HOST x, FP_HOST y, FP_HOST sum)
{
    FP_HOST y_part = sum - x;
    FP_HOST x_part = sum - y_part;

    return (x - x_part) + (y - y_part) != 0;
}

static inline uint64_t FP(add_bits)(FP_BITS a, FP_BITS b, unsigned rm, uint32_t *fflags)
{
    FP_HOST x = FP(from_bits)(a);
    FP_HOST y = FP(from_bits)(b);
    FP_HOST r = x + y;

    if (likely(rm == FPU_RNE && FP_FABS(r) < FP_LARGEST / 2)) {
        if (unlikely(!(*fflags & FPU_NX)) && FP(error_of_sum)(x, y, r)) {
            *fflags |= FPU_NX;
        }
        return FP(to_reg)(r);
    }
    return FP_BOX(fp_add(FP_FORMAT, a, b, rm, fflags));
}

uint64_t FP(fpu_add)(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    return FP(add_bits)(FP_UNBOX(a), FP_UNBOX(b), rm, fflags);
}

uint64_t FP(fpu_sub)(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    return FP(add_bits)(FP_UNBOX(a), FP_UNBOX(b) ^ FP_SIGN, rm, fflags);
}

/* Finite, and so far above the subnormals that rounding to them plays no part. */
static inline bool FP(is_plain)(FP_HOST r)
{
    return FP_FABS(r) > FP_LEAST_NORMAL && FP_FABS(r) <= FP_LARGEST;
}

uint64_t FP(fpu_mul)(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    FP_HOST x = FP(from_reg)(a);
    FP_HOST y = FP(from_reg)(b);
    FP_HOST r = x * y;

    if (likely(rm == FPU_RNE && FP(is_plain)(r))) {
        if (likely(*fflags & FPU_NX)) {
            return FP(to_reg)(r);
        }
        if (FP_FABS(r) >= FP_SAFE) {
            *fflags |= FP_FMA(x, y, -r) != 0 ? FPU_NX : 0;
            return FP(to_reg)(r);
        }
    }
    return FP_BOX(fp_mul(FP_FORMAT, FP_UNBOX(a), FP_UNBOX(b), rm, fflags));
}

uint64_t FP(fpu_div)(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags)
{
    FP_HOST x = FP(from_reg)(a);
    FP_HOST y = FP(from_reg)(b);
    FP_HOST r = x / y;

    /* A finite number over zero is not plain, nor is one over infinity. */
    if (likely(rm == FPU_RNE && FP(is_plain)(r))) {
        if (likely(*fflags & FPU_NX)) {
            return FP(to_reg)(r);
        }
        if (FP_FABS(x) >= FP_SAFE) {
            *fflags |= FP_FMA(r, y, -x) != 0 ? FPU_NX : 0;
            return FP(to_reg)(r);
        }
    }
    return FP_BOX(fp_div(FP_FORMAT, FP_UNBOX(a), FP_UNBOX(b), rm, fflags));
}

uint64_t FP(fpu_sqrt)(uint64_t a, unsigned rm, uint32_t *fflags)
{
    FP_HOST x = FP(from_reg)(a);

    if (likely(rm == FPU_RNE && x >= FP_SAFE && x <= FP_LARGEST)) {
        FP_HOST r = FP_SQRT(x);

        if (unlikely(!(*fflags & FPU_NX)) && FP_FMA(r, r, -x) != 0) {
            *fflags |= FPU_NX;
        }
        return FP(to_reg)(r);
    }
    return FP_BOX(fp_sqrt(FP_FORMAT, FP_UNBOX(a), rm, fflags));
}

static inline uint64_t FP(madd_bits)(FP_BITS a, FP_BITS b, FP_BITS c, unsigned rm, uint32_t *fflags)
{
    if (likely(rm == FPU_RNE && (*fflags & FPU_NX))) {
        FP_HOST r = FP_FMA(FP(from_bits)(a), FP(from_bits)(b), FP(from_bits)(c));

        if (likely(FP(is_plain)(r))) {
            return FP(to_reg)(r);
        }
    }
    return FP_BOX(fp_madd(FP_FORMAT, a, b, c, rm, fflags));
}

uint64_t FP(fpu_madd)(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags)
{
    return FP(madd_bits)(FP_UNBOX(a), FP_UNBOX(b), FP_UNBOX(c), rm, fflags);
}

uint64_t FP(fpu_msub)(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags)
{
    return FP(madd_bits)(FP_UNBOX(a), FP_UNBOX(b), FP_UNBOX(c) ^ FP_SIGN, rm, fflags);
}

uint64_t FP(fpu_nmsub)(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags)
{
    return FP(madd_bits)(FP_UNBOX(a) ^ FP_SIGN, FP_UNBOX(b), FP_UNBOX(c), rm, fflags);
}

uint64_t FP(fpu_nmadd)(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags)
{
    return FP(madd_bits)(FP_UNBOX(a) ^ FP_SIGN, FP_UNBOX(b), FP_UNBOX(c) ^ FP_SIGN, rm, fflags);
}

/* ---- order: the host decides unless a NaN or equality (perhaps of zeros) is in play ---- */

uint64_t FP(fpu_min)(uint64_t a, uint64_t b, uint32_t *fflags)
{
    FP_HOST x = FP(from_reg)(a);
    FP_HOST y = FP(from_reg)(b);

    if (likely(x < y)) {
        return a;
    }
    if (likely(x > y)) {
        return b;
    }
    return FP_BOX(fp_min(FP_FORMAT, FP_UNBOX(a), FP_UNBOX(b), fflags));
}

uint64_t FP(fpu_max)(uint64_t a, uint64_t b, uint32_t *fflags)
{
    FP_HOST x = FP(from_reg)(a);
    FP_HOST y = FP(from_reg)(b);

    if (likely(x > y)) {
        return a;
    }
    if (likely(x < y)) {
        return b;
    }
    return FP_BOX(fp_max(FP_FORMAT, FP_UNBOX(a), FP_UNBOX(b), fflags));
}

uint64_t FP(fpu_eq)(uint64_t a, uint64_t b, uint32_t *fflags)
{
    FP_HOST x = FP(from_reg)(a);
    FP_HOST y = FP(from_reg)(b);

    if (likely(!__builtin_isunordered(x, y))) {
        return x == y;
    }
    return fp_eq(FP_FORMAT, FP_UNBOX(a), FP_UNBOX(b), fflags);
}

uint64_t FP(fpu_lt)(uint64_t a, uint64_t b, uint32_t *fflags)
{
    FP_HOST x = FP(from_reg)(a);
    FP_HOST y = FP(from_reg)(b);

    if (likely(!__builtin_isunordered(x, y))) {
        return x < y;
    }
    return fp_lt(FP_FORMAT, FP_UNBOX(a), FP_UNBOX(b), fflags);
}

uint64_t FP(fpu_le)(uint64_t a, uint64_t b, uint32_t *fflags)
{
    FP_HOST x = FP(from_reg)(a);
    FP_HOST y = FP(from_reg)(b);

    if (likely(!__builtin_isunordered(x, y))) {
        return x <= y;
    }
    return fp_le(FP_FORMAT, FP_UNBOX(a), FP_UNBOX(b), fflags);
}

uint64_t FP(fpu_class)(uint64_t a)
{
    return fp_class(FP_FORMAT, FP_UNBOX(a));
}

/* ---- to integers: truncation, as C casts want it, is what the host does in one instruction ----
 */

static inline uint64_t FP(to_int)(uint64_t a, FP_HOST least, FP_HOST end, const FpInteger *type,
                                  unsigned rm, uint32_t *fflags)
{
    FP_HOST x = FP(from_reg)(a);

    if (likely(rm == FPU_RTZ && x >= least && x < end)) {
        int64_t truncated = (int64_t)x;

        *fflags |= (FP_HOST)truncated != x ? FPU_NX : 0;
        return (uint64_t)truncated;
    }
    return fp_to_int(FP_FORMAT, FP_UNBOX(a), type, rm, fflags);
}

uint64_t FP(fpu_cvt_w)(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return FP(to_int)(a, -0x1p31f, 0x1p31f, &fp_w, rm, fflags);
}

uint64_t FP(fpu_cvt_wu)(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return FP(to_int)(a, 0, 0x1p31f, &fp_wu, rm, fflags);
}

uint64_t FP(fpu_cvt_l)(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return FP(to_int)(a, -0x1p63f, 0x1p63f, &fp_l, rm, fflags);
}

uint64_t FP(fpu_cvt_lu)(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return FP(to_int)(a, 0, 0x1p63f, &fp_lu, rm, fflags);
}

/* ---- from integers: those that need no rounding ---- */

static inline uint64_t FP(from_int)(int64_t value, uint64_t x, const FpInteger *type, unsigned rm,
                                    uint32_t *fflags)
{
    if (likely((uint64_t)value + FP_EXACT_INT <= 2 * FP_EXACT_INT)) {
        return FP(to_reg)((FP_HOST)value);
    }
    return FP_BOX(fp_from_int(FP_FORMAT, x, type, rm, fflags));
}

uint64_t FP_FROM(fpu_cvt, w)(uint64_t x, unsigned rm, uint32_t *fflags)
{
    return FP(from_int)((int32_t)x, x, &fp_w, rm, fflags);
}

uint64_t FP_FROM(fpu_cvt, wu)(uint64_t x, unsigned rm, uint32_t *fflags)
{
    return FP(from_int)((uint32_t)x, x, &fp_wu, rm, fflags);
}

uint64_t FP_FROM(fpu_cvt, l)(uint64_t x, unsigned rm, uint32_t *fflags)
{
    return FP(from_int)((int64_t)x, x, &fp_l, rm, fflags);
}

/* From 2^63 upwards @value is negative, but never small enough to be taken for exact. */
uint64_t FP_FROM(fpu_cvt, lu)(uint64_t x, unsigned rm, uint32_t *fflags)
{
    return FP(from_int)((int64_t)(x >> 63 ? INT64_MIN : (int64_t)x), x, &fp_lu, rm, fflags);
}
