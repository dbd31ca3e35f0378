/*
 * Run a static RISC-V Linux program that only computes, on the hart alone:
 * `isa-runner [--paged] PROGRAM`.
 *
 * The program's segments become RAM at the addresses that they ask for, and it runs in M mode with
 * its floating point on; write(2) to standard output and exit(2) are the system calls it has. Any
 * other trap ends the run with status 3 and a line `trap cause C pc P tval T` on standard error.
 *
 * With --paged it runs in U mode behind Sv39 page tables that put the pages of each segment into
 * physical memory in reverse order, so that what crosses a page border is never in one piece.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "isa-paging.h"
#include "util/bql.h"
#include "util/event-loop.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    REG_A0 = 10,
    REG_A1 = 11,
    REG_A2 = 12,
    REG_A7 = 17,
    SYS_WRITE = 64,
    SYS_EXIT = 93,
    SEGMENTS_MAX = 8,
    STATUS_BAD_PROGRAM = 2,
    STATUS_TRAP = 3,
};

typedef struct Machine {
    MemoryRegion root;
    MemoryRegion ram[SEGMENTS_MAX];
    unsigned segments;
    bool paged;
    Paging paging;
    AddressSpace *as;
    Hart *hart;
} Machine;

/* Copy the segment in page by page; @pages of it, some perhaps beyond what the file holds. */
static bool fill_segment(Machine *machine, MemoryRegion *ram, const Elf64_Phdr *segment,
                         const char *image, Error **errp)
{
    uint64_t pages = memory_region_size(ram) / MEMORY_PAGE_SIZE;

    for (uint64_t page = 0; page < pages; page++) {
        uint64_t at = page * MEMORY_PAGE_SIZE;
        uint64_t place = (machine->paged ? pages - 1 - page : page) * MEMORY_PAGE_SIZE;

        if (at < segment->p_filesz) {
            memcpy(memory_region_ram(ram) + place, image + segment->p_offset + at,
                   MIN(segment->p_filesz - at, MEMORY_PAGE_SIZE));
        }
        if (machine->paged &&
            !paging_map(&machine->paging, segment->p_vaddr + at, segment->p_vaddr + place, errp)) {
            return false;
        }
    }
    return true;
}

static bool load_segment(Machine *machine, const Elf64_Phdr *segment, const char *image,
                         size_t size, Error **errp)
{
    MemoryRegion *ram = &machine->ram[machine->segments];
    uint64_t bytes = (segment->p_memsz + MEMORY_PAGE_SIZE - 1) & PAGE_MASK;
    g_autofree char *name = g_strdup_printf("segment%u", machine->segments);

    if (segment->p_offset > size || segment->p_filesz > size - segment->p_offset ||
        segment->p_filesz > segment->p_memsz || segment->p_vaddr & ~PAGE_MASK) {
        error_setg(errp, "%s reaches beyond the file, or is not page aligned", name);
        return false;
    }
    if (!memory_region_init_ram(ram, name, bytes, errp)) {
        return false;
    }
    memory_region_add(&machine->root, segment->p_vaddr, ram, 0);
    machine->segments++;
    return fill_segment(machine, ram, segment, image, errp);
}

static bool load_program(Machine *machine, const char *image, size_t size, uint64_t *entry,
                         Error **errp)
{
    Elf64_Ehdr header;

    if (size < sizeof(header)) {
        error_setg(errp, "the program is shorter than an ELF header");
        return false;
    }
    memcpy(&header, image, sizeof(header));
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != EM_RISCV ||
        header.e_phnum > SEGMENTS_MAX || header.e_phoff > size ||
        header.e_phnum * sizeof(Elf64_Phdr) > size - header.e_phoff) {
        error_setg(errp, "the program is no RISC-V ELF file of up to %d segments", SEGMENTS_MAX);
        return false;
    }
    for (unsigned i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr segment;

        memcpy(&segment, image + header.e_phoff + i * sizeof(segment), sizeof(segment));
        if (segment.p_type == PT_LOAD && !load_segment(machine, &segment, image, size, errp)) {
            return false;
        }
    }
    *entry = header.e_entry;
    return true;
}

