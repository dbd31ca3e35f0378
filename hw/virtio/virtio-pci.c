/*
 * Virtio over PCI: the modern interface, with INTx.
 *
 * Implements "Virtio Over PCI Bus" of "Virtual I/O Device (VIRTIO) Version 1.2", section 4.1,
 * without the legacy interface and without MSI-X. BAR 4 holds the common configuration, the
 * interrupt status, the device's config space and the doorbells, a page each; a window in config
 * space reaches the same registers without the BAR.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-pci.h"

#include "util/report.h"
#include "virtio-pci-regs.h"

#include <string.h>

#define TYPE_VIRTIO_PCI "virtio-pci" /* abstract */

#define BAR         4
#define BAR_SIZE    0x4000
#define COMMON_BASE 0x0000
#define ISR_BASE    0x1000
#define DEVICE_BASE 0x2000
#define NOTIFY_BASE 0x3000
#define PAGE        0x1000

#define NOTIFY_MULTIPLIER 4
#define FIRST_DEVICE_ID   0x1040u

/* Types of capabilities (4.1.4), and where their fields are. */
enum { CAP_COMMON = 1, CAP_NOTIFY, CAP_ISR, CAP_DEVICE, CAP_PCI_CFG };
#define CAP_VENDOR       0x09
#define CAP_SIZE         16 /* also: where what only some have begins */
#define CAP_FIELD_LENGTH 2
#define CAP_FIELD_TYPE   3
#define CAP_FIELD_BAR    4
#define CAP_FIELD_OFFSET 8
#define CAP_FIELD_BYTES  12

typedef struct VirtioPci {
    PciDevice parent_obj;
    VirtioDevice *vdev; /* our child */
    VirtioBus bus;
    MemoryRegion registers;
    VirtioPciRegs regs;
    unsigned window; /* offset of the capability that reaches the registers */
} VirtioPci;

#define VIRTIO_PCI(obj) OBJECT_CHECK(VirtioPci, (obj), TYPE_VIRTIO_PCI)

/* ---- the device's side ---- */

static void update_interrupt(void *opaque)
{
    VirtioPci *s = opaque;
    pci_set_intx(PCI_DEVICE(s), s->vdev->isr != 0);
}

static bool dma_allowed(void *opaque)
{
    return pci_can_master(opaque);
}

static const VirtioTransport virtio_pci_transport = {
    .interrupt = update_interrupt,
    .dma_allowed = dma_allowed,
};

/* ---- the driver's ---- */

/* Reading acknowledges (4.1.4.5). */
static uint64_t read_isr(VirtioPci *s)
{
    uint64_t value = s->vdev->isr;
    s->vdev->isr = 0;
    update_interrupt(s);
    return value;
}

static uint64_t registers_read(void *opaque, hwaddr offset, unsigned size)
{
    VirtioPci *s = opaque;
    unsigned within = offset % PAGE;
    switch (offset - within) {
    case COMMON_BASE:
        return virtio_pci_common_read(&s->regs, within, size);
    case ISR_BASE:
        return within == 0 ? read_isr(s) : 0;
    case DEVICE_BASE:
        return virtio_config_read(s->vdev, within, size);
    default:
        return 0; /* doorbells */
    }
}

static void registers_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    VirtioPci *s = opaque;
    unsigned within = offset % PAGE;
    switch (offset - within) {
    case COMMON_BASE:
        virtio_pci_common_write(&s->regs, within, (uint32_t)value, size);
        break;
    case DEVICE_BASE:
        virtio_config_write(s->vdev, within, value, size);
        break;
    case NOTIFY_BASE:
        virtio_ring(s->vdev, within / NOTIFY_MULTIPLIER);
        break;
    default:
        log_mask(LOG_GUEST_ERROR, "%s: store to the interrupt status ignored",
                 virtio_name(s->vdev));
        break;
    }
}

static const MemoryRegionOps registers_ops = {
    .read = registers_read,
    .write = registers_write,
    .max_size = 4,
};

/* ---- the window in config space (4.1.4.9) ---- */

/* What an access to the window's data reaches; 0: nothing that is there. */
static unsigned window_target(const VirtioPci *s, unsigned reg, unsigned size, uint32_t *offset)
{
    const PciDevice *pci = &s->parent_obj;
    const uint8_t *cap = &pci->config[s->window];
    unsigned data = s->window + CAP_SIZE;
    uint32_t bytes = pci_get_le(&cap[CAP_FIELD_BYTES], 4);
    *offset = pci_get_le(&cap[CAP_FIELD_OFFSET], 4);
    bool touched = size <= 4 && reg < data + 4 && reg + size > data;
    bool valid = cap[CAP_FIELD_BAR] == BAR && (bytes == 1 || bytes == 2 || bytes == 4) &&
                 *offset % bytes == 0 && *offset <= BAR_SIZE - bytes;
    return touched && valid ? bytes : 0;
}

