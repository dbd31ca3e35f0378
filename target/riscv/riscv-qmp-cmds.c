/*
 * QMP commands of the harts: query-cpus-fast, memsave.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory-dump.h"
#include "qapi/qapi-commands-machine.h"
#include "qapi/util.h"
#include "target/riscv/hart-internal.h"

#include <inttypes.h>

/* Pages looked up before the loop gets a turn. */
#define PAGES_A_TURN 4096

CpuInfoFastList *coroutine_fn qmp_query_cpus_fast(Error **errp)
{
    CpuInfoFastList *list = NULL, **tail = &list;

    for (unsigned i = 0; i < hart_count(); i++) {
        Hart *hart = hart_by_index(i);
        CpuInfoFast *info = g_new0(CpuInfoFast, 1);
        char *path = object_get_canonical_path(OBJECT(hart));

        info->cpu_index = i;
        info->qom_path = path ? path : g_strdup("");
        info->thread_id = hart_thread_id(hart);
        info->props = g_new0(CpuInstanceProperties, 1);
        info->props->has_core_id = true;
        info->props->core_id = i;
        info->target = SYS_EMU_TARGET_RISCV64;
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

static bool read_virtual(void *opaque, uint64_t addr, void *buf, uint64_t length)
{
    return hart_memory_read(opaque, addr, buf, length);
}

/* Whether every page is mapped to something, before the file is touched. */
static bool coroutine_fn range_is_mapped(Hart *hart, uint64_t first, uint64_t size)
{
    uint64_t pages = 0;

    if (size && first + (size - 1) < first) {
        return false;
    }
    while (size) {
        uint64_t chunk = MIN(size, MEMORY_PAGE_SIZE - (first & ~PAGE_MASK));
        hwaddr paddr;

        if (!hart_translate_debug(hart, first, &paddr) ||
            !address_space_covers(hart->as, paddr, chunk, false)) {
            return false;
        }
        first += chunk;
        size -= chunk;
        if (++pages % PAGES_A_TURN == 0 && !co_pause()) {
            return true; /* cancelled: memory_save() says so */
        }
    }
    return true;
}

void coroutine_fn qmp_memsave(int64_t val, int64_t size, const char *filename, bool has_cpu_index,
                              int64_t cpu_index, Error **errp)
{
    int64_t index = has_cpu_index ? cpu_index : 0;
    MemorySource source;
    Hart *hart;

    if (index < 0 || index >= hart_count()) {
        error_setg(errp, "Parameter 'cpu-index' expects a CPU number");
        return;
    }
    hart = hart_by_index(index);
    if (size < 0 || !range_is_mapped(hart, (uint64_t)val, (uint64_t)size)) {
        error_setg(errp, "Invalid addr 0x%016" PRIx64 "/size %" PRId64 " specified", (uint64_t)val,
                   size);
        return;
    }
    source = (MemorySource){ .read = read_virtual, .opaque = hart };
    memory_save(filename, (uint64_t)val, (uint64_t)size, &source, errp);
}
