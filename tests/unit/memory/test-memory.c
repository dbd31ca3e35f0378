/*
 * Memory regions, flat views, accesses and dirty marks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory.h"
#include "util/bql.h"

#include <string.h>

typedef struct Device {
    GString *log;
    uint64_t value; /* what reads give */
    bool locked;    /* BQL held in every call so far */
} Device;

static uint64_t device_read(void *opaque, hwaddr offset, unsigned size)
{
    Device *dev = opaque;
    dev->locked &= bql_locked();
    g_string_append_printf(dev->log, "r%u@%x ", size, (unsigned)offset);
    return dev->value >> ((offset & 7) * 8);
}

static void device_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    Device *dev = opaque;
    dev->locked &= bql_locked();
    g_string_append_printf(dev->log, "w%u@%x=%" G_GINT64_MODIFIER "x ", size, (unsigned)offset,
                           value);
}

static const MemoryRegionOps any_ops = { .read = device_read, .write = device_write };
static const MemoryRegionOps word_ops = {
    .read = device_read,
    .write = device_write,
    .min_size = 4,
    .max_size = 4,
};

typedef struct Fixture {
    MemoryRegion root, ram, rom, io, window, container;
    Device dev;
    AddressSpace *as;
} Fixture;

static void expect_log(Fixture *f, const char *text)
{
    g_assert_cmpstr(f->dev.log->str, ==, text);
    g_string_truncate(f->dev.log, 0);
}

/* RAM at 8000_0000 (1 MiB), ROM at 1000 (4 KiB), a device at 10000 (100h). */
static void set_up(Fixture *f, const void *ops)
{
    bql_lock();
    f->dev.log = g_string_new(NULL);
    f->dev.value = 0x8877665544332211;
    f->dev.locked = true;
    memory_region_init_container(&f->root, "system", UINT64_MAX);
    memory_region_init_ram(&f->ram, "ram", 1 << 20, &error_abort);
    memory_region_init_rom(&f->rom, "rom", 0x1000, &error_abort);
    memory_region_init_io(&f->io, ops ? ops : &any_ops, &f->dev, "dev", 0x100);
    f->as = address_space_new(&f->root, "memory");
    memory_transaction_begin();
    memory_region_add(&f->root, 0x80000000, &f->ram, 0);
    memory_region_add(&f->root, 0x1000, &f->rom, 0);
    memory_region_add(&f->root, 0x10000, &f->io, 0);
    memory_transaction_commit();
}

static void tear_down(Fixture *f, const void *ops)
{
    memory_region_remove(&f->root, &f->ram);
    memory_region_remove(&f->root, &f->rom);
    memory_region_remove(&f->root, &f->io);
    address_space_free(f->as);
    memory_region_finish(&f->root);
    memory_region_finish(&f->ram);
    memory_region_finish(&f->rom);
    memory_region_finish(&f->io);
    g_string_free(f->dev.log, true);
    bql_unlock();
}

static void append_range(hwaddr first, hwaddr last, const MemoryRegion *mr, hwaddr offset,
                         const char *kind, void *opaque)
{
    g_string_append_printf(
        opaque, "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %s+%" G_GINT64_MODIFIER "x %s\n",
        first, last, memory_region_name(mr), offset, kind);
}

static void expect_ranges(Fixture *f, const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    address_space_foreach_range(f->as, append_range, out);
    g_assert_cmpstr(out->str, ==, text);
}

