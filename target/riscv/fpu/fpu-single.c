/*
 * The F extension's arithmetic: fpu-ops.inc.h for singles, which f registers hold NaN-boxed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/fpu/fpu-exact.h"
#include "util/compiler.h"

#include <float.h>
#include <string.h>

#define FP(name)            name##_s
#define FP_FROM(name, from) name##_s_##from
#define FP_HOST             float
#define FP_BITS             uint32_t
#define FP_FORMAT           (&fp_single)
#define FP_SIGN             FPU_SIGN_S
#define FP_UNBOX(reg)       fpu_unbox_s(reg)
#define FP_BOX(bits)        fpu_box_s((uint32_t)(bits))
#define FP_FABS             __builtin_fabsf
#define FP_FMA              __builtin_fmaf
#define FP_SQRT             __builtin_sqrtf
#define FP_LARGEST          FLT_MAX
#define FP_LEAST_NORMAL     FLT_MIN
#define FP_MANT_DIG         FLT_MANT_DIG

#include "target/riscv/fpu/fpu-ops.inc.h"
