/*
 * The PCI Express capability of a port with a slot, and hot-plugging.
 *
 * A device that comes shows itself (presence, link) and interrupts. One that shall go is asked for
 * by the attention button; the guest lets go of it by switching the slot's power off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pcie-slot.h"

#define CAP_EXPRESS 0x10
#define CAP_SIZE    0x3c

/* Fields of the capability. */
enum {
    EXP_FLAGS = 0x02,
    EXP_DEVICE_CAP = 0x04,
    EXP_DEVICE_CONTROL = 0x08,
    EXP_DEVICE_STATUS = 0x0a,
    EXP_LINK_CAP = 0x0c,
    EXP_LINK_CONTROL = 0x10,
    EXP_LINK_STATUS = 0x12,
    EXP_SLOT_CAP = 0x14,
    EXP_SLOT_CONTROL = 0x18,
    EXP_SLOT_STATUS = 0x1a,
    EXP_ROOT_CONTROL = 0x1c,
    EXP_LINK_CAP2 = 0x2c,
};

#define FLAGS_VERSION_2 0x0002
#define FLAGS_ROOT_PORT 0x0040
#define FLAGS_SLOT      0x0100

#define DEVICE_CAP_ROLE_BASED 0x8000

#define LINK_SPEED                0x1 /* 2.5 GT/s */
#define LINK_WIDTH                (1u << 4)
#define LINK_CAP_ACTIVE_REPORTING (1u << 20)
#define LINK_ACTIVE               0x2000

#define SLOT_CAP_BUTTON               (1u << 0)
#define SLOT_CAP_POWER                (1u << 1)
#define SLOT_CAP_ATTENTION            (1u << 3)
#define SLOT_CAP_POWER_LIGHT          (1u << 4)
#define SLOT_CAP_SURPRISE             (1u << 5)
#define SLOT_CAP_HOTPLUG              (1u << 6)
#define SLOT_CAP_NO_COMMAND_COMPLETED (1u << 18)
#define SLOT_CAP_NUMBER_SHIFT         19

/* Slot control; bits 0 and 3 enable the interrupts for the same bits of the slot's status. */
#define CONTROL_BUTTON      0x0001
#define CONTROL_PRESENCE    0x0008
#define CONTROL_INTERRUPT   0x0020
#define CONTROL_LIGHT_MASK  0x0300
#define CONTROL_LIGHT_ON    0x0100
#define CONTROL_LIGHT_BLINK 0x0200
#define CONTROL_LIGHT_OFF   0x0300
#define CONTROL_POWER_OFF   0x0400
#define CONTROL_LINK        0x1000
#define CONTROL_WRITABLE    0x17ff

#define STATUS_BUTTON   0x0001
#define STATUS_PRESENCE 0x0008 /* it has changed */
#define STATUS_PRESENT  0x0040
#define STATUS_LINK     0x0100 /* it has changed */
#define STATUS_CHANGES  0x011f /* cleared by writing 1 */

static uint8_t *field(const PcieSlot *slot, unsigned offset)
{
    return &slot->port->config[slot->cap + offset];
}

static unsigned get16(const PcieSlot *slot, unsigned offset)
{
    return pci_get_le(field(slot, offset), 2);
}

static void update_interrupt(PcieSlot *slot)
{
    unsigned control = get16(slot, EXP_SLOT_CONTROL), status = get16(slot, EXP_SLOT_STATUS);
    unsigned wanted = status & control & (CONTROL_BUTTON | CONTROL_PRESENCE);
    bool link = (status & STATUS_LINK) && (control & CONTROL_LINK);
    pci_set_intx(slot->port, (control & CONTROL_INTERRUPT) && (wanted || link));
}

static bool is_occupied(const PcieSlot *slot)
{
    return pci_bus_get_device(slot->port->secondary, 0) != NULL;
}

/* Show what is there; @changed: and that it was not so before. */
static void show_presence(PcieSlot *slot, bool changed)
{
    bool present = is_occupied(slot);
    unsigned status = get16(slot, EXP_SLOT_STATUS) & ~STATUS_PRESENT;
    status |= (present ? STATUS_PRESENT : 0) | (changed ? STATUS_PRESENCE | STATUS_LINK : 0);
    pci_set_le(field(slot, EXP_SLOT_STATUS), 2, status);
    pci_set_le(field(slot, EXP_LINK_STATUS), 2,
               LINK_SPEED | LINK_WIDTH | (present ? LINK_ACTIVE : 0));
    update_interrupt(slot);
}

/* ---- coming and going ---- */

void pcie_slot_plugged(PcieSlot *slot, const PciDevice *dev)
{
    /* Other functions come before the first, which announces them all. */
    if (dev->devfn == 0) {
        show_presence(slot, true);
    }
}

bool pcie_slot_unplug_request(PcieSlot *slot, PciDevice *dev, Error **errp)
{
    unsigned control = get16(slot, EXP_SLOT_CONTROL);
    if (control & CONTROL_POWER_OFF) {
        device_unplug(DEVICE(dev)); /* nobody uses it */
        show_presence(slot, true);
        return true;
    }
    if ((control & CONTROL_LIGHT_MASK) == CONTROL_LIGHT_BLINK) {
        error_setg(errp, "Hot-unplug failed: guest is busy (power indicator blinking)");
        return false;
    }
    unsigned status = get16(slot, EXP_SLOT_STATUS);
    pci_set_le(field(slot, EXP_SLOT_STATUS), 2, status | STATUS_BUTTON);
    update_interrupt(slot);
    return true;
}

