/*
 * The virt board as a whole: device tree, reset vector, images, memory map.
 *
 * There is one machine in a process, so every test runs in a process of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/device.h"
#include "hw/riscv/virt.h"
#include "monitor/hmp-commands.h"
#include "qapi/qapi-commands-machine.h"
#include "target/riscv/hart.h"
#include "util/event-loop.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>
#include <unistd.h>

#define MIB (1ull << 20)

/* ---- making machines ---- */

typedef struct Options {
    uint64_t ram_size;
    unsigned cpus;
    const char *firmware, *kernel, *initrd, *append;
} Options;

static VirtMachine *try_machine(const Options *opts, Error **errp)
{
    MachineClass *mc = machine_class_find("virt", &error_abort);
    Machine *machine = MACHINE(object_new(object_class_get_name(&mc->parent_class)));
    machine->ram_size = opts->ram_size;
    machine->smp_cpus = opts->cpus;
    machine->firmware = g_strdup(opts->firmware);
    machine->kernel = g_strdup(opts->kernel);
    machine->initrd = g_strdup(opts->initrd);
    machine->append = g_strdup(opts->append);
    return machine_realize(machine, errp) ? VIRT_MACHINE(machine) : NULL;
}

static VirtMachine *new_machine(const Options *opts)
{
    VirtMachine *s = try_machine(opts, &error_abort);
    machine_reset(MACHINE(s));
    return s;
}

/* A file of @size bytes of @fill; the test unlinks it. */
static char *new_file(const char *name, char fill, size_t size)
{
    g_autofree char *text = g_strnfill(size, fill);
    char *path = g_strdup_printf("%s/vitrine-test-%s-%d", g_get_tmp_dir(), name, getpid());
    g_assert_true(g_file_set_contents(path, text, (gssize)size, NULL));
    return path;
}

static uint64_t load(hwaddr addr, unsigned size)
{
    uint64_t value;
    g_assert(address_space_load(address_space_system(), addr, size, &value) == MEM_OK);
    return value;
}

/* ---- the device tree as the guest finds it ---- */

static void *guest_fdt(const VirtMachine *s)
{
    uint8_t *fdt = memory_region_ram(&s->ram) + (s->fdt_addr - VIRT_RAM_BASE);
    g_assert_cmpint(fdt_check_header(fdt), ==, 0);
    g_assert_cmpint(fdt_check_full(fdt, fdt_totalsize(fdt)), ==, 0);
    return fdt;
}

static int node_at(const void *fdt, const char *path)
{
    int node = fdt_path_offset(fdt, path);
    if (node < 0) {
        g_error("no node %s", path);
    }
    return node;
}

static const void *property(const void *fdt, const char *path, const char *name, int length)
{
    int actual;
    const void *value = fdt_getprop(fdt, node_at(fdt, path), name, &actual);
    if (!value || (length >= 0 && actual != length)) {
        g_error("%s/%s: %d bytes instead of %d", path, name, actual, length);
    }
    return value;
}

static uint32_t cell(const void *fdt, const char *path, const char *name, unsigned index,
                     unsigned count)
{
    const fdt32_t *cells = property(fdt, path, name, (int)(4 * count));
    return fdt32_ld(&cells[index]);
}

static void expect_text(const void *fdt, const char *path, const char *name, const char *text)
{
    g_assert_cmpstr(property(fdt, path, name, (int)strlen(text) + 1), ==, text);
}

static void expect_reg(const void *fdt, const char *path, uint64_t base, uint64_t size)
{
    const fdt64_t *reg = property(fdt, path, "reg", 16);
    g_assert_cmphex(fdt64_ld(&reg[0]), ==, base);
    g_assert_cmphex(fdt64_ld(&reg[1]), ==, size);
}