static void virtio_pci_config_read(PciDevice *pci, unsigned reg, unsigned size)
{
    VirtioPci *s = VIRTIO_PCI(pci);
    uint32_t offset;
    unsigned bytes = window_target(s, reg, size, &offset);
    if (bytes) {
        pci_set_le(&pci->config[s->window + CAP_SIZE], bytes,
                   (uint32_t)registers_read(s, offset, bytes));
    }
}

static void virtio_pci_config_written(PciDevice *pci, unsigned reg, unsigned size)
{
    VirtioPci *s = VIRTIO_PCI(pci);
    uint32_t offset;
    unsigned bytes = window_target(s, reg, size, &offset);
    if (bytes) {
        registers_write(s, offset, pci_get_le(&pci->config[s->window + CAP_SIZE], bytes), bytes);
    }
}

/* ---- capabilities ---- */

static unsigned add_capability(PciDevice *pci, uint8_t type, unsigned size, uint32_t offset,
                               uint32_t bytes)
{
    unsigned at = pci_add_capability(pci, CAP_VENDOR, size);
    pci->config[at + CAP_FIELD_LENGTH] = (uint8_t)size;
    pci->config[at + CAP_FIELD_TYPE] = type;
    pci->config[at + CAP_FIELD_BAR] = type == CAP_PCI_CFG ? 0 : BAR;
    pci_set_le(&pci->config[at + CAP_FIELD_OFFSET], 4, offset);
    pci_set_le(&pci->config[at + CAP_FIELD_BYTES], 4, bytes);
    return at;
}

static void add_capabilities(VirtioPci *s)
{
    PciDevice *pci = PCI_DEVICE(s);
    s->window = add_capability(pci, CAP_PCI_CFG, CAP_SIZE + 4, 0, 0);
    pci->wmask[s->window + CAP_FIELD_BAR] = 0xff;
    memset(&pci->wmask[s->window + CAP_FIELD_OFFSET], 0xff, 4 + 4 + 4);
    unsigned notify = add_capability(pci, CAP_NOTIFY, CAP_SIZE + 4, NOTIFY_BASE, PAGE);
    pci_set_le(&pci->config[notify + CAP_SIZE], 4, NOTIFY_MULTIPLIER);
    add_capability(pci, CAP_DEVICE, CAP_SIZE, DEVICE_BASE, PAGE);
    add_capability(pci, CAP_ISR, CAP_SIZE, ISR_BASE, PAGE);
    add_capability(pci, CAP_COMMON, CAP_SIZE, COMMON_BASE, PAGE);
}

/* ---- the function ---- */

typedef struct VirtioPciClass {
    PciDeviceClass parent_class;
    const VirtioPciInfo *info;
} VirtioPciClass;

#define VIRTIO_PCI_CLASS(klass) OBJECT_CLASS_CHECK(VirtioPciClass, (klass), TYPE_VIRTIO_PCI)

static void take_apart(VirtioPci *s)
{
    /* It may have gone before: it sits on a bus of ours. */
    if (OBJECT(s->vdev)->parent) {
        device_remove(DEVICE(s->vdev));
    }
    bus_finish(&s->bus.base);
    memory_region_finish(&s->registers);
}

static bool virtio_pci_realize(PciDevice *pci, Error **errp)
{
    VirtioPci *s = VIRTIO_PCI(pci);
    const VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(s->vdev);
    virtio_bus_init(&s->bus, "virtio-bus", "virtio-pci-bus", NULL, DEVICE(s), &virtio_pci_transport,
                    s);
    device_put_on_bus(DEVICE(s->vdev), &s->bus.base);
    pci_set_le(&pci->config[PCI_DEVICE_ID], 2, FIRST_DEVICE_ID + vc->device_id);
    pci_set_le(&pci->config[PCI_CLASS], 2, vc->pci_class);
    pci->config[PCI_INTERRUPT_PIN] = 1;
    s->regs = (VirtioPciRegs){ .vdev = s->vdev };
    memory_region_init_io(&s->registers, &registers_ops, s, "virtio-pci", BAR_SIZE);
    pci_register_bar(pci, BAR, PCI_BAR_MEM64_PREFETCH, &s->registers);
    add_capabilities(s);
    if (!device_realize(DEVICE(s->vdev), errp)) {
        take_apart(s);
        return false;
    }
    return true;
}

