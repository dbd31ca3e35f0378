/*
 * ELF cores: what stands where in the file, holes, and ends before the end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/dump-core.h"

#include "util/bql.h"

#include <elf.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAM      0x80000000
#define RAM_SIZE 0x400000
#define ROM      0x1000
#define ROM_SIZE 0x2000

static MemoryRegion sys, ram, rom, io;
static AddressSpace *as;
static char *path;
static int cancel_after; /* questions; -1: never */

static bool cancelled(void)
{
    return cancel_after >= 0 && cancel_after-- == 0;
}

/* Of odd lengths, so that the padding is needed. */
static void add_notes(DumpCore *core)
{
    dump_core_add_note(core, "CORE", 1, "registers", 9);
    dump_core_add_note(core, "VITRINE", 77, "abcd", 4);
}

static const DumpArch arch = { .machine = EM_RISCV, .flags = 5, .add_notes = add_notes };

typedef struct Dumped {
    char *bytes;
    gsize length;
    uint64_t completed;
    uint64_t memory;
    uint64_t blocks; /* that the file takes, of 512 bytes */
} Dumped;

typedef struct Request {
    DumpCore *core;
    uint64_t completed;
} Request;

static bool produce(FileSink *sink, void *opaque, Error **errp)
{
    Request *r = opaque;

    return dump_core_write(r->core, sink, &r->completed, errp);
}

static bool dump(hwaddr begin, uint64_t length, Dumped *out, Error **errp)
{
    Request r = { .core = dump_core_new(as, &arch, begin, length, errp) };
    FileContent content = { .produce = produce, .opaque = &r };
    struct stat st;
    bool ok;

    memset(out, 0, sizeof(*out));
    if (!r.core) {
        return false;
    }
    content.size = dump_core_file_size(r.core);
    ok = file_target_write(path, &content, cancelled, errp);
    out->completed = r.completed;
    out->memory = dump_core_memory_size(r.core);
    if (ok) {
        g_assert_true(g_file_get_contents(path, &out->bytes, &out->length, NULL));
        g_assert_cmpuint(out->length, ==, content.size);
        g_assert_cmpint(stat(path, &st), ==, 0);
        out->blocks = st.st_blocks;
        g_unlink(path);
    }
    dump_core_free(r.core);
    return ok;
}

static const Elf64_Phdr *program_header(const Dumped *d, unsigned n)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)d->bytes;

    g_assert_cmpuint(n, <, header->e_phnum);
    return (const Elf64_Phdr *)(d->bytes + header->e_phoff) + n;
}

static void check_load(const Dumped *d, unsigned n, hwaddr addr, const void *bytes, size_t length)
{
    const Elf64_Phdr *load = program_header(d, n);

    g_assert_cmpuint(load->p_type, ==, PT_LOAD);
    g_assert_cmphex(load->p_vaddr, ==, addr);
    g_assert_cmphex(load->p_paddr, ==, addr);
    g_assert_cmpuint(load->p_filesz, ==, length);
    g_assert_cmpuint(load->p_memsz, ==, length);
    g_assert_cmpuint(load->p_offset + length, <=, d->length);
    g_assert_cmpmem(d->bytes + load->p_offset, length, bytes, length);
}

/* Returns what comes behind the note. */
static const char *check_note(const char *p, const char *name, uint32_t type, const char *text)
{
    const Elf64_Nhdr *note = (const Elf64_Nhdr *)p;

    g_assert_cmpuint(note->n_namesz, ==, strlen(name) + 1);
    g_assert_cmpuint(note->n_descsz, ==, strlen(text));
    g_assert_cmpuint(note->n_type, ==, type);
    p += sizeof(*note);
    g_assert_cmpstr(p, ==, name);
    p += (note->n_namesz + 3) & ~3u;
    g_assert_cmpmem(p, note->n_descsz, text, strlen(text));
    return p + ((note->n_descsz + 3) & ~3u);
}

static void test_all(void)
{
    Dumped d;
    const Elf64_Ehdr *header;
    const Elf64_Phdr *notes;
    const char *end;

    g_assert_true(dump(0, 0, &d, &error_abort));
    header = (const Elf64_Ehdr *)d.bytes;
    g_assert_cmpmem(header->e_ident, 7, ELFMAG "\2\1\1", 7);
    g_assert_cmpuint(header->e_type, ==, ET_CORE);
    g_assert_cmpuint(header->e_machine, ==, EM_RISCV);
    g_assert_cmpuint(header->e_flags, ==, 5);
    g_assert_cmpuint(header->e_phnum, ==, 3); /* devices are not read */
    notes = program_header(&d, 0);
    g_assert_cmpuint(notes->p_type, ==, PT_NOTE);
    end = check_note(d.bytes + notes->p_offset, "CORE", 1, "registers");
    end = check_note(end, "VITRINE", 77, "abcd");
    g_assert_cmpuint(end - d.bytes, ==, notes->p_offset + notes->p_filesz);
    check_load(&d, 1, ROM, memory_region_ram(&rom), ROM_SIZE);
    check_load(&d, 2, RAM, memory_region_ram(&ram), RAM_SIZE);
    g_assert_cmpuint(d.memory, ==, ROM_SIZE + RAM_SIZE);
    g_assert_cmpuint(d.completed, ==, d.memory);
    g_free(d.bytes);
}

