/*
 * Context switch for x86-64, System V ABI (AMD64 psABI 1.0, 3.2.1 "Registers"): a call preserves
 * rbx, rbp, r12 to r15, the x87 control word and the control bits of mxcsr; everything else the
 * compiler has saved already.
 *
 * It leaves by an indirect jump. A `ret` would always be mispredicted, for the processor expects
 * to return to where it was called from, on the stack just left; the target of a jump it learns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/* A frame, from sp up: mxcsr (4 bytes), x87 control word, r15, r14, r13, r12, rbx, rbp, rip. */

    .text
    .globl co_switch_stack
    .hidden co_switch_stack
    .type co_switch_stack, @function
    .p2align 4
co_switch_stack:
    .cfi_startproc
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    pushq %r12
    .cfi_adjust_cfa_offset 8
    pushq %r13
    .cfi_adjust_cfa_offset 8
    pushq %r14
    .cfi_adjust_cfa_offset 8
    pushq %r15
    .cfi_adjust_cfa_offset 8
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movl (%rsp), %eax
    movzwl 4(%rsp), %ecx
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    /* Loading a control word is slow, and nearly always it is the same one. */
    xorl (%rsp), %eax
    xorw 4(%rsp), %cx
    andl $0xffc0, %eax /* the rest of mxcsr says what happened, not what shall */
    orl %ecx, %eax
    jnz 2f
1:
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    popq %r14
    .cfi_adjust_cfa_offset -8
    popq %r13
    .cfi_adjust_cfa_offset -8
    popq %r12
    .cfi_adjust_cfa_offset -8
    popq %rbx
    .cfi_adjust_cfa_offset -8
    popq %rbp
    .cfi_adjust_cfa_offset -8
    popq %rax
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rax
    jmpq *%rax
    .cfi_adjust_cfa_offset 64
    .cfi_restore rip
2:
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    jmp 1b
    .cfi_endproc
    .size co_switch_stack, . - co_switch_stack

/* Where a new context begins: rbx is the function, rbp its argument (see co_context_make()). */
    .globl co_start_stack
    .hidden co_start_stack
    .type co_start_stack, @function
    .p2align 4
co_start_stack:
    .cfi_startproc
    .cfi_undefined rip
    movq %rbp, %rdi
    xorl %ebp, %ebp
    callq *%rbx
    ud2
    .cfi_endproc
    .size co_start_stack, . - co_start_stack

    .section .note.GNU-stack, "", @progbits
