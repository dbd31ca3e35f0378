/*
 * Context switch by swapcontext(3), for processors without one in assembly.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/co-context.h"
#include "util/report.h"

#include <stdint.h>
#include <stdlib.h>

/* makecontext() passes ints only: a pointer goes in two halves. */
static void start(unsigned fn_low, unsigned fn_high, unsigned arg_low, unsigned arg_high)
{
    void (*fn)(void *) = (void (*)(void *))(uintptr_t)(fn_low | (uint64_t)fn_high << 32);

    fn((void *)(uintptr_t)(arg_low | (uint64_t)arg_high << 32));
}

void co_context_make(CoContext *ctx, void *stack, size_t size, void (*fn)(void *), void *arg)
{
    uint64_t fn_bits = (uintptr_t)fn;
    uint64_t arg_bits = (uintptr_t)arg;

    if (getcontext(&ctx->uc) < 0) {
        error_report("bug: getcontext() failed");
        abort();
    }
    ctx->uc.uc_stack.ss_sp = stack;
    ctx->uc.uc_stack.ss_size = size;
    ctx->uc.uc_link = NULL;
    makecontext(&ctx->uc, (void (*)(void))start, 4, (unsigned)fn_bits, (unsigned)(fn_bits >> 32),
                (unsigned)arg_bits, (unsigned)(arg_bits >> 32));
}

void co_context_switch(CoContext *from, CoContext *to)
{
    if (swapcontext(&from->uc, &to->uc) < 0) {
        error_report("bug: swapcontext() failed");
        abort();
    }
}