/* Most of it is zero, here and there a byte, also the last. */
static void test_holes(void)
{
    Dumped d;

    g_assert_true(dump(RAM, RAM_SIZE, &d, &error_abort));
    check_load(&d, 1, RAM, memory_region_ram(&ram), RAM_SIZE);
    g_assert_cmpuint(d.blocks * 512, <, RAM_SIZE / 4);
    g_free(d.bytes);
    /* All zeros to the very end. */
    g_assert_true(dump(RAM + 0x10000, 0x5001, &d, &error_abort));
    check_load(&d, 1, RAM + 0x10000, memory_region_ram(&ram) + 0x10000, 0x5001);
    g_free(d.bytes);
}

static void test_part(void)
{
    Dumped d;

    g_assert_true(dump(ROM + ROM_SIZE - 3, UINT64_C(0x90000000), &d, &error_abort));
    check_load(&d, 1, ROM + ROM_SIZE - 3, memory_region_ram(&rom) + ROM_SIZE - 3, 3);
    check_load(&d, 2, RAM, memory_region_ram(&ram), RAM_SIZE);
    g_free(d.bytes);
    g_assert_true(dump(RAM + RAM_SIZE - 1, UINT64_MAX, &d, &error_abort));
    check_load(&d, 1, RAM + RAM_SIZE - 1, memory_region_ram(&ram) + RAM_SIZE - 1, 1);
    g_free(d.bytes);
}

static void expect_error(hwaddr begin, uint64_t length, const char *part)
{
    g_autoptr(Error) err = NULL;
    Dumped d;

    g_assert_false(dump(begin, length, &d, &err));
    if (!strstr(error_get_pretty(err), part)) {
        g_error("'%s' does not say '%s'", error_get_pretty(err), part);
    }
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void test_nothing(void)
{
    expect_error(0, ROM, "between 0x0 and 0xfff");
    expect_error(0x10000, 0x100, "no guest memory"); /* a device */
    expect_error(UINT64_MAX, 16, "no guest memory");
}

static void test_cancelled(void)
{
    for (int i = 0; i < 8; i++) {
        cancel_after = i;
        expect_error(0, 0, "was cancelled");
        cancel_after = -1;
    }
}

static void *read_all(void *opaque)
{
    GByteArray *bytes = g_byte_array_new();
    int fd = open(path, O_RDONLY);
    uint8_t buf[65536];
    ssize_t n;

    while ((n = read(fd, buf, sizeof(buf))) > 0) {
        g_byte_array_append(bytes, buf, n);
    }
    close(fd);
    return bytes;
}

/* Where holes cannot be, zeros are written. */
static void test_fifo(void)
{
    Request r = { .core = dump_core_new(as, &arch, 0, 0, &error_abort) };
    FileContent content = { .produce = produce, .opaque = &r };
    GByteArray *bytes;
    GThread *reader;
    Dumped d = { 0 };

    content.size = dump_core_file_size(r.core);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    reader = g_thread_new("reader", read_all, NULL);
    g_assert_true(file_target_write(path, &content, cancelled, &error_abort));
    bytes = g_thread_join(reader);
    g_assert_cmpuint(bytes->len, ==, content.size);
    d.bytes = (char *)bytes->data;
    d.length = bytes->len;
    check_load(&d, 2, RAM, memory_region_ram(&ram), RAM_SIZE);
    g_byte_array_unref(bytes);
    dump_core_free(r.core);
    unlink(path);
}

static void set_up_memory(void)
{
    static const MemoryRegionOps ops = { 0 };

    memory_region_init_container(&sys, "system", UINT64_MAX);
    memory_region_init_ram(&ram, "ram", RAM_SIZE, &error_abort);
    memory_region_init_rom(&rom, "rom", ROM_SIZE, &error_abort);
    memory_region_init_io(&io, &ops, NULL, "dev", 0x100);
    memory_region_add(&sys, RAM, &ram, 0);
    memory_region_add(&sys, ROM, &rom, 0);
    memory_region_add(&sys, 0x10000, &io, 0);
    as = address_space_new(&sys, "memory");
    for (unsigned i = 0; i < ROM_SIZE; i++) {
        memory_region_ram(&rom)[i] = (uint8_t)(i ^ i >> 8);
    }
    memset(memory_region_ram(&ram) + 100, 1, 5000);
    memory_region_ram(&ram)[RAM_SIZE / 2 + 4095] = 2;
    memory_region_ram(&ram)[RAM_SIZE - 1] = 3;
}

int main(int argc, char **argv)
{
    g_autofree char *dir = g_dir_make_tmp("vitrine-test-XXXXXX", NULL);
    int status;

    g_test_init(&argc, &argv, NULL);
    path = g_build_filename(dir, "core", NULL);
    cancel_after = -1;
    bql_lock();
    set_up_memory();
    g_test_add_func("/dump-core/all", test_all);
    g_test_add_func("/dump-core/holes", test_holes);
    g_test_add_func("/dump-core/part", test_part);
    g_test_add_func("/dump-core/nothing", test_nothing);
    g_test_add_func("/dump-core/cancelled", test_cancelled);
    g_test_add_func("/dump-core/fifo", test_fifo);
    status = g_test_run();
    address_space_free(as);
    bql_unlock();
    g_assert_cmpint(g_rmdir(dir), ==, 0); /* no temporary file is left */
    g_free(path);
    return status;
}
