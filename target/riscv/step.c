/*
 * Running a hart from the calling thread, for tests: instruction by instruction, or until it traps.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/hart-internal.h"

void hart_step_many(Hart *hart, uint64_t count)
{
    hart->stepping = true;
    hart->trap_stopped = false;
    hart->steps_left = count;
    blocks_invalidate(hart); /* cached blocks are longer than a step */
    hart_kick(hart, PENDING_STEP);
    hart_exec(hart);
    __atomic_fetch_and(&hart->pending, ~(uint32_t)PENDING_STEP, __ATOMIC_RELAXED);
    hart->stepping = false;
}

HartTrap hart_run_until_trap(Hart *hart)
{
    HartTrap trap;

    hart->stop_on_trap = true;
    hart->trap_stopped = false;
    hart->steps_left = UINT64_MAX;
    hart_exec(hart);
    __atomic_fetch_and(&hart->pending, ~(uint32_t)PENDING_STEP, __ATOMIC_RELAXED);
    hart->stop_on_trap = false;
    trap = (HartTrap){
        .taken = hart->trap_stopped,
        .cause = hart->exc_cause,
        .tval = hart->exc_tval,
        .pc = hart->pc,
    };
    return trap;
}
