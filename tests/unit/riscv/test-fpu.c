/*
 * The FPU's corner cases, one by one: what IEEE 754 and the RISC-V manual say, by hand.
 *
 * test-fpu-host.c has the random operands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/fpu/fpu.h"

#include <glib.h>
#include <inttypes.h>

#define S(bits) (FPU_BOX_MASK_S | UINT64_C(bits))
#define D(bits) UINT64_C(bits)

/* Doubles */
#define D_ZERO      D(0x0000000000000000)
#define D_NZERO     D(0x8000000000000000)
#define D_ONE       D(0x3ff0000000000000)
#define D_NONE      D(0xbff0000000000000)
#define D_TWO       D(0x4000000000000000)
#define D_HALF      D(0x3fe0000000000000)
#define D_INF       D(0x7ff0000000000000)
#define D_NINF      D(0xfff0000000000000)
#define D_NAN       FPU_NAN_D
#define D_NAN_OTHER D(0xfff8000000000123)
#define D_SNAN      D(0x7ff0000000000001)
#define D_MAX       D(0x7fefffffffffffff)
#define D_NMAX      D(0xffefffffffffffff)
#define D_MIN       D(0x0010000000000000) /* least normal */
#define D_TINIEST   D(0x0000000000000001)
#define D_NTINIEST  D(0x8000000000000001)

/* Singles, boxed */
#define S_ZERO  S(0x00000000)
#define S_NZERO S(0x80000000)
#define S_ONE   S(0x3f800000)
#define S_INF   S(0x7f800000)
#define S_NINF  S(0xff800000)
#define S_NAN   S(0x7fc00000)
#define S_SNAN  S(0x7f800001)
#define S_MAX   S(0x7f7fffff)
#define S_MIN   S(0x00800000)

static void check(const char *what, unsigned index, uint64_t got, uint32_t flags, uint64_t want,
                  uint32_t want_flags)
{
    if (got != want || flags != want_flags) {
        g_error("%s, row %u: %016" PRIx64 " flags %02x, not %016" PRIx64 " flags %02x", what, index,
                got, flags, want, want_flags);
    }
}

typedef uint64_t Unary(uint64_t a, unsigned rm, uint32_t *fflags);
typedef uint64_t Binary(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
typedef uint64_t Ternary(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);
typedef uint64_t Order(uint64_t a, uint64_t b, uint32_t *fflags);

typedef struct UnaryRow {
    Unary *fn;
    uint64_t a;
    unsigned rm;
    uint64_t want;
    uint32_t flags;
} UnaryRow;

typedef struct BinaryRow {
    Binary *fn;
    uint64_t a, b;
    unsigned rm;
    uint64_t want;
    uint32_t flags;
} BinaryRow;

typedef struct TernaryRow {
    Ternary *fn;
    uint64_t a, b, c;
    unsigned rm;
    uint64_t want;
    uint32_t flags;
} TernaryRow;

typedef struct OrderRow {
    Order *fn;
    uint64_t a, b;
    uint64_t want;
    uint32_t flags;
} OrderRow;

static void check_unary(const char *what, const UnaryRow *rows, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t flags = 0;
        uint64_t got = rows[i].fn(rows[i].a, rows[i].rm, &flags);

        check(what, i, got, flags, rows[i].want, rows[i].flags);
    }
}

static void check_binary(const char *what, const BinaryRow *rows, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t flags = 0;
        uint64_t got = rows[i].fn(rows[i].a, rows[i].b, rows[i].rm, &flags);

        check(what, i, got, flags, rows[i].want, rows[i].flags);
    }
}

static void check_ternary(const char *what, const TernaryRow *rows, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t flags = 0;
        uint64_t got = rows[i].fn(rows[i].a, rows[i].b, rows[i].c, rows[i].rm, &flags);

        check(what, i, got, flags, rows[i].want, rows[i].flags);
    }
}

static void check_order(const char *what, const OrderRow *rows, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t flags = 0;
        uint64_t got = rows[i].fn(rows[i].a, rows[i].b, &flags);

        check(what, i, got, flags, rows[i].want, rows[i].flags);
    }
}

