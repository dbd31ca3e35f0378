/*
 * The RISC-V virt board: its memory map, and what its files share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_RISCV_VIRT_H
#define HW_RISCV_VIRT_H

#include "hw/fw-cfg.h"
#include "hw/loader.h"
#include "hw/machine.h"
#include "hw/pci-host.h"

#define TYPE_VIRT_MACHINE "virt" TYPE_MACHINE_SUFFIX

#define VIRT_MROM_BASE     0x1000
#define VIRT_MROM_SIZE     0xf000
#define VIRT_TEST_BASE     0x100000
#define VIRT_TEST_SIZE     0x1000
#define VIRT_RTC_BASE      0x101000
#define VIRT_RTC_SIZE      0x1000
#define VIRT_CLINT_BASE    0x2000000
#define VIRT_CLINT_SIZE    0x10000
#define VIRT_PCI_IO_BASE   0x3000000
#define VIRT_PCI_IO_SIZE   0x10000
#define VIRT_PLIC_BASE     0xc000000
#define VIRT_PLIC_SIZE     0x600000
#define VIRT_UART_BASE     0x10000000
#define VIRT_UART_SIZE     0x100
#define VIRT_VIRTIO_BASE   0x10001000
#define VIRT_VIRTIO_SIZE   0x1000
#define VIRT_GPIO_BASE     0x10060000
#define VIRT_FW_CFG_BASE   0x10100000
#define VIRT_ECAM_BASE     0x30000000
#define VIRT_ECAM_SIZE     0x10000000
#define VIRT_PCI_MMIO_BASE 0x40000000
#define VIRT_PCI_MMIO_SIZE 0x40000000
#define VIRT_RAM_BASE      0x80000000ull
/* The 64-bit window is as large as its alignment; it moves up while RAM is in its way. */
#define VIRT_PCI_MMIO64_SIZE 0x400000000ull

#define VIRT_VIRTIO_COUNT 8
#define VIRT_IRQ_VIRTIO   1 /* .. 8 */
#define VIRT_IRQ_UART     10
#define VIRT_IRQ_RTC      11
#define VIRT_IRQ_GPIO     12
#define VIRT_IRQ_PCI      32 /* .. 35 */
#define VIRT_PLIC_SOURCES 96

#define VIRT_UART_CLOCK_HZ 3686400
#define VIRT_MAX_HARTS     8

typedef struct VirtMachine {
    Machine parent_obj;
    MemoryRegion system;
    MemoryRegion mrom;
    MemoryRegion ram;
    AddressSpace *as;
    PciHostLayout pci;
    FwCfg *fw_cfg;
    ImageSet *images;
    /* What boot.c found out. */
    hwaddr start;        /* where the reset vector jumps */
    hwaddr kernel_entry; /* 0: no kernel */
    hwaddr initrd_start; /* 0: no initrd */
    hwaddr initrd_end;
    hwaddr fdt_addr;
    void *fdt;
} VirtMachine;

#define VIRT_MACHINE(obj) OBJECT_CHECK(VirtMachine, (obj), TYPE_VIRT_MACHINE)

static inline hwaddr virt_ram_end(const VirtMachine *s)
{
    return VIRT_RAM_BASE + s->parent_obj.ram_size;
}

/* Load firmware, kernel and initrd, build the device tree and the reset vector. */
bool virt_boot_setup(VirtMachine *s, Error **errp);
/* Everything loaded back into memory, with a new seed for the guest's random numbers. */
void virt_boot_reset(VirtMachine *s);

/* The flattened device tree, g_free(); describes the machine as it is now. */
void *virt_fdt_build(const VirtMachine *s);
/* Put 32 fresh random bytes into /chosen/rng-seed. */
void virt_fdt_renew_seed(void *fdt);

#endif
