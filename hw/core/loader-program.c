/*
 * Loading programs: raw images, Linux Images and ELF files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/loader.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

/* No image is larger; a disk image given by mistake is refused before it is read. */
#define MAX_FILE_SIZE (4ull << 30)

#define LINUX_IMAGE_MAGIC2        "RSC\x05"
#define LINUX_IMAGE_MAGIC2_OFFSET 0x38
#define LINUX_IMAGE_SIZE_OFFSET   0x10
#define LINUX_IMAGE_HEADER_SIZE   64

typedef struct Program {
    ImageSet *set;
    const char *what;
    const char *path;
    const uint8_t *data;
    uint64_t size;
    GBytes *bytes;
} Program;

static bool program_open(Program *p, Error **errp)
{
    p->bytes = image_read_file(p->path, MAX_FILE_SIZE, errp);
    if (!p->bytes) {
        error_prepend(errp, "%s: ", p->what);
        return false;
    }
    gsize size;
    p->data = g_bytes_get_data(p->bytes, &size);
    p->size = size;
    return true;
}

static bool add_raw(const Program *p, hwaddr addr, uint64_t memory_size, LoadedImage *image,
                    Error **errp)
{
    g_autofree char *name = g_strdup_printf("%s '%s'", p->what, p->path);
    uint64_t size = MAX(memory_size, p->size);
    if (!image_set_add(p->set, name, p->bytes, addr, size, errp)) {
        return false;
    }
    *image = (LoadedImage){ .entry = addr, .first = addr, .end = addr + size };
    return true;
}

bool image_load_raw(ImageSet *set, const char *what, const char *path, hwaddr addr,
                    LoadedImage *image, Error **errp)
{
    Program p = { .set = set, .what = what, .path = path };
    if (!program_open(&p, errp)) {
        return false;
    }
    bool ok = add_raw(&p, addr, 0, image, errp);
    g_bytes_unref(p.bytes);
    return ok;
}

/* ---- ELF ---- */

static bool elf_error(const Program *p, Error **errp, const char *fault)
{
    error_setg(errp, "%s '%s' is not a usable ELF file: %s", p->what, p->path, fault);
    return false;
}

static bool check_header(const Program *p, Elf64_Ehdr *eh, Error **errp)
{
    if (p->size < sizeof(*eh)) {
        return elf_error(p, errp, "the header is cut short");
    }
    memcpy(eh, p->data, sizeof(*eh));
    if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB) {
        return elf_error(p, errp, "it is not 64-bit little-endian");
    }
    if (GUINT16_FROM_LE(eh->e_machine) != EM_RISCV) {
        return elf_error(p, errp, "it is not for RISC-V");
    }
    uint16_t type = GUINT16_FROM_LE(eh->e_type);
    if (type != ET_EXEC && type != ET_DYN) {
        return elf_error(p, errp, "it is not an executable");
    }
    if (GUINT16_FROM_LE(eh->e_phentsize) != sizeof(Elf64_Phdr)) {
        return elf_error(p, errp, "its program headers have an unknown size");
    }
    uint64_t phoff = GUINT64_FROM_LE(eh->e_phoff);
    uint64_t table = (uint64_t)GUINT16_FROM_LE(eh->e_phnum) * sizeof(Elf64_Phdr);
    if (phoff > p->size || table > p->size - phoff) {
        return elf_error(p, errp, "its program headers lie past the end of the file");
    }
    return true;
}

typedef struct Segment {
    uint64_t offset, file_size, memory_size, virtual, physical;
} Segment;