static void test_flatten(Fixture *f, const void *data)
{
    expect_ranges(f, "1000-1fff rom+0 rom\n10000-100ff dev+0 i/o\n80000000-800fffff ram+0 ram\n");

    uint64_t generation = address_space_generation(f->as);
    memory_region_init_io(&f->window, &any_ops, &f->dev, "over", 0x2000);
    memory_region_add(&f->root, 0x80001000, &f->window, 1);
    expect_ranges(f, "1000-1fff rom+0 rom\n10000-100ff dev+0 i/o\n80000000-80000fff ram+0 ram\n"
                     "80001000-80002fff over+0 i/o\n80003000-800fffff ram+3000 ram\n");
    g_assert_cmpuint(address_space_generation(f->as), ==, generation + 1);

    memory_region_set_offset(&f->window, 0x7ffff000);
    expect_ranges(f, "1000-1fff rom+0 rom\n10000-100ff dev+0 i/o\n7ffff000-80000fff over+0 i/o\n"
                     "80001000-800fffff ram+1000 ram\n");
    memory_region_set_enabled(&f->window, false);
    expect_ranges(f, "1000-1fff rom+0 rom\n10000-100ff dev+0 i/o\n80000000-800fffff ram+0 ram\n");

    generation = address_space_generation(f->as);
    memory_region_remove(&f->root, &f->window); /* nobody could see it: no new view */
    g_assert_cmpuint(address_space_generation(f->as), ==, generation);
    memory_region_finish(&f->window);
}

static void test_low_priority(Fixture *f, const void *data)
{
    memory_region_init_io(&f->window, &any_ops, &f->dev, "under", 0x80000000);
    memory_region_add(&f->root, 0x1800, &f->window, -1);
    expect_ranges(f, "1000-1fff rom+0 rom\n2000-ffff under+800 i/o\n10000-100ff dev+0 i/o\n"
                     "10100-7fffffff under+e900 i/o\n80000000-800fffff ram+0 ram\n");
    memory_region_remove(&f->root, &f->window);
    memory_region_finish(&f->window);
}

static void test_whole_space(Fixture *f, const void *data)
{
    memory_region_init_io(&f->window, &any_ops, &f->dev, "all", UINT64_MAX);
    memory_region_add(&f->root, 0, &f->window, -1);
    expect_ranges(f, "0-fff all+0 i/o\n1000-1fff rom+0 rom\n2000-ffff all+2000 i/o\n"
                     "10000-100ff dev+0 i/o\n10100-7fffffff all+10100 i/o\n"
                     "80000000-800fffff ram+0 ram\n80100000-ffffffffffffffff all+80100000 i/o\n");
    uint64_t value;
    g_assert(address_space_load(f->as, UINT64_MAX - 7, 8, &value) == MEM_OK);
    g_assert(address_space_load(f->as, UINT64_MAX - 3, 8, &value) == MEM_DECODE_ERROR);
    memory_region_remove(&f->root, &f->window);
    memory_region_finish(&f->window);
}

static void test_alias(Fixture *f, const void *data)
{
    /* The upper half of the device, clipped by its container, which is clipped by an alias. */
    MemoryRegion inner;
    memory_region_init_container(&f->container, "bus", 0x10000);
    memory_region_init_io(&inner, &any_ops, &f->dev, "inner", 0x1000);
    memory_region_add(&f->container, 0xf800, &inner, 0);
    memory_region_init_alias(&f->window, "window", &f->container, 0xfc00, 0x10000);
    memory_region_add(&f->root, 0x40000000, &f->window, 0);
    expect_ranges(f, "1000-1fff rom+0 rom\n10000-100ff dev+0 i/o\n"
                     "40000000-400003ff inner+400 i/o\n80000000-800fffff ram+0 ram\n");
    g_assert(address_space_store(f->as, 0x40000004, 4, 5) == MEM_OK);
    expect_log(f, "w4@404=5 ");
    memory_region_remove(&f->root, &f->window);
    memory_region_remove(&f->container, &inner);
    memory_region_finish(&inner);
    memory_region_finish(&f->window);
    memory_region_finish(&f->container);
}

