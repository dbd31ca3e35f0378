/*
 * Address translation: the page-table walk of Sv39 and Sv48.
 *
 * Privileged spec (20211203), sections 4.3 to 4.5. A and D are set by the walker, with a compare
 * and swap on the entry.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/hart-internal.h"
#include "util/report.h"

#include <inttypes.h>

#define PTE_V (UINT64_C(1) << 0)
#define PTE_R (UINT64_C(1) << 1)
#define PTE_W (UINT64_C(1) << 2)
#define PTE_X (UINT64_C(1) << 3)
#define PTE_U (UINT64_C(1) << 4)
#define PTE_A (UINT64_C(1) << 6)
#define PTE_D (UINT64_C(1) << 7)
#define PTE_PPN_SHIFT 10
#define PTE_PPN_MASK ((UINT64_C(1) << 44) - 1)
#define PTE_RESERVED (UINT64_C(0x3ff) << 54)

#define SATP_MODE(satp) ((satp) >> 60)
#define SATP_PPN(satp) ((satp) & PTE_PPN_MASK)
#define SATP_BARE 0
#define SATP_SV39 8
#define SATP_SV48 9

/* One translation under way. */
typedef struct Walk {
    Hart *hart;
    uint64_t vaddr;
    Access access;
    Priv priv;
    bool sum;
    bool mxr;
    bool debug; /* look only: no rights, no A and D, no PMP */
} Walk;

typedef enum WalkResult {
    WALK_OK,
    WALK_PAGE_FAULT,
    WALK_ACCESS_FAULT,
    WALK_RETRY, /* somebody else changed the entry */
} WalkResult;

bool mmu_satp_valid(uint64_t satp)
{
    uint64_t mode = SATP_MODE(satp);

    return mode == SATP_BARE || mode == SATP_SV39 || mode == SATP_SV48;
}

void mmu_raise_access(Hart *hart, uint64_t vaddr, Access access)
{
    static const uint8_t cause[] = {
        [ACCESS_FETCH] = CAUSE_FETCH_ACCESS,
        [ACCESS_LOAD] = CAUSE_LOAD_ACCESS,
        [ACCESS_STORE] = CAUSE_STORE_ACCESS,
    };

    hart_set_exception(hart, cause[access], vaddr);
}

static void raise_page_fault(Hart *hart, uint64_t vaddr, Access access)
{
    static const uint8_t cause[] = {
        [ACCESS_FETCH] = CAUSE_FETCH_PAGE,
        [ACCESS_LOAD] = CAUSE_LOAD_PAGE,
        [ACCESS_STORE] = CAUSE_STORE_PAGE,
    };

    hart_set_exception(hart, cause[access], vaddr);
    log_mask(LOG_MMU, "hart %u: page fault, cause %u, address %016" PRIx64, hart->id,
             cause[access], vaddr);
}

static bool permitted(const Walk *walk, uint64_t pte)
{
    if (walk->debug) {
        return true;
    }
    if (walk->priv == PRIV_U) {
        if (!(pte & PTE_U)) {
            return false;
        }
    } else if ((pte & PTE_U) && (!walk->sum || walk->access == ACCESS_FETCH)) {
        return false;
    }
    switch (walk->access) {
    case ACCESS_FETCH:
        return pte & PTE_X;
    case ACCESS_LOAD:
        return (pte & PTE_R) || (walk->mxr && (pte & PTE_X));
    default:
        return pte & PTE_W;
    }
}

/* Set A, and D for a store. */
static WalkResult mark_used(const Walk *walk, const MemoryPage *table, hwaddr pte_addr,
                            uint64_t *slot, uint64_t pte)
{
    uint64_t want = pte | PTE_A | (walk->access == ACCESS_STORE ? PTE_D : 0);

    if (walk->debug || want == pte) {
        return WALK_OK;
    }
    if (!table->writable || !pmp_check(walk->hart, pte_addr, 8, ACCESS_STORE, PRIV_S)) {
        return WALK_ACCESS_FAULT;
    }
    if (!__atomic_compare_exchange_n(slot, &pte, want, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_RELAXED)) {
        return WALK_RETRY;
    }
    if (table->dirty) {
        __atomic_store_n(table->dirty, 1, __ATOMIC_RELEASE);
    }
    return WALK_OK;
}