static void check_basic_nodes(void)
{
    const Options opts = { .ram_size = 256 * MIB, .cpus = 1, .firmware = "none" };
    void *fdt = guest_fdt(new_machine(&opts));
    expect_text(fdt, "/", "compatible", "riscv-virtio");
    expect_text(fdt, "/", "model", "riscv-virtio,qemu");
    expect_text(fdt, "/chosen", "stdout-path", "/soc/serial@10000000");
    g_assert_null(fdt_getprop(fdt, node_at(fdt, "/chosen"), "bootargs", NULL));
    g_assert_null(fdt_getprop(fdt, node_at(fdt, "/chosen"), "linux,initrd-start", NULL));
    expect_text(fdt, "/memory@80000000", "device_type", "memory");
    expect_reg(fdt, "/memory@80000000", 0x80000000, 256 * MIB);
    g_assert_cmpuint(cell(fdt, "/cpus", "timebase-frequency", 0, 1), ==, 10000000);
    expect_text(fdt, "/soc/serial@10000000", "compatible", "ns16550a");
    expect_reg(fdt, "/soc/serial@10000000", 0x10000000, 0x100);
    g_assert_cmpuint(cell(fdt, "/soc/serial@10000000", "clock-frequency", 0, 1), ==, 3686400);
    g_assert_cmpuint(cell(fdt, "/soc/serial@10000000", "interrupts", 0, 1), ==, 10);
    g_assert_cmpuint(cell(fdt, "/soc/rtc@101000", "interrupts", 0, 1), ==, 11);
    expect_reg(fdt, "/soc/plic@c000000", 0xc000000, 0x600000);
    expect_reg(fdt, "/soc/clint@2000000", 0x2000000, 0x10000);
    expect_reg(fdt, "/soc/virtio_mmio@10008000", 0x10008000, 0x1000);
    g_assert_cmpuint(cell(fdt, "/soc/virtio_mmio@10008000", "interrupts", 0, 1), ==, 8);
    g_assert_cmpint(
        fdt_stringlist_search(fdt, node_at(fdt, "/soc/test@100000"), "compatible", "syscon"), ==,
        2);
    uint32_t syscon = fdt_get_phandle(fdt, node_at(fdt, "/soc/test@100000"));
    expect_text(fdt, "/soc/gpio@10060000", "compatible", "sifive,gpio0");
    g_assert_cmpuint(cell(fdt, "/soc/gpio@10060000", "interrupts", 0, 1), ==, 12);
    uint32_t gpio = fdt_get_phandle(fdt, node_at(fdt, "/soc/gpio@10060000"));
    g_assert_cmpuint(cell(fdt, "/gpio-keys/poweroff", "gpios", 0, 3), ==, gpio);
    g_assert_cmpuint(cell(fdt, "/gpio-keys/poweroff", "linux,code", 0, 1), ==, 116);
    expect_text(fdt, "/fw-cfg@10100000", "compatible", "qemu,fw-cfg-mmio");
    expect_reg(fdt, "/fw-cfg@10100000", 0x10100000, 0x10);
    g_assert_cmpuint(cell(fdt, "/poweroff", "regmap", 0, 1), ==, syscon);
    g_assert_cmphex(cell(fdt, "/poweroff", "value", 0, 1), ==, 0x5555);
    g_assert_cmphex(cell(fdt, "/reboot", "value", 0, 1), ==, 0x7777);
}

