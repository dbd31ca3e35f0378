/*
 * The software TLB, and the accesses that its fast path in the dispatch loop does not serve.
 *
 * A flush changes the generation that tags must carry, so that it costs nothing; entries of old
 * generations are overwritten in time, and swept away before a generation comes round again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/hart-internal.h"

#include <string.h>

/* ---- life and flushing ---- */

static void sweep(TlbSet *set)
{
    for (unsigned i = 0; i < TLB_SIZE; i++) {
        set->read[i].tag = TLB_EMPTY;
        set->write[i].tag = TLB_EMPTY;
    }
    for (unsigned i = 0; i < TLB_FETCH_SIZE; i++) {
        set->fetch[i].tag = TLB_EMPTY;
    }
    set->key = 0;
}

static void flush_set(TlbSet *set)
{
    if (set->key >> TLB_GENERATION_SHIFT == TLB_GENERATION_MAX) {
        sweep(set);
    } else {
        set->key += 1 << TLB_GENERATION_SHIFT;
    }
    set->large_first = UINT64_MAX;
    set->large_last = 0;
}

void tlb_init(Hart *hart)
{
    for (unsigned i = 0; i < TLB__MAX; i++) {
        hart->tlb[i] = g_new0(TlbSet, 1);
        sweep(hart->tlb[i]);
        flush_set(hart->tlb[i]);
    }
}

void tlb_finish(Hart *hart)
{
    for (unsigned i = 0; i < TLB__MAX; i++) {
        g_free(hart->tlb[i]);
    }
}