static void test_boxing(void)
{
    static const UnaryRow conversions[] = {
        { fpu_cvt_d_s, S_ONE, FPU_RNE, D_ONE, 0 },
        { fpu_cvt_d_s, 0x3f800000, FPU_RNE, D_NAN, 0 },
        { fpu_cvt_d_s, D(0xfffffffe3f800000), FPU_RNE, D_NAN, 0 },
        { fpu_cvt_w_s, 0x3f800000, FPU_RNE, 0x7fffffff, FPU_NV },
    };
    uint32_t flags = 0;

    check_unary("unboxed operands", conversions, G_N_ELEMENTS(conversions));
    g_assert_cmphex(fpu_add_s(0x3f800000, S_ONE, FPU_RNE, &flags), ==, S_NAN);
    g_assert_cmphex(fpu_sub_s(S_ONE, 0x3f800000, FPU_RNE, &flags), ==, S_NAN);
    g_assert_cmphex(fpu_min_s(0x3f800000, S_INF, &flags), ==, S_INF);
    g_assert_cmphex(fpu_eq_s(0x3f800000, S_ONE, &flags), ==, 0);
    g_assert_cmphex(fpu_class_s(0x3f800000), ==, FPU_CLASS_QNAN);
    g_assert_cmphex(flags, ==, 0);
}

static void test_sign(void)
{
    g_assert_cmphex(fpu_sgnj_s(S_ONE, S_NZERO), ==, S(0xbf800000));
    g_assert_cmphex(fpu_sgnjn_s(S_ONE, S_NZERO), ==, S_ONE);
    g_assert_cmphex(fpu_sgnjx_s(S(0xbf800000), S_NZERO), ==, S_ONE);
    g_assert_cmphex(fpu_sgnj_s(S(0xff812345), S_ONE), ==, S(0x7f812345)); /* payload stays */
    g_assert_cmphex(fpu_sgnj_s(0x3f800000, S_NZERO), ==, S(0xffc00000));
    g_assert_cmphex(fpu_sgnj_s(S_ONE, 0x80000000), ==, S_ONE);
    g_assert_cmphex(fpu_sgnj_d(D_ONE, D_NZERO), ==, D_NONE);
    g_assert_cmphex(fpu_sgnjn_d(D_ONE, D_NZERO), ==, D_ONE);
    g_assert_cmphex(fpu_sgnjx_d(D_NONE, D_NONE), ==, D_ONE);
    g_assert_cmphex(fpu_sgnjn_d(D_SNAN, D_ONE), ==, D_SNAN | D_NZERO);
}

static void test_nan(void)
{
    static const BinaryRow rows[] = {
        { fpu_add_d, D_NAN_OTHER, D_ONE, FPU_RNE, D_NAN, 0 },
        { fpu_add_d, D_ONE, D_SNAN, FPU_RNE, D_NAN, FPU_NV },
        { fpu_add_d, D_INF, D_NINF, FPU_RNE, D_NAN, FPU_NV },
        { fpu_add_d, D_INF, D_INF, FPU_RNE, D_INF, 0 },
        { fpu_sub_d, D_INF, D_INF, FPU_RNE, D_NAN, FPU_NV },
        { fpu_sub_d, D_ONE, D_NAN_OTHER, FPU_RNE, D_NAN, 0 },
        { fpu_mul_d, D_INF, D_ZERO, FPU_RNE, D_NAN, FPU_NV },
        { fpu_mul_d, D_NZERO, D_NINF, FPU_RNE, D_NAN, FPU_NV },
        { fpu_mul_d, D_NAN_OTHER, D_SNAN, FPU_RNE, D_NAN, FPU_NV },
        { fpu_div_d, D_ZERO, D_NZERO, FPU_RNE, D_NAN, FPU_NV },
        { fpu_div_d, D_INF, D_NINF, FPU_RNE, D_NAN, FPU_NV },
        { fpu_div_d, D_NAN_OTHER, D_ZERO, FPU_RNE, D_NAN, 0 },
        { fpu_add_s, S_SNAN, S_ONE, FPU_RNE, S_NAN, FPU_NV },
        { fpu_div_s, S_ZERO, S_ZERO, FPU_RNE, S_NAN, FPU_NV },
    };
    static const UnaryRow roots[] = {
        { fpu_sqrt_d, D_NONE, FPU_RNE, D_NAN, FPU_NV },
        { fpu_sqrt_d, D_NINF, FPU_RNE, D_NAN, FPU_NV },
        { fpu_sqrt_d, D_NTINIEST, FPU_RNE, D_NAN, FPU_NV },
        { fpu_sqrt_d, D_NAN_OTHER, FPU_RNE, D_NAN, 0 },
        { fpu_sqrt_d, D_SNAN, FPU_RNE, D_NAN, FPU_NV },
        { fpu_cvt_s_d, D_NAN_OTHER, FPU_RNE, S_NAN, 0 },
        { fpu_cvt_s_d, D_SNAN, FPU_RNE, S_NAN, FPU_NV },
        { fpu_cvt_d_s, S(0xffc12345), FPU_RNE, D_NAN, 0 },
        { fpu_cvt_d_s, S_SNAN, FPU_RNE, D_NAN, FPU_NV },
    };

    check_binary("NaN", rows, G_N_ELEMENTS(rows));
    check_unary("NaN", roots, G_N_ELEMENTS(roots));
}

