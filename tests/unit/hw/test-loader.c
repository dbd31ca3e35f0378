/*
 * Loading images: raw, Linux and ELF files, good and hostile ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw-test.h"
#include "hw/loader.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAM      0x80000000
#define RAM_SIZE 0x100000

static char *dir;
static MemoryRegion ram, rom;

static char *write_file(const void *data, size_t size)
{
    char *path = g_build_filename(dir, "image", NULL);
    /* Not g_file_set_contents(), for whose fsync() thousands of files would have to wait. */
    FILE *file = fopen(path, "w");
    g_assert_nonnull(file);
    g_assert_cmpuint(fwrite(data, 1, size, file), ==, size);
    g_assert_cmpint(fclose(file), ==, 0);
    return path;
}

static ImageSet *new_set(void)
{
    memset(memory_region_ram(&ram), 0xee, RAM_SIZE);
    return image_set_new(board_get()->as);
}

static bool load(ImageSet *set, const void *data, size_t size, LoadedImage *image, Error **errp)
{
    g_autofree char *path = write_file(data, size);
    return image_load_program(set, "kernel", path, RAM + 0x1000, image, errp);
}

static void expect_failure(const void *data, size_t size, const char *part)
{
    LoadedImage image;
    g_autoptr(Error) err = NULL;
    ImageSet *set = new_set();
    g_assert_false(load(set, data, size, &image, &err));
    if (!strstr(error_get_pretty(err), part) || !strstr(error_get_pretty(err), "kernel")) {
        g_error("'%s' does not say '%s'", error_get_pretty(err), part);
    }
    image_set_free(set);
}

/* ---- an ELF file: code with zeros behind it, then data ---- */

typedef struct TestElf {
    Elf64_Ehdr eh;
    Elf64_Phdr ph[3];
    uint8_t code[64];
    uint8_t data[16];
} TestElf;

static TestElf good_elf(void)
{
    TestElf e = {
        .eh = {
            .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
            .e_type = GUINT16_TO_LE(ET_EXEC),
            .e_machine = GUINT16_TO_LE(EM_RISCV),
            .e_version = GUINT32_TO_LE(EV_CURRENT),
            .e_entry = GUINT64_TO_LE(0xffffffff80000010),
            .e_phoff = GUINT64_TO_LE(offsetof(TestElf, ph)),
            .e_ehsize = GUINT16_TO_LE(sizeof(Elf64_Ehdr)),
            .e_phentsize = GUINT16_TO_LE(sizeof(Elf64_Phdr)),
            .e_phnum = GUINT16_TO_LE(3),
        },
    };
    e.ph[0] = (Elf64_Phdr){
        .p_type = GUINT32_TO_LE(PT_LOAD),
        .p_offset = GUINT64_TO_LE(offsetof(TestElf, code)),
        .p_vaddr = GUINT64_TO_LE(0xffffffff80000000),
        .p_paddr = GUINT64_TO_LE(RAM + 0x2000),
        .p_filesz = GUINT64_TO_LE(sizeof(e.code)),
        .p_memsz = GUINT64_TO_LE(0x100),
    };
    e.ph[1] = (Elf64_Phdr){ .p_type = GUINT32_TO_LE(PT_NOTE), .p_filesz = UINT64_MAX };
    e.ph[2] = (Elf64_Phdr){
        .p_type = GUINT32_TO_LE(PT_LOAD),
        .p_offset = GUINT64_TO_LE(offsetof(TestElf, data)),
        .p_vaddr = GUINT64_TO_LE(0xffffffff80008000),
        .p_paddr = GUINT64_TO_LE(RAM + 0x8000),
        .p_filesz = GUINT64_TO_LE(sizeof(e.data)),
        .p_memsz = GUINT64_TO_LE(sizeof(e.data)),
    };
    memset(e.code, 0xc0, sizeof(e.code));
    memset(e.data, 0xda, sizeof(e.data));
    return e;
}

static void test_elf(void)
{
    TestElf e = good_elf();
    LoadedImage image;
    ImageSet *set = new_set();
    g_assert_true(load(set, &e, sizeof(e), &image, &error_abort));
    g_assert_cmphex(image.entry, ==, RAM + 0x2010);
    g_assert_cmphex(image.first, ==, RAM + 0x2000);
    g_assert_cmphex(image.end, ==, RAM + 0x8010);
    const uint8_t *host = memory_region_ram(&ram);
    g_assert_cmphex(host[0x2000], ==, 0xee); /* not before the reset */
    image_set_restore(set);
    g_assert_cmpmem(host + 0x2000, sizeof(e.code), e.code, sizeof(e.code));
    for (unsigned i = 0x2000 + sizeof(e.code); i < 0x2100; i++) {
        g_assert_cmphex(host[i], ==, 0);
    }
    g_assert_cmphex(host[0x2100], ==, 0xee);
    g_assert_cmpmem(host + 0x8000, sizeof(e.data), e.data, sizeof(e.data));
    image_set_free(set);
}