static void test_alias_of_ram(Fixture *f, const void *data)
{
    memory_region_init_alias(&f->window, "low", &f->ram, 0x8000, 0x4000);
    memory_region_add(&f->root, 0x40000000, &f->window, 0);
    g_assert(address_space_store(f->as, 0x40000010, 4, 0x12345678) == MEM_OK);
    uint64_t value;
    g_assert(address_space_load(f->as, 0x80008010, 4, &value) == MEM_OK);
    g_assert_cmphex(value, ==, 0x12345678);
    MemoryPage page = address_space_lookup_page(f->as, 0x40001234);
    g_assert(page.host == memory_region_ram(&f->ram) + 0x9000);
    memory_region_remove(&f->root, &f->window);
    memory_region_finish(&f->window);
}

static void test_io_with_child(Fixture *f, const void *data)
{
    memory_region_init_io(&f->window, &any_ops, &f->dev, "child", 0x10);
    memory_region_add(&f->io, 0x20, &f->window, 0);
    expect_ranges(f, "1000-1fff rom+0 rom\n10000-1001f dev+0 i/o\n10020-1002f child+0 i/o\n"
                     "10030-100ff dev+30 i/o\n80000000-800fffff ram+0 ram\n");
    memory_region_remove(&f->io, &f->window);
    memory_region_finish(&f->window);
}

