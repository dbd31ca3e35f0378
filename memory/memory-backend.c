/*
 * Host memory for the guest: what all kinds have, and the kind without a file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory-backend-internal.h"

#include "ram.h"
#include "util/worker-pool.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif
/* Between looks whether anybody still waits for it. */
#define PREALLOC_STEP (64u << 20)

MemoryRegion *memory_backend_region(MemoryBackend *backend)
{
    return &backend->region;
}

static bool check_size(const MemoryBackend *backend, Error **errp)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    if (!backend->size || backend->size % page) {
        error_setg(errp, "Parameter 'size' expects a multiple of %" PRIu64 " bytes, not %" PRIu64,
                   page, backend->size);
        return false;
    }
    return true;
}

static bool map(MemoryBackend *backend, Error **errp)
{
    MemoryBackendClass *klass = OBJECT_GET_CLASS(MemoryBackendClass, backend, TYPE_MEMORY_BACKEND);
    int fd = klass->open_file ? klass->open_file(backend, errp) : -1;
    const char *id = backend->parent_obj.id;
    uint8_t *ram;

    if (fd < 0 && klass->open_file) {
        return false;
    }
    ram = ram_map_file(id, backend->size, fd, backend->share, errp);
    if (fd >= 0) {
        close(fd);
    }
    if (ram) {
        memory_region_init_ram_mapped(&backend->region, id, backend->size, ram);
        backend->region_ready = true;
    }
    return ram != NULL;
}

static bool allocate(const MemoryBackend *backend, Error **errp)
{
    uint8_t *ram = memory_region_ram(&backend->region);

    for (uint64_t done = 0; done < backend->size && !worker_job_abandoned();) {
        uint64_t step = MIN(backend->size - done, PREALLOC_STEP);

        if (madvise(ram + done, step, MADV_POPULATE_WRITE) == 0) {
            done += step;
        } else if (errno != EINTR && errno != EAGAIN) {
            error_setg_errno(errp, errno, "the host cannot provide %" PRIu64 " bytes for '%s'",
                             backend->size, backend->parent_obj.id);
            return false;
        }
    }
    return true;
}

static bool memory_backend_open(UserObject *obj, Error **errp)
{
    MemoryBackend *backend = MEMORY_BACKEND(obj);

    if (!check_size(backend, errp) || !map(backend, errp)) {
        return false;
    }
    if (!backend->dump) {
        madvise(memory_region_ram(&backend->region), backend->size, MADV_DONTDUMP);
    }
    return !backend->prealloc || allocate(backend, errp);
}

/* Giving back much memory takes long; what is left for finalize then does not. */
static void memory_backend_close(UserObject *obj)
{
    MemoryBackend *backend = MEMORY_BACKEND(obj);

    madvise(memory_region_ram(&backend->region), backend->size, MADV_DONTNEED);
}

static void memory_backend_init(Object *obj)
{
    MEMORY_BACKEND(obj)->dump = true;
}

static void memory_backend_finalize(Object *obj)
{
    if (MEMORY_BACKEND(obj)->region_ready) {
        memory_region_finish(&MEMORY_BACKEND(obj)->region);
    }
}

static void memory_backend_class_init(ObjectClass *klass, const void *data)
{
    USER_OBJECT_CLASS(klass)->open = memory_backend_open;
    USER_OBJECT_CLASS(klass)->close = memory_backend_close;
    object_class_property_add_field(klass, "size", PROP_SIZE, offsetof(MemoryBackend, size),
                                    "Size of the memory region (ex: 500M)");
    object_class_property_add_field(klass, "share", PROP_BOOL, offsetof(MemoryBackend, share),
                                    "Other processes that map the file see what is written");
    object_class_property_add_field(klass, "prealloc", PROP_BOOL, offsetof(MemoryBackend, prealloc),
                                    "Preallocate memory");
    object_class_property_add_field(klass, "dump", PROP_BOOL, offsetof(MemoryBackend, dump),
                                    "Set to 'off' to exclude from core dump");
}

static const TypeInfo types[] = {
    {
        .name = TYPE_MEMORY_BACKEND,
        .parent = TYPE_USER_OBJECT,
        .abstract = true,
        .instance_size = sizeof(MemoryBackend),
        .class_size = sizeof(MemoryBackendClass),
        .class_init = memory_backend_class_init,
        .instance_init = memory_backend_init,
        .instance_finalize = memory_backend_finalize,
    },
    { .name = "memory-backend-ram", .parent = TYPE_MEMORY_BACKEND },
};

static void memory_backend_register(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        type_register_static(&types[i]);
    }
}
type_init(memory_backend_register)
