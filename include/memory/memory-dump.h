/*
 * Showing memory to people (x, xp) and saving it to files (memsave, pmemsave), whoever reads it.
 *
 * Coroutine context, BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_MEMORY_DUMP_H
#define MEMORY_MEMORY_DUMP_H

#include "qapi/hmp.h"

/* Read @length bytes at @addr; false when that cannot be read. Must not wait. */
typedef bool MemoryReadFn(void *opaque, uint64_t addr, void *buf, uint64_t length);

/*
 * What x and xp print for @args (count, format, size, addr), as read by @read. Lets the loop turn
 * during long listings and ends early when cancelled.
 */
void coroutine_fn hmp_memory_dump(Hmp *hmp, const QDict *args, MemoryReadFn *read, void *opaque);

typedef struct MemorySource {
    MemoryReadFn *read;
    void *opaque;    /* stays as long as the machine */
    bool any_thread; /* @read needs no lock: worker threads call it */
} MemorySource;

/*
 * Write [addr, addr + size), read piece by piece, into @filename (made, or emptied and written in
 * place) from worker threads. False, with an error that names the file, when a piece cannot be
 * read, the file not written, or the wait was cancelled; what was written by then stays.
 */
bool coroutine_fn memory_save(const char *filename, uint64_t addr, uint64_t size,
                              const MemorySource *source, Error **errp);

#endif