static void check_harts(void)
{
    const Options opts = { .ram_size = 64 * MIB, .cpus = 8, .firmware = "none" };
    void *fdt = guest_fdt(new_machine(&opts));
    g_assert_cmpuint(hart_count(), ==, 8);
    for (unsigned i = 0; i < 8; i++) {
        g_autofree char *cpu = g_strdup_printf("/cpus/cpu@%u", i);
        g_autofree char *intc = g_strdup_printf("%s/interrupt-controller", cpu);
        g_autofree char *core = g_strdup_printf("/cpus/cpu-map/cluster0/core%u", i);
        g_autofree char *path = g_strdup_printf("/machine/soc0/harts[%u]", i);
        g_assert_cmpuint(cell(fdt, cpu, "reg", 0, 1), ==, i);
        expect_text(fdt, cpu, "mmu-type", "riscv,sv48");
        g_assert_true(g_str_has_prefix(property(fdt, cpu, "riscv,isa", -1), "rv64imafdc"));
        g_assert_cmpuint(cell(fdt, core, "cpu", 0, 1), ==, fdt_get_phandle(fdt, node_at(fdt, cpu)));
        uint32_t phandle = fdt_get_phandle(fdt, node_at(fdt, intc));
        static const uint32_t plic[] = { 11, 9 }, clint[] = { 3, 7 };
        for (unsigned n = 0; n < 2; n++) {
            unsigned at = 4 * i + 2 * n;
            g_assert_cmpuint(cell(fdt, "/soc/plic@c000000", "interrupts-extended", at, 32), ==,
                             phandle);
            g_assert_cmpuint(cell(fdt, "/soc/plic@c000000", "interrupts-extended", at + 1, 32), ==,
                             plic[n]);
            g_assert_cmpuint(cell(fdt, "/soc/clint@2000000", "interrupts-extended", at + 1, 32), ==,
                             clint[n]);
        }
        g_assert(object_resolve_path(path, NULL) == OBJECT(hart_by_index(i)));
    }
}

static void check_pci(void)
{
    const Options opts = { .ram_size = 64 * MIB, .cpus = 1, .firmware = "none" };
    void *fdt = guest_fdt(new_machine(&opts));
    const char *path = "/soc/pci@30000000";
    expect_text(fdt, path, "compatible", "pci-host-ecam-generic");
    expect_reg(fdt, path, 0x30000000, 0x10000000);
    static const uint32_t ranges[3][7] = {
        { 0x01000000, 0, 0, 0, 0x3000000, 0, 0x10000 },
        { 0x02000000, 0, 0x40000000, 0, 0x40000000, 0, 0x40000000 },
        { 0x03000000, 4, 0, 4, 0, 4, 0 },
    };
    for (unsigned i = 0; i < 21; i++) {
        g_assert_cmphex(cell(fdt, path, "ranges", i, 21), ==, ranges[i / 7][i % 7]);
    }
    uint32_t plic = fdt_get_phandle(fdt, node_at(fdt, "/soc/plic@c000000"));
    for (unsigned i = 0; i < 16; i++) {
        unsigned slot = i / 4, pin = i % 4;
        g_assert_cmphex(cell(fdt, path, "interrupt-map", 6 * i, 96), ==, slot << 11);
        g_assert_cmpuint(cell(fdt, path, "interrupt-map", 6 * i + 3, 96), ==, pin + 1);
        g_assert_cmpuint(cell(fdt, path, "interrupt-map", 6 * i + 4, 96), ==, plic);
        g_assert_cmpuint(cell(fdt, path, "interrupt-map", 6 * i + 5, 96), ==,
                         32 + (slot + pin) % 4);
    }
    g_assert_cmphex(load(0x30000000, 4), ==, 0x00081b36);
    g_assert_cmphex(load(0x40000000, 4), ==, 0xffffffff);
    g_assert_cmphex(load(0x7fffffffc, 4), ==, 0xffffffff);
}

/* RAM reaches into where the 64-bit window would be. */
static void check_large_ram(void)
{
    const Options opts = { .ram_size = 15 * 1024 * MIB, .cpus = 1, .firmware = "none" };
    VirtMachine *s = new_machine(&opts);
    g_assert_cmphex(virt_ram_end(s), ==, 0x440000000);
    g_assert_cmphex(s->pci.mmio64.base, ==, 0x800000000);
    g_assert_cmphex(s->fdt_addr, ==, 0xbfe00000);
    expect_reg(guest_fdt(s), "/memory@80000000", 0x80000000, opts.ram_size);
}

