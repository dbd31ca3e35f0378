/*
 * Context switch for aarch64, AAPCS64 (2023Q3, 6.1.1 and 6.1.2): x19 to x29, the link register, sp
 * and d8 to d15 are preserved by a call, and so is FPCR.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/* A frame, from the stack pointer up: x19 .. x30, d8 .. d15, fpcr, 8 bytes to align. */
#define FRAME_SIZE 176

    .text
    .globl co_switch_stack
    .hidden co_switch_stack
    .type co_switch_stack, %function
    .p2align 4
co_switch_stack:
    .cfi_startproc
    sub sp, sp, #FRAME_SIZE
    .cfi_adjust_cfa_offset FRAME_SIZE
    stp x19, x20, [sp]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    .cfi_offset x29, 80 - FRAME_SIZE
    .cfi_offset x30, 88 - FRAME_SIZE
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mrs x9, fpcr
    str x9, [sp, #160]
    mov x10, sp
    str x10, [x0]
    mov sp, x1
    ldr x10, [sp, #160]
    cmp x9, x10
    b.eq 1f
    msr fpcr, x10
1:
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    ldp x19, x20, [sp]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    add sp, sp, #FRAME_SIZE
    .cfi_adjust_cfa_offset -FRAME_SIZE
    br x30 /* no `ret`, which would be mispredicted; see co-context-x86_64.S */
    .cfi_endproc
    .size co_switch_stack, . - co_switch_stack

/* Where a new context begins: x19 is the function, x20 its argument (see co_context_make()). */
    .globl co_start_stack
    .hidden co_start_stack
    .type co_start_stack, %function
    .p2align 4
co_start_stack:
    .cfi_startproc
    .cfi_undefined x30
    mov x0, x20
    mov x29, xzr
    blr x19
    brk #1
    .cfi_endproc
    .size co_start_stack, . - co_start_stack

    .section .note.GNU-stack, "", %progbits
