/*
 * Physical memory protection: 16 entries, grain 4 bytes.
 *
 * Privileged spec (20211203), section 3.7.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/hart-internal.h"

#define PMP_R 0x01
#define PMP_W 0x02
#define PMP_X 0x04
#define PMP_A_SHIFT 3
#define PMP_A 0x18
#define PMP_L 0x80
#define PMP_WRITABLE (PMP_R | PMP_W | PMP_X | PMP_A | PMP_L)
#define PMP_ADDR_MASK ((UINT64_C(1) << 54) - 1)

enum { PMP_OFF, PMP_TOR, PMP_NA4, PMP_NAPOT };

static unsigned mode_of(const PmpEntry *entry)
{
    return (entry->cfg & PMP_A) >> PMP_A_SHIFT;
}

static void derive(Hart *hart, unsigned i)
{
    PmpEntry *entry = &hart->pmp[i];
    uint64_t start = i ? hart->pmp[i - 1].addr << 2 : 0;
    uint64_t ones;

    entry->first = 1;
    entry->last = 0;
    switch (mode_of(entry)) {
    case PMP_TOR:
        if (start < entry->addr << 2) {
            entry->first = start;
            entry->last = (entry->addr << 2) - 1;
        }
        break;
    case PMP_NA4:
        entry->first = entry->addr << 2;
        entry->last = entry->first + 3;
        break;
    case PMP_NAPOT:
        /* The trailing ones of the register give the size: 8 bytes without any. */
        ones = entry->addr ^ (entry->addr + 1);
        entry->first = (entry->addr & ~ones) << 2;
        entry->last = entry->first + (ones << 2) + 3;
        break;
    default:
        break;
    }
}

static void changed(Hart *hart)
{
    for (unsigned i = 0; i < PMP_COUNT; i++) {
        derive(hart, i);
    }
    tlb_flush_all(hart);
}

void pmp_reset(Hart *hart)
{
    for (unsigned i = 0; i < PMP_COUNT; i++) {
        hart->pmp[i].cfg = 0;
        hart->pmp[i].addr = 0;
    }
    changed(hart);
}

/* The entry that decides about [first, last]: the lowest that holds a byte of it. */
static const PmpEntry *find_entry(const Hart *hart, hwaddr first, hwaddr last)
{
    for (unsigned i = 0; i < PMP_COUNT; i++) {
        const PmpEntry *entry = &hart->pmp[i];

        if (entry->first <= entry->last && first <= entry->last && last >= entry->first) {
            return entry;
        }
    }
    return NULL;
}

bool pmp_check(const Hart *hart, hwaddr paddr, uint64_t size, Access access, Priv priv)
{
    static const uint8_t needed[] = {
        [ACCESS_FETCH] = PMP_X,
        [ACCESS_LOAD] = PMP_R,
        [ACCESS_STORE] = PMP_W,
    };
    hwaddr last = paddr + size - 1;
    const PmpEntry *entry = find_entry(hart, paddr, last);

    if (!entry) {
        return priv == PRIV_M;
    }
    if (paddr < entry->first || last > entry->last) {
        return false; /* must match all bytes, whatever the mode */
    }
    if (priv == PRIV_M && !(entry->cfg & PMP_L)) {
        return true;
    }
    return entry->cfg & needed[access];
}

bool pmp_page_uniform(const Hart *hart, hwaddr paddr)
{
    hwaddr first = paddr & PAGE_MASK;
    hwaddr last = first + MEMORY_PAGE_SIZE - 1;
    const PmpEntry *entry = find_entry(hart, first, last);

    return !entry || (first >= entry->first && last <= entry->last);
}

uint64_t pmp_cfg_read(const Hart *hart, unsigned reg)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++) {
        value |= (uint64_t)hart->pmp[reg * 4 + i].cfg << (8 * i);
    }
    return value;
}

void pmp_cfg_write(Hart *hart, unsigned reg, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        PmpEntry *entry = &hart->pmp[reg * 4 + i];
        uint8_t cfg = (value >> (8 * i)) & PMP_WRITABLE;

        if ((cfg & (PMP_R | PMP_W)) == PMP_W) {
            cfg &= ~PMP_W; /* W without R is reserved */
        }
        if (!(entry->cfg & PMP_L)) {
            entry->cfg = cfg;
        }
    }
    changed(hart);
}

void pmp_addr_write(Hart *hart, unsigned index, uint64_t value)
{
    const PmpEntry *next = index + 1 < PMP_COUNT ? &hart->pmp[index + 1] : NULL;

    if (hart->pmp[index].cfg & PMP_L) {
        return;
    }
    if (next && (next->cfg & PMP_L) && mode_of(next) == PMP_TOR) {
        return; /* it is the lower bound of a locked range */
    }
    hart->pmp[index].addr = value & PMP_ADDR_MASK;
    changed(hart);
}