static void test_zero(void)
{
    static const BinaryRow rows[] = {
        { fpu_add_d, D_ONE, D_NONE, FPU_RNE, D_ZERO, 0 },
        { fpu_add_d, D_ONE, D_NONE, FPU_RDN, D_NZERO, 0 },
        { fpu_add_d, D_ONE, D_NONE, FPU_RMM, D_ZERO, 0 },
        { fpu_add_d, D_ZERO, D_NZERO, FPU_RUP, D_ZERO, 0 },
        { fpu_add_d, D_ZERO, D_NZERO, FPU_RDN, D_NZERO, 0 },
        { fpu_add_d, D_NZERO, D_NZERO, FPU_RUP, D_NZERO, 0 },
        { fpu_sub_d, D_NZERO, D_ZERO, FPU_RNE, D_NZERO, 0 },
        { fpu_mul_d, D_NZERO, D_ONE, FPU_RNE, D_NZERO, 0 },
        { fpu_mul_d, D_NONE, D_ZERO, FPU_RDN, D_NZERO, 0 },
        { fpu_mul_d, D_NZERO, D_NONE, FPU_RDN, D_ZERO, 0 },
        { fpu_div_d, D_ONE, D_ZERO, FPU_RNE, D_INF, FPU_DZ },
        { fpu_div_d, D_ONE, D_NZERO, FPU_RTZ, D_NINF, FPU_DZ },
        { fpu_div_d, D_INF, D_ZERO, FPU_RNE, D_INF, 0 },
        { fpu_div_d, D_ZERO, D_NONE, FPU_RNE, D_NZERO, 0 },
        { fpu_div_d, D_MAX, D_NINF, FPU_RUP, D_NZERO, 0 },
    };
    static const UnaryRow roots[] = {
        { fpu_sqrt_d, D_NZERO, FPU_RNE, D_NZERO, 0 },
        { fpu_sqrt_d, D_INF, FPU_RNE, D_INF, 0 },
        { fpu_sqrt_d, D(0x4010000000000000), FPU_RNE, D_TWO, 0 },
        { fpu_sqrt_d, D_TWO, FPU_RNE, D(0x3ff6a09e667f3bcd), FPU_NX },
        { fpu_sqrt_d, D_TWO, FPU_RTZ, D(0x3ff6a09e667f3bcc), FPU_NX },
        { fpu_cvt_s_d, D_NZERO, FPU_RNE, S_NZERO, 0 },
        { fpu_cvt_d_s, S_NZERO, FPU_RNE, D_NZERO, 0 },
        { fpu_cvt_d_l, 0, FPU_RDN, D_ZERO, 0 },
    };

    check_binary("zero", rows, G_N_ELEMENTS(rows));
    check_unary("zero", roots, G_N_ELEMENTS(roots));
}