/* @shift: bits that the leaf leaves to the offset. */
static WalkResult use_leaf(const Walk *walk, const MemoryPage *table, hwaddr pte_addr,
                           uint64_t *slot, uint64_t pte, unsigned shift, Translation *out)
{
    uint64_t size = UINT64_C(1) << shift;
    uint64_t base = ((pte >> PTE_PPN_SHIFT) & PTE_PPN_MASK) << MEMORY_PAGE_BITS;

    if (!permitted(walk, pte) || (base & (size - 1))) {
        return WALK_PAGE_FAULT;
    }
    out->paddr = base | (walk->vaddr & (size - 1));
    out->page_size = size;
    return mark_used(walk, table, pte_addr, slot, pte);
}

static WalkResult walk_table(const Walk *walk, unsigned levels, Translation *out)
{
    Hart *hart = walk->hart;
    uint64_t satp = __atomic_load_n(&hart->satp, __ATOMIC_RELAXED);
    hwaddr base = SATP_PPN(satp) << MEMORY_PAGE_BITS;

    for (unsigned level = levels; level-- > 0;) {
        unsigned shift = MEMORY_PAGE_BITS + 9 * level;
        hwaddr pte_addr = base + ((walk->vaddr >> shift) & 0x1ff) * 8;
        MemoryPage table = address_space_lookup_page(hart->as, pte_addr);
        uint64_t *slot, pte;

        if (!table.host ||
            (!walk->debug && !pmp_check(hart, pte_addr, 8, ACCESS_LOAD, PRIV_S))) {
            return WALK_ACCESS_FAULT;
        }
        slot = (uint64_t *)(table.host + (pte_addr & ~PAGE_MASK));
        pte = __atomic_load_n(slot, __ATOMIC_RELAXED);
        if (!(pte & PTE_V) || (pte & PTE_RESERVED) || (pte & (PTE_R | PTE_W)) == PTE_W) {
            return WALK_PAGE_FAULT;
        }
        if (pte & (PTE_R | PTE_X)) {
            return use_leaf(walk, &table, pte_addr, slot, pte, shift, out);
        }
        if (pte & (PTE_A | PTE_D | PTE_U)) {
            return WALK_PAGE_FAULT;
        }
        base = ((pte >> PTE_PPN_SHIFT) & PTE_PPN_MASK) << MEMORY_PAGE_BITS;
    }
    return WALK_PAGE_FAULT;
}

static WalkResult translate(const Walk *walk, Translation *out)
{
    uint64_t satp = __atomic_load_n(&walk->hart->satp, __ATOMIC_RELAXED);
    unsigned levels = SATP_MODE(satp) == SATP_SV48 ? 4 : 3;
    unsigned bits = MEMORY_PAGE_BITS + 9 * levels;
    WalkResult result;

    if (walk->priv == PRIV_M || SATP_MODE(satp) == SATP_BARE) {
        *out = (Translation){ .paddr = walk->vaddr, .page_size = MEMORY_PAGE_SIZE };
        return WALK_OK;
    }
    if ((uint64_t)((int64_t)(walk->vaddr << (64 - bits)) >> (64 - bits)) != walk->vaddr) {
        return WALK_PAGE_FAULT;
    }
    do {
        result = walk_table(walk, levels, out);
    } while (result == WALK_RETRY);
    return result;
}

bool mmu_translate(Hart *hart, uint64_t vaddr, Access access, Priv priv, bool sum,
                   Translation *out)
{
    const Walk walk = {
        .hart = hart,
        .vaddr = vaddr,
        .access = access,
        .priv = priv,
        .sum = sum,
        .mxr = hart->mstatus & MSTATUS_MXR,
    };

    switch (translate(&walk, out)) {
    case WALK_OK:
        return true;
    case WALK_ACCESS_FAULT:
        mmu_raise_access(hart, vaddr, access);
        return false;
    default:
        raise_page_fault(hart, vaddr, access);
        return false;
    }
}

bool mmu_walk_debug(Hart *hart, uint64_t vaddr, hwaddr *paddr)
{
    const Walk walk = {
        .hart = hart,
        .vaddr = vaddr,
        .access = ACCESS_LOAD,
        .priv = __atomic_load_n(&hart->priv, __ATOMIC_RELAXED),
        .debug = true,
    };
    Translation found;

    if (translate(&walk, &found) != WALK_OK) {
        return false;
    }
    *paddr = found.paddr;
    return true;
}