static void test_equal_priority(void)
{
    if (g_test_subprocess()) {
        Fixture f;
        set_up(&f, NULL);
        memory_region_init_container(&f.container, "clash", 0x1000);
        memory_region_add(&f.root, 0x800fffff, &f.container, 0);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*'clash' overlaps 'ram' in 'system'*");
}

static void test_transaction(Fixture *f, const void *data)
{
    uint64_t generation = address_space_generation(f->as);
    memory_transaction_begin();
    memory_region_set_enabled(&f->io, false);
    memory_transaction_begin();
    memory_region_set_enabled(&f->rom, false);
    memory_transaction_commit();
    g_assert_cmpuint(address_space_generation(f->as), ==, generation);
    uint64_t value;
    g_assert(address_space_load(f->as, 0x10000, 4, &value) == MEM_OK);
    memory_transaction_commit();
    g_assert_cmpuint(address_space_generation(f->as), ==, generation + 1);
    g_assert(address_space_load(f->as, 0x10000, 4, &value) == MEM_DECODE_ERROR);
}

static void count_change(AddressSpace *as, void *opaque)
{
    (*(int *)opaque)++;
}

static void test_listener(Fixture *f, const void *data)
{
    int changes = 0;
    address_space_set_listener(f->as, count_change, &changes);
    memory_region_set_enabled(&f->io, false);
    memory_region_set_enabled(&f->io, false);
    g_assert_cmpint(changes, ==, 1);
    address_space_set_listener(f->as, NULL, NULL);
    memory_region_set_enabled(&f->rom, false);
    g_assert_cmpint(changes, ==, 1);
}

static void test_ram_access(Fixture *f, const void *data)
{
    uint8_t out[64], in[64];
    for (unsigned i = 0; i < sizeof(out); i++) {
        out[i] = (uint8_t)(i + 1);
    }
    for (unsigned shift = 0; shift < 9; shift++) {
        for (unsigned length = 0; length + shift <= sizeof(out); length += 5) {
            hwaddr at = 0x80000100 + shift;
            memset(in, 0, sizeof(in));
            g_assert(address_space_write(f->as, at, out + shift, length) == MEM_OK);
            g_assert(address_space_read(f->as, at, in, length) == MEM_OK);
            g_assert_cmpmem(in, length, out + shift, length);
            g_assert_cmpmem(memory_region_ram(&f->ram) + 0x100 + shift, length, out + shift,
                            length);
        }
    }
    uint64_t value;
    for (unsigned size = 1; size <= 8; size *= 2) {
        g_assert(address_space_store(f->as, 0x80000ffd, size, 0xf1e2d3c4b5a69788) == MEM_OK);
        g_assert(address_space_load(f->as, 0x80000ffd, size, &value) == MEM_OK);
        g_assert_cmphex(value, ==, 0xf1e2d3c4b5a69788 & (UINT64_MAX >> (64 - size * 8)));
    }
}

static void test_holes(Fixture *f, const void *data)
{
    uint64_t value;
    uint8_t buf[16] = { 0 };
    g_assert(address_space_load(f->as, 0, 8, &value) == MEM_DECODE_ERROR);
    g_assert(address_space_load(f->as, 0x800ffffc, 8, &value) == MEM_DECODE_ERROR);
    g_assert(address_space_read(f->as, 0x800ffff8, buf, 8) == MEM_OK);
    g_assert(address_space_write(f->as, 0x80100000, buf, 1) == MEM_DECODE_ERROR);
    g_assert(address_space_write(f->as, UINT64_MAX, buf, 2) == MEM_DECODE_ERROR);
    g_assert(address_space_read(f->as, 0, buf, 0) == MEM_OK);
}

static void test_rom(Fixture *f, const void *data)
{
    uint64_t value;
    g_assert(address_space_store(f->as, 0x1010, 4, 0xdeadbeef) == MEM_OK);
    g_assert(address_space_load(f->as, 0x1010, 4, &value) == MEM_OK);
    g_assert_cmphex(value, ==, 0);
    uint32_t word = GUINT32_TO_LE(0xcafe);
    g_assert(address_space_write_rom(f->as, 0x1010, &word, 4) == MEM_OK);
    g_assert(address_space_load(f->as, 0x1010, 4, &value) == MEM_OK);
    g_assert_cmphex(value, ==, 0xcafe);
    MemoryPage page = address_space_lookup_page(f->as, 0x1010);
    g_assert(page.host == memory_region_ram(&f->rom));
    g_assert_false(page.writable);
}

static void test_device(Fixture *f, const void *data)
{
    uint64_t value;
    g_assert(address_space_load(f->as, 0x10008, 8, &value) == MEM_OK);
    g_assert_cmphex(value, ==, 0x8877665544332211);
    g_assert(address_space_load(f->as, 0x10002, 2, &value) == MEM_OK);
    g_assert_cmphex(value, ==, 0x4433);
    expect_log(f, "r8@8 r2@2 ");
    /* Misaligned: naturally aligned pieces. */
    g_assert(address_space_load(f->as, 0x10003, 4, &value) == MEM_OK);
    g_assert_cmphex(value, ==, 0x77665544);
    expect_log(f, "r1@3 r2@4 r1@6 ");
    g_assert(address_space_store(f->as, 0x10006, 4, 0xaabbccdd) == MEM_OK);
    expect_log(f, "w2@6=ccdd w2@8=aabb ");
    /* Half of it lies past the device. */
    g_assert(address_space_store(f->as, 0x100fc, 8, 1) == MEM_DECODE_ERROR);

    bql_unlock();
    g_assert(address_space_load(f->as, 0x10000, 4, &value) == MEM_OK);
    g_assert_false(bql_locked());
    bql_lock();
    g_assert_true(f->dev.locked);
}

static void test_device_sizes(Fixture *f, const void *data)
{
    uint64_t value;
    g_assert(address_space_load(f->as, 0x10000, 8, &value) == MEM_OK);
    g_assert_cmphex(value, ==, 0x8877665544332211);
    expect_log(f, "r4@0 r4@4 ");
    g_assert(address_space_load(f->as, 0x10005, 1, &value) == MEM_OK);
    g_assert_cmphex(value, ==, 0x66);
    expect_log(f, "r4@4 ");
    g_assert(address_space_store(f->as, 0x10000, 8, 0x1122334455667788) == MEM_OK);
    g_assert(address_space_store(f->as, 0x10006, 2, 0xabcd) == MEM_OK);
    expect_log(f, "w4@0=55667788 w4@4=11223344 w4@4=abcd0000 ");
}

static void test_across(Fixture *f, const void *data)
{
    uint8_t buf[24];
    memory_region_init_io(&f->window, &any_ops, &f->dev, "next", 0x100);
    memory_region_add(&f->root, 0x80100000, &f->window, 0);
    memset(memory_region_ram(&f->ram) + 0xffff8, 0x5a, 8);
    g_assert(address_space_read(f->as, 0x800ffff8, buf, 24) == MEM_OK);
    g_assert_cmphex(buf[7], ==, 0x5a);
    g_assert_cmphex(buf[8], ==, 0x11);
    expect_log(f, "r8@0 r8@8 ");
    memory_region_remove(&f->root, &f->window);
    memory_region_finish(&f->window);
}

static void test_lookup_page(Fixture *f, const void *data)
{
    MemoryPage page = address_space_lookup_page(f->as, 0x80002abc);
    g_assert(page.host == memory_region_ram(&f->ram) + 0x2000);
    g_assert_true(page.writable);
    g_assert_null(page.dirty);
    g_assert_null(address_space_lookup_page(f->as, 0x10000).host);
    g_assert_null(address_space_lookup_page(f->as, 0).host);
    /* A page of which a device covers a part is no page. */
    memory_region_init_io(&f->window, &any_ops, &f->dev, "spot", 0x10);
    memory_region_add(&f->root, 0x80002010, &f->window, 1);
    g_assert_null(address_space_lookup_page(f->as, 0x80002abc).host);
    g_assert_nonnull(address_space_lookup_page(f->as, 0x80003000).host);
    memory_region_remove(&f->root, &f->window);
    memory_region_finish(&f->window);
}

static void test_dirty(Fixture *f, const void *data)
{
    uint8_t buf[0x1002] = { 0 };
    memory_region_track_dirty(&f->ram);
    MemoryPage page = address_space_lookup_page(f->as, 0x80003000);
    g_assert_nonnull(page.dirty);
    g_assert_false(memory_region_test_and_clear_dirty(&f->ram, 0x3000));
    *page.dirty = 1;
    g_assert_true(memory_region_test_and_clear_dirty(&f->ram, 0x3fff));
    g_assert_false(memory_region_test_and_clear_dirty(&f->ram, 0x3000));

    g_assert(address_space_write(f->as, 0x80004fff, buf, sizeof(buf)) == MEM_OK);
    for (unsigned i = 3; i < 9; i++) {
        g_assert(memory_region_test_and_clear_dirty(&f->ram, i * 0x1000) == (i >= 4 && i <= 6));
    }
    memory_region_set_dirty(&f->ram, 0xff000, 0x1000);
    g_assert_true(memory_region_test_and_clear_dirty(&f->ram, 0xff000));
    /* Reading leaves no mark. */
    g_assert(address_space_read(f->as, 0x80004fff, buf, sizeof(buf)) == MEM_OK);
    g_assert_false(memory_region_test_and_clear_dirty(&f->ram, 0x5000));
}

static void test_impossible_ram(void)
{
    MemoryRegion mr;
    g_autoptr(Error) err = NULL;
    g_assert_false(memory_region_init_ram(&mr, "huge", 1ull << 60, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "'huge'"));
}

/* ---- threads ---- */

typedef struct Race {
    Fixture *f;
    int stop;
    uint64_t reads[3];
} Race;

typedef struct RaceThread {
    Race *race;
    unsigned index;
} RaceThread;

static gpointer race_reader(gpointer opaque)
{
    RaceThread *self = opaque;
    Race *race = self->race;
    AddressSpace *as = race->f->as;
    while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
        uint64_t value;
        hwaddr at = 0x80000000 + self->index * 0x1000;
        g_assert(address_space_store(as, at, 8, at) == MEM_OK);
        g_assert(address_space_load(as, at, 8, &value) == MEM_OK);
        g_assert_cmphex(value, ==, at);
        g_assert_nonnull(address_space_lookup_page(as, at).host);
        /* RAM, nothing or a device, but never anything in between. */
        MemResult result = address_space_load(as, 0x80080000, 8, &value);
        g_assert(result == MEM_OK || result == MEM_DECODE_ERROR);
        g_assert(result != MEM_OK || value == 0 || value == race->f->dev.value);
        race->reads[self->index]++;
    }
    return NULL;
}