static void test_overflow(void)
{
    enum { OF = FPU_OF | FPU_NX };
    static const BinaryRow rows[] = {
        { fpu_add_d, D_MAX, D_MAX, FPU_RNE, D_INF, OF },
        { fpu_add_d, D_MAX, D_MAX, FPU_RTZ, D_MAX, OF },
        { fpu_add_d, D_MAX, D_MAX, FPU_RDN, D_MAX, OF },
        { fpu_add_d, D_MAX, D_MAX, FPU_RUP, D_INF, OF },
        { fpu_add_d, D_MAX, D_MAX, FPU_RMM, D_INF, OF },
        { fpu_add_d, D_NMAX, D_NMAX, FPU_RDN, D_NINF, OF },
        { fpu_add_d, D_NMAX, D_NMAX, FPU_RUP, D_NMAX, OF },
        { fpu_add_d, D_MAX, D_TINIEST, FPU_RNE, D_MAX, FPU_NX },
        { fpu_add_d, D_MAX, D_TINIEST, FPU_RUP, D_INF, OF },
        /* Half an ulp: a tie, and beyond the largest number's even neighbour. */
        { fpu_add_d, D_MAX, D(0x7c90000000000000), FPU_RNE, D_INF, OF },
        { fpu_add_d, D_MAX, D(0x7c8fffffffffffff), FPU_RMM, D_MAX, FPU_NX },
        { fpu_mul_s, S_MAX, S_MAX, FPU_RNE, S_INF, OF },
        { fpu_mul_s, S_MAX, S(0xff7fffff), FPU_RUP, S(0xff7fffff), OF },
        { fpu_div_d, D_MAX, D_HALF, FPU_RTZ, D_MAX, OF },
    };
    static const UnaryRow narrow[] = {
        { fpu_cvt_s_d, D(0x47efffffe0000000), FPU_RNE, S_MAX, 0 },
        { fpu_cvt_s_d, D(0x47efffffefffffff), FPU_RNE, S_MAX, FPU_NX },
        { fpu_cvt_s_d, D(0x47effffff0000000), FPU_RNE, S_INF, OF },
        { fpu_cvt_s_d, D(0x47effffff0000000), FPU_RTZ, S_MAX, FPU_NX },
        { fpu_cvt_s_d, D_MAX, FPU_RDN, S_MAX, OF },
        { fpu_cvt_s_lu, UINT64_MAX, FPU_RNE, S(0x5f800000), FPU_NX },
    };

    check_binary("overflow", rows, G_N_ELEMENTS(rows));
    check_unary("overflow", narrow, G_N_ELEMENTS(narrow));
}

/* Tininess is detected after rounding, as if exponents had no lower bound. */
static void test_underflow(void)
{
    enum { UF = FPU_UF | FPU_NX };
    static const BinaryRow rows[] = {
        { fpu_mul_d, D_MIN, D_HALF, FPU_RNE, D(0x0008000000000000), 0 }, /* exact: no underflow */
        { fpu_mul_d, D_TINIEST, D_HALF, FPU_RNE, D_ZERO, UF },
        { fpu_mul_d, D_TINIEST, D_HALF, FPU_RUP, D_TINIEST, UF },
        { fpu_mul_d, D_TINIEST, D_HALF, FPU_RMM, D_TINIEST, UF },
        { fpu_mul_d, D_NTINIEST, D_HALF, FPU_RDN, D_NTINIEST, UF },
        /* (1 - 2^-53) * min: rounds to the least normal only when subnormals cost precision. */
        { fpu_mul_d, D_MIN, D(0x3fefffffffffffff), FPU_RNE, D_MIN, UF },
        { fpu_div_d, D(0x0010000000000001), D(0x3ff0000000000002), FPU_RUP, D_MIN, UF },
        { fpu_mul_d, D(0x001fffffffffffff), D_HALF, FPU_RNE, D_MIN, UF },
        { fpu_add_d, D_MIN, D_NTINIEST, FPU_RNE, D(0x000fffffffffffff), 0 },
        { fpu_mul_s, S_MIN, S_MIN, FPU_RNE, S_ZERO, UF },
    };
    static const TernaryRow fused[] = {
        /* min - tiny^2: not tiny when rounded to nearest or up, but when rounded to zero. */
        { fpu_nmsub_d, D_TINIEST, D_TINIEST, D_MIN, FPU_RNE, D_MIN, FPU_NX },
        { fpu_nmsub_d, D_TINIEST, D_TINIEST, D_MIN, FPU_RUP, D_MIN, FPU_NX },
        { fpu_nmsub_d, D_TINIEST, D_TINIEST, D_MIN, FPU_RTZ, D(0x000fffffffffffff), UF },
    };
    static const UnaryRow narrow[] = {
        { fpu_cvt_s_d, D(0x3810000000000000), FPU_RNE, S_MIN, 0 },
        { fpu_cvt_s_d, D(0x380fffffffffffff), FPU_RNE, S_MIN, FPU_NX }, /* not tiny any more */
        { fpu_cvt_s_d, D(0x380fffffe0000000), FPU_RNE, S_MIN, UF },
        { fpu_cvt_s_d, D_TINIEST, FPU_RUP, S(0x00000001), UF },
        { fpu_cvt_d_s, S(0x00000001), FPU_RNE, D(0x36a0000000000000), 0 },
    };

    check_binary("underflow", rows, G_N_ELEMENTS(rows));
    check_ternary("underflow", fused, G_N_ELEMENTS(fused));
    check_unary("underflow", narrow, G_N_ELEMENTS(narrow));
}

