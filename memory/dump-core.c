/*
 * Guest memory as an ELF core file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/dump-core.h"

#include "util/compiler.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

/* Read at once; a device that goes away waits for it. */
#define PIECE_SIZE (256 * 1024)
#define PAGE       MEMORY_PAGE_SIZE

typedef struct DumpRange {
    hwaddr first;
    uint64_t length;
} DumpRange;

struct DumpCore {
    AddressSpace *as;
    const DumpArch *arch;
    hwaddr begin, last; /* what is asked for */
    GArray *ranges;     /* of DumpRange */
    GByteArray *notes;
};

static void add_range(hwaddr first, hwaddr last, const MemoryRegion *mr, hwaddr offset,
                      const char *kind, void *opaque)
{
    DumpCore *core = opaque;

    first = MAX(first, core->begin);
    last = MIN(last, core->last);
    if (first <= last && strcmp(kind, "i/o") != 0) {
        DumpRange range = { first, last - first + 1 };
        g_array_append_val(core->ranges, range);
    }
}

DumpCore *dump_core_new(AddressSpace *as, const DumpArch *arch, hwaddr begin, uint64_t length,
                        Error **errp)
{
    DumpCore *core = g_new0(DumpCore, 1);

    core->as = as;
    core->arch = arch;
    core->begin = length ? begin : 0;
    core->last = length && begin + (length - 1) >= begin ? begin + (length - 1) : UINT64_MAX;
    core->ranges = g_array_new(false, false, sizeof(DumpRange));
    core->notes = g_byte_array_new();
    address_space_foreach_range(as, add_range, core);
    if (core->ranges->len == 0 || core->ranges->len >= PN_XNUM - 1) {
        error_setg(errp, "dump: %s between 0x%" PRIx64 " and 0x%" PRIx64,
                   core->ranges->len ? "too many ranges of memory" : "no guest memory to dump",
                   core->begin, core->last);
        dump_core_free(core);
        return NULL;
    }
    arch->add_notes(core);
    return core;
}

void dump_core_free(DumpCore *core)
{
    if (core) {
        g_array_unref(core->ranges);
        g_byte_array_unref(core->notes);
        g_free(core);
    }
}

/* Names and contents of notes begin at multiples of 4. */
static void append_padded(GByteArray *notes, const void *bytes, size_t length)
{
    static const uint8_t zeros[3];

    g_byte_array_append(notes, bytes, length);
    g_byte_array_append(notes, zeros, -length & 3);
}

void dump_core_add_note(DumpCore *core, const char *name, uint32_t type, const void *bytes,
                        uint32_t length)
{
    size_t name_size = strlen(name) + 1;
    Elf64_Nhdr header = {
        .n_namesz = GUINT32_TO_LE(name_size),
        .n_descsz = GUINT32_TO_LE(length),
        .n_type = GUINT32_TO_LE(type),
    };

    g_byte_array_append(core->notes, (const guint8 *)&header, sizeof(header));
    append_padded(core->notes, name, name_size);
    append_padded(core->notes, bytes, length);
}

/* ---- where things lie in the file: headers, notes, then memory from a page border on ---- */

static uint64_t notes_offset(const DumpCore *core)
{
    return sizeof(Elf64_Ehdr) + (core->ranges->len + 1) * sizeof(Elf64_Phdr);
}

static uint64_t memory_offset(const DumpCore *core)
{
    return (notes_offset(core) + core->notes->len + PAGE - 1) / PAGE * PAGE;
}

uint64_t dump_core_memory_size(const DumpCore *core)
{
    uint64_t size = 0;

    for (guint i = 0; i < core->ranges->len; i++) {
        size += g_array_index(core->ranges, DumpRange, i).length;
    }
    return size;
}

uint64_t dump_core_file_size(const DumpCore *core)
{
    return memory_offset(core) + dump_core_memory_size(core);
}