static void test_elf_truncated(void)
{
    TestElf e = good_elf();
    for (size_t size = SELFMAG; size < sizeof(e); size++) {
        expect_failure(&e, size, "is not a usable ELF file");
    }
}

static void test_elf_wrong_kind(void)
{
    TestElf e = good_elf();
    e.eh.e_ident[EI_CLASS] = ELFCLASS32;
    expect_failure(&e, sizeof(e), "it is not 64-bit little-endian");
    e = good_elf();
    e.eh.e_ident[EI_DATA] = ELFDATA2MSB;
    expect_failure(&e, sizeof(e), "it is not 64-bit little-endian");
    e = good_elf();
    e.eh.e_machine = GUINT16_TO_LE(EM_X86_64);
    expect_failure(&e, sizeof(e), "it is not for RISC-V");
    e = good_elf();
    e.eh.e_type = GUINT16_TO_LE(ET_REL);
    expect_failure(&e, sizeof(e), "it is not an executable");
    e = good_elf();
    e.eh.e_phentsize = GUINT16_TO_LE(32);
    expect_failure(&e, sizeof(e), "unknown size");
    e = good_elf();
    e.eh.e_phnum = 0;
    expect_failure(&e, sizeof(e), "nothing to load");
}

static void test_elf_hostile(void)
{
    TestElf e = good_elf();
    e.eh.e_phoff = GUINT64_TO_LE(UINT64_MAX - 8);
    expect_failure(&e, sizeof(e), "past the end of the file");
    e = good_elf();
    e.eh.e_phnum = GUINT16_TO_LE(0xffff);
    expect_failure(&e, sizeof(e), "past the end of the file");
    e = good_elf();
    e.ph[0].p_offset = GUINT64_TO_LE(UINT64_MAX);
    expect_failure(&e, sizeof(e), "a segment lies past the end of the file");
    e = good_elf();
    e.ph[0].p_filesz = GUINT64_TO_LE(UINT64_MAX);
    expect_failure(&e, sizeof(e), "a segment lies past the end of the file");
    e = good_elf();
    e.ph[0].p_memsz = GUINT64_TO_LE(1);
    expect_failure(&e, sizeof(e), "larger in the file than in memory");
    e = good_elf();
    e.ph[0].p_memsz = GUINT64_TO_LE(UINT64_MAX);
    expect_failure(&e, sizeof(e), "past the end of the address space");
    e = good_elf();
    e.ph[0].p_memsz = GUINT64_TO_LE(RAM_SIZE);
    expect_failure(&e, sizeof(e), "does not fit into the machine's memory");
    e = good_elf();
    e.ph[0].p_paddr = GUINT64_TO_LE(0x10000000);
    expect_failure(&e, sizeof(e), "does not fit into the machine's memory");
    e = good_elf();
    e.ph[2].p_paddr = GUINT64_TO_LE(RAM + 0x20ff);
    expect_failure(&e, sizeof(e), "overlaps kernel");
}

/* Whatever the bytes are: an error or an image that lies in memory. */
static void test_elf_mutations(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(4711);
    for (unsigned round = 0; round < 3000; round++) {
        TestElf e = good_elf();
        uint8_t *bytes = (uint8_t *)&e;
        for (unsigned n = 1 + g_rand_int(rand) % 8; n > 0; n--) {
            bytes[SELFMAG + g_rand_int(rand) % (sizeof(e.eh) + sizeof(e.ph) - SELFMAG)] =
                (uint8_t)g_rand_int(rand);
        }
        LoadedImage image;
        ImageSet *set = image_set_new(board_get()->as);
        g_autoptr(Error) err = NULL;
        if (load(set, &e, sizeof(e), &image, &err)) {
            g_assert_null(err);
            g_assert_cmphex(image.end, <=, RAM + RAM_SIZE);
            image_set_restore(set);
        } else {
            g_assert_nonnull(err);
        }
        image_set_free(set);
    }
}

/* ---- the rest ---- */

static void test_raw(void)
{
    LoadedImage image;
    ImageSet *set = new_set();
    g_assert_true(load(set, "hello", 5, &image, &error_abort));
    g_assert_cmphex(image.entry, ==, RAM + 0x1000);
    g_assert_cmphex(image.end, ==, RAM + 0x1005);
    image_set_restore(set);
    g_assert_cmpmem(memory_region_ram(&ram) + 0x1000, 6, "hello\xee", 6);
    /* The guest has written over it: a reset brings it back. */
    address_space_write(board_get()->as, RAM + 0x1000, "XXXXXX", 6);
    image_set_restore(set);
    g_assert_cmpmem(memory_region_ram(&ram) + 0x1000, 6, "helloX", 6);
    image_set_free(set);
}

