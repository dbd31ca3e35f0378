/*
 * The core-local interruptor: software interrupts (SWI) and the machine timer (MTIMER).
 *
 * Implements the RISC-V ACLINT specification 1.0-rc4, MSWI and MTIMER devices, at the offsets of a
 * SiFive CLINT. mtime is the machine's virtual clock and cannot be set: it has to agree with the
 * `time` CSR of every hart.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/intc.h"

#include "target/riscv/hart.h"
#include "util/report.h"
#include "util/timer.h"

#include <inttypes.h>

#define SWI_SIZE     0x4000
#define MTIMER_SIZE  0x8000
#define MTIME_OFFSET 0x7ff8
#define NS_PER_TICK  (NS_PER_SEC / HART_TIMEBASE_HZ)

#define ACLINT_MAX_HARTS 4095

static bool check_harts(const char *type, uint32_t base, uint32_t count, Error **errp)
{
    if (count == 0 || count > ACLINT_MAX_HARTS || base + (uint64_t)count > hart_count()) {
        error_setg(errp, "%s: harts %u to %" PRIu64 " are not all there, the machine has %u", type,
                   base, base + (uint64_t)count - 1, hart_count());
        return false;
    }
    return true;
}

/* ---- software interrupts ---- */

#define TYPE_SWI "riscv.aclint.swi"

typedef struct Swi {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    uint32_t hartid_base;
    uint32_t num_harts;
    bool *msip;
} Swi;

#define SWI(obj) OBJECT_CHECK(Swi, (obj), TYPE_SWI)

static uint64_t swi_read(void *opaque, hwaddr offset, unsigned size)
{
    const Swi *s = opaque;
    return offset / 4 < s->num_harts ? s->msip[offset / 4] : 0;
}

static void swi_set(Swi *s, unsigned n, bool level)
{
    s->msip[n] = level;
    hart_set_irq(hart_by_index(s->hartid_base + n), HART_IRQ_MSI, level);
}

static void swi_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    Swi *s = opaque;
    if (offset / 4 < s->num_harts) {
        swi_set(s, (unsigned)(offset / 4), value & 1);
    }
}

static const MemoryRegionOps swi_ops = {
    .read = swi_read,
    .write = swi_write,
    .min_size = 4,
    .max_size = 4,
};

static bool swi_realize(Device *dev, Error **errp)
{
    Swi *s = SWI(dev);
    if (!check_harts(TYPE_SWI, s->hartid_base, s->num_harts, errp)) {
        return false;
    }
    s->msip = g_new0(bool, s->num_harts);
    memory_region_init_io(&s->mmio, &swi_ops, s, TYPE_SWI, SWI_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(dev), &s->mmio);
    return true;
}

static void swi_reset(Device *dev)
{
    Swi *s = SWI(dev);
    for (unsigned i = 0; i < s->num_harts; i++) {
        swi_set(s, i, false);
    }
}

static void swi_finalize(Object *obj)
{
    Swi *s = SWI(obj);
    if (s->msip) {
        memory_region_finish(&s->mmio);
        g_free(s->msip);
    }
}

static void swi_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->realize = swi_realize;
    dc->reset = swi_reset;
    object_class_property_add_field(klass, "hartid-base", PROP_UINT32, offsetof(Swi, hartid_base),
                                    "The first hart served");
    object_class_property_add_field(klass, "num-harts", PROP_UINT32, offsetof(Swi, num_harts),
                                    "How many harts are served");
}

/* ---- timer ---- */

#define TYPE_MTIMER "riscv.aclint.mtimer"

typedef struct MtimerHart {
    Hart *hart;
    uint64_t mtimecmp;
    Timer timer;
} MtimerHart;

typedef struct Mtimer {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    uint32_t hartid_base;
    uint32_t num_harts;
    MtimerHart *harts;
} Mtimer;

#define MTIMER(obj) OBJECT_CHECK(Mtimer, (obj), TYPE_MTIMER)

/* Raise or lower the line, and come back when it has to be raised. */
static void mtimer_update(void *opaque)
{
    MtimerHart *h = opaque;
    bool due = hart_time_now() >= h->mtimecmp;
    hart_set_irq(h->hart, HART_IRQ_MTI, due);
    if (due || h->mtimecmp > (uint64_t)INT64_MAX / NS_PER_TICK) {
        timer_disarm(&h->timer);
    } else {
        timer_arm(&h->timer, (int64_t)(h->mtimecmp * NS_PER_TICK));
    }
}