/* The privilege that data accesses are checked with. */
static Priv data_priv(const Hart *hart)
{
    if (hart->priv == PRIV_M && (hart->mstatus & MSTATUS_MPRV)) {
        return (hart->mstatus & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT;
    }
    return hart->priv;
}

void tlb_select(Hart *hart)
{
    static const TlbMode modes[] = { [PRIV_U] = TLB_U, [PRIV_S] = TLB_S, [PRIV_M] = TLB_M };
    TlbMode mode = modes[data_priv(hart)];

    if (mode == TLB_S && (hart->mstatus & MSTATUS_SUM)) {
        mode = TLB_S_SUM;
    }
    hart->dtlb = hart->tlb[mode];
    hart->jump_cache = hart->jump_caches[hart->priv];
}

void tlb_flush_supervisor(Hart *hart)
{
    flush_set(hart->tlb[TLB_U]);
    flush_set(hart->tlb[TLB_S]);
    flush_set(hart->tlb[TLB_S_SUM]);
    jump_cache_flush(hart->jump_caches[PRIV_U]);
    jump_cache_flush(hart->jump_caches[PRIV_S]);
}

void tlb_flush_all(Hart *hart)
{
    tlb_flush_supervisor(hart);
    flush_set(hart->tlb[TLB_M]);
    jump_cache_flush(hart->jump_caches[PRIV_M]);
}

static unsigned data_index(uint64_t vaddr)
{
    return (vaddr >> MEMORY_PAGE_BITS) % TLB_SIZE;
}

static unsigned fetch_index(uint64_t vaddr)
{
    return (vaddr >> MEMORY_PAGE_BITS) % TLB_FETCH_SIZE;
}

static void flush_address(TlbSet *set, uint64_t vaddr)
{
    if (vaddr >= set->large_first && vaddr <= set->large_last) {
        flush_set(set);
        return;
    }
    set->read[data_index(vaddr)].tag = TLB_EMPTY;
    set->write[data_index(vaddr)].tag = TLB_EMPTY;
    set->fetch[fetch_index(vaddr)].tag = TLB_EMPTY;
}

void tlb_flush_page(Hart *hart, uint64_t vaddr)
{
    flush_address(hart->tlb[TLB_U], vaddr);
    flush_address(hart->tlb[TLB_S], vaddr);
    flush_address(hart->tlb[TLB_S_SUM], vaddr);
    jump_cache_flush(hart->jump_caches[PRIV_U]);
    jump_cache_flush(hart->jump_caches[PRIV_S]);
}

static void note_large(TlbSet *set, uint64_t vaddr, const Translation *found)
{
    uint64_t first = vaddr & ~(found->page_size - 1);

    if (found->page_size > MEMORY_PAGE_SIZE) {
        set->large_first = MIN(set->large_first, first);
        set->large_last = MAX(set->large_last, first + (found->page_size - 1));
    }
}

/* ---- filling ---- */

/* Where an access goes: RAM at @host, or (NULL) whatever answers at @paddr. */
typedef struct Target {
    uint8_t *host; /* of the first byte */
    uint8_t *dirty;
    hwaddr paddr;
} Target;

static void fill(TlbSet *set, uint64_t vaddr, Access access, const MemoryPage *page)
{
    unsigned index = data_index(vaddr);
    uint64_t base = vaddr & PAGE_MASK;
    TlbEntry *entry = access == ACCESS_LOAD ? &set->read[index] : &set->write[index];

    entry->tag = base | set->key;
    entry->addend = (uintptr_t)page->host - base;
    if (access == ACCESS_STORE) {
        set->dirty[index] = page->dirty;
        if (page->dirty) {
            entry->tag |= TLB_SLOW;
        }
    }
}

static bool resolve_miss(Hart *hart, uint64_t vaddr, unsigned size, Access access, Target *target)
{
    Priv priv = data_priv(hart);
    Translation found;
    MemoryPage page;

    if (!mmu_translate(hart, vaddr, access, priv, hart->mstatus & MSTATUS_SUM, &found)) {
        return false;
    }
    if (!pmp_check(hart, found.paddr, size, access, priv)) {
        mmu_raise_access(hart, vaddr, access);
        return false;
    }
    page = address_space_lookup_page(hart->as, found.paddr);
    *target = (Target){ .paddr = found.paddr };
    if (!page.host || (access == ACCESS_STORE && !page.writable)) {
        return true;
    }
    target->host = page.host + (vaddr & ~PAGE_MASK);
    target->dirty = page.dirty;
    if (pmp_page_uniform(hart, found.paddr)) {
        note_large(hart->dtlb, vaddr, &found);
        fill(hart->dtlb, vaddr, access, &page);
    }
    return true;
}

/* Where @size bytes within one page lie. False: exception set. */
static bool resolve(Hart *hart, uint64_t vaddr, unsigned size, Access access, Target *target)
{
    TlbSet *set = hart->dtlb;
    unsigned index = data_index(vaddr);
    TlbEntry *entry = access == ACCESS_LOAD ? &set->read[index] : &set->write[index];

    if ((entry->tag & ~TLB_SLOW) == ((vaddr & PAGE_MASK) | set->key)) {
        target->host = (uint8_t *)(uintptr_t)(vaddr + entry->addend);
        target->dirty = access == ACCESS_STORE ? set->dirty[index] : NULL;
        return true;
    }
    return resolve_miss(hart, vaddr, size, access, target);
}

/* ---- plain accesses ---- */

/* Misaligned accesses are not atomic, here as on hardware; the sizes are known, so that each is
 * one host instruction. */
__attribute__((no_sanitize("thread"))) static void copy_misaligned(void *to, const void *from,
                                                                   unsigned size)
{
    switch (size) {
    case 2:
        __builtin_memcpy(to, from, 2);
        break;
    case 4:
        __builtin_memcpy(to, from, 4);
        break;
    default:
        __builtin_memcpy(to, from, 8);
        break;
    }
}

static uint64_t ram_load(const uint8_t *host, unsigned size)
{
    uint64_t value = 0;

    if ((uintptr_t)host & (size - 1)) {
        copy_misaligned(&value, host, size);
        return value;
    }
    switch (size) {
    case 1:
        return __atomic_load_n(host, __ATOMIC_RELAXED);
    case 2:
        return __atomic_load_n((const uint16_t *)host, __ATOMIC_RELAXED);
    case 4:
        return __atomic_load_n((const uint32_t *)host, __ATOMIC_RELAXED);
    default:
        return __atomic_load_n((const uint64_t *)host, __ATOMIC_RELAXED);
    }
}

static void ram_store(uint8_t *host, unsigned size, uint64_t value)
{
    if ((uintptr_t)host & (size - 1)) {
        copy_misaligned(host, &value, size);
        return;
    }
    switch (size) {
    case 1:
        __atomic_store_n(host, (uint8_t)value, __ATOMIC_RELAXED);
        break;
    case 2:
        __atomic_store_n((uint16_t *)host, (uint16_t)value, __ATOMIC_RELAXED);
        break;
    case 4:
        __atomic_store_n((uint32_t *)host, (uint32_t)value, __ATOMIC_RELAXED);
        break;
    default:
        __atomic_store_n((uint64_t *)host, value, __ATOMIC_RELAXED);
        break;
    }
}

/* Devices see aligned accesses only: a misaligned one goes byte by byte. */
static bool device_load(Hart *hart, uint64_t vaddr, hwaddr paddr, unsigned size, uint64_t *value)
{
    unsigned step = paddr & (size - 1) ? 1 : size;

    *value = 0;
    for (unsigned i = 0; i < size; i += step) {
        uint64_t part;

        if (address_space_load(hart->as, paddr + i, step, &part) != MEM_OK) {
            mmu_raise_access(hart, vaddr, ACCESS_LOAD);
            return false;
        }
        *value |= part << (8 * i);
    }
    return true;
}

static bool device_store(Hart *hart, uint64_t vaddr, hwaddr paddr, unsigned size, uint64_t value)
{
    unsigned step = paddr & (size - 1) ? 1 : size;
    uint64_t mask = step == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * step)) - 1;

    for (unsigned i = 0; i < size; i += step) {
        uint64_t part = (value >> (8 * i)) & mask;

        if (address_space_store(hart->as, paddr + i, step, part) != MEM_OK) {
            mmu_raise_access(hart, vaddr, ACCESS_STORE);
            return false;
        }
    }
    return true;
}

