/*
 * The portable half of the FPU: integer arithmetic alone, every rounding mode and every flag, one
 * code path for all formats. The functions behind fpu.h fall back to it where the host's FPU
 * cannot be trusted to agree; tests compare the two.
 *
 * Operands and results are raw IEEE 754 encodings in the low bits of a uint64_t, without boxing.
 * @rm and @fflags are as in fpu.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TARGET_RISCV_FPU_FPU_EXACT_H
#define TARGET_RISCV_FPU_FPU_EXACT_H

#include <stdbool.h>
#include <stdint.h>

#include "target/riscv/fpu/fpu.h"

/* A binary interchange format of up to 64 bits. */
typedef struct FpFormat {
    unsigned frac_bits; /* of the significand, without the hidden one */
    unsigned exp_bits;
} FpFormat;

extern const FpFormat fp_single;
extern const FpFormat fp_double;

/* An x register's view: W, WU, L, LU. */
typedef struct FpInteger {
    unsigned bits;
    bool is_signed;
} FpInteger;

extern const FpInteger fp_w;
extern const FpInteger fp_wu;
extern const FpInteger fp_l;
extern const FpInteger fp_lu;

/* ---- arithmetic: fpu-arith.c ---- */

uint64_t fp_add(const FpFormat *fmt, uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fp_mul(const FpFormat *fmt, uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fp_div(const FpFormat *fmt, uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t fp_sqrt(const FpFormat *fmt, uint64_t a, unsigned rm, uint32_t *fflags);
/* a * b + c with one rounding. */
uint64_t fp_madd(const FpFormat *fmt, uint64_t a, uint64_t b, uint64_t c, unsigned rm,
                 uint32_t *fflags);

/* ---- order: fpu-compare.c ---- */

uint64_t fp_min(const FpFormat *fmt, uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t fp_max(const FpFormat *fmt, uint64_t a, uint64_t b, uint32_t *fflags);
bool fp_eq(const FpFormat *fmt, uint64_t a, uint64_t b, uint32_t *fflags);
bool fp_lt(const FpFormat *fmt, uint64_t a, uint64_t b, uint32_t *fflags);
bool fp_le(const FpFormat *fmt, uint64_t a, uint64_t b, uint32_t *fflags);
FpuClass fp_class(const FpFormat *fmt, uint64_t a);

/* ---- conversion: fpu-convert.c ---- */

uint64_t fp_to_int(const FpFormat *fmt, uint64_t a, const FpInteger *type, unsigned rm,
                   uint32_t *fflags);
uint64_t fp_from_int(const FpFormat *fmt, uint64_t x, const FpInteger *type, unsigned rm,
                     uint32_t *fflags);
uint64_t fp_convert(const FpFormat *to, const FpFormat *from, uint64_t a, unsigned rm,
                    uint32_t *fflags);

#endif