static void check_reset_vector(void)
{
    g_autofree char *kernel = new_file("kernel", 'K', 1000);
    g_autofree char *firmware = new_file("firmware", 'F', 1000);
    const Options opts = {
        .ram_size = 256 * MIB,
        .cpus = 2,
        .firmware = firmware,
        .kernel = kernel,
    };
    new_machine(&opts);
    static const uint32_t code[] = {
        0x00000297, 0x02828613, 0xf1402573, 0x0202b583, 0x0182b283, 0x00028067,
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(code); i++) {
        g_assert_cmphex(load(0x1000 + 4 * i, 4), ==, code[i]);
    }
    static const uint64_t data[] = { 0x80000000, 0x8fe00000, 0x4942534f, 2, 0x80200000, 1, 0, 0 };
    for (unsigned i = 0; i < G_N_ELEMENTS(data); i++) {
        g_assert_cmphex(load(0x1018 + 8 * i, 8), ==, data[i]);
    }
    g_assert_cmphex(load(0x80000000, 4), ==, 0x46464646);
    g_assert_cmphex(load(0x80200000, 4), ==, 0x4b4b4b4b);
    g_assert_cmphex(hart_get_pc(hart_by_index(1)), ==, 0x1000);
    unlink(kernel);
    unlink(firmware);
}

static void check_bare_kernel(void)
{
    g_autofree char *kernel = new_file("kernel", 'K', 1000);
    const Options opts = {
        .ram_size = 64 * MIB,
        .cpus = 1,
        .firmware = "none",
        .kernel = kernel,
    };
    new_machine(&opts);
    g_assert_cmphex(load(0x1018, 8), ==, 0x80000000);
    g_assert_cmphex(load(0x80000000, 4), ==, 0x4b4b4b4b);
    unlink(kernel);
}

static void check_initrd(void)
{
    g_autofree char *kernel = new_file("kernel", 'K', 1000);
    g_autofree char *initrd = new_file("initrd", 'I', 5000);
    const Options opts = {
        .ram_size = 256 * MIB,
        .cpus = 1,
        .kernel = kernel,
        .initrd = initrd,
        .append = "console=ttyS0 quiet",
    };
    void *fdt = guest_fdt(new_machine(&opts));
    expect_text(fdt, "/chosen", "bootargs", "console=ttyS0 quiet");
    g_assert_cmphex(fdt64_ld(property(fdt, "/chosen", "linux,initrd-start", 8)), ==, 0x88200000);
    g_assert_cmphex(fdt64_ld(property(fdt, "/chosen", "linux,initrd-end", 8)), ==,
                    0x88200000 + 5000);
    g_assert_cmphex(load(0x88200000, 8), ==, 0x4949494949494949);
    unlink(kernel);
    unlink(initrd);
}

/* What the guest has overwritten comes back, but with another seed. */
static void check_reset(void)
{
    g_autofree char *kernel = new_file("kernel", 'K', 10000);
    const Options opts = {
        .ram_size = 64 * MIB,
        .cpus = 1,
        .firmware = "none",
        .kernel = kernel,
    };
    VirtMachine *s = new_machine(&opts);
    unlink(kernel);
    uint8_t seed[32], zeros[32] = { 0 };
    memcpy(seed, property(guest_fdt(s), "/chosen", "rng-seed", 32), 32);
    g_assert_cmpint(memcmp(seed, zeros, 32), !=, 0);
    memset(memory_region_ram(&s->ram), 0x55, 64 * MIB);
    memset(memory_region_ram(&s->mrom), 0x55, 0x1000);
    machine_reset(MACHINE(s));
    g_assert_cmphex(load(0x1000, 4), ==, 0x00000297);
    g_assert_cmphex(load(0x80000000, 8), ==, 0x4b4b4b4b4b4b4b4b);
    g_assert_cmpint(memcmp(seed, property(guest_fdt(s), "/chosen", "rng-seed", 32), 32), !=, 0);
}

static void expect_refusal(const Options *opts, const char *part)
{
    g_autoptr(Error) err = NULL;
    g_assert_null(try_machine(opts, &err));
    if (!strstr(error_get_pretty(err), part)) {
        g_error("'%s' does not say '%s'", error_get_pretty(err), part);
    }
}