static void test_fused(void)
{
    static const TernaryRow rows[] = {
        { fpu_madd_d, D_TWO, D_TWO, D_ONE, FPU_RNE, D(0x4014000000000000), 0 },
        { fpu_msub_d, D_TWO, D_TWO, D_ONE, FPU_RNE, D(0x4008000000000000), 0 },
        { fpu_nmsub_d, D_TWO, D_TWO, D_ONE, FPU_RNE, D(0xc008000000000000), 0 },
        { fpu_nmadd_d, D_TWO, D_TWO, D_ONE, FPU_RNE, D(0xc014000000000000), 0 },
        /* Invalid although the third one is a quiet NaN. */
        { fpu_madd_d, D_INF, D_ZERO, D_NAN, FPU_RNE, D_NAN, FPU_NV },
        { fpu_madd_s, S_ZERO, S_NINF, S_NAN, FPU_RNE, S_NAN, FPU_NV },
        { fpu_madd_d, D_ONE, D_ONE, D_SNAN, FPU_RNE, D_NAN, FPU_NV },
        { fpu_madd_d, D_NAN_OTHER, D_ONE, D_ONE, FPU_RNE, D_NAN, 0 },
        { fpu_madd_d, D_INF, D_ONE, D_NINF, FPU_RNE, D_NAN, FPU_NV },
        { fpu_msub_d, D_INF, D_ONE, D_INF, FPU_RNE, D_NAN, FPU_NV },
        { fpu_nmadd_d, D_INF, D_ONE, D_ONE, FPU_RNE, D_NINF, 0 },
        { fpu_madd_d, D_MAX, D_MAX, D_NINF, FPU_RNE, D_NINF, 0 },
        /* Signs of zero: that of both, else by the rounding mode. */
        { fpu_madd_d, D_NONE, D_ZERO, D_NZERO, FPU_RNE, D_NZERO, 0 },
        { fpu_madd_d, D_ONE, D_ZERO, D_NZERO, FPU_RNE, D_ZERO, 0 },
        { fpu_madd_d, D_ONE, D_ZERO, D_NZERO, FPU_RDN, D_NZERO, 0 },
        { fpu_nmadd_d, D_ONE, D_ONE, D_NONE, FPU_RNE, D_ZERO, 0 },
        /* One rounding: (1 + 2^-52)^2 - (1 + 2^-51) is 2^-104; no overflow on the way. */
        { fpu_msub_d, D(0x3ff0000000000001), D(0x3ff0000000000001), D(0x3ff0000000000002), FPU_RNE,
          D(0x3970000000000000), 0 },
        { fpu_msub_d, D_MAX, D_TWO, D_MAX, FPU_RNE, D_MAX, 0 },
        { fpu_madd_s, S(0x3f800001), S(0x3f800001), S(0xbf800002), FPU_RNE, S(0x28800000), 0 },
    };

    check_ternary("fused", rows, G_N_ELEMENTS(rows));
}