static uint64_t mtimer_read(void *opaque, hwaddr offset, unsigned size)
{
    const Mtimer *s = opaque;
    unsigned n = (unsigned)(offset / 8);
    uint64_t value = 0;
    if (offset >= MTIME_OFFSET) {
        value = hart_time_now();
    } else if (n < s->num_harts) {
        value = s->harts[n].mtimecmp;
    }
    return value >> ((offset & 7) * 8);
}

static void mtimer_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    Mtimer *s = opaque;
    unsigned n = (unsigned)(offset / 8);
    if (offset >= MTIME_OFFSET) {
        log_mask(LOG_UNIMP, "%s: mtime cannot be set (to 0x%" PRIx64 ")", TYPE_MTIMER, value);
    } else if (n < s->num_harts) {
        MtimerHart *h = &s->harts[n];
        if (size == 8) {
            h->mtimecmp = value;
        } else {
            unsigned shift = (offset & 4) * 8;
            h->mtimecmp = (h->mtimecmp & ~(0xffffffffull << shift)) | (value << shift);
        }
        mtimer_update(h);
    }
}

static const MemoryRegionOps mtimer_ops = {
    .read = mtimer_read,
    .write = mtimer_write,
    .min_size = 4,
    .max_size = 8,
};

static bool mtimer_realize(Device *dev, Error **errp)
{
    Mtimer *s = MTIMER(dev);
    if (!check_harts(TYPE_MTIMER, s->hartid_base, s->num_harts, errp)) {
        return false;
    }
    s->harts = g_new0(MtimerHart, s->num_harts);
    for (unsigned i = 0; i < s->num_harts; i++) {
        MtimerHart *h = &s->harts[i];
        h->hart = hart_by_index(s->hartid_base + i);
        h->mtimecmp = UINT64_MAX;
        timer_init(&h->timer, main_loop(), CLOCK_VIRTUAL, mtimer_update, h);
    }
    memory_region_init_io(&s->mmio, &mtimer_ops, s, TYPE_MTIMER, MTIMER_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(dev), &s->mmio);
    return true;
}

static void mtimer_unrealize(Device *dev)
{
    Mtimer *s = MTIMER(dev);
    for (unsigned i = 0; i < s->num_harts; i++) {
        timer_finish(&s->harts[i].timer);
    }
}

static void mtimer_reset(Device *dev)
{
    Mtimer *s = MTIMER(dev);
    for (unsigned i = 0; i < s->num_harts; i++) {
        s->harts[i].mtimecmp = UINT64_MAX;
        mtimer_update(&s->harts[i]);
    }
}

static void mtimer_finalize(Object *obj)
{
    Mtimer *s = MTIMER(obj);
    if (s->harts) {
        memory_region_finish(&s->mmio);
        g_free(s->harts);
    }
}

static void mtimer_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->realize = mtimer_realize;
    dc->unrealize = mtimer_unrealize;
    dc->reset = mtimer_reset;
    object_class_property_add_field(klass, "hartid-base", PROP_UINT32,
                                    offsetof(Mtimer, hartid_base), "The first hart served");
    object_class_property_add_field(klass, "num-harts", PROP_UINT32, offsetof(Mtimer, num_harts),
                                    "How many harts are served");
}

/* ---- both ---- */

bool aclint_create(unsigned num_harts, MemoryRegion *system, hwaddr addr, Error **errp)
{
    SysBusDevice *swi = sysbus_new(TYPE_SWI);
    SWI(swi)->num_harts = num_harts;
    if (!sysbus_realize_at(swi, system, addr, errp)) {
        return false;
    }
    SysBusDevice *mtimer = sysbus_new(TYPE_MTIMER);
    MTIMER(mtimer)->num_harts = num_harts;
    return sysbus_realize_at(mtimer, system, addr + SWI_SIZE, errp);
}

static const TypeInfo aclint_types[] = {
    {
        .name = TYPE_SWI,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(Swi),
        .class_size = sizeof(DeviceClass),
        .class_init = swi_class_init,
        .instance_finalize = swi_finalize,
    },
    {
        .name = TYPE_MTIMER,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(Mtimer),
        .class_size = sizeof(DeviceClass),
        .class_init = mtimer_class_init,
        .instance_finalize = mtimer_finalize,
    },
};

static void aclint_register(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(aclint_types); i++) {
        type_register_static(&aclint_types[i]);
    }
}
type_init(aclint_register)
