/*
 * The RAM of machines: how much, and where it comes from.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "machine-internal.h"

#include "memory/memory-backend.h"

#include <inttypes.h>
#include <sys/mman.h>

bool machine_settle_ram_size(Machine *machine, Error **errp)
{
    uint64_t size =
        machine->memory_backend
            ? memory_region_size(memory_backend_region(MEMORY_BACKEND(machine->memory_backend)))
            : MACHINE_GET_CLASS(machine)->default_ram_size;
    if (!machine->ram_size) {
        machine->ram_size = size;
    }
    if (machine->memory_backend && machine->ram_size != size) {
        error_setg(errp,
                   "Size specified by -m option must match size of explicitly specified "
                   "'memory-backend' property: %" PRIu64 " is not %" PRIu64,
                   machine->ram_size, size);
        return false;
    }
    return true;
}

static MemoryRegion *find_ram(const Machine *machine, MemoryRegion *own, Error **errp)
{
    if (!machine->memory_backend) {
        return memory_region_init_ram(own, MACHINE_GET_CLASS(machine)->default_ram_id,
                                      machine->ram_size, errp)
                   ? own
                   : NULL;
    }
    return memory_backend_region(MEMORY_BACKEND(machine->memory_backend));
}

MemoryRegion *machine_get_ram(Machine *machine, MemoryRegion *own, Error **errp)
{
    MemoryRegion *ram = find_ram(machine, own, errp);
    if (ram && !machine->dump_guest_core) {
        madvise(memory_region_ram(ram), machine->ram_size, MADV_DONTDUMP);
    }
    return ram;
}
