/*
 * pcie-root-port: a PCI Express root port, with one slot behind it in which devices come and go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pci-bridge.h"
#include "pcie-slot.h"

#define TYPE_PCIE_ROOT_PORT "pcie-root-port"

#define MAX_SLOT_NUMBER 0x1fff

typedef struct RootPort {
    PciDevice parent_obj;
    /* Properties. */
    uint8_t port;
    uint8_t chassis;
    uint16_t slot_number;
    bool hotplug;

    PciBridge bridge;
    PcieSlot slot;
} RootPort;

#define ROOT_PORT(obj) OBJECT_CHECK(RootPort, (obj), TYPE_PCIE_ROOT_PORT)

static GPtrArray *ports; /* all realized ones */

static bool check_numbers(const RootPort *s, Error **errp)
{
    if (s->slot_number > MAX_SLOT_NUMBER) {
        error_setg(errp, "Property 'slot' expects at most %u, not %u", MAX_SLOT_NUMBER,
                   s->slot_number);
        return false;
    }
    for (guint i = 0; ports && i < ports->len; i++) {
        const RootPort *other = g_ptr_array_index(ports, i);
        if (other->chassis == s->chassis && other->slot_number == s->slot_number) {
            error_setg(errp,
                       "chassis %u has a slot %u already: ports have different values of 'chassis' "
                       "or of 'slot'",
                       s->chassis, s->slot_number);
            return false;
        }
    }
    return true;
}

/* The bus behind a port is called as the port is; a port without a name gets the next number. */
static char *bus_name(const RootPort *s)
{
    if (s->parent_obj.parent_obj.id) {
        return g_strdup(s->parent_obj.parent_obj.id);
    }
    for (unsigned n = 1;; n++) {
        g_autofree char *name = g_strdup_printf("pcie.%u", n);
        if (!bus_find(name)) {
            return g_steal_pointer(&name);
        }
    }
}

static void root_port_plugged(Bus *bus, Device *dev)
{
    pcie_slot_plugged(&ROOT_PORT(bus->parent)->slot, PCI_DEVICE(dev));
}

static bool root_port_unplug_request(Bus *bus, Device *dev, Error **errp)
{
    return pcie_slot_unplug_request(&ROOT_PORT(bus->parent)->slot, PCI_DEVICE(dev), errp);
}

static const BusHotplug root_port_hotplug = {
    .plugged = root_port_plugged,
    .unplug_request = root_port_unplug_request,
};

static bool root_port_realize(PciDevice *pci, Error **errp)
{
    RootPort *s = ROOT_PORT(pci);
    g_autofree char *name = bus_name(s);
    if (!check_numbers(s, errp)) {
        return false;
    }
    if (pci->bus != pci_bus_default()) {
        error_setg(errp, "pcie-root-port goes on the bus '%s' only",
                   pci_bus_name(pci_bus_default()));
        return false;
    }
    pci->config[PCI_INTERRUPT_PIN] = 1;
    pci_bridge_init(&s->bridge, pci, name);
    pcie_slot_init(&s->slot, pci, s->port, s->slot_number, s->hotplug);
    if (s->hotplug) {
        pci_bus_base(pci->secondary)->hotplug = &root_port_hotplug;
    }
    if (!ports) {
        ports = g_ptr_array_new();
    }
    g_ptr_array_add(ports, s);
    return true;
}

static void root_port_unrealize(PciDevice *pci)
{
    RootPort *s = ROOT_PORT(pci);
    g_ptr_array_remove(ports, s);
    pcie_slot_finish(&s->slot);
    pci_bridge_finish(&s->bridge);
}

static void root_port_config_written(PciDevice *pci, unsigned reg, unsigned size)
{
    RootPort *s = ROOT_PORT(pci);
    pci_bridge_config_written(&s->bridge, reg, size);
    pcie_slot_config_written(&s->slot, reg, size);
}

static void root_port_reset(Device *dev)
{
    pcie_slot_reset(&ROOT_PORT(dev)->slot);
}

static void root_port_init(Object *obj)
{
    ROOT_PORT(obj)->hotplug = true;
}

static void root_port_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PciDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    dc->desc = "PCI Express Root Port";
    dc->user_creatable = true;
    dc->fixed = true;
    dc->reset = root_port_reset;
    pc->vendor_id = 0x1b36;
    pc->device_id = 0x000c;
    pc->class_id = 0x0604; /* PCI-to-PCI bridge */
    pc->is_bridge = true;
    pc->realize = root_port_realize;
    pc->unrealize = root_port_unrealize;
    pc->config_written = root_port_config_written;
    ObjectProperty *prop = object_class_property_add_field(
        klass, "port", PROP_UINT8, offsetof(RootPort, port), "number of the port");
    object_property_set_default(prop, QOBJECT(qnum_new_uint(0)));
    prop = object_class_property_add_field(klass, "chassis", PROP_UINT8,
                                           offsetof(RootPort, chassis), "in which the slot is");
    object_property_set_default(prop, QOBJECT(qnum_new_uint(0)));
    prop =
        object_class_property_add_field(klass, "slot", PROP_UINT16, offsetof(RootPort, slot_number),
                                        "number of the slot in its chassis");
    object_property_set_default(prop, QOBJECT(qnum_new_uint(0)));
    prop = object_class_property_add_field(klass, "hotplug", PROP_BOOL, offsetof(RootPort, hotplug),
                                           "devices may come and go while the machine runs");
    object_property_set_default(prop, QOBJECT(qbool_new(true)));
}

static const TypeInfo root_port_type = {
    .name = TYPE_PCIE_ROOT_PORT,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(RootPort),
    .class_size = sizeof(PciDeviceClass),
    .instance_init = root_port_init,
    .class_init = root_port_class_init,
};

static void root_port_register(void)
{
    type_register_static(&root_port_type);
}
type_init(root_port_register)