static void virtio_pci_unrealize(PciDevice *pci)
{
    take_apart(VIRTIO_PCI(pci));
}

static void virtio_pci_reset(Device *dev)
{
    VirtioPci *s = VIRTIO_PCI(dev);
    s->regs = (VirtioPciRegs){ .vdev = s->vdev };
    virtio_set_status(s->vdev, 0);
}

static void virtio_pci_init(Object *obj)
{
    VirtioPci *s = VIRTIO_PCI(obj);
    const VirtioPciInfo *info = VIRTIO_PCI_CLASS(obj->klass)->info;
    Object *vdev = object_new(info->device_type);
    object_property_add_child(obj, "virtio-backend", vdev);
    s->vdev = VIRTIO_DEVICE(object_ref(vdev));
}

static void virtio_pci_finalize(Object *obj)
{
    object_unref(OBJECT(VIRTIO_PCI(obj)->vdev));
}

/* ---- the device's properties as the function's own ---- */

static bool get_backend(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    return object_property_get(OBJECT(VIRTIO_PCI(obj)->vdev), name, v, errp);
}

static bool set_backend(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    return object_property_set(OBJECT(VIRTIO_PCI(obj)->vdev), name, v, errp);
}

static void collect_name(ObjectProperty *prop, void *opaque)
{
    g_hash_table_add(opaque, prop->name);
}

typedef struct Forward {
    ObjectClass *klass;
    GHashTable *have; /* names */
} Forward;

static void forward(ObjectProperty *prop, void *opaque)
{
    const Forward *f = opaque;
    if (g_hash_table_contains(f->have, prop->name)) {
        return;
    }
    ObjectProperty *own =
        object_class_property_add(f->klass, prop->name, prop->type, prop->get ? get_backend : NULL,
                                  prop->set ? set_backend : NULL, NULL);
    own->is_field = prop->is_field;
    object_property_set_description(own, prop->description);
    if (prop->defval) {
        object_property_set_default(own, qobject_ref(prop->defval));
    }
}

static void virtio_pci_kind_class_init(ObjectClass *klass, const void *data)
{
    const VirtioPciInfo *info = data;
    g_autoptr(GHashTable) have = g_hash_table_new(g_str_hash, g_str_equal);
    Forward f = { .klass = klass, .have = have };
    object_class_property_foreach(klass, collect_name, have);
    object_class_property_foreach(object_class_by_name(info->device_type), forward, &f);
    VIRTIO_PCI_CLASS(klass)->info = info;
    DEVICE_CLASS(klass)->desc = info->desc;
    DEVICE_CLASS(klass)->user_creatable = true;
}

static void virtio_pci_class_init(ObjectClass *klass, const void *data)
{
    PciDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    DEVICE_CLASS(klass)->reset = virtio_pci_reset;
    pc->vendor_id = 0x1af4;
    pc->revision = 1;
    pc->subsystem_vendor_id = 0x1af4;
    pc->subsystem_id = 0x1100; /* below 0x40 would mean that there is a legacy interface */
    pc->realize = virtio_pci_realize;
    pc->unrealize = virtio_pci_unrealize;
    pc->config_read = virtio_pci_config_read;
    pc->config_written = virtio_pci_config_written;
}

void virtio_pci_register(const VirtioPciInfo *info)
{
    const char *const names[] = { info->name, info->modern_name };
    for (unsigned i = 0; i < G_N_ELEMENTS(names) && names[i]; i++) {
        /* Lives as long as the type. */
        TypeInfo *type = g_new0(TypeInfo, 1);
        type->name = names[i];
        type->parent = TYPE_VIRTIO_PCI;
        type->class_init = virtio_pci_kind_class_init;
        type->class_data = info;
        type_register_static(type);
    }
}

static const TypeInfo virtio_pci_type = {
    .name = TYPE_VIRTIO_PCI,
    .parent = TYPE_PCI_DEVICE,
    .abstract = true,
    .instance_size = sizeof(VirtioPci),
    .class_size = sizeof(VirtioPciClass),
    .instance_init = virtio_pci_init,
    .instance_finalize = virtio_pci_finalize,
    .class_init = virtio_pci_class_init,
};

static void virtio_pci_register_types(void)
{
    type_register_static(&virtio_pci_type);
}
type_init(virtio_pci_register_types)
