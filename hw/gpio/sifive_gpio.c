/*
 * SiFive's GPIO controller, with one interrupt a pin.
 *
 * SiFive FU540-C000 Manual v1p0, chapter 17. Pins without a driver of their own inside read what is
 * wired to them; drive strength, pull-ups and alternative functions are stored and do nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/gpio.h"

#include "util/report.h"

#include <inttypes.h>
#include <string.h>

#define TYPE_SIFIVE_GPIO "sifive.gpio"

enum {
    INPUT_VAL = 0x00,
    INPUT_EN = 0x04,
    OUTPUT_EN = 0x08,
    OUTPUT_VAL = 0x0c,
    PULLUP_EN = 0x10,
    DRIVE_STRENGTH = 0x14,
    RISE_IE = 0x18,
    RISE_IP = 0x1c,
    FALL_IE = 0x20,
    FALL_IP = 0x24,
    HIGH_IE = 0x28,
    HIGH_IP = 0x2c,
    LOW_IE = 0x30,
    LOW_IP = 0x34,
    IOF_EN = 0x38,
    IOF_SEL = 0x3c,
    OUT_XOR = 0x40,
    END = 0x44,
};

#define REG(s, offset) ((s)->regs[(offset) / 4])

struct SifiveGpio {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    unsigned num_pins;
    uint32_t wires; /* what comes from outside, a bit each */
    uint32_t regs[END / 4];
};

#define SIFIVE_GPIO(obj) OBJECT_CHECK(SifiveGpio, (obj), TYPE_SIFIVE_GPIO)

static uint32_t all_pins(const SifiveGpio *s)
{
    return (1u << s->num_pins) - 1;
}

/* What is on the pins: an output wins over what is wired to it. */
static uint32_t levels(const SifiveGpio *s)
{
    uint32_t driven = REG(s, OUTPUT_EN);
    return (s->wires & ~driven) | ((REG(s, OUTPUT_VAL) ^ REG(s, OUT_XOR)) & driven);
}

/* After anything has changed: take note of edges and levels, and set the interrupts. */
static void update(SifiveGpio *s)
{
    uint32_t before = REG(s, INPUT_VAL), now = levels(s) & REG(s, INPUT_EN);
    REG(s, INPUT_VAL) = now;
    REG(s, RISE_IP) |= ~before & now;
    REG(s, FALL_IP) |= before & ~now;
    REG(s, HIGH_IP) |= now;
    REG(s, LOW_IP) |= ~now & all_pins(s);
    uint32_t pending = (REG(s, RISE_IE) & REG(s, RISE_IP)) | (REG(s, FALL_IE) & REG(s, FALL_IP)) |
                       (REG(s, HIGH_IE) & REG(s, HIGH_IP)) | (REG(s, LOW_IE) & REG(s, LOW_IP));
    for (unsigned i = 0; i < s->num_pins; i++) {
        irq_set(&s->parent_obj.irqs[i], pending >> i & 1);
    }
}

static void set_wire(void *opaque, int n, bool level)
{
    SifiveGpio *s = opaque;
    s->wires = (s->wires & ~(1u << n)) | (uint32_t)level << n;
    update(s);
}

static uint64_t gpio_read(void *opaque, hwaddr offset, unsigned size)
{
    const SifiveGpio *s = opaque;
    return offset < END ? REG(s, offset) : 0;
}

static void gpio_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    SifiveGpio *s = opaque;
    uint32_t bits = (uint32_t)value & all_pins(s);
    switch (offset) {
    case RISE_IP:
    case FALL_IP:
    case HIGH_IP:
    case LOW_IP:
        REG(s, offset) &= ~bits;
        break;
    case INPUT_VAL:
        log_mask(LOG_GUEST_ERROR, "%s: store to the input values ignored", TYPE_SIFIVE_GPIO);
        break;
    default:
        if (offset < END) {
            REG(s, offset) = bits;
        }
        break;
    }
    update(s);
}

static const MemoryRegionOps gpio_ops = {
    .read = gpio_read,
    .write = gpio_write,
    .min_size = 4,
    .max_size = 4,
};

static void gpio_reset(Device *dev)
{
    SifiveGpio *s = SIFIVE_GPIO(dev);
    memset(s->regs, 0, sizeof(s->regs));
    update(s);
}

static void gpio_init(Object *obj)
{
    SifiveGpio *s = SIFIVE_GPIO(obj);
    memory_region_init_io(&s->mmio, &gpio_ops, s, TYPE_SIFIVE_GPIO, SIFIVE_GPIO_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
}

static void gpio_finalize(Object *obj)
{
    memory_region_finish(&SIFIVE_GPIO(obj)->mmio);
}

static void gpio_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->reset = gpio_reset;
}

static const TypeInfo gpio_type = {
    .name = TYPE_SIFIVE_GPIO,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(SifiveGpio),
    .class_size = sizeof(DeviceClass),
    .class_init = gpio_class_init,
    .instance_init = gpio_init,
    .instance_finalize = gpio_finalize,
};

static void gpio_register(void)
{
    type_register_static(&gpio_type);
}
type_init(gpio_register)

SifiveGpio *sifive_gpio_create(MemoryRegion *system, hwaddr addr, const IrqLine *irqs,
                               unsigned num_irqs, Error **errp)
{
    g_assert(num_irqs <= SIFIVE_GPIO_MAX_PINS);
    SysBusDevice *dev = sysbus_new(TYPE_SIFIVE_GPIO);
    for (unsigned i = 0; i < num_irqs; i++) {
        sysbus_connect_irq(dev, i, irqs[i]);
    }
    SIFIVE_GPIO(dev)->num_pins = num_irqs;
    return sysbus_realize_at(dev, system, addr, errp) ? SIFIVE_GPIO(dev) : NULL;
}

IrqLine sifive_gpio_pin(SifiveGpio *s, unsigned n)
{
    g_assert(n < s->num_pins);
    return (IrqLine){ .fn = set_wire, .opaque = s, .n = (int)n };
}
