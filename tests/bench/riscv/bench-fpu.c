/*
 * What floating-point operations cost: as the hart calls them, by the exact path alone, and on the
 * host's FPU without a thought of flags, called in the same way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/fpu/fpu-exact.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OPERANDS = 1024, PASSES = 200, REPEATS = 7 };

typedef struct Operands {
    uint64_t a, b, c;
} Operands;

typedef uint64_t Op(const Operands *o, uint32_t *fflags);

typedef struct Row {
    const char *name;
    Op *fpu;
    Op *exact;
    Op *host;
} Row;

static double host_d(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint64_t bits_d(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static float host_s(uint64_t reg)
{
    uint32_t bits = (uint32_t)reg;
    float value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint64_t bits_s(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return fpu_box_s(bits);
}

#define DEFINE(name, call, exact_call, host_call)                                                  \
    static uint64_t fpu_of_##name(const Operands *o, uint32_t *fflags)                             \
    {                                                                                              \
        return call;                                                                               \
    }                                                                                              \
    static uint64_t exact_of_##name(const Operands *o, uint32_t *fflags)                           \
    {                                                                                              \
        return exact_call;                                                                         \
    }                                                                                              \
    static uint64_t host_of_##name(const Operands *o, uint32_t *fflags)                            \
    {                                                                                              \
        return host_call;                                                                          \
    }

#define A_S fpu_unbox_s(o->a)
#define B_S fpu_unbox_s(o->b)
#define C_S fpu_unbox_s(o->c)
#define BINARY(name, op)                                                                           \
    DEFINE(name##_d, fpu_##name##_d(o->a, o->b, FPU_RNE, fflags),                                  \
           fp_##name(&fp_double, o->a, o->b, FPU_RNE, fflags),                                     \
           bits_d(host_d(o->a) op host_d(o->b)))                                                   \
    DEFINE(name##_s, fpu_##name##_s(o->a, o->b, FPU_RNE, fflags),                                  \
           fpu_box_s(fp_##name(&fp_single, A_S, B_S, FPU_RNE, fflags)),                            \
           bits_s(host_s(o->a) op host_s(o->b)))

BINARY(add, +)
BINARY(mul, *)
BINARY(div, /)
DEFINE(sqrt_d, fpu_sqrt_d(o->a, FPU_RNE, fflags), fp_sqrt(&fp_double, o->a, FPU_RNE, fflags),
       bits_d(sqrt(host_d(o->a))))
DEFINE(madd_d, fpu_madd_d(o->a, o->b, o->c, FPU_RNE, fflags),
       fp_madd(&fp_double, o->a, o->b, o->c, FPU_RNE, fflags),
       bits_d(fma(host_d(o->a), host_d(o->b), host_d(o->c))))
DEFINE(madd_s, fpu_madd_s(o->a, o->b, o->c, FPU_RNE, fflags),
       fpu_box_s(fp_madd(&fp_single, A_S, B_S, C_S, FPU_RNE, fflags)),
       bits_s(fmaf(host_s(o->a), host_s(o->b), host_s(o->c))))
DEFINE(lt_d, fpu_lt_d(o->a, o->b, fflags), fp_lt(&fp_double, o->a, o->b, fflags),
       host_d(o->a) < host_d(o->b))
DEFINE(cvt_l_d, fpu_cvt_l_d(o->a, FPU_RTZ, fflags),
       fp_to_int(&fp_double, o->a, &fp_l, FPU_RTZ, fflags), (uint64_t)(int64_t)host_d(o->a))
DEFINE(cvt_d_w, fpu_cvt_d_w(o->a >> 32, FPU_RNE, fflags),
       fp_from_int(&fp_double, o->a >> 32, &fp_w, FPU_RNE, fflags), bits_d((int32_t)(o->a >> 32)))
DEFINE(cvt_s_d, fpu_cvt_s_d(o->a, FPU_RNE, fflags),
       fpu_box_s(fp_convert(&fp_single, &fp_double, o->a, FPU_RNE, fflags)),
       bits_s((float)host_d(o->a)))

#define ROW(name)                                                                                  \
    {                                                                                              \
#name, fpu_of_##name, exact_of_##name, host_of_##name                                      \
    }

static const Row double_rows[] = { ROW(add_d), ROW(mul_d),   ROW(div_d),   ROW(sqrt_d), ROW(madd_d),
                                   ROW(lt_d),  ROW(cvt_l_d), ROW(cvt_d_w), ROW(cvt_s_d) };
static const Row single_rows[] = { ROW(add_s), ROW(mul_s), ROW(div_s), ROW(madd_s) };

static Operands operands[OPERANDS];
static volatile uint64_t sink;

static double now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* @fflags: what stands in them before each operation. */
static double one_run(Op *op, uint32_t fflags)
{
    uint64_t sum = 0;
    double begun = now_ns();

    for (unsigned pass = 0; pass < PASSES; pass++) {
        for (unsigned i = 0; i < OPERANDS; i++) {
            uint32_t flags = fflags;

            sum += op(&operands[i], &flags) + flags;
        }
    }
    sink = sum;
    return (now_ns() - begun) / (PASSES * OPERANDS);
}

/* The least disturbed of some runs. */
static double measure(Op *op, uint32_t fflags)
{
    double best = one_run(op, fflags);

    for (unsigned i = 1; i < REPEATS; i++) {
        best = fmin(best, one_run(op, fflags));
    }
    return best;
}

static void print_rows(const Row *rows, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        double host = measure(rows[i].host, 0);
        double usual = measure(rows[i].fpu, FPU_NX);
        double fresh = measure(rows[i].fpu, 0);
        double exact = measure(rows[i].exact, 0);

        printf("%-8s  %5.1f ns (%4.1f x host)  NX clear %5.1f ns  exact %6.1f ns (%5.1f x host)  "
               "host %4.1f ns\n",
               rows[i].name, usual, usual / host, fresh, exact, exact / host, host);
    }
}

static double ordinary(GRand *rng)
{
    return ldexp(g_rand_double_range(rng, 1, 2), g_rand_int_range(rng, -20, 20));
}

static void draw_operands(bool singles)
{
    g_autoptr(GRand) rng = g_rand_new_with_seed(1);

    for (unsigned i = 0; i < OPERANDS; i++) {
        double v[3] = { ordinary(rng), ordinary(rng), ordinary(rng) };

        operands[i] =
            singles ? (Operands){ bits_s((float)v[0]), bits_s((float)v[1]), bits_s((float)v[2]) }
                    : (Operands){ bits_d(v[0]), bits_d(v[1]), bits_d(v[2]) };
    }
}

int main(void)
{
    printf("floating point: ns an operation, call included; in brackets the ratio to the host's "
           "own\n");
    draw_operands(false);
    print_rows(double_rows, G_N_ELEMENTS(double_rows));
    draw_operands(true);
    print_rows(single_rows, G_N_ELEMENTS(single_rows));
    return 0;
}