static void append_file_header(const DumpCore *core, GByteArray *out)
{
    Elf64_Ehdr header = {
        .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
        .e_type = GUINT16_TO_LE(ET_CORE),
        .e_machine = GUINT16_TO_LE(core->arch->machine),
        .e_version = GUINT32_TO_LE(EV_CURRENT),
        .e_phoff = GUINT64_TO_LE(sizeof(Elf64_Ehdr)),
        .e_flags = GUINT32_TO_LE(core->arch->flags),
        .e_ehsize = GUINT16_TO_LE(sizeof(Elf64_Ehdr)),
        .e_phentsize = GUINT16_TO_LE(sizeof(Elf64_Phdr)),
        .e_phnum = GUINT16_TO_LE(core->ranges->len + 1),
    };

    g_byte_array_append(out, (const guint8 *)&header, sizeof(header));
}

static void append_program_header(GByteArray *out, uint32_t type, uint32_t flags, uint64_t offset,
                                  hwaddr addr, uint64_t size, uint64_t mem_size)
{
    Elf64_Phdr header = {
        .p_type = GUINT32_TO_LE(type),
        .p_flags = GUINT32_TO_LE(flags),
        .p_offset = GUINT64_TO_LE(offset),
        .p_vaddr = GUINT64_TO_LE(addr),
        .p_paddr = GUINT64_TO_LE(addr),
        .p_filesz = GUINT64_TO_LE(size),
        .p_memsz = GUINT64_TO_LE(mem_size),
    };

    g_byte_array_append(out, (const guint8 *)&header, sizeof(header));
}

static GByteArray *make_head(const DumpCore *core)
{
    GByteArray *out = g_byte_array_new();
    uint64_t offset = memory_offset(core);

    append_file_header(core, out);
    append_program_header(out, PT_NOTE, PF_R, notes_offset(core), 0, core->notes->len, 0);
    for (guint i = 0; i < core->ranges->len; i++) {
        const DumpRange *range = &g_array_index(core->ranges, DumpRange, i);

        append_program_header(out, PT_LOAD, PF_R | PF_W | PF_X, offset, range->first, range->length,
                              range->length);
        offset += range->length;
    }
    g_byte_array_append(out, core->notes->data, core->notes->len);
    return out;
}

/* ---- writing ---- */

static bool is_zero(const uint8_t *bytes, size_t length)
{
    return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

/* How many bytes of pages that are, or are not, all zeros begin the piece. */
static size_t run_length(const uint8_t *bytes, size_t length, bool zero)
{
    size_t run = 0;

    while (run < length && is_zero(bytes + run, MIN(PAGE, length - run)) == zero) {
        run += MIN(PAGE, length - run);
    }
    return run;
}

/* Guests hardly use all of their memory: what is zero becomes a hole. */
static bool write_piece(FileSink *sink, const uint8_t *bytes, size_t length, Error **errp)
{
    while (length) {
        bool zero = is_zero(bytes, MIN(PAGE, length));
        size_t run = run_length(bytes, length, zero);

        if (zero ? !file_sink_write_zeros(sink, run, errp)
                 : !file_sink_write(sink, bytes, run, errp)) {
            return false;
        }
        bytes += run;
        length -= run;
    }
    return true;
}

static bool write_range(const DumpCore *core, const DumpRange *range, uint8_t *piece,
                        FileSink *sink, uint64_t *completed, Error **errp)
{
    for (uint64_t done = 0; done < range->length;) {
        size_t n = MIN(range->length - done, PIECE_SIZE);

        if (address_space_read(core->as, range->first + done, piece, n) != MEM_OK) {
            error_setg(errp, "dump: the memory at 0x%" PRIx64 " went away", range->first + done);
            return false;
        }
        if (!write_piece(sink, piece, n, errp)) {
            return false;
        }
        done += n;
        __atomic_add_fetch(completed, n, __ATOMIC_RELAXED);
    }
    return true;
}

bool dump_core_write(const DumpCore *core, FileSink *sink, uint64_t *completed, Error **errp)
{
    g_autoptr(GByteArray) head = make_head(core);
    g_autofree uint8_t *piece = g_malloc(PIECE_SIZE);

    __atomic_store_n(completed, 0, __ATOMIC_RELAXED);
    if (!file_sink_write(sink, head->data, head->len, errp) ||
        !file_sink_write_zeros(sink, memory_offset(core) - head->len, errp)) {
        return false;
    }
    for (guint i = 0; i < core->ranges->len; i++) {
        if (!write_range(core, &g_array_index(core->ranges, DumpRange, i), piece, sink, completed,
                         errp)) {
            return false;
        }
    }
    return true;
}
