/*
 * Conventional PCI devices (PCI Local Bus Specification 3.0), on a root bus or behind bridges.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_H
#define HW_PCI_H

#include "hw/bus.h"
#include "hw/irq.h"
#include "memory/memory.h"

#define TYPE_PCI_DEVICE "pci-device" /* abstract */
#define PCI_CONFIG_SIZE 256
#define PCI_NUM_BARS    6
#define PCI_SLOTS       32

typedef struct PciBus PciBus;
typedef struct PciDevice PciDevice;

typedef struct PciDeviceClass {
    DeviceClass parent_class;
    uint16_t vendor_id;
    uint16_t device_id;
    uint16_t class_id; /* base class << 8 | subclass */
    uint8_t revision;
    uint16_t subsystem_vendor_id;
    uint16_t subsystem_id;
    bool is_bridge; /* has a type 1 header, and sets PciDevice::secondary */
    /* Called when the device is on its bus with a config header; registers BARs. */
    bool (*realize)(PciDevice *dev, Error **errp);
    void (*unrealize)(PciDevice *dev);
    /* The guest is about to read config space, and has written it; may be NULL. */
    void (*config_read)(PciDevice *dev, unsigned reg, unsigned size);
    void (*config_written)(PciDevice *dev, unsigned reg, unsigned size);
} PciDeviceClass;

typedef enum PciBarKind {
    PCI_BAR_MEM32,
    PCI_BAR_MEM32_PREFETCH,
    PCI_BAR_MEM64_PREFETCH, /* takes two BARs */
    PCI_BAR_IO,
} PciBarKind;

typedef struct PciBar {
    MemoryRegion *region; /* the device's; NULL: unused */
    PciBarKind kind;
    uint64_t size;
    bool mapped;
    hwaddr addr;
} PciBar;

struct PciDevice {
    Device parent_obj;
    PciBus *bus;
    PciBus *secondary;  /* of a bridge: the bus behind it, which it owns */
    char *addr_text;    /* property "addr": "SLOT" or "SLOT.FN", hexadecimal; NULL: first free */
    bool multifunction; /* property */
    unsigned devfn;     /* slot << 3 | function */
    uint8_t config[PCI_CONFIG_SIZE];
    uint8_t wmask[PCI_CONFIG_SIZE];   /* bits the guest may write */
    uint8_t w1cmask[PCI_CONFIG_SIZE]; /* bits that the guest clears by writing 1 */
    unsigned capabilities_end;
    PciBar bars[PCI_NUM_BARS];
    bool irq_level;
    bool irq_asserted; /* irq_level, unless the guest has disabled INTx */
};

#define PCI_DEVICE(obj)           OBJECT_CHECK(PciDevice, (obj), TYPE_PCI_DEVICE)
#define PCI_DEVICE_CLASS(klass)   OBJECT_CLASS_CHECK(PciDeviceClass, (klass), TYPE_PCI_DEVICE)
#define PCI_DEVICE_GET_CLASS(obj) OBJECT_GET_CLASS(PciDeviceClass, (obj), TYPE_PCI_DEVICE)

/* Offsets in the config header that devices fill in themselves. */
#define PCI_DEVICE_ID           0x02
#define PCI_COMMAND             0x04
#define PCI_STATUS              0x06
#define PCI_CLASS               0x0a /* base class << 8 | subclass */
#define PCI_SECONDARY_BUS       0x19 /* of bridges, like the next */
#define PCI_SUBORDINATE_BUS     0x1a
#define PCI_SUBSYSTEM_VENDOR_ID 0x2c
#define PCI_SUBSYSTEM_ID        0x2e
#define PCI_INTERRUPT_PIN       0x3d /* 1: INTA; 0 (as set up before realize): no interrupt */

#define PCI_CAPABILITIES   0x34
#define PCI_COMMAND_IO     0x0001
#define PCI_COMMAND_MEMORY 0x0002
#define PCI_COMMAND_MASTER 0x0004

/* Registers, as they lie in config space; @size 1 to 4. */
uint32_t pci_get_le(const uint8_t *bytes, unsigned size);
void pci_set_le(uint8_t *bytes, unsigned size, uint32_t value);
unsigned pci_command(const PciDevice *dev);
/* Whether the guest lets it access memory, and every bridge on the way. */
bool pci_can_master(const PciDevice *dev);
/* For realize(): room for a capability of @size bytes, its header filled in; returns its offset. */
unsigned pci_add_capability(PciDevice *dev, uint8_t id, unsigned size);
/* @region's size must be a power of two of at least 16 bytes. The device finishes the region. */
void pci_register_bar(PciDevice *dev, unsigned bar, PciBarKind kind, MemoryRegion *region);
/* The level of the device's INTA pin. */
void pci_set_intx(PciDevice *dev, bool level);

/*
 * A root bus of @host (may be NULL); memory BARs are mapped into @mem, I/O BARs into @io
 * (offset 0 = port 0).
 */
PciBus *pci_bus_new(Device *host, const char *name, MemoryRegion *mem, MemoryRegion *io,
                    const IrqLine intx[4]);
void pci_bus_free(PciBus *bus); /* no devices on it any more */
Bus *pci_bus_base(PciBus *bus);
/* Config headers and interrupts of all devices back to power-on; BARs are unmapped. */
void pci_bus_reset(PciBus *bus);
/* The bus that a -device without bus= goes to; NULL: the machine has none. */
PciBus *pci_bus_default(void);
const char *pci_bus_name(const PciBus *bus);
PciDevice *pci_bus_get_device(PciBus *bus, unsigned devfn); /* NULL: nothing there */
/* Config space accesses as they come from the host bridge; absent devices read all ones. */
uint32_t pci_config_read(PciBus *bus, unsigned bus_nr, unsigned devfn, unsigned reg, unsigned size);
void pci_config_write(PciBus *bus, unsigned bus_nr, unsigned devfn, unsigned reg, uint32_t value,
                      unsigned size);

#endif
