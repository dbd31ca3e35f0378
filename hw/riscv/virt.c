/*
 * The RISC-V virt board: harts, interrupt controllers, and devices at their addresses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virt.h"

#include "hw/board-devices.h"
#include "hw/gpio.h"
#include "hw/intc.h"
#include "hw/serial.h"
#include "target/riscv/hart.h"
#include "util/report.h"

#include <inttypes.h>

/* Sv39 and Sv48 reach 2^56 bytes of physical memory; hosts of today do not. */
#define MAX_RAM_SIZE  (1ull << 42)
#define RAM_SIZE_UNIT 4096
#define MIB           (1ull << 20)

static bool check_settings(const Machine *machine, Error **errp)
{
    uint64_t size = machine->ram_size;
    if (size < RAM_SIZE_UNIT || size > MAX_RAM_SIZE || size % RAM_SIZE_UNIT) {
        error_setg(errp,
                   "machine 'virt' cannot have %" PRIu64 " bytes of RAM: give a multiple of %u, "
                   "up to %" PRIu64 "M",
                   size, RAM_SIZE_UNIT, (uint64_t)(MAX_RAM_SIZE / MIB));
        return false;
    }
    if (machine->smp_cpus < 1 || machine->smp_cpus > VIRT_MAX_HARTS) {
        error_setg(errp, "machine 'virt' cannot have %u CPUs: give 1 to %u", machine->smp_cpus,
                   VIRT_MAX_HARTS);
        return false;
    }
    return true;
}

static void warn_about_serials(const Machine *machine)
{
    for (unsigned i = 1; i < MACHINE_MAX_SERIALS; i++) {
        if (machine->serials[i]) {
            warn_report("machine 'virt' has one serial port: what -serial gives for port %u is "
                        "not connected",
                        i);
        }
    }
}

static bool create_memory(VirtMachine *s, Error **errp)
{
    memory_region_init_container(&s->system, "system", UINT64_MAX);
    s->as = address_space_new(&s->system, "memory");
    address_space_set_system(s->as);
    if (!memory_region_init_rom(&s->mrom, "riscv_virt_board.mrom", VIRT_MROM_SIZE, errp)) {
        return false;
    }
    memory_region_add(&s->system, VIRT_MROM_BASE, &s->mrom, 0);
    MemoryRegion *ram = machine_get_ram(&s->parent_obj, &s->ram, errp);
    if (!ram) {
        return false;
    }
    memory_region_add(&s->system, VIRT_RAM_BASE, ram, 0);
    return true;
}

static void create_harts(VirtMachine *s)
{
    Object *soc = object_get_container("/machine/soc0");
    for (unsigned i = 0; i < s->parent_obj.smp_cpus; i++) {
        object_property_add_child(soc, "harts[*]", OBJECT(hart_create(i, s->as, VIRT_MROM_BASE)));
    }
}

static void lay_out_pci(VirtMachine *s)
{
    hwaddr high = VIRT_PCI_MMIO64_SIZE;
    while (high < virt_ram_end(s)) {
        high += VIRT_PCI_MMIO64_SIZE;
    }
    s->pci = (PciHostLayout){
        .ecam = { VIRT_ECAM_BASE, VIRT_ECAM_SIZE },
        .io = { VIRT_PCI_IO_BASE, VIRT_PCI_IO_SIZE },
        .mmio = { VIRT_PCI_MMIO_BASE, VIRT_PCI_MMIO_SIZE },
        .mmio64 = { high, VIRT_PCI_MMIO64_SIZE },
    };
}

static bool create_power_button(VirtMachine *s, Plic *plic, Error **errp)
{
    IrqLine irq = plic_get_irq(plic, VIRT_IRQ_GPIO);
    SifiveGpio *gpio = sifive_gpio_create(&s->system, VIRT_GPIO_BASE, &irq, 1, errp);
    return gpio && power_button_create(sifive_gpio_pin(gpio, 0), errp);
}

static bool create_devices(VirtMachine *s, Error **errp)
{
    Machine *machine = &s->parent_obj;
    if (!aclint_create(machine->smp_cpus, &s->system, VIRT_CLINT_BASE, errp)) {
        return false;
    }
    Plic *plic =
        plic_create(machine->smp_cpus, VIRT_PLIC_SOURCES, &s->system, VIRT_PLIC_BASE, errp);
    if (!plic || !sifive_test_create(&s->system, VIRT_TEST_BASE, errp) ||
        !create_power_button(s, plic, errp)) {
        return false;
    }
    /* -device takes the first free bus: the last slot, as people know it. */
    for (unsigned i = VIRT_VIRTIO_COUNT; i-- > 0;) {
        if (!virtio_mmio_create(i, &s->system, VIRT_VIRTIO_BASE + i * VIRT_VIRTIO_SIZE,
                                plic_get_irq(plic, VIRT_IRQ_VIRTIO + i), errp)) {
            return false;
        }
    }
    s->fw_cfg = fw_cfg_create(&s->system, VIRT_FW_CFG_BASE, errp);
    if (!s->fw_cfg) {
        return false;
    }
    IrqLine intx[4];
    for (unsigned i = 0; i < 4; i++) {
        intx[i] = plic_get_irq(plic, VIRT_IRQ_PCI + i);
    }
    lay_out_pci(s);
    return gpex_create(&s->system, &s->pci, intx, errp) &&
           serial_mm_create(&s->system, VIRT_UART_BASE, plic_get_irq(plic, VIRT_IRQ_UART),
                            VIRT_UART_CLOCK_HZ, machine->serials[0], errp) &&
           goldfish_rtc_create(&s->system, VIRT_RTC_BASE, plic_get_irq(plic, VIRT_IRQ_RTC), errp);
}

static bool virt_init(Machine *machine, Error **errp)
{
    VirtMachine *s = VIRT_MACHINE(machine);
    if (!check_settings(machine, errp)) {
        return false;
    }
    warn_about_serials(machine);
    /* One view at the end instead of one for each device. */
    memory_transaction_begin();
    bool ok = create_memory(s, errp);
    if (ok) {
        create_harts(s);
        ok = create_devices(s, errp);
    }
    memory_transaction_commit();
    return ok && virt_boot_setup(s, errp);
}

static void virt_reset(Machine *machine)
{
    virt_boot_reset(VIRT_MACHINE(machine));
    harts_reset();
}

static void virt_class_init(ObjectClass *klass, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(klass);
    mc->name = "virt";
    mc->desc = "RISC-V VirtIO board";
    mc->default_cpu_type = TYPE_RISCV_CPU_RV64;
    mc->max_cpus = VIRT_MAX_HARTS;
    mc->default_ram_size = 128 * MIB;
    mc->default_ram_id = "riscv_virt_board.ram";
    mc->init = virt_init;
    mc->reset = virt_reset;
}

static void virt_finalize(Object *obj)
{
    VirtMachine *s = VIRT_MACHINE(obj);
    image_set_free(s->images);
    g_free(s->fdt);
}

static const TypeInfo virt_type = {
    .name = TYPE_VIRT_MACHINE,
    .parent = TYPE_MACHINE,
    .instance_size = sizeof(VirtMachine),
    .class_size = sizeof(MachineClass),
    .class_init = virt_class_init,
    .instance_finalize = virt_finalize,
};

static void virt_register(void)
{
    type_register_static(&virt_type);
}
type_init(virt_register)