#define REFUSAL(name, part, ...)                                                                   \
    static void check_##name(void)                                                                 \
    {                                                                                              \
        const Options opts = { .ram_size = 64 * MIB, .cpus = 1, .firmware = "none", __VA_ARGS__ }; \
        expect_refusal(&opts, part);                                                               \
    }

#pragma GCC diagnostic ignored "-Woverride-init"
REFUSAL(odd_ram, "give a multiple of 4096", .ram_size = 64 * MIB + 1)
REFUSAL(huge_ram, "bytes of RAM", .ram_size = UINT64_MAX & ~4095ull)
REFUSAL(small_ram, "needs 1M of RAM for its device tree", .ram_size = 4096)
REFUSAL(no_cpus, "give 1 to 8", .cpus = 0)
REFUSAL(many_cpus, "give 1 to 8", .cpus = 9)
REFUSAL(no_firmware, "/nonexistent", .firmware = "/nonexistent")
REFUSAL(no_kernel, "/nonexistent", .kernel = "/nonexistent")
REFUSAL(lone_initrd, "-initrd only allowed with -kernel", .initrd = "/nonexistent")
REFUSAL(lone_append, "-append only allowed with -kernel", .append = "quiet")

static void check_crowded(void)
{
    g_autofree char *kernel = new_file("kernel", 'K', 3 << 20);
    const Options opts = {
        .ram_size = 4 * MIB,
        .cpus = 1,
        .firmware = "none",
        .kernel = kernel,
    };
    g_autoptr(Error) err = NULL;
    g_assert_null(try_machine(&opts, &err));
    unlink(kernel);
    g_assert_nonnull(strstr(error_get_pretty(err), "the device tree (0x80200000-"));
    g_assert_nonnull(strstr(error_get_pretty(err), "overlaps kernel"));
}

static void check_null_machine(void)
{
    MachineClass *mc = machine_class_find("none", &error_abort);
    Machine *machine = MACHINE(object_new(object_class_get_name(&mc->parent_class)));
    g_assert_true(machine_realize(machine, &error_abort));
    machine_reset(machine);
    g_assert(machine_current() == machine);
    g_assert_null(address_space_system());
    g_autoptr(Error) err = NULL;
    g_assert_null(machine_class_find("virtx", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "'none', 'virt'"));
}

/* ---- the guest at its worst ---- */

/* Whatever a guest stores and loads, wherever: we live, and reset brings the machine back. */
static void check_random_accesses(void)
{
    static const hwaddr places[] = {
        VIRT_TEST_BASE,          VIRT_RTC_BASE,
        VIRT_CLINT_BASE,         VIRT_CLINT_BASE + 0x4000,
        VIRT_PLIC_BASE,          VIRT_PLIC_BASE + 0x1000,
        VIRT_PLIC_BASE + 0x2000, VIRT_PLIC_BASE + 0x200000,
        VIRT_UART_BASE,          VIRT_VIRTIO_BASE,
        VIRT_ECAM_BASE,          VIRT_ECAM_BASE + 0x8000,
        VIRT_PCI_IO_BASE,        VIRT_PCI_MMIO_BASE,
        VIRT_MROM_BASE,          0x400000000,
    };
    const Options opts = { .ram_size = 64 * MIB, .cpus = 2, .firmware = "none" };
    VirtMachine *s = new_machine(&opts);
    g_autoptr(QDict) props = qdict_new();
    g_autoptr(GRand) rand = g_rand_new_with_seed(42);
    qdict_put_str(props, "driver", "bochs-display");
    device_add(props, true, &error_abort);
    for (unsigned i = 0; i < 300000; i++) {
        hwaddr addr = places[g_rand_int(rand) % G_N_ELEMENTS(places)] + g_rand_int(rand) % 0x100;
        unsigned size = 1u << g_rand_int(rand) % 4;
        uint64_t value = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
        if (g_rand_int(rand) % 4 == 0) {
            value = g_rand_boolean(rand) ? UINT64_MAX : 0;
        }
        if (g_rand_boolean(rand)) {
            address_space_store(s->as, addr, size, value);
        } else {
            address_space_load(s->as, addr, size, &value);
        }
    }
    machine_reset(MACHINE(s));
    g_assert_cmphex(load(VIRT_PLIC_BASE + 0x2000, 4), ==, 0);
    g_assert_cmphex(load(VIRT_ECAM_BASE + 0x8000 + 4, 2), ==, 0);
    g_assert_cmphex(load(0x1000, 4), ==, 0x00000297);
}

