/*
 * The virt board's device tree.
 *
 * Devicetree Specification 0.4, the bindings of Linux (Documentation/devicetree/bindings), and
 * IEEE 1275's PCI bus binding for interrupt-map and ranges.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virt.h"

#include "hw/gpio.h"
#include "target/riscv/hart.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>
#include <sys/random.h>

/* Room to build in; the result is packed. */
#define BUILD_SIZE (64 * 1024)
#define SEED_SIZE  32

/* What target/riscv/hart.h says a hart is. */
#define HART_ISA "rv64imafdc_zicsr_zifencei_sstc"
#define HART_MMU "riscv,sv48"

#define INTC_MSI 3
#define INTC_MTI 7
#define INTC_SEI 9
#define INTC_MEI 11

#define PCI_SPACE_IO    0x01000000u
#define PCI_SPACE_MEM32 0x02000000u
#define PCI_SPACE_MEM64 0x03000000u

/* Phandles; the harts' two each come last. */
enum { PHANDLE_PLIC = 1, PHANDLE_TEST, PHANDLE_GPIO, PHANDLE_FIRST_HART };

#define KEY_POWER 116 /* linux/input-event-codes.h */

static uint32_t phandle_cpu(unsigned n)
{
    return PHANDLE_FIRST_HART + 2 * n;
}

static uint32_t phandle_intc(unsigned n)
{
    return PHANDLE_FIRST_HART + 2 * n + 1;
}

/* ---- writing: the buffer is large enough, so a failure is a bug ---- */

typedef struct Fdt {
    void *blob;
    const VirtMachine *s;
} Fdt;

static void check(int result)
{
    if (result < 0) {
        g_error("device tree: %s", fdt_strerror(result));
    }
}

static void G_GNUC_PRINTF(2, 3) begin(Fdt *f, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    g_autofree char *text = g_strdup_vprintf(name, args);
    va_end(args);
    check(fdt_begin_node(f->blob, text));
}

static void end(Fdt *f)
{
    check(fdt_end_node(f->blob));
}

static void put_cell(Fdt *f, const char *name, uint32_t value)
{
    check(fdt_property_u32(f->blob, name, value));
}

static void put_text(Fdt *f, const char *name, const char *text)
{
    check(fdt_property_string(f->blob, name, text));
}

/* Several strings, each with its NUL, as one literal: "a\0b". */
#define put_texts(f, name, list) check(fdt_property((f)->blob, (name), (list), sizeof(list)))

static void put_flag(Fdt *f, const char *name)
{
    check(fdt_property(f->blob, name, NULL, 0));
}

static void put_cells(Fdt *f, const char *name, const uint32_t *cells, unsigned count)
{
    g_autofree fdt32_t *raw = g_new(fdt32_t, count);
    for (unsigned i = 0; i < count; i++) {
        raw[i] = cpu_to_fdt32(cells[i]);
    }
    check(fdt_property(f->blob, name, raw, (int)(count * sizeof(*raw))));
}

#define HI(value) (uint32_t)((uint64_t)(value) >> 32)
#define LO(value) (uint32_t)(value)

static void put_reg(Fdt *f, hwaddr base, uint64_t size)
{
    const uint32_t cells[] = { HI(base), LO(base), HI(size), LO(size) };
    put_cells(f, "reg", cells, G_N_ELEMENTS(cells));
}

static void put_interrupt(Fdt *f, uint32_t source)
{
    put_cell(f, "interrupts", source);
    put_cell(f, "interrupt-parent", PHANDLE_PLIC);
}

/* ---- the nodes ---- */

static void add_chosen(Fdt *f)
{
    const VirtMachine *s = f->s;
    static const uint8_t no_seed[SEED_SIZE];
    begin(f, "chosen");
    g_autofree char *path = g_strdup_printf("/soc/serial@%x", VIRT_UART_BASE);
    put_text(f, "stdout-path", path);
    check(fdt_property(f->blob, "rng-seed", no_seed, SEED_SIZE));
    if (s->parent_obj.append) {
        put_text(f, "bootargs", s->parent_obj.append);
    }
    if (s->initrd_start) {
        check(fdt_property_u64(f->blob, "linux,initrd-start", s->initrd_start));
        check(fdt_property_u64(f->blob, "linux,initrd-end", s->initrd_end));
    }
    end(f);
}

static void add_memory(Fdt *f)
{
    begin(f, "memory@%" PRIx64, (uint64_t)VIRT_RAM_BASE);
    put_text(f, "device_type", "memory");
    put_reg(f, VIRT_RAM_BASE, f->s->parent_obj.ram_size);
    end(f);
}

static void add_cpu(Fdt *f, unsigned n)
{
    begin(f, "cpu@%x", n);
    put_cell(f, "phandle", phandle_cpu(n));
    put_text(f, "device_type", "cpu");
    put_cell(f, "reg", n);
    put_text(f, "status", "okay");
    put_text(f, "compatible", "riscv");
    put_text(f, "riscv,isa", HART_ISA);
    put_text(f, "mmu-type", HART_MMU);
    begin(f, "interrupt-controller");
    put_cell(f, "#interrupt-cells", 1);
    put_flag(f, "interrupt-controller");
    put_text(f, "compatible", "riscv,cpu-intc");
    put_cell(f, "phandle", phandle_intc(n));
    end(f);
    end(f);
}

