/*
 * The hart as an object: its making, reset, and what others may ask of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "decode.h"
#include "target/riscv/hart-internal.h"
#include "util/bql.h"

#include <string.h>

static GPtrArray *harts;

static void hart_instance_init(Object *obj)
{
    Hart *hart = (Hart *)obj;

    pthread_mutex_init(&hart->wait_lock, NULL);
    pthread_cond_init(&hart->wait_cond, NULL);
    tlb_init(hart);
    blocks_init(hart);
    stimer_init(hart);
}

static void hart_instance_finalize(Object *obj)
{
    Hart *hart = (Hart *)obj;

    if (harts) {
        g_ptr_array_remove(harts, hart);
    }
    stimer_finish(hart);
    blocks_finish(hart);
    tlb_finish(hart);
    pthread_cond_destroy(&hart->wait_cond);
    pthread_mutex_destroy(&hart->wait_lock);
}

static const TypeInfo hart_types[] = {
    {
        .name = TYPE_RISCV_CPU,
        .abstract = true,
        .instance_size = sizeof(Hart),
        .instance_init = hart_instance_init,
        .instance_finalize = hart_instance_finalize,
    },
    { .name = TYPE_RISCV_CPU_RV64, .parent = TYPE_RISCV_CPU },
};

static void hart_register_types(void)
{
    insn_decode_init();
    csr_init();
    for (unsigned i = 0; i < G_N_ELEMENTS(hart_types); i++) {
        type_register_static(&hart_types[i]);
    }
}
type_init(hart_register_types)

/* A new view of memory: what TLBs and blocks were filled from may be gone. */
static void view_changed(AddressSpace *as, void *opaque)
{
    for (unsigned i = 0; i < hart_count(); i++) {
        hart_kick(hart_by_index(i), PENDING_FLUSH);
    }
}

Hart *hart_create(unsigned id, AddressSpace *as, hwaddr reset_pc)
{
    Hart *hart = RISCV_CPU(object_new(TYPE_RISCV_CPU_RV64));

    g_assert(id == hart_count());
    hart->id = id;
    hart->as = as;
    hart->reset_pc = reset_pc;
    hart_reset(hart);
    if (!harts) {
        harts = g_ptr_array_new();
    }
    g_ptr_array_add(harts, hart);
    address_space_set_listener(as, view_changed, NULL);
    return hart;
}

void hart_reset(Hart *hart)
{
    memset(hart->x, 0, sizeof(hart->x));
    memset(hart->f, 0, sizeof(hart->f));
    hart->fflags = hart->frm = 0;
    hart->fs = FS_OFF;
    hart->mstatus = hart->satp = 0;
    hart->medeleg = hart->mideleg = hart->mie = hart->mip_soft = 0;
    hart->mtvec = hart->mscratch = hart->mepc = hart->mcause = hart->mtval = hart->menvcfg = 0;
    hart->stvec = hart->sscratch = hart->sepc = hart->scause = hart->stval = hart->senvcfg = 0;
    hart->mcounteren = hart->scounteren = hart->mcountinhibit = 0;
    hart->cycle_offset = hart->instret_offset = 0 - hart->icount;
    hart->reservation = RESERVATION_NONE;
    hart->halted = false;
    hart->pc = hart->reset_pc;
    stimer_enable(hart, false);
    stimer_set_compare(hart, 0);
    pmp_reset(hart);
    blocks_invalidate(hart);
    hart_set_priv(hart, PRIV_M);
}

unsigned hart_count(void)
{
    return harts ? harts->len : 0;
}

Hart *hart_by_index(unsigned index)
{
    return index < hart_count() ? g_ptr_array_index(harts, index) : NULL;
}

unsigned hart_id(const Hart *hart)
{
    return hart->id;
}

GPid hart_thread_id(const Hart *hart)
{
    return __atomic_load_n(&hart->thread_id, __ATOMIC_ACQUIRE);
}

bool hart_is_halted(const Hart *hart)
{
    return __atomic_load_n(&hart->halted, __ATOMIC_RELAXED);
}

uint64_t hart_get_pc(const Hart *hart)
{
    return __atomic_load_n(&hart->pc, __ATOMIC_RELAXED);
}

uint64_t hart_instret(const Hart *hart)
{
    return __atomic_load_n(&hart->icount, __ATOMIC_RELAXED);
}

bool hart_translate_debug(Hart *hart, uint64_t vaddr, hwaddr *paddr)
{
    return mmu_walk_debug(hart, vaddr, paddr);
}

bool hart_memory_read(Hart *hart, uint64_t vaddr, void *buf, uint64_t length)
{
    uint8_t *out = buf;

    while (length) {
        uint64_t chunk = MIN(length, MEMORY_PAGE_SIZE - (vaddr & ~PAGE_MASK));
        hwaddr paddr;

        if (!mmu_walk_debug(hart, vaddr, &paddr) ||
            address_space_read(hart->as, paddr, out, chunk) != MEM_OK) {
            return false;
        }
        out += chunk;
        vaddr += chunk;
        length -= chunk;
    }
    return true;
}