/* ---- what people and managers see ---- */

typedef struct Session {
    Hmp hmp;
    GString *out;
    MachineInfoList *machines;
} Session;

static void session_write(Hmp *hmp, const char *text, size_t len)
{
    g_string_append_len(((Session *)hmp)->out, text, (gssize)len);
}

static void coroutine_fn run_commands(void *opaque)
{
    Session *s = opaque;
    hmp_info_qtree(&s->hmp, NULL);
    s->machines = qmp_query_machines(&error_abort);
}

static void check_listings(void)
{
    const Options opts = { .ram_size = 64 * MIB, .cpus = 1, .firmware = "none" };
    new_machine(&opts);
    Session s = { .hmp = { .write = session_write }, .out = g_string_new(NULL) };
    coroutine_enter(coroutine_create(run_commands, &s));
    g_assert_true(g_str_has_prefix(s.out->str, "bus: main-system-bus\n  type System\n"));
    static const char *const lines[] = {
        "  dev: serial-mm, id \"\"\n    clock-frequency = 3686400 (0x384000)\n"
        "    mmio 0000000010000000/0000000000000008\n",
        "  dev: riscv.sifive.plic, id \"\"\n",
        "    bus: pcie.0\n      type PCIE\n      dev: gpex-root, id \"\"\n"
        "        addr = \"00.0\"\n"
        "        multifunction = false\n"
        "        class Host bridge, addr 00:00.0, pci id 1b36:0008 (sub 1af4:1100)\n",
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_assert_nonnull(strstr(s.out->str, lines[i]));
    }
    const MachineInfo *none = s.machines->value, *virt = s.machines->next->value;
    g_assert_cmpstr(none->name, ==, "none");
    g_assert_null(none->default_cpu_type);
    g_assert_cmpstr(virt->name, ==, "virt");
    g_assert_cmpint(virt->cpu_max, ==, 8);
    g_assert_cmpstr(virt->default_cpu_type, ==, "rv64-riscv-cpu");
    TargetInfo *target = qmp_query_target(&error_abort);
    g_assert(target->arch == SYS_EMU_TARGET_RISCV64);
    qapi_free_TargetInfo(target);
    qapi_free_MachineInfoList(s.machines);
    g_string_free(s.out, true);
}

/* ---- a process for each ---- */

static void run_in_child(gconstpointer data)
{
    void (*check)(void) = (void (*)(void))data;
    if (g_test_subprocess()) {
        check();
        return;
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed();
}

#define ADD(path, check) g_test_add_data_func("/virt/" path, (gconstpointer)(check), run_in_child)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    ADD("basic-nodes", check_basic_nodes);
    ADD("harts", check_harts);
    ADD("pci", check_pci);
    ADD("large-ram", check_large_ram);
    ADD("reset-vector", check_reset_vector);
    ADD("bare-kernel", check_bare_kernel);
    ADD("initrd", check_initrd);
    ADD("reset", check_reset);
    ADD("odd-ram", check_odd_ram);
    ADD("huge-ram", check_huge_ram);
    ADD("small-ram", check_small_ram);
    ADD("no-cpus", check_no_cpus);
    ADD("many-cpus", check_many_cpus);
    ADD("no-firmware", check_no_firmware);
    ADD("no-kernel", check_no_kernel);
    ADD("lone-initrd", check_lone_initrd);
    ADD("lone-append", check_lone_append);
    ADD("crowded", check_crowded);
    ADD("null-machine", check_null_machine);
    ADD("random-accesses", check_random_accesses);
    ADD("listings", check_listings);
    return g_test_run();
}