static void test_min_max(void)
{
    static const OrderRow rows[] = {
        { fpu_min_d, D_ZERO, D_NZERO, D_NZERO, 0 },
        { fpu_min_d, D_NZERO, D_ZERO, D_NZERO, 0 },
        { fpu_max_d, D_ZERO, D_NZERO, D_ZERO, 0 },
        { fpu_max_d, D_NZERO, D_ZERO, D_ZERO, 0 },
        { fpu_min_d, D_NAN_OTHER, D_ONE, D_ONE, 0 },
        { fpu_max_d, D_NINF, D_NAN, D_NINF, 0 },
        { fpu_min_d, D_NAN_OTHER, D_NAN_OTHER, D_NAN, 0 },
        { fpu_min_d, D_SNAN, D_ONE, D_ONE, FPU_NV },
        { fpu_max_d, D_ONE, D_SNAN, D_ONE, FPU_NV },
        { fpu_max_d, D_SNAN, D_NAN, D_NAN, FPU_NV },
        { fpu_min_d, D_NONE, D_NMAX, D_NMAX, 0 },
        { fpu_max_d, D_NTINIEST, D_NMAX, D_NTINIEST, 0 },
        { fpu_min_s, S_NZERO, S_ZERO, S_NZERO, 0 },
        { fpu_max_s, S_SNAN, S_SNAN, S_NAN, FPU_NV },
        { fpu_max_s, S_INF, S_MAX, S_INF, 0 },
    };

    check_order("min, max", rows, G_N_ELEMENTS(rows));
}

static void test_compare(void)
{
    static const OrderRow rows[] = {
        { fpu_eq_d, D_ZERO, D_NZERO, 1, 0 },      { fpu_lt_d, D_NZERO, D_ZERO, 0, 0 },
        { fpu_le_d, D_ZERO, D_NZERO, 1, 0 },      { fpu_eq_d, D_NAN, D_NAN, 0, 0 },
        { fpu_eq_d, D_SNAN, D_ONE, 0, FPU_NV },   { fpu_lt_d, D_NAN, D_ONE, 0, FPU_NV },
        { fpu_le_d, D_ONE, D_NAN, 0, FPU_NV },    { fpu_le_d, D_SNAN, D_NAN, 0, FPU_NV },
        { fpu_lt_d, D_NINF, D_INF, 1, 0 },        { fpu_lt_d, D_NMAX, D_NTINIEST, 1, 0 },
        { fpu_le_d, D_TINIEST, D_TINIEST, 1, 0 }, { fpu_eq_s, S_INF, S_NINF, 0, 0 },
        { fpu_lt_s, S_NAN, S_NAN, 0, FPU_NV },    { fpu_le_s, S_NINF, S_MAX, 1, 0 },
    };

    check_order("compare", rows, G_N_ELEMENTS(rows));
}

static void test_class(void)
{
    static const struct {
        uint64_t d, s;
        FpuClass want;
    } rows[] = {
        { D_NINF, S_NINF, FPU_CLASS_NEG_INF },
        { D_NMAX, S(0xff7fffff), FPU_CLASS_NEG_NORMAL },
        { D_NTINIEST, S(0x807fffff), FPU_CLASS_NEG_SUBNORMAL },
        { D_NZERO, S_NZERO, FPU_CLASS_NEG_ZERO },
        { D_ZERO, S_ZERO, FPU_CLASS_POS_ZERO },
        { D(0x000fffffffffffff), S(0x00000001), FPU_CLASS_POS_SUBNORMAL },
        { D_MIN, S_MIN, FPU_CLASS_POS_NORMAL },
        { D_INF, S_INF, FPU_CLASS_POS_INF },
        { D(0xfff0000000000001), S_SNAN, FPU_CLASS_SNAN },
        { D_NAN_OTHER, S(0xffc00001), FPU_CLASS_QNAN },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_assert_cmphex(rows[i].want, ==, 1u << i);
        g_assert_cmphex(fpu_class_d(rows[i].d), ==, rows[i].want);
        g_assert_cmphex(fpu_class_s(rows[i].s), ==, rows[i].want);
    }
}