static void test_linux_image(void)
{
    uint8_t header[64] = { 0 };
    uint64_t size = GUINT64_TO_LE(0x20000);
    memcpy(header + 0x10, &size, 8);
    memcpy(header + 0x38, "RSC\x05", 4);
    LoadedImage image;
    ImageSet *set = new_set();
    g_assert_true(load(set, header, sizeof(header), &image, &error_abort));
    g_assert_cmphex(image.end, ==, RAM + 0x21000); /* its BSS is kept free */
    image_set_free(set);
    size = GUINT64_TO_LE(UINT64_MAX);
    memcpy(header + 0x10, &size, 8);
    expect_failure(header, sizeof(header), "does not fit");
}

static void test_gzip(void)
{
    expect_failure("\x1f\x8b\x08\x00", 4, "is compressed with gzip");
}

static void test_rom(void)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static("vector", 6);
    ImageSet *set = new_set();
    g_assert_true(image_set_add(set, "vector", bytes, 0x1000, 6, &error_abort));
    image_set_restore(set);
    g_assert_cmpmem(memory_region_ram(&rom), 6, "vector", 6);
    g_autoptr(GBytes) other = g_bytes_new_static("VECTOR", 6);
    image_set_replace(set, 0x1000, other);
    image_set_restore(set);
    g_assert_cmpmem(memory_region_ram(&rom), 6, "VECTOR", 6);
    image_set_free(set);
}

static void test_overlap(void)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static("x", 1);
    g_autoptr(Error) err = NULL;
    ImageSet *set = new_set();
    g_assert_true(image_set_add(set, "first", bytes, RAM + 0x100, 0x100, &error_abort));
    g_assert_true(image_set_add(set, "before", bytes, RAM + 0xff, 1, &error_abort));
    g_assert_true(image_set_add(set, "behind", bytes, RAM + 0x200, 1, &error_abort));
    g_assert_false(image_set_add(set, "second", bytes, RAM + 0x1ff, 1, &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "second (0x800001ff-0x800001ff) overlaps first (0x80000100-0x800001ff)");
    image_set_free(set);
}

static void expect_unreadable(const char *path, uint64_t max, const char *part)
{
    g_autoptr(Error) err = NULL;
    g_assert_null(image_read_file(path, max, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), path));
    g_assert_nonnull(strstr(error_get_pretty(err), part));
}

static void test_files(void)
{
    expect_unreadable("/nonexistent/file", 100, "No such file or directory");
    expect_unreadable(dir, 100, "not a regular file");
    expect_unreadable("/dev/null", 100, "not a regular file");
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    expect_unreadable(fifo, 100, "not a regular file"); /* and at once */
    g_assert_cmpint(unlink(fifo), ==, 0);
    g_autofree char *empty = write_file("", 0);
    expect_unreadable(empty, 100, "empty");
    g_autofree char *big = write_file("0123456789", 10);
    expect_unreadable(big, 9, "exceed the limit of 9");
    g_autoptr(GBytes) bytes = image_read_file(big, 10, &error_abort);
    g_assert_cmpuint(g_bytes_get_size(bytes), ==, 10);
    /* A sparse file larger than the guest's memory. */
    g_assert_cmpint(truncate(big, 64 << 20), ==, 0);
    LoadedImage image;
    g_autoptr(Error) err = NULL;
    ImageSet *set = new_set();
    g_assert_false(image_load_raw(set, "initrd", big, RAM, &image, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "does not fit"));
    image_set_free(set);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    dir = g_dir_make_tmp("vitrine-test-XXXXXX", NULL);
    g_assert_nonnull(dir);
    memory_region_init_ram(&ram, "ram", RAM_SIZE, &error_abort);
    memory_region_init_rom(&rom, "rom", 0x1000, &error_abort);
    memory_region_add(&board_get()->system, RAM, &ram, 0);
    memory_region_add(&board_get()->system, 0x1000, &rom, 0);
    g_test_add_func("/loader/raw", test_raw);
    g_test_add_func("/loader/linux-image", test_linux_image);
    g_test_add_func("/loader/gzip", test_gzip);
    g_test_add_func("/loader/elf", test_elf);
    g_test_add_func("/loader/elf-truncated", test_elf_truncated);
    g_test_add_func("/loader/elf-wrong-kind", test_elf_wrong_kind);
    g_test_add_func("/loader/elf-hostile", test_elf_hostile);
    g_test_add_func("/loader/elf-mutations", test_elf_mutations);
    g_test_add_func("/loader/rom", test_rom);
    g_test_add_func("/loader/overlap", test_overlap);
    g_test_add_func("/loader/files", test_files);
    int status = g_test_run();
    g_autofree char *path = g_build_filename(dir, "image", NULL);
    unlink(path);
    rmdir(dir);
    g_free(dir);
    return status;
}
