/*
 * What the kinds of host memory for the guest share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_MEMORY_BACKEND_INTERNAL_H
#define MEMORY_MEMORY_BACKEND_INTERNAL_H

#include "memory/memory-backend.h"

struct MemoryBackend {
    UserObject parent_obj;
    uint64_t size;
    bool share;
    bool prealloc;
    bool dump;
    bool region_ready;
    MemoryRegion region;
};

typedef struct MemoryBackendClass {
    UserObjectClass parent_class;
    /* A new descriptor of a file with (at least) that many bytes; -1: failed. NULL: no file. */
    int (*open_file)(MemoryBackend *backend, Error **errp);
} MemoryBackendClass;

#define MEMORY_BACKEND_CLASS(klass)                                                                \
    OBJECT_CLASS_CHECK(MemoryBackendClass, (klass), TYPE_MEMORY_BACKEND)

#endif