static void test_to_integer(void)
{
    static const UnaryRow rows[] = {
        { fpu_cvt_w_d, D_NAN_OTHER, FPU_RTZ, 0x7fffffff, FPU_NV },
        { fpu_cvt_wu_d, D_NAN_OTHER, FPU_RTZ, UINT64_MAX, FPU_NV },
        { fpu_cvt_l_d, D_SNAN | D_NZERO, FPU_RTZ, INT64_MAX, FPU_NV },
        { fpu_cvt_lu_d, D_NAN, FPU_RTZ, UINT64_MAX, FPU_NV },
        { fpu_cvt_w_d, D_NINF, FPU_RTZ, (uint64_t)INT32_MIN, FPU_NV },
        { fpu_cvt_wu_d, D_NINF, FPU_RTZ, 0, FPU_NV },
        { fpu_cvt_l_s, S_INF, FPU_RTZ, INT64_MAX, FPU_NV },
        { fpu_cvt_lu_s, S_NINF, FPU_RTZ, 0, FPU_NV },
        { fpu_cvt_w_d, D(0x41dfffffffc00000), FPU_RTZ, INT32_MAX, 0 },
        { fpu_cvt_w_d, D(0x41dfffffffe00000), FPU_RTZ, INT32_MAX, FPU_NX },
        { fpu_cvt_w_d, D(0x41dfffffffe00000), FPU_RNE, INT32_MAX, FPU_NV },
        { fpu_cvt_w_d, D(0x41e0000000000000), FPU_RTZ, INT32_MAX, FPU_NV },
        { fpu_cvt_w_d, D(0xc1e0000000000000), FPU_RTZ, (uint64_t)INT32_MIN, 0 },
        { fpu_cvt_w_d, D(0xc1e0000000100000), FPU_RTZ, (uint64_t)INT32_MIN, FPU_NX },
        { fpu_cvt_w_d, D(0xc1e0000000100000), FPU_RNE, (uint64_t)INT32_MIN, FPU_NX },
        { fpu_cvt_w_d, D(0xc1e0000000100000), FPU_RDN, (uint64_t)INT32_MIN, FPU_NV },
        { fpu_cvt_wu_d, D(0x41efffffffe00000), FPU_RTZ, UINT64_MAX, 0 }, /* sign extended */
        { fpu_cvt_wu_d, D(0x41e0000000000000), FPU_RTZ, UINT64_C(0xffffffff80000000), 0 },
        { fpu_cvt_wu_d, D_NZERO, FPU_RTZ, 0, 0 },
        { fpu_cvt_wu_d, D(0xbfe0000000000000), FPU_RTZ, 0, FPU_NX },
        { fpu_cvt_wu_d, D(0xbfe0000000000000), FPU_RNE, 0, FPU_NX },
        { fpu_cvt_wu_d, D(0xbfe0000000000000), FPU_RMM, 0, FPU_NV },
        { fpu_cvt_lu_d, D_NONE, FPU_RTZ, 0, FPU_NV },
        { fpu_cvt_lu_d, D(0x43efffffffffffff), FPU_RTZ, UINT64_C(0xfffffffffffff800), 0 },
        { fpu_cvt_lu_d, D(0x43f0000000000000), FPU_RTZ, UINT64_MAX, FPU_NV },
        { fpu_cvt_l_d, D(0xc3e0000000000000), FPU_RTZ, (uint64_t)INT64_MIN, 0 },
        { fpu_cvt_l_d, D(0x43e0000000000000), FPU_RTZ, INT64_MAX, FPU_NV },
        { fpu_cvt_l_d, D(0xc3e0000000000001), FPU_RTZ, (uint64_t)INT64_MIN, FPU_NV },
        { fpu_cvt_l_d, D(0x4004000000000000), FPU_RNE, 2, FPU_NX }, /* 2.5 */
        { fpu_cvt_l_d, D(0x4004000000000000), FPU_RMM, 3, FPU_NX },
        { fpu_cvt_l_d, D(0xc004000000000000), FPU_RMM, (uint64_t)-3, FPU_NX },
        { fpu_cvt_l_d, D(0xc004000000000000), FPU_RUP, (uint64_t)-2, FPU_NX },
        { fpu_cvt_l_d, D_TINIEST, FPU_RUP, 1, FPU_NX },
        { fpu_cvt_l_d, D_TINIEST, FPU_RMM, 0, FPU_NX },
    };

    check_unary("to integer", rows, G_N_ELEMENTS(rows));
}

