/*
 * Entry from the firmware: S mode, paging off, a0 = hart, a1 = flattened device tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
    .section .text.start, "ax"
    .globl _start
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    csrw    sie, zero
    csrw    sip, zero
    csrci   sstatus, 2          /* no trap is ever taken for an interrupt: wfi alone waits */
    la      t0, trap_entry
    csrw    stvec, t0
    la      sp, stack_top
    la      t0, bss_start
    la      t1, bss_end
1:  bgeu    t0, t1, 2f
    sd      zero, 0(t0)
    addi    t0, t0, 8
    j       1b
2:  call    testcard_main
3:  wfi
    j       3b

/* Every trap is a bug of ours or of the machine: say which and stop. */
    .balign 4
trap_entry:
    la      sp, stack_top
    csrr    a0, scause
    csrr    a1, sepc
    csrr    a2, stval
    call    testcard_trap
4:  wfi
    j       4b

    .section .bss.stack, "aw", @nobits
    .balign 16
    .space  16384
stack_top:
