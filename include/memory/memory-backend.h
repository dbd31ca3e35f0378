/*
 * Host memory that users make for the guest: -object memory-backend-ram, -file and -memfd.
 *
 * A board or device has a link to one (object_class_property_add_link() with
 * TYPE_MEMORY_BACKEND) and puts its region into the guest's memory.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_MEMORY_BACKEND_H
#define MEMORY_MEMORY_BACKEND_H

#include "memory/memory.h"
#include "qom/user-object.h"

#define TYPE_MEMORY_BACKEND "memory-backend" /* abstract */

typedef struct MemoryBackend MemoryBackend;

#define MEMORY_BACKEND(obj) OBJECT_CHECK(MemoryBackend, (obj), TYPE_MEMORY_BACKEND)

/*
 * RAM of the size that was asked for, named as the object is; the backend's. Whoever adds it to a
 * container takes it out again.
 */
MemoryRegion *memory_backend_region(MemoryBackend *backend);

#endif