static void add_cpus(Fdt *f)
{
    unsigned count = f->s->parent_obj.smp_cpus;
    begin(f, "cpus");
    put_cell(f, "#address-cells", 1);
    put_cell(f, "#size-cells", 0);
    put_cell(f, "timebase-frequency", HART_TIMEBASE_HZ);
    for (unsigned i = 0; i < count; i++) {
        add_cpu(f, i);
    }
    begin(f, "cpu-map");
    begin(f, "cluster0");
    for (unsigned i = 0; i < count; i++) {
        begin(f, "core%u", i);
        put_cell(f, "cpu", phandle_cpu(i));
        end(f);
    }
    end(f);
    end(f);
    end(f);
}

/* Two lines into each hart. */
static void put_hart_lines(Fdt *f, uint32_t first, uint32_t second)
{
    uint32_t cells[4 * VIRT_MAX_HARTS];
    unsigned count = f->s->parent_obj.smp_cpus;
    for (unsigned i = 0; i < count; i++) {
        cells[4 * i] = cells[4 * i + 2] = phandle_intc(i);
        cells[4 * i + 1] = first;
        cells[4 * i + 3] = second;
    }
    put_cells(f, "interrupts-extended", cells, 4 * count);
}

static void add_interrupt_controllers(Fdt *f)
{
    begin(f, "clint@%x", VIRT_CLINT_BASE);
    put_texts(f, "compatible", "sifive,clint0\0riscv,clint0");
    put_reg(f, VIRT_CLINT_BASE, VIRT_CLINT_SIZE);
    put_hart_lines(f, INTC_MSI, INTC_MTI);
    end(f);

    begin(f, "plic@%x", VIRT_PLIC_BASE);
    put_texts(f, "compatible", "sifive,plic-1.0.0\0riscv,plic0");
    put_reg(f, VIRT_PLIC_BASE, VIRT_PLIC_SIZE);
    put_hart_lines(f, INTC_MEI, INTC_SEI);
    put_flag(f, "interrupt-controller");
    put_cell(f, "#interrupt-cells", 1);
    put_cell(f, "#address-cells", 0);
    put_cell(f, "riscv,ndev", VIRT_PLIC_SOURCES - 1);
    put_cell(f, "phandle", PHANDLE_PLIC);
    end(f);
}

static void add_pci_interrupt_map(Fdt *f)
{
    static const uint32_t mask[] = { 0x1800, 0, 0, 7 };
    uint32_t map[4 * 4 * 6];
    unsigned n = 0;
    for (uint32_t slot = 0; slot < 4; slot++) {
        for (uint32_t pin = 0; pin < 4; pin++) {
            map[n++] = slot << 11;
            map[n++] = 0;
            map[n++] = 0;
            map[n++] = pin + 1;
            map[n++] = PHANDLE_PLIC;
            map[n++] = VIRT_IRQ_PCI + (slot + pin) % 4;
        }
    }
    put_cell(f, "#interrupt-cells", 1);
    put_cells(f, "interrupt-map-mask", mask, G_N_ELEMENTS(mask));
    put_cells(f, "interrupt-map", map, n);
}

/* Address on the bus, address of the CPU, size. */
static unsigned append_range(uint32_t *cells, unsigned n, uint32_t space, hwaddr pci,
                             const PciWindow *window)
{
    const uint32_t range[] = {
        space,
        HI(pci),
        LO(pci),
        HI(window->base),
        LO(window->base),
        HI(window->size),
        LO(window->size),
    };
    memcpy(&cells[n], range, sizeof(range));
    return n + G_N_ELEMENTS(range);
}

static void add_pci(Fdt *f)
{
    const PciHostLayout *at = &f->s->pci;
    const uint32_t bus_range[] = { 0, 0xff };
    uint32_t ranges[3 * 7];
    unsigned n = 0;
    n = append_range(ranges, n, PCI_SPACE_IO, 0, &at->io);
    n = append_range(ranges, n, PCI_SPACE_MEM32, at->mmio.base, &at->mmio);
    n = append_range(ranges, n, PCI_SPACE_MEM64, at->mmio64.base, &at->mmio64);
    begin(f, "pci@%" PRIx64, at->ecam.base);
    put_text(f, "compatible", "pci-host-ecam-generic");
    put_text(f, "device_type", "pci");
    put_cell(f, "#address-cells", 3);
    put_cell(f, "#size-cells", 2);
    put_cell(f, "linux,pci-domain", 0);
    put_cells(f, "bus-range", bus_range, G_N_ELEMENTS(bus_range));
    put_flag(f, "dma-coherent");
    put_reg(f, at->ecam.base, at->ecam.size);
    put_cells(f, "ranges", ranges, n);
    add_pci_interrupt_map(f);
    end(f);
}

