/*
 * The D extension's arithmetic: fpu-ops.inc.h for doubles, and the conversions between the two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/fpu/fpu-exact.h"
#include "util/compiler.h"

#include <float.h>
#include <string.h>

#define FP(name)            name##_d
#define FP_FROM(name, from) name##_d_##from
#define FP_HOST             double
#define FP_BITS             uint64_t
#define FP_FORMAT           (&fp_double)
#define FP_SIGN             FPU_SIGN_D
#define FP_UNBOX(reg)       (reg)
#define FP_BOX(bits)        (bits)
#define FP_FABS             __builtin_fabs
#define FP_FMA              __builtin_fma
#define FP_SQRT             __builtin_sqrt
#define FP_LARGEST          DBL_MAX
#define FP_LEAST_NORMAL     DBL_MIN
#define FP_MANT_DIG         DBL_MANT_DIG

#include "target/riscv/fpu/fpu-ops.inc.h"

uint64_t fpu_cvt_s_d(uint64_t a, unsigned rm, uint32_t *fflags)
{
    double x = from_reg_d(a);
    float r = (float)x;

    if (likely(rm == FPU_RNE && __builtin_fabsf(r) > FLT_MIN && __builtin_fabsf(r) <= FLT_MAX)) {
        uint32_t bits;

        *fflags |= (double)r != x ? FPU_NX : 0;
        memcpy(&bits, &r, sizeof(bits));
        return fpu_box_s(bits);
    }
    return fpu_box_s((uint32_t)fp_convert(&fp_single, &fp_double, a, rm, fflags));
}

uint64_t fpu_cvt_d_s(uint64_t a, unsigned rm, uint32_t *fflags)
{
    uint32_t bits = fpu_unbox_s(a);
    float x;

    memcpy(&x, &bits, sizeof(x));
    if (likely(x == x)) {
        return to_reg_d(x);
    }
    return fp_convert(&fp_double, &fp_single, bits, rm, fflags);
}
