/*
 * A place to switch to: a stack and the registers that the ABI says a call preserves.
 *
 * Two implementations: co-context-asm.c with the switch itself in assembly (x86-64, aarch64) and
 * co-context-ucontext.c, which makes a system call for each switch but is portable.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_CO_CONTEXT_H
#define UTIL_CO_CONTEXT_H

#include <stddef.h>

#ifdef VITRINE_CO_UCONTEXT
#include <ucontext.h>
typedef struct CoContext {
    ucontext_t uc;
} CoContext;
#else
typedef struct CoContext {
    void *sp;
} CoContext;
#endif

/* Make @ctx call @fn(@arg) on @stack (@size bytes) when it is switched to; never returns. */
void co_context_make(CoContext *ctx, void *stack, size_t size, void (*fn)(void *), void *arg);

/* Save where we are in @from and go on at @to, until somebody switches to @from. */
#ifdef VITRINE_CO_UCONTEXT
void co_context_switch(CoContext *from, CoContext *to);
#else
/* Assembly: save the registers here and the stack pointer in @save, go on where @load points. */
void co_switch_stack(void **save, void *load);

static inline void co_context_switch(CoContext *from, CoContext *to)
{
    co_switch_stack(&from->sp, to->sp);
}
#endif

#endif