static void add_simple_devices(Fdt *f)
{
    begin(f, "test@%x", VIRT_TEST_BASE);
    put_texts(f, "compatible", "sifive,test1\0sifive,test0\0syscon");
    put_reg(f, VIRT_TEST_BASE, VIRT_TEST_SIZE);
    put_cell(f, "phandle", PHANDLE_TEST);
    end(f);

    begin(f, "rtc@%x", VIRT_RTC_BASE);
    put_text(f, "compatible", "google,goldfish-rtc");
    put_reg(f, VIRT_RTC_BASE, VIRT_RTC_SIZE);
    put_interrupt(f, VIRT_IRQ_RTC);
    end(f);

    begin(f, "gpio@%x", VIRT_GPIO_BASE);
    put_text(f, "compatible", "sifive,gpio0");
    put_reg(f, VIRT_GPIO_BASE, SIFIVE_GPIO_SIZE);
    put_interrupt(f, VIRT_IRQ_GPIO);
    put_flag(f, "gpio-controller");
    put_cell(f, "#gpio-cells", 2);
    put_flag(f, "interrupt-controller");
    put_cell(f, "#interrupt-cells", 2);
    put_cell(f, "phandle", PHANDLE_GPIO);
    end(f);

    begin(f, "serial@%x", VIRT_UART_BASE);
    put_text(f, "compatible", "ns16550a");
    put_reg(f, VIRT_UART_BASE, VIRT_UART_SIZE);
    put_cell(f, "clock-frequency", VIRT_UART_CLOCK_HZ);
    put_interrupt(f, VIRT_IRQ_UART);
    end(f);

    /* The highest slot first: that is the one that a device gets first. */
    for (unsigned i = VIRT_VIRTIO_COUNT; i-- > 0;) {
        unsigned base = VIRT_VIRTIO_BASE + i * VIRT_VIRTIO_SIZE;
        begin(f, "virtio_mmio@%x", base);
        put_text(f, "compatible", "virtio,mmio");
        put_reg(f, base, VIRT_VIRTIO_SIZE);
        put_interrupt(f, VIRT_IRQ_VIRTIO + i);
        end(f);
    }
}

static void add_fw_cfg(Fdt *f)
{
    begin(f, "fw-cfg@%x", VIRT_FW_CFG_BASE);
    put_text(f, "compatible", "qemu,fw-cfg-mmio");
    put_reg(f, VIRT_FW_CFG_BASE, FW_CFG_SIZE);
    end(f);
}

static void add_power_button(Fdt *f)
{
    const uint32_t pin[] = { PHANDLE_GPIO, 0, 0 /* active high */ };
    begin(f, "gpio-keys");
    put_text(f, "compatible", "gpio-keys");
    begin(f, "poweroff");
    put_text(f, "label", "Power Button");
    put_cell(f, "linux,code", KEY_POWER);
    put_cells(f, "gpios", pin, G_N_ELEMENTS(pin));
    end(f);
    end(f);
}

/* The value that, written to the finisher, does what the node's name says. */
static void add_syscon(Fdt *f, const char *name, const char *compatible, uint32_t value)
{
    begin(f, "%s", name);
    put_text(f, "compatible", compatible);
    put_cell(f, "regmap", PHANDLE_TEST);
    put_cell(f, "offset", 0);
    put_cell(f, "value", value);
    end(f);
}

static void add_soc(Fdt *f)
{
    begin(f, "soc");
    put_cell(f, "#address-cells", 2);
    put_cell(f, "#size-cells", 2);
    put_text(f, "compatible", "simple-bus");
    put_flag(f, "ranges");
    add_simple_devices(f);
    add_pci(f);
    add_interrupt_controllers(f);
    end(f);
}

void *virt_fdt_build(const VirtMachine *s)
{
    /* The command line is the one thing in it whose length the user chooses. */
    size_t room = BUILD_SIZE + (s->parent_obj.append ? strlen(s->parent_obj.append) : 0);
    Fdt f = { .blob = g_malloc0(room), .s = s };
    check(fdt_create(f.blob, (int)room));
    check(fdt_finish_reservemap(f.blob));
    begin(&f, "%s", "");
    put_cell(&f, "#address-cells", 2);
    put_cell(&f, "#size-cells", 2);
    put_text(&f, "compatible", "riscv-virtio");
    put_text(&f, "model", "riscv-virtio,qemu");
    add_chosen(&f);
    add_memory(&f);
    add_cpus(&f);
    add_soc(&f);
    add_fw_cfg(&f);
    add_power_button(&f);
    add_syscon(&f, "poweroff", "syscon-poweroff", 0x5555);
    add_syscon(&f, "reboot", "syscon-reboot", 0x7777);
    end(&f);
    check(fdt_finish(f.blob));
    return g_realloc(f.blob, fdt_totalsize(f.blob));
}

void virt_fdt_renew_seed(void *fdt)
{
    uint8_t seed[SEED_SIZE];
    if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed)) {
        /* The host has just booted and has none: a known one would be worse than zeros. */
        memset(seed, 0, sizeof(seed));
    }
    int node = fdt_path_offset(fdt, "/chosen");
    check(node);
    check(fdt_setprop_inplace(fdt, node, "rng-seed", seed, sizeof(seed)));
}
