/*
 * The first frame of a context whose switch is in assembly.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/co-context.h"

#include <stdint.h>

void co_start_stack(void);

#if defined(__x86_64__)

/* As laid out in co-context-x86_64.S. */
typedef struct Frame {
    uint32_t mxcsr;
    uint16_t x87_control;
    uint16_t unused;
    uint64_t r15, r14, r13, r12;
    void (*fn)(void *); /* rbx */
    void *arg;          /* rbp */
    void (*start)(void);
} Frame;

static void frame_init(Frame *frame, void (*fn)(void *), void *arg)
{
    *frame = (Frame){ .fn = fn, .arg = arg, .start = co_start_stack };
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(frame->mxcsr), "=m"(frame->x87_control));
    frame->mxcsr &= ~0x3fu; /* exceptions seen so far are not the new context's */
}

#elif defined(__aarch64__)

/* As laid out in co-context-aarch64.S. */
typedef struct Frame {
    void (*fn)(void *); /* x19 */
    void *arg;          /* x20 */
    uint64_t x21_to_x29[9];
    void (*start)(void); /* x30 */
    uint64_t d8_to_d15[8];
    uint64_t fpcr;
    uint64_t align;
} Frame;

static void frame_init(Frame *frame, void (*fn)(void *), void *arg)
{
    *frame = (Frame){ .fn = fn, .arg = arg, .start = co_start_stack };
    __asm__ volatile("mrs %0, fpcr" : "=r"(frame->fpcr));
}

#else
#error "no context switch in assembly for this processor; build with VITRINE_CO_UCONTEXT"
#endif

/* co_start_stack, which calls, must find the stack aligned. */
_Static_assert(sizeof(Frame) % 16 == 0, "the stack is aligned to 16 bytes");

void co_context_make(CoContext *ctx, void *stack, size_t size, void (*fn)(void *), void *arg)
{
    uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
    Frame *frame = (Frame *)(top - sizeof(Frame));

    frame_init(frame, fn, arg);
    ctx->sp = frame;
}
