/*
 * Traps: exceptions, interrupts and the way back.
 *
 * Privileged spec (20211203), sections 3.1.6 to 3.1.9, 3.3 and 4.1.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/hart-internal.h"
#include "util/report.h"

#include <inttypes.h>

#define TVEC_VECTORED 1

void hart_set_priv(Hart *hart, Priv priv)
{
    __atomic_store_n(&hart->priv, priv, __ATOMIC_RELAXED);
    tlb_select(hart);
}

static void set_mstatus(Hart *hart, uint64_t mstatus)
{
    __atomic_store_n(&hart->mstatus, mstatus, __ATOMIC_RELAXED);
}

static uint64_t vector(uint64_t tvec, uint64_t cause)
{
    uint64_t base = tvec & ~UINT64_C(3);

    if ((tvec & 3) == TVEC_VECTORED && (cause & CAUSE_INTERRUPT)) {
        return base + 4 * (cause & ~CAUSE_INTERRUPT);
    }
    return base;
}

static void enter_s(Hart *hart, uint64_t cause, uint64_t tval)
{
    uint64_t s = hart->mstatus & ~(MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE);

    if (hart->priv == PRIV_S) {
        s |= MSTATUS_SPP;
    }
    if (hart->mstatus & MSTATUS_SIE) {
        s |= MSTATUS_SPIE;
    }
    set_mstatus(hart, s);
    hart->scause = cause;
    hart->sepc = hart->pc;
    hart->stval = tval;
    __atomic_store_n(&hart->pc, vector(hart->stvec, cause), __ATOMIC_RELAXED);
    hart_set_priv(hart, PRIV_S);
}

static void enter_m(Hart *hart, uint64_t cause, uint64_t tval)
{
    uint64_t s = hart->mstatus & ~(MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE);

    s |= (uint64_t)hart->priv << MSTATUS_MPP_SHIFT;
    if (hart->mstatus & MSTATUS_MIE) {
        s |= MSTATUS_MPIE;
    }
    set_mstatus(hart, s);
    hart->mcause = cause;
    hart->mepc = hart->pc;
    hart->mtval = tval;
    __atomic_store_n(&hart->pc, vector(hart->mtvec, cause), __ATOMIC_RELAXED);
    hart_set_priv(hart, PRIV_M);
}

static void take_trap(Hart *hart, uint64_t cause, uint64_t tval, bool to_s)
{
    log_mask(LOG_INT,
             "hart %u: %s %" PRIu64 " at %016" PRIx64 " in mode %u to mode %c, tval %016" PRIx64,
             hart->id, cause & CAUSE_INTERRUPT ? "interrupt" : "exception",
             cause & ~CAUSE_INTERRUPT, hart->pc, hart->priv, to_s ? 'S' : 'M', tval);
    if (to_s) {
        enter_s(hart, cause, tval);
    } else {
        enter_m(hart, cause, tval);
    }
}

void hart_take_exception(Hart *hart)
{
    if (hart->stop_on_trap) {
        hart->trap_stopped = true;
        hart_kick(hart, PENDING_STEP);
        return;
    }
    take_trap(hart, hart->exc_cause, hart->exc_tval,
              hart->priv != PRIV_M && ((hart->medeleg >> hart->exc_cause) & 1));
}

uint64_t hart_mip(const Hart *hart)
{
    return hart->mip_soft | __atomic_load_n(&hart->mip_lines, __ATOMIC_ACQUIRE);
}

/* Of the enabled ones, in the order of urgency (section 3.1.9). */
static unsigned most_urgent(uint64_t set)
{
    static const uint8_t order[] = { HART_IRQ_MEI, HART_IRQ_MSI, HART_IRQ_MTI,
                                     HART_IRQ_SEI, IRQ_SSI,      IRQ_STI };

    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        if (set & (UINT64_C(1) << order[i])) {
            return order[i];
        }
    }
    g_assert_not_reached();
}

/* What would interrupt now, for M mode if there is any, else for S mode. */
static uint64_t deliverable(const Hart *hart)
{
    uint64_t pending = hart_mip(hart) & hart->mie;
    uint64_t for_m = pending & ~hart->mideleg;
    uint64_t for_s = pending & hart->mideleg;

    if (for_m && (hart->priv != PRIV_M || (hart->mstatus & MSTATUS_MIE))) {
        return for_m;
    }
    if (for_s && (hart->priv == PRIV_U ||
                  (hart->priv == PRIV_S && (hart->mstatus & MSTATUS_SIE)))) {
        return for_s;
    }
    return 0;
}

bool hart_take_interrupt(Hart *hart)
{
    uint64_t set = deliverable(hart);
    unsigned irq;

    if (!set) {
        return false;
    }
    irq = most_urgent(set);
    take_trap(hart, CAUSE_INTERRUPT | irq, 0, (hart->mideleg >> irq) & 1);
    return true;
}

void hart_irq_update(Hart *hart)
{
    if (deliverable(hart)) {
        __atomic_fetch_or(&hart->pending, PENDING_IRQ, __ATOMIC_RELAXED);
    }
}

bool hart_mret(Hart *hart)
{
    uint64_t s = hart->mstatus;
    Priv to = (s & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT;

    if (hart->priv != PRIV_M) {
        return false;
    }
    s &= ~(MSTATUS_MIE | MSTATUS_MPP);
    if (s & MSTATUS_MPIE) {
        s |= MSTATUS_MIE;
    }
    s |= MSTATUS_MPIE; /* and MPP = U */
    if (to != PRIV_M) {
        s &= ~MSTATUS_MPRV;
    }
    set_mstatus(hart, s);
    __atomic_store_n(&hart->pc, hart->mepc, __ATOMIC_RELAXED);
    hart_set_priv(hart, to);
    hart_irq_update(hart);
    return true;
}

bool hart_sret(Hart *hart)
{
    uint64_t s = hart->mstatus;
    Priv to = s & MSTATUS_SPP ? PRIV_S : PRIV_U;

    if (hart->priv == PRIV_U || (hart->priv == PRIV_S && (s & MSTATUS_TSR))) {
        return false;
    }
    s &= ~(MSTATUS_SIE | MSTATUS_SPP | MSTATUS_MPRV);
    if (s & MSTATUS_SPIE) {
        s |= MSTATUS_SIE;
    }
    s |= MSTATUS_SPIE;
    set_mstatus(hart, s);
    __atomic_store_n(&hart->pc, hart->sepc, __ATOMIC_RELAXED);
    hart_set_priv(hart, to);
    hart_irq_update(hart);
    return true;
}

bool hart_wfi(Hart *hart)
{
    if (hart->priv == PRIV_U || (hart->priv == PRIV_S && (hart->mstatus & MSTATUS_TW))) {
        return false;
    }
    __atomic_store_n(&hart->halted, true, __ATOMIC_SEQ_CST);
    /* Have the loop look whether there is something to wait for. */
    __atomic_fetch_or(&hart->pending, PENDING_IRQ, __ATOMIC_RELAXED);
    return true;
}

bool hart_sfence_vma(Hart *hart, bool one_address, uint64_t vaddr)
{
    if (hart->priv == PRIV_U || (hart->priv == PRIV_S && (hart->mstatus & MSTATUS_TVM))) {
        return false;
    }
    if (one_address) {
        tlb_flush_page(hart, vaddr);
    } else {
        tlb_flush_supervisor(hart);
    }
    return true;
}