static bool is_load_segment(const Program *p, const Elf64_Ehdr *eh, unsigned index, Segment *seg)
{
    Elf64_Phdr ph;
    memcpy(&ph, p->data + GUINT64_FROM_LE(eh->e_phoff) + index * sizeof(ph), sizeof(ph));
    *seg = (Segment){
        .offset = GUINT64_FROM_LE(ph.p_offset),
        .file_size = GUINT64_FROM_LE(ph.p_filesz),
        .memory_size = GUINT64_FROM_LE(ph.p_memsz),
        .virtual = GUINT64_FROM_LE(ph.p_vaddr),
        .physical = GUINT64_FROM_LE(ph.p_paddr),
    };
    return GUINT32_FROM_LE(ph.p_type) == PT_LOAD && seg->memory_size;
}

static bool add_segment(const Program *p, const Segment *seg, unsigned index, Error **errp)
{
    if (seg->offset > p->size || seg->file_size > p->size - seg->offset) {
        return elf_error(p, errp, "a segment lies past the end of the file");
    }
    if (seg->file_size > seg->memory_size) {
        return elf_error(p, errp, "a segment is larger in the file than in memory");
    }
    if (seg->physical + (seg->memory_size - 1) < seg->physical) {
        return elf_error(p, errp, "a segment reaches past the end of the address space");
    }
    g_autofree char *name = g_strdup_printf("%s '%s' (segment %u)", p->what, p->path, index);
    g_autoptr(GBytes) data = g_bytes_new_from_bytes(p->bytes, seg->offset, seg->file_size);
    return image_set_add(p->set, name, data, seg->physical, seg->memory_size, errp);
}

static bool add_elf(const Program *p, LoadedImage *image, Error **errp)
{
    Elf64_Ehdr eh;
    if (!check_header(p, &eh, errp)) {
        return false;
    }
    uint64_t entry = GUINT64_FROM_LE(eh.e_entry);
    *image = (LoadedImage){ .entry = entry, .first = UINT64_MAX };
    for (unsigned i = 0; i < GUINT16_FROM_LE(eh.e_phnum); i++) {
        Segment seg;
        if (!is_load_segment(p, &eh, i, &seg)) {
            continue;
        }
        if (!add_segment(p, &seg, i, errp)) {
            return false;
        }
        image->first = MIN(image->first, seg.physical);
        image->end = MAX(image->end, seg.physical + seg.memory_size);
        if (entry >= seg.virtual && entry - seg.virtual < seg.memory_size) {
            /* The program starts with translation off. */
            image->entry = entry - seg.virtual + seg.physical;
        }
    }
    if (!image->end) {
        return elf_error(p, errp, "it has nothing to load");
    }
    return true;
}

/* ---- Linux ---- */

/* How much memory a Linux Image wants, from its header; 0 for anything else. */
static uint64_t linux_image_size(const Program *p)
{
    uint64_t size;
    if (p->size < LINUX_IMAGE_HEADER_SIZE ||
        memcmp(p->data + LINUX_IMAGE_MAGIC2_OFFSET, LINUX_IMAGE_MAGIC2, 4) != 0) {
        return 0;
    }
    memcpy(&size, p->data + LINUX_IMAGE_SIZE_OFFSET, sizeof(size));
    return GUINT64_FROM_LE(size);
}

static bool add_program(const Program *p, hwaddr addr, LoadedImage *image, Error **errp)
{
    if (p->size >= SELFMAG && memcmp(p->data, ELFMAG, SELFMAG) == 0) {
        return add_elf(p, image, errp);
    }
    if (p->size >= 2 && p->data[0] == 0x1f && p->data[1] == 0x8b) {
        error_setg(errp, "%s '%s' is compressed with gzip: unpack it first", p->what, p->path);
        return false;
    }
    return add_raw(p, addr, linux_image_size(p), image, errp);
}

bool image_load_program(ImageSet *set, const char *what, const char *path, hwaddr addr,
                        LoadedImage *image, Error **errp)
{
    Program p = { .set = set, .what = what, .path = path };
    if (!program_open(&p, errp)) {
        return false;
    }
    bool ok = add_program(&p, addr, image, errp);
    g_bytes_unref(p.bytes);
    return ok;
}
