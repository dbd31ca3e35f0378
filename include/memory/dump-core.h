/*
 * Guest memory as an ELF core file: one PT_NOTE, and a PT_LOAD for each range of RAM or ROM whose
 * virtual addresses are the physical ones (System V ABI, "Object Files" and "Program Loading").
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_DUMP_CORE_H
#define MEMORY_DUMP_CORE_H

#include "memory/memory.h"
#include "util/file-target.h"

typedef struct DumpCore DumpCore;

/* What a kind of processor puts into its cores. */
typedef struct DumpArch {
    uint16_t machine; /* e_machine */
    uint32_t flags;   /* e_flags */
    /* Add the notes: the registers of every processor, which stand still. BQL. */
    void (*add_notes)(DumpCore *core);
} DumpArch;

/*
 * Look at what is to be dumped: all memory of @as, or only what lies in the @length bytes from
 * @begin (@length 0: all). False when there is none. BQL.
 */
DumpCore *dump_core_new(AddressSpace *as, const DumpArch *arch, hwaddr begin, uint64_t length,
                        Error **errp);
void dump_core_free(DumpCore *core);

/* For add_notes(): one note of owner @name and @type; the bytes are copied. */
void dump_core_add_note(DumpCore *core, const char *name, uint32_t type, const void *bytes,
                        uint32_t length);

/* Bytes of memory in the core, and of the whole file. */
uint64_t dump_core_memory_size(const DumpCore *core);
uint64_t dump_core_file_size(const DumpCore *core);

/*
 * Write the file. Any thread, no lock, while the machine is stopped. *@completed: how many bytes
 * of memory are written, from 0; atomic, for others to read.
 */
bool dump_core_write(const DumpCore *core, FileSink *sink, uint64_t *completed, Error **errp);

#endif
