/*
 * The bench rig.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig.h"

#include "util/bql.h"
#include "util/event-loop.h"

static Rig *stopping;

static uint64_t device_read(void *opaque, hwaddr offset, unsigned size)
{
    Rig *rig = opaque;

    rig->accesses++;
    return offset == 0 ? rig->reg : 0;
}

static void device_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    Rig *rig = opaque;

    rig->accesses++;
    if (offset == 0) {
        rig->reg = value;
    } else if (stopping == rig) {
        rig->stopped = true;
        rig->hart->steps_left = 0;
        hart_kick(rig->hart, PENDING_STEP);
    }
}

static const MemoryRegionOps device_ops = { .read = device_read, .write = device_write };

void rig_init(Rig *rig, unsigned harts)
{
    static bool ready;

    if (!ready) {
        main_loop_init();
        module_init_types();
        ready = true;
    }
    *rig = (Rig){ .harts = harts };
    memory_region_init_container(&rig->root, "system", UINT64_MAX);
    memory_region_init_ram(&rig->ram, "ram", RIG_RAM_SIZE, &error_abort);
    memory_region_init_rom(&rig->rom, "rom", MEMORY_PAGE_SIZE, &error_abort);
    memory_region_init_io(&rig->device, &device_ops, rig, "device", MEMORY_PAGE_SIZE);
    memory_region_add(&rig->root, RIG_RAM, &rig->ram, 0);
    memory_region_add(&rig->root, RIG_ROM, &rig->rom, 0);
    memory_region_add(&rig->root, RIG_DEVICE, &rig->device, 0);
    rig->as = address_space_new(&rig->root, "memory");
    for (unsigned i = 0; i < harts; i++) {
        hart_create(i, rig->as, RIG_RAM);
    }
    rig->hart = hart_by_index(0);
}

void rig_finish(Rig *rig)
{
    for (unsigned i = rig->harts; i-- > 0;) {
        object_unref(OBJECT(hart_by_index(i)));
    }
    address_space_free(rig->as);
    memory_region_remove(&rig->root, &rig->ram);
    memory_region_remove(&rig->root, &rig->rom);
    memory_region_remove(&rig->root, &rig->device);
    memory_region_finish(&rig->ram);
    memory_region_finish(&rig->rom);
    memory_region_finish(&rig->device);
    memory_region_finish(&rig->root);
}

void rig_code_at(Rig *rig, uint64_t addr, const uint32_t *code, unsigned words)
{
    g_assert(address_space_write_rom(rig->as, addr, code, words * 4) == MEM_OK);
    rig->hart->pc = addr;
    blocks_invalidate(rig->hart);
}

void rig_run(Rig *rig)
{
    stopping = rig;
    rig->stopped = false;
    rig->hart->trap_stopped = false;
    rig->hart->steps_left = UINT64_MAX;
    bql_unlock();
    hart_exec(rig->hart);
    bql_lock();
    __atomic_fetch_and(&rig->hart->pending, ~(uint32_t)PENDING_STEP, __ATOMIC_RELAXED);
    stopping = NULL;
    g_assert(rig->stopped);
}

HartTrap rig_trap(Rig *rig)
{
    HartTrap trap;

    bql_unlock();
    trap = hart_run_until_trap(rig->hart);
    bql_lock();
    g_assert(trap.taken);
    return trap;
}

void rig_step(Rig *rig, unsigned count)
{
    bql_unlock();
    hart_step_many(rig->hart, count);
    bql_lock();
}

uint64_t rig_csr(const Rig *rig, const char *name)
{
    uint64_t value;

    g_assert(csr_peek(rig->hart, name, &value));
    return value;
}

uint64_t rig_load(Rig *rig, uint64_t addr)
{
    uint64_t value;

    g_assert(address_space_read(rig->as, addr, &value, sizeof(value)) == MEM_OK);
    return value;
}

void rig_store(Rig *rig, uint64_t addr, uint64_t value)
{
    g_assert(address_space_write_rom(rig->as, addr, &value, sizeof(value)) == MEM_OK);
}