static bool machine_init(Machine *machine, const char *path, Error **errp)
{
    g_autofree char *image = NULL;
    g_autoptr(GError) error = NULL;
    uint64_t entry;
    size_t size;

    if (!g_file_get_contents(path, &image, &size, &error)) {
        error_setg(errp, "%s", error->message);
        return false;
    }
    memory_region_init_container(&machine->root, "system", UINT64_MAX);
    machine->as = address_space_new(&machine->root, "memory");
    if (machine->paged && !paging_init(&machine->paging, &machine->root, errp)) {
        return false;
    }
    if (!load_program(machine, image, size, &entry, errp)) {
        return false;
    }
    machine->hart = hart_create(0, machine->as, entry);
    machine->hart->fs = FS_DIRTY;
    if (machine->paged) {
        paging_enter_user(machine->hart);
    }
    return true;
}

static bool write_out(Machine *machine, uint64_t addr, uint64_t length)
{
    g_autofree uint8_t *buf = g_try_malloc(length);

    return buf && hart_memory_read(machine->hart, addr, buf, length) &&
           fwrite(buf, 1, length, stdout) == length;
}

/* False: the program has ended, with *@status. */
static bool system_call(Machine *machine, int *status)
{
    uint64_t *x = machine->hart->x;

    if (x[REG_A7] == SYS_EXIT) {
        *status = (int)(x[REG_A0] & 0xff);
        return false;
    }
    if (x[REG_A7] != SYS_WRITE || x[REG_A0] != 1 || !write_out(machine, x[REG_A1], x[REG_A2])) {
        fprintf(stderr, "isa-runner: system call %" PRIu64 " failed\n", x[REG_A7]);
        *status = STATUS_BAD_PROGRAM;
        return false;
    }
    x[REG_A0] = x[REG_A2];
    machine->hart->pc += 4;
    return true;
}

static int run(Machine *machine)
{
    int status = 0;

    for (;;) {
        HartTrap trap = hart_run_until_trap(machine->hart);

        if (!trap.taken || trap.cause != (uint64_t)CAUSE_ECALL_U + machine->hart->priv) {
            fprintf(stderr, "trap cause %" PRIu64 " pc %#" PRIx64 " tval %#" PRIx64 "\n",
                    trap.cause, trap.pc, trap.tval);
            return STATUS_TRAP;
        }
        if (!system_call(machine, &status)) {
            return status;
        }
    }
}

static void machine_finish(Machine *machine)
{
    if (machine->hart) {
        object_unref(OBJECT(machine->hart));
    }
    for (unsigned i = 0; i < machine->segments; i++) {
        memory_region_remove(&machine->root, &machine->ram[i]);
    }
    if (machine->paged) {
        memory_region_remove(&machine->root, &machine->paging.ram);
    }
    address_space_free(machine->as);
    for (unsigned i = 0; i < machine->segments; i++) {
        memory_region_finish(&machine->ram[i]);
    }
    if (machine->paged) {
        memory_region_finish(&machine->paging.ram);
    }
    memory_region_finish(&machine->root);
}

int main(int argc, char **argv)
{
    static Machine machine;
    Error *err = NULL;
    int status;

    machine.paged = argc == 3 && strcmp(argv[1], "--paged") == 0;
    if (argc != 2 && !machine.paged) {
        fprintf(stderr, "usage: isa-runner [--paged] PROGRAM\n");
        return STATUS_BAD_PROGRAM;
    }
    main_loop_init(); /* with the BQL */
    module_init_types();
    if (!machine_init(&machine, argv[argc - 1], &err)) {
        error_report_err(err);
        return STATUS_BAD_PROGRAM;
    }
    bql_unlock();
    status = run(&machine);
    bql_lock();
    machine_finish(&machine);
    bql_unlock();
    return status;
}
