/*
 * QMP commands of guest memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory-dump.h"
#include "memory/memory.h"
#include "qapi/qapi-commands-machine.h"

#include <inttypes.h>

static bool read_any(void *opaque, uint64_t addr, void *buf, uint64_t length)
{
    return address_space_read(opaque, addr, buf, length) == MEM_OK;
}

static bool read_memory(void *opaque, uint64_t addr, void *buf, uint64_t length)
{
    return dma_read(opaque, addr, buf, length) == MEM_OK;
}

void coroutine_fn qmp_pmemsave(int64_t val, int64_t size, const char *filename, Error **errp)
{
    AddressSpace *as = address_space_system();
    MemorySource source = { .read = read_any, .opaque = as };

    if (!as) {
        error_setg(errp, "this machine has no memory");
        return;
    }
    /* Before the file is touched: a request that cannot be served changes nothing. */
    if (size < 0 || !address_space_covers(as, (hwaddr)val, (uint64_t)size, false)) {
        error_setg(errp, "Invalid addr 0x%016" PRIx64 "/size %" PRId64 " specified", (uint64_t)val,
                   size);
        return;
    }
    if (address_space_covers(as, (hwaddr)val, (uint64_t)size, true)) {
        source = (MemorySource){ .read = read_memory, .opaque = as, .any_thread = true };
    }
    memory_save(filename, (hwaddr)val, (uint64_t)size, &source, errp);
}