/* Devices are taken out on the main loop, where what they hold may be let go of. */
static void eject(void *opaque)
{
    PcieSlot *slot = opaque;
    const GPtrArray *devices = pci_bus_base(slot->port->secondary)->devices;
    for (guint i = devices->len; i-- > 0;) {
        Device *dev = g_ptr_array_index(devices, i);
        if (!DEVICE_GET_CLASS(dev)->fixed) {
            device_unplug(dev);
        }
    }
    show_presence(slot, true);
}

static void look_at_power(PcieSlot *slot)
{
    unsigned control = get16(slot, EXP_SLOT_CONTROL);
    bool powered = !(control & CONTROL_POWER_OFF);
    bool switched_off =
        slot->powered && !powered && (control & CONTROL_LIGHT_MASK) == CONTROL_LIGHT_OFF;
    slot->powered = powered;
    if (switched_off && is_occupied(slot) && slot->eject) {
        bottom_half_schedule(slot->eject);
    }
}

void pcie_slot_config_written(PcieSlot *slot, unsigned reg, unsigned size)
{
    if (reg < slot->cap + EXP_ROOT_CONTROL && reg + size > slot->cap + EXP_SLOT_CONTROL) {
        look_at_power(slot);
        update_interrupt(slot);
    }
}

/* ---- the capability ---- */

static void fill_capability(PcieSlot *slot, uint8_t port_number, uint16_t slot_number, bool hotplug)
{
    PciDevice *port = slot->port;
    uint32_t slot_cap = (uint32_t)slot_number << SLOT_CAP_NUMBER_SHIFT;
    if (hotplug) {
        slot_cap |= SLOT_CAP_BUTTON | SLOT_CAP_POWER | SLOT_CAP_ATTENTION | SLOT_CAP_POWER_LIGHT |
                    SLOT_CAP_SURPRISE | SLOT_CAP_HOTPLUG | SLOT_CAP_NO_COMMAND_COMPLETED;
        pci_set_le(&port->wmask[slot->cap + EXP_SLOT_CONTROL], 2, CONTROL_WRITABLE);
    }
    pci_set_le(field(slot, EXP_FLAGS), 2, FLAGS_VERSION_2 | FLAGS_ROOT_PORT | FLAGS_SLOT);
    pci_set_le(field(slot, EXP_DEVICE_CAP), 4, DEVICE_CAP_ROLE_BASED);
    pci_set_le(field(slot, EXP_LINK_CAP), 4,
               LINK_SPEED | LINK_WIDTH | LINK_CAP_ACTIVE_REPORTING | (uint32_t)port_number << 24);
    pci_set_le(field(slot, EXP_LINK_CAP2), 4, LINK_SPEED << 1);
    pci_set_le(field(slot, EXP_SLOT_CAP), 4, slot_cap);
    pci_set_le(&port->wmask[slot->cap + EXP_DEVICE_CONTROL], 2, 0x000f);
    pci_set_le(&port->w1cmask[slot->cap + EXP_DEVICE_STATUS], 2, 0x000f);
    pci_set_le(&port->wmask[slot->cap + EXP_LINK_CONTROL], 2, 0x00c3);
    pci_set_le(&port->w1cmask[slot->cap + EXP_SLOT_STATUS], 2, STATUS_CHANGES);
    pci_set_le(&port->wmask[slot->cap + EXP_ROOT_CONTROL], 2, 0x000f);
}

void pcie_slot_init(PcieSlot *slot, PciDevice *port, uint8_t port_number, uint16_t slot_number,
                    bool hotplug)
{
    slot->port = port;
    slot->cap = pci_add_capability(port, CAP_EXPRESS, CAP_SIZE);
    fill_capability(slot, port_number, slot_number, hotplug);
    if (hotplug) {
        slot->eject = bottom_half_new(main_loop(), eject, slot);
    }
    pcie_slot_reset(slot);
}

void pcie_slot_finish(PcieSlot *slot)
{
    g_clear_pointer(&slot->eject, bottom_half_destroy);
}

static void forget_request(gpointer dev, gpointer unused)
{
    if (DEVICE(dev)->unplug_pending) {
        device_unplug_cancelled(dev);
    }
}

void pcie_slot_reset(PcieSlot *slot)
{
    bool occupied = is_occupied(slot);
    GPtrArray *devices = pci_bus_base(slot->port->secondary)->devices;
    g_ptr_array_foreach(devices, forget_request, NULL);
    if (slot->eject) {
        bottom_half_cancel(slot->eject);
        pci_set_le(field(slot, EXP_SLOT_CONTROL), 2,
                   occupied ? CONTROL_LIGHT_ON : CONTROL_LIGHT_OFF | CONTROL_POWER_OFF);
    }
    slot->powered = occupied;
    pci_set_le(field(slot, EXP_SLOT_STATUS), 2, 0);
    show_presence(slot, false);
}
