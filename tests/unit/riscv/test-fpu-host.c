/*
 * The FPU against the host's: random and border operands in every rounding mode that hosts have,
 * the fast path against the exact one, and round-to-max-magnitude against exact values.
 *
 * `-m slow` runs many more operands; `--seed` repeats a run.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/fpu/fpu-exact.h"

#include <fenv.h>
#include <float.h>
#include <glib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#if LDBL_MANT_DIG >= 113
typedef long double Quad;
#else
typedef __float128 Quad;
#endif

typedef struct Operands {
    uint64_t v[3]; /* f registers; v[0] an x register for conversions from integers */
} Operands;

typedef uint64_t Op(const Operands *o, unsigned rm, uint32_t *fflags);

typedef struct OpCase {
    const char *name;
    const FpFormat *fmt;
    Op *fpu;   /* through fpu.h */
    Op *exact; /* without the fast path */
    Op *host;
} OpCase;

/* ---- random operands ---- */

static uint64_t random_state;

static uint64_t random64(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static unsigned below(unsigned n)
{
    return (unsigned)(random64() >> 32) % n;
}

static int exp_max(const FpFormat *fmt)
{
    return (1 << fmt->exp_bits) - 1;
}

static uint64_t random_frac(const FpFormat *fmt)
{
    uint64_t mask = (UINT64_C(1) << fmt->frac_bits) - 1;
    unsigned bit = below(fmt->frac_bits);

    switch (below(6)) {
    case 0:
        return 0;
    case 1:
        return mask;
    case 2: /* ones, then zeros */
        return mask & ~((UINT64_C(1) << bit) - 1);
    case 3: /* few bits */
        return (UINT64_C(1) << bit | UINT64_C(1) << below(fmt->frac_bits)) & mask;
    default:
        return random64() & mask;
    }
}

/* An exponent such that sums cancel, or products and quotients land near 1 or near a border. */
static int related_exp(const FpFormat *fmt, int other)
{
    int bias = exp_max(fmt) >> 1;
    int delta = (int)below(9) - 4;

    switch (below(7)) {
    case 0:
        return other + delta;
    case 1:
        return other + (int)below(2 * fmt->frac_bits + 8) - (int)fmt->frac_bits - 4;
    case 2:
        return 2 * bias - other + delta;
    case 3: /* a product near the least normal number, or well among the subnormal ones */
        return bias + 1 - other + delta - (int)(below(2) * below(fmt->frac_bits));
    case 4: /* a product near the largest */
        return 3 * bias - other + delta;
    case 5: /* a quotient near the least normal number */
        return other + bias - 1 + delta;
    default: /* a quotient near the largest */
        return other - bias + delta;
    }
}

static uint64_t random_float(const FpFormat *fmt, int other_exp)
{
    int max = exp_max(fmt);
    uint64_t sign = random64() & 1;
    int exp;

    switch (below(10)) {
    case 0:
        exp = 0;
        break;
    case 1:
        exp = below(2) ? max : 1;
        break;
    case 2:
        exp = max - 1 - (int)below(3);
        break;
    case 3:
        exp = (max >> 1) + (int)below(70) - 3;
        break;
    case 4:
    case 5:
        exp = (int)below((unsigned)max + 1);
        break;
    default:
        exp = related_exp(fmt, other_exp);
        break;
    }
    return sign << (fmt->frac_bits + fmt->exp_bits) |
           (uint64_t)CLAMP(exp, 0, max) << fmt->frac_bits | random_frac(fmt);
}

static int exp_of(const FpFormat *fmt, uint64_t bits)
{
    return (int)(bits >> fmt->frac_bits) & exp_max(fmt);
}

static uint64_t to_reg(const FpFormat *fmt, uint64_t bits)
{
    return fmt == &fp_single ? fpu_box_s((uint32_t)bits) : bits;
}

static Operands random_operands(const FpFormat *fmt)
{
    Operands o;
    uint64_t a = random_float(fmt, exp_max(fmt) >> 1);
    uint64_t b = random_float(fmt, exp_of(fmt, a));
    int product = exp_of(fmt, a) + exp_of(fmt, b) - (exp_max(fmt) >> 1);

    o.v[0] = to_reg(fmt, a);
    o.v[1] = to_reg(fmt, b);
    o.v[2] = to_reg(fmt, random_float(fmt, product));
    return o;
}

static uint64_t random_integer(void)
{
    uint64_t x = random64() >> below(64);

    switch (below(5)) {
    case 0:
        return -x;
    case 1: /* near a power of two */
        return (UINT64_C(1) << below(64)) + below(5) - 2;
    case 2: /* the middle between two singles or doubles, or next to it */
        return (x << below(12) | 1) << below(40);
    default:
        return x;
    }
}

/* ---- the host ---- */

static const int host_modes[] = { FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD };

static void host_begin(unsigned rm)
{
    fesetround(host_modes[rm]);
    feclearexcept(FE_ALL_EXCEPT);
}

static void host_end(uint32_t *fflags)
{
    int raised = fetestexcept(FE_ALL_EXCEPT);

    fesetround(FE_TONEAREST);
    *fflags |= (raised & FE_INEXACT ? FPU_NX : 0) | (raised & FE_UNDERFLOW ? FPU_UF : 0) |
               (raised & FE_OVERFLOW ? FPU_OF : 0) | (raised & FE_DIVBYZERO ? FPU_DZ : 0) |
               (raised & FE_INVALID ? FPU_NV : 0);
}

static float single_of(uint64_t reg)
{
    uint32_t bits = fpu_unbox_s(reg);
    float value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static double double_of(uint64_t reg)
{
    double value;

    memcpy(&value, &reg, sizeof(value));
    return value;
}

/* Hosts keep payloads and signs of NaNs; RISC-V has one. */
static uint64_t reg_of_single(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return fpu_box_s(isnan(value) ? FPU_NAN_S : bits);
}

static uint64_t reg_of_double(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return isnan(value) ? FPU_NAN_D : bits;
}

static uint64_t reg_of_integer(uint64_t value)
{
    return value;
}

/* A host function over volatile operands a, b, c, so that it is evaluated between the fenv calls */
#define HOST(name, type, from, result_type, to, expr)                                              \
    static uint64_t host_##name(const Operands *o, unsigned rm, uint32_t *fflags)                  \
    {                                                                                              \
        volatile type a = from(o->v[0]);                                                           \
        volatile type b = from(o->v[1]);                                                           \
        volatile type c = from(o->v[2]);                                                           \
        volatile result_type r;                                                                    \
                                                                                                   \
        (void)b;                                                                                   \
        (void)c;                                                                                   \
        host_begin(rm);                                                                            \
        r = expr;                                                                                  \
        host_end(fflags);                                                                          \
        return to(r);                                                                              \
    }

#define HOST_BOTH(name, expr_s, expr_d)                                                            \
    HOST(name##_s, float, single_of, float, reg_of_single, expr_s)                                 \
    HOST(name##_d, double, double_of, double, reg_of_double, expr_d)

HOST_BOTH(add, a + b, a + b)
HOST_BOTH(sub, a - b, a - b)
HOST_BOTH(mul, a *b, a *b)
HOST_BOTH(div, a / b, a / b)
HOST_BOTH(sqrt, sqrtf(a), sqrt(a))
HOST_BOTH(madd, fmaf(a, b, c), fma(a, b, c))
HOST_BOTH(msub, fmaf(a, b, -c), fma(a, b, -c))
HOST_BOTH(nmsub, fmaf(-a, b, c), fma(-a, b, c))
HOST_BOTH(nmadd, fmaf(-a, b, -c), fma(-a, b, -c))

#define HOST_COMPARE(name, type, from, op)                                                         \
    HOST(name, type, from, uint64_t, reg_of_integer, (uint64_t)(a op b))

HOST_COMPARE(eq_s, float, single_of, ==)
HOST_COMPARE(lt_s, float, single_of, <)
HOST_COMPARE(le_s, float, single_of, <=)
HOST_COMPARE(eq_d, double, double_of, ==)
HOST_COMPARE(lt_d, double, double_of, <)
HOST_COMPARE(le_d, double, double_of, <=)

HOST(cvt_s_d, double, double_of, float, reg_of_single, (float)a)
HOST(cvt_d_s, float, single_of, double, reg_of_double, (double)a)

#define HOST_FROM_INT(name, int_type)                                                              \
    HOST(cvt_s_##name, int_type, (int_type), float, reg_of_single, (float)a)                       \
    HOST(cvt_d_##name, int_type, (int_type), double, reg_of_double, (double)a)

HOST_FROM_INT(w, int32_t)
HOST_FROM_INT(wu, uint32_t)
HOST_FROM_INT(l, int64_t)
HOST_FROM_INT(lu, uint64_t)

/* ---- ours, with the operands in the same form ---- */

static uint64_t raw(const FpFormat *fmt, uint64_t reg)
{
    return fmt == &fp_single ? fpu_unbox_s(reg) : reg;
}

static uint64_t flip(const FpFormat *fmt, uint64_t bits)
{
    return bits ^ UINT64_C(1) << (fmt->frac_bits + fmt->exp_bits);
}

#define A raw(f, o->v[0])
#define B raw(f, o->v[1])
#define C raw(f, o->v[2])

#define OURS(name, args, fmt, exact_call, box)                                                     \
    static uint64_t our_##name(const Operands *o, unsigned rm, uint32_t *fflags)                   \
    {                                                                                              \
        return fpu_##name args;                                                                    \
    }                                                                                              \
    static uint64_t exact_##name(const Operands *o, unsigned rm, uint32_t *fflags)                 \
    {                                                                                              \
        const FpFormat *f = fmt;                                                                   \
                                                                                                   \
        return box(exact_call);                                                                    \
    }

#define OURS_BOTH(name, args, exact_call)                                                          \
    OURS(name##_s, args, &fp_single, exact_call, fpu_box_s)                                        \
    OURS(name##_d, args, &fp_double, exact_call, reg_of_integer)

#define TWO   (o->v[0], o->v[1], rm, fflags)
#define THREE (o->v[0], o->v[1], o->v[2], rm, fflags)

OURS_BOTH(add, TWO, fp_add(f, A, B, rm, fflags))
OURS_BOTH(sub, TWO, fp_add(f, A, flip(f, B), rm, fflags))
OURS_BOTH(mul, TWO, fp_mul(f, A, B, rm, fflags))
OURS_BOTH(div, TWO, fp_div(f, A, B, rm, fflags))
OURS_BOTH(sqrt, (o->v[0], rm, fflags), fp_sqrt(f, A, rm, fflags))
OURS_BOTH(madd, THREE, fp_madd(f, A, B, C, rm, fflags))
OURS_BOTH(msub, THREE, fp_madd(f, A, B, flip(f, C), rm, fflags))
OURS_BOTH(nmsub, THREE, fp_madd(f, flip(f, A), B, C, rm, fflags))
OURS_BOTH(nmadd, THREE, fp_madd(f, flip(f, A), B, flip(f, C), rm, fflags))

#define OURS_ORDER(name, exact_fn, box_s)                                                          \
    OURS(name##_s, (o->v[0], o->v[1], fflags), &fp_single, exact_fn(f, A, B, fflags), box_s)       \
    OURS(name##_d, (o->v[0], o->v[1], fflags), &fp_double, exact_fn(f, A, B, fflags),              \
         reg_of_integer)

OURS_ORDER(eq, fp_eq, reg_of_integer)
OURS_ORDER(lt, fp_lt, reg_of_integer)
OURS_ORDER(le, fp_le, reg_of_integer)
OURS_ORDER(min, fp_min, fpu_box_s)
OURS_ORDER(max, fp_max, fpu_box_s)

#define ONE (o->v[0], rm, fflags)

OURS(cvt_s_d, ONE, &fp_double, fp_convert(&fp_single, f, A, rm, fflags), fpu_box_s)
OURS(cvt_d_s, ONE, &fp_single, fp_convert(&fp_double, f, A, rm, fflags), reg_of_integer)

#define OURS_INT(name)                                                                             \
    OURS(cvt_s_##name, ONE, &fp_single, fp_from_int(f, o->v[0], &fp_##name, rm, fflags),           \
         fpu_box_s)                                                                                \
    OURS(cvt_d_##name, ONE, &fp_double, fp_from_int(f, o->v[0], &fp_##name, rm, fflags),           \
         reg_of_integer)                                                                           \
    OURS(cvt_##name##_s, ONE, &fp_single, fp_to_int(f, A, &fp_##name, rm, fflags), reg_of_integer) \
    OURS(cvt_##name##_d, ONE, &fp_double, fp_to_int(f, A, &fp_##name, rm, fflags), reg_of_integer)

OURS_INT(w)
OURS_INT(wu)
OURS_INT(l)
OURS_INT(lu)

#define CASE(n, format, host_fn)                                                                   \
    {                                                                                              \
#n, &format, our_##n, exact_##n, host_fn                                                   \
    }
#define CASE_HOST(n) CASE(n##_s, fp_single, host_##n##_s), CASE(n##_d, fp_double, host_##n##_d)
#define CASE_OURS(n) CASE(n##_s, fp_single, NULL), CASE(n##_d, fp_double, NULL)

static const OpCase float_cases[] = {
    CASE_HOST(add),   CASE_HOST(sub),    CASE_HOST(mul),
    CASE_HOST(div),   CASE_HOST(sqrt),   CASE_HOST(madd),
    CASE_HOST(msub),  CASE_HOST(nmsub),  CASE_HOST(nmadd),
    CASE_HOST(eq),    CASE_HOST(lt),     CASE_HOST(le),
    CASE_OURS(min),   CASE_OURS(max),    CASE(cvt_s_d, fp_double, host_cvt_s_d),
    CASE_OURS(cvt_w), CASE_OURS(cvt_wu), CASE(cvt_d_s, fp_single, host_cvt_d_s),
    CASE_OURS(cvt_l), CASE_OURS(cvt_lu),
};

#define CASE_INT(n)                                                                                \
    CASE(cvt_s_##n, fp_single, host_cvt_s_##n), CASE(cvt_d_##n, fp_double, host_cvt_d_##n)

static const OpCase int_cases[] = { CASE_INT(w), CASE_INT(wu), CASE_INT(l), CASE_INT(lu) };

/* ---- the comparisons ---- */

static unsigned rounds(void)
{
    return g_test_slow() ? 3000000 : 30000;
}

static void compare(const OpCase *op, const Operands *o, unsigned rm, const char *against,
                    uint64_t got, uint32_t got_flags, uint64_t want, uint32_t want_flags)
{
    if (got == want && got_flags == want_flags) {
        return;
    }
    g_error("%s rm %u (%016" PRIx64 ", %016" PRIx64 ", %016" PRIx64 "): %016" PRIx64
            " flags %02x, %s says %016" PRIx64 " flags %02x",
            op->name, rm, o->v[0], o->v[1], o->v[2], got, got_flags, against, want, want_flags);
}

/* Hosts differ in whether inf * 0 + qNaN is invalid; here it is, and a directed test says so. */
static bool hosts_disagree(const OpCase *op, const Operands *o)
{
    Quad product;
    bool c_is_nan;

    if (!strstr(op->name, "m")) {
        return false;
    }
    if (op->fmt == &fp_single) {
        product = (Quad)single_of(o->v[0]) * single_of(o->v[1]);
        c_is_nan = isnan(single_of(o->v[2]));
    } else {
        product = (Quad)double_of(o->v[0]) * double_of(o->v[1]);
        c_is_nan = isnan(double_of(o->v[2]));
    }
    return product != product && c_is_nan;
}

static void against_host(const OpCase *op, const Operands *o)
{
#if defined(__x86_64__)
    const uint32_t comparable = ~0u;
#else
    const uint32_t comparable = ~FPU_UF; /* tininess may be detected before rounding */
#endif
    for (unsigned rm = FPU_RNE; rm <= FPU_RUP; rm++) {
        uint32_t got_flags = 0;
        uint32_t want_flags = 0;
        uint64_t want = op->host(o, rm, &want_flags);
        uint64_t got = op->exact(o, rm, &got_flags);

        compare(op, o, rm, "the host", got, got_flags & comparable, want, want_flags & comparable);
    }
}

static void against_exact(const OpCase *op, const Operands *o)
{
    for (unsigned i = 0; i < 2 * (FPU_RMM + 1); i++) {
        unsigned rm = i / 2;
        uint32_t got_flags = i & 1 ? FPU_NX : 0;
        uint32_t want_flags = got_flags;
        uint64_t want = op->exact(o, rm, &want_flags);
        uint64_t got = op->fpu(o, rm, &got_flags);

        compare(op, o, rm, "the exact path", got, got_flags, want, want_flags);
    }
}

static void test_float_op(gconstpointer data)
{
    const OpCase *op = data;

    random_state = (uint32_t)g_test_rand_int();
    for (unsigned i = rounds(); i > 0; i--) {
        Operands o = random_operands(op->fmt);

        against_exact(op, &o);
        if (op->host && !hosts_disagree(op, &o)) {
            against_host(op, &o);
        }
    }
}

static void test_int_op(gconstpointer data)
{
    const OpCase *op = data;

    random_state = (uint32_t)g_test_rand_int();
    for (unsigned i = rounds(); i > 0; i--) {
        Operands o = { { random_integer(), 0, 0 } };

        against_exact(op, &o);
        against_host(op, &o);
    }
}

/* ---- to integers: by rint() in the host's mode, round() for RMM ---- */

typedef struct ToInt {
    const OpCase op;
    Quad least;
    Quad greatest;
} ToInt;

static const ToInt to_int_cases[] = {
    { CASE(cvt_w_s, fp_single, NULL), -0x1p31, 0x1p31 - 1 },
    { CASE(cvt_w_d, fp_double, NULL), -0x1p31, 0x1p31 - 1 },
    { CASE(cvt_wu_s, fp_single, NULL), 0, 0x1p32 - 1 },
    { CASE(cvt_wu_d, fp_double, NULL), 0, 0x1p32 - 1 },
    { CASE(cvt_l_s, fp_single, NULL), -0x1p63, (Quad)0x1p63 - 1 },
    { CASE(cvt_l_d, fp_double, NULL), -0x1p63, (Quad)0x1p63 - 1 },
    { CASE(cvt_lu_s, fp_single, NULL), 0, (Quad)0x1p64 - 1 },
    { CASE(cvt_lu_d, fp_double, NULL), 0, (Quad)0x1p64 - 1 },
};

static uint64_t expected_integer(const ToInt *c, double value, unsigned rm, uint32_t *fflags)
{
    volatile double rounded;
    Quad integer;

    if (rm == FPU_RMM) {
        rounded = round(value);
    } else {
        fesetround(host_modes[rm]);
        rounded = rint(value);
        fesetround(FE_TONEAREST);
    }
    integer = rounded;
    if (isnan(value) || integer > c->greatest) {
        integer = c->greatest;
        *fflags |= FPU_NV;
    } else if (integer < c->least) {
        integer = c->least;
        *fflags |= FPU_NV;
    } else if (rounded != value) {
        *fflags |= FPU_NX;
    }
    if (c->greatest < 0x1p32) {
        return (uint64_t)(int64_t)(int32_t)(uint32_t)(int64_t)integer;
    }
    return integer < 0 ? (uint64_t)(int64_t)integer : (uint64_t)integer;
}

static void test_to_int(gconstpointer data)
{
    const ToInt *c = data;

    random_state = (uint32_t)g_test_rand_int();
    for (unsigned i = rounds(); i > 0; i--) {
        Operands o = random_operands(c->op.fmt);
        double value = c->op.fmt == &fp_single ? (double)single_of(o.v[0]) : double_of(o.v[0]);

        for (unsigned rm = FPU_RNE; rm <= FPU_RMM; rm++) {
            uint32_t got_flags = 0;
            uint32_t want_flags = 0;
            uint64_t want = expected_integer(c, value, rm, &want_flags);
            uint64_t got = c->op.exact(&o, rm, &got_flags);

            compare(&c->op, &o, rm, "rint()", got, got_flags, want, want_flags);
        }
    }
}

/* ---- to nearest, ties to max magnitude: from the exact value and its two neighbours ---- */

static Quad quad_of(const FpFormat *fmt, uint64_t reg)
{
    return fmt == &fp_single ? (Quad)single_of(reg) : (Quad)double_of(reg);
}

static Quad magnitude(Quad value)
{
    return value < 0 ? -value : value;
}

/* Returns whether it was a tie, so that the test can tell that it met some. */
static bool check_max_magnitude(const OpCase *op, const FpFormat *to, const Operands *o, Quad exact)
{
    uint32_t flags = 0;
    uint32_t down_flags = 0;
    uint64_t down = op->exact(o, FPU_RDN, &down_flags);
    uint64_t up = op->exact(o, FPU_RUP, &(uint32_t){ 0 });
    Quad below_it = exact - quad_of(to, down);
    Quad above_it = quad_of(to, up) - exact;
    bool up_is_larger = magnitude(quad_of(to, up)) > magnitude(quad_of(to, down));
    bool is_exact = below_it == 0; /* then only RDN can make it -0 */
    bool go_up = is_exact || above_it < below_it || (above_it == below_it && up_is_larger);
    uint64_t got = op->exact(o, FPU_RMM, &flags);

    g_assert_true(below_it >= 0 && above_it >= 0);
    compare(op, o, FPU_RMM, "its neighbours", got, flags, go_up ? up : down, down_flags);
    return !is_exact && below_it == above_it;
}

/* Integers of a few lengths, scaled: their sums and products are exact in a quad, often ties. */
static uint64_t random_scaled_integer(const FpFormat *fmt)
{
    double value = (double)(random64() >> (64 - 1 - below(fmt->frac_bits + 1)));

    value = ldexp(below(2) ? value : -value, (int)below(8) - 4);
    return fmt == &fp_single ? reg_of_single((float)value) : reg_of_double(value);
}

static void test_max_magnitude(gconstpointer data)
{
    const OpCase *op = data;
    unsigned ties = 0;

    random_state = (uint32_t)g_test_rand_int();
    for (unsigned i = rounds(); i > 0; i--) {
        Operands o;
        Quad v[3];
        Quad exact;

        for (unsigned j = 0; j < 3; j++) {
            o.v[j] = random_scaled_integer(op->fmt);
            v[j] = quad_of(op->fmt, o.v[j]);
        }
        if (g_str_has_prefix(op->name, "add")) {
            exact = v[0] + v[1];
        } else {
            exact = v[0] * v[1] + (g_str_has_prefix(op->name, "madd") ? v[2] : 0);
        }
        ties += check_max_magnitude(op, op->fmt, &o, exact);
    }
    g_assert_cmpuint(ties, >, rounds() / 1000);
}

static void test_max_magnitude_narrowing(void)
{
    static const OpCase op = CASE(cvt_s_d, fp_double, NULL);
    unsigned ties = 0;

    random_state = (uint32_t)g_test_rand_int();
    for (unsigned i = rounds(); i > 0; i--) {
        double value = ldexp((double)(random64() >> 38), below(2) ? -148 - (int)below(30) : 0);
        Operands o = { { reg_of_double(below(2) ? value : -value) } };

        ties += check_max_magnitude(&op, &fp_single, &o, double_of(o.v[0]));
    }
    g_assert_cmpuint(ties, >, rounds() / 1000);
}

static void test_max_magnitude_int(gconstpointer data)
{
    const OpCase *op = data;
    unsigned ties = 0;

    random_state = (uint32_t)g_test_rand_int();
    for (unsigned i = rounds(); i > 0; i--) {
        Operands o = { { random_integer() } };
        bool is_unsigned = op->name[strlen(op->name) - 1] == 'u';
        Quad exact = is_unsigned ? (Quad)o.v[0] : (Quad)(int64_t)o.v[0];

        ties += check_max_magnitude(op, op->fmt, &o, exact);
    }
    g_assert_cmpuint(ties, >, rounds() / 1000);
}

static void add_case(const char *group, const OpCase *op, GTestDataFunc fn, const void *data)
{
    g_autofree char *path = g_strdup_printf("/fpu/%s/%s", group, op->name);

    g_test_add_data_func(path, data, fn);
}

int main(int argc, char **argv)
{
    static const OpCase nearest[] = { CASE_OURS(add), CASE_OURS(mul), CASE_OURS(madd) };
    static const OpCase nearest_int[] = {
        CASE(cvt_s_l, fp_single, NULL),
        CASE(cvt_d_l, fp_double, NULL),
        CASE(cvt_s_lu, fp_single, NULL),
        CASE(cvt_d_lu, fp_double, NULL),
    };

    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(float_cases); i++) {
        add_case("random", &float_cases[i], test_float_op, &float_cases[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(int_cases); i++) {
        add_case("random", &int_cases[i], test_int_op, &int_cases[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(to_int_cases); i++) {
        add_case("to-int", &to_int_cases[i].op, test_to_int, &to_int_cases[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(nearest); i++) {
        add_case("rmm", &nearest[i], test_max_magnitude, &nearest[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(nearest_int); i++) {
        add_case("rmm", &nearest_int[i], test_max_magnitude_int, &nearest_int[i]);
    }
    g_test_add_func("/fpu/rmm/cvt_s_d", test_max_magnitude_narrowing);
    return g_test_run();
}