static bool load_target(Hart *hart, uint64_t vaddr, const Target *target, unsigned size,
                        uint64_t *value)
{
    if (target->host) {
        *value = ram_load(target->host, size);
        return true;
    }
    return device_load(hart, vaddr, target->paddr, size, value);
}

static bool store_target(Hart *hart, uint64_t vaddr, const Target *target, unsigned size,
                         uint64_t value)
{
    if (!target->host) {
        return device_store(hart, vaddr, target->paddr, size, value);
    }
    ram_store(target->host, size, value);
    if (target->dirty) {
        __atomic_store_n(target->dirty, 1, __ATOMIC_RELEASE);
    }
    return true;
}

/* How many of the bytes lie before the page's end. */
static unsigned bytes_in_page(uint64_t vaddr, unsigned size)
{
    return MIN(size, MEMORY_PAGE_SIZE - (vaddr & ~PAGE_MASK));
}

bool hart_load_slow(Hart *hart, uint64_t vaddr, unsigned size)
{
    unsigned head = bytes_in_page(vaddr, size);
    Target first, second;
    uint64_t byte;

    if (!resolve(hart, vaddr, head, ACCESS_LOAD, &first)) {
        return false;
    }
    if (head == size) {
        return load_target(hart, vaddr, &first, size, &hart->loaded);
    }
    if (!resolve(hart, vaddr + head, size - head, ACCESS_LOAD, &second)) {
        return false;
    }
    hart->loaded = 0;
    for (unsigned i = 0; i < size; i++) {
        Target at = i < head ? first : second;
        unsigned skip = i < head ? i : i - head;

        at.host = at.host ? at.host + skip : NULL;
        at.paddr += skip;
        if (!load_target(hart, vaddr + i, &at, 1, &byte)) {
            return false;
        }
        hart->loaded |= byte << (8 * i);
    }
    return true;
}

bool hart_store_slow(Hart *hart, uint64_t vaddr, unsigned size, uint64_t value)
{
    unsigned head = bytes_in_page(vaddr, size);
    Target first, second;

    if (!resolve(hart, vaddr, head, ACCESS_STORE, &first)) {
        return false;
    }
    if (head == size) {
        return store_target(hart, vaddr, &first, size, value);
    }
    /* Both pages are known to take the store before anything is written. */
    if (!resolve(hart, vaddr + head, size - head, ACCESS_STORE, &second)) {
        return false;
    }
    for (unsigned i = 0; i < size; i++) {
        Target at = i < head ? first : second;
        unsigned skip = i < head ? i : i - head;

        at.host = at.host ? at.host + skip : NULL;
        at.paddr += skip;
        if (!store_target(hart, vaddr + i, &at, 1, (value >> (8 * i)) & 0xff)) {
            return false;
        }
    }
    return true;
}

uint8_t *hart_atomic_host(Hart *hart, uint64_t vaddr, unsigned size, Access access,
                          uint8_t **dirty)
{
    Target target;

    if (vaddr & (size - 1)) {
        hart_set_exception(hart,
                           access == ACCESS_LOAD ? CAUSE_LOAD_MISALIGNED : CAUSE_STORE_MISALIGNED,
                           vaddr);
        return NULL;
    }
    if (!resolve(hart, vaddr, size, access, &target)) {
        return NULL;
    }
    if (!target.host) {
        mmu_raise_access(hart, vaddr, access); /* devices do no atomics */
        return NULL;
    }
    *dirty = target.dirty;
    return target.host;
}

/* ---- code ---- */

static uint8_t *fetch_miss(Hart *hart, TlbSet *set, uint64_t pc, hwaddr *page, bool *cacheable)
{
    Translation found;
    MemoryPage memory;

    if (!mmu_translate(hart, pc, ACCESS_FETCH, hart->priv, false, &found)) {
        return NULL;
    }
    memory = address_space_lookup_page(hart->as, found.paddr);
    if (!memory.host || !pmp_check(hart, found.paddr, 2, ACCESS_FETCH, hart->priv)) {
        mmu_raise_access(hart, pc, ACCESS_FETCH);
        return NULL;
    }
    *page = found.paddr & PAGE_MASK;
    *cacheable = pmp_page_uniform(hart, found.paddr);
    if (*cacheable) {
        note_large(set, pc, &found);
        set->fetch[fetch_index(pc)] = (TlbFetchEntry){
            .tag = (pc & PAGE_MASK) | set->key,
            .host = memory.host,
            .paddr = *page,
        };
    }
    return memory.host;
}

uint8_t *hart_fetch_page(Hart *hart, uint64_t pc, hwaddr *page, bool *cacheable)
{
    static const TlbMode modes[] = { [PRIV_U] = TLB_U, [PRIV_S] = TLB_S, [PRIV_M] = TLB_M };
    TlbSet *set = hart->tlb[modes[hart->priv]];
    TlbFetchEntry *entry = &set->fetch[fetch_index(pc)];

    if (entry->tag == ((pc & PAGE_MASK) | set->key)) {
        *page = entry->paddr;
        *cacheable = true;
        return entry->host;
    }
    return fetch_miss(hart, set, pc, page, cacheable);
}