static void test_from_integer(void)
{
    static const UnaryRow rows[] = {
        { fpu_cvt_d_w, UINT64_C(0x1234567880000000), FPU_RNE, D(0xc1e0000000000000), 0 },
        { fpu_cvt_d_wu, UINT64_C(0x1234567880000000), FPU_RNE, D(0x41e0000000000000), 0 },
        { fpu_cvt_d_wu, UINT64_MAX, FPU_RNE, D(0x41efffffffe00000), 0 },
        { fpu_cvt_d_lu, UINT64_MAX, FPU_RNE, D(0x43f0000000000000), FPU_NX },
        { fpu_cvt_d_lu, UINT64_MAX, FPU_RTZ, D(0x43efffffffffffff), FPU_NX },
        { fpu_cvt_d_l, UINT64_MAX, FPU_RNE, D_NONE, 0 },
        { fpu_cvt_d_l, (uint64_t)INT64_MIN, FPU_RNE, D(0xc3e0000000000000), 0 },
        { fpu_cvt_d_l, UINT64_C(0x0020000000000001), FPU_RNE, D(0x4340000000000000), FPU_NX },
        { fpu_cvt_d_l, UINT64_C(0x0020000000000001), FPU_RMM, D(0x4340000000000001), FPU_NX },
        { fpu_cvt_s_w, 0x01000001, FPU_RNE, S(0x4b800000), FPU_NX },
        { fpu_cvt_s_w, 0x01000001, FPU_RUP, S(0x4b800001), FPU_NX },
        { fpu_cvt_s_w, (uint64_t)-0x01000001, FPU_RUP, S(0xcb800000), FPU_NX },
        { fpu_cvt_s_wu, (uint64_t)-1, FPU_RNE, S(0x4f800000), FPU_NX },
        { fpu_cvt_s_l, 1, FPU_RNE, S_ONE, 0 },
    };

    check_unary("from integer", rows, G_N_ELEMENTS(rows));
}

/* Flags that stand are kept, and do not change what the others say. */
static void test_flags_accumulate(void)
{
    uint32_t flags = FPU_NX | FPU_DZ;

    g_assert_cmphex(fpu_add_d(D_ONE, D_ONE, FPU_RNE, &flags), ==, D_TWO);
    g_assert_cmphex(flags, ==, FPU_NX | FPU_DZ);
    g_assert_cmphex(fpu_mul_d(D_MAX, D_MAX, FPU_RNE, &flags), ==, D_INF);
    g_assert_cmphex(flags, ==, FPU_NX | FPU_DZ | FPU_OF);
    flags = 0;
    g_assert_cmphex(fpu_div_d(D_ONE, D(0x4008000000000000), FPU_RNE, &flags), ==,
                    D(0x3fd5555555555555));
    g_assert_cmphex(flags, ==, FPU_NX);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fpu/boxing", test_boxing);
    g_test_add_func("/fpu/sign", test_sign);
    g_test_add_func("/fpu/nan", test_nan);
    g_test_add_func("/fpu/zero", test_zero);
    g_test_add_func("/fpu/overflow", test_overflow);
    g_test_add_func("/fpu/underflow", test_underflow);
    g_test_add_func("/fpu/fused", test_fused);
    g_test_add_func("/fpu/min-max", test_min_max);
    g_test_add_func("/fpu/compare", test_compare);
    g_test_add_func("/fpu/class", test_class);
    g_test_add_func("/fpu/to-integer", test_to_integer);
    g_test_add_func("/fpu/from-integer", test_from_integer);
    g_test_add_func("/fpu/flags-accumulate", test_flags_accumulate);
    return g_test_run();
}