/* Three readers while the map under them changes all the time. */
static void test_race(Fixture *f, const void *data)
{
    Race race = { .f = f };
    RaceThread self[3];
    GThread *threads[3];
    memory_region_init_io(&f->window, &any_ops, &f->dev, "window", 0x80000);
    memory_region_add(&f->root, 0x80080000, &f->window, 1);
    for (unsigned i = 0; i < 3; i++) {
        self[i] = (RaceThread){ .race = &race, .index = i };
        threads[i] = g_thread_new("reader", race_reader, &self[i]);
    }
    for (unsigned i = 0; i < 3000; i++) {
        memory_region_set_enabled(&f->window, i & 1);
        g_string_truncate(f->dev.log, 0);
        bql_unlock();
        g_thread_yield();
        bql_lock();
    }
    __atomic_store_n(&race.stop, 1, __ATOMIC_RELAXED);
    bql_unlock();
    for (unsigned i = 0; i < 3; i++) {
        g_thread_join(threads[i]);
        g_assert_cmpuint(race.reads[i], >, 0);
    }
    bql_lock();
    memory_region_remove(&f->root, &f->window);
    memory_region_finish(&f->window);
}

typedef struct DirtyRace {
    Fixture *f;
    int stop;
} DirtyRace;

static gpointer dirty_writer(gpointer opaque)
{
    DirtyRace *race = opaque;
    for (uint64_t i = 1; i <= 20000; i++) {
        g_assert(address_space_store(race->f->as, 0x80000000, 8, i) == MEM_OK);
    }
    __atomic_store_n(&race->stop, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* The consumer that has seen no mark left has seen the last value. */
static void test_dirty_race(Fixture *f, const void *data)
{
    DirtyRace race = { .f = f };
    memory_region_track_dirty(&f->ram);
    GThread *thread = g_thread_new("writer", dirty_writer, &race);
    uint64_t seen = 0;
    for (bool last = false; !last;) {
        last = __atomic_load_n(&race.stop, __ATOMIC_ACQUIRE);
        if (memory_region_test_and_clear_dirty(&f->ram, 0)) {
            g_assert(address_space_load(f->as, 0x80000000, 8, &seen) == MEM_OK);
        }
    }
    g_assert_cmpuint(seen, ==, 20000);
    g_thread_join(thread);
}

#define ADD(path, fn, ops) g_test_add(path, Fixture, ops, set_up, fn, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/memory/flatten", test_flatten, NULL);
    ADD("/memory/low-priority", test_low_priority, NULL);
    ADD("/memory/whole-space", test_whole_space, NULL);
    ADD("/memory/alias", test_alias, NULL);
    ADD("/memory/alias-of-ram", test_alias_of_ram, NULL);
    ADD("/memory/io-with-child", test_io_with_child, NULL);
    g_test_add_func("/memory/equal-priority", test_equal_priority);
    ADD("/memory/transaction", test_transaction, NULL);
    ADD("/memory/listener", test_listener, NULL);
    ADD("/memory/ram-access", test_ram_access, NULL);
    ADD("/memory/holes", test_holes, NULL);
    ADD("/memory/rom", test_rom, NULL);
    ADD("/memory/device", test_device, NULL);
    ADD("/memory/device-sizes", test_device_sizes, &word_ops);
    ADD("/memory/across", test_across, NULL);
    ADD("/memory/lookup-page", test_lookup_page, NULL);
    ADD("/memory/dirty", test_dirty, NULL);
    g_test_add_func("/memory/impossible-ram", test_impossible_ram);
    ADD("/memory/race", test_race, NULL);
    ADD("/memory/dirty-race", test_dirty_race, NULL);
    return g_test_run();
}
