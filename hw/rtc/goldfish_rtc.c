/*
 * Goldfish real-time clock.
 *
 * Implements the "Goldfish RTC" of the Android emulator's GOLDFISH-VIRTUAL-HARDWARE document:
 * wall-clock nanoseconds in two halves (reading the low one latches the high one), which the
 * guest may set, and an alarm with an interrupt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/board-devices.h"
#include "hw/rtc.h"
#include "qapi/qapi-events-machine.h"
#include "util/timer.h"

#define TYPE_GOLDFISH_RTC "goldfish_rtc"
#define GOLDFISH_RTC_SIZE 0x24

enum {
    RTC_TIME_LOW = 0x00,
    RTC_TIME_HIGH = 0x04,
    RTC_ALARM_LOW = 0x08, /* a store arms it */
    RTC_ALARM_HIGH = 0x0c,
    RTC_IRQ_ENABLED = 0x10,
    RTC_CLEAR_ALARM = 0x14,
    RTC_ALARM_STATUS = 0x18,
    RTC_CLEAR_INTERRUPT = 0x1c,
};

typedef struct GoldfishRtc {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    Timer timer;
    int64_t offset; /* of the guest's time from the host's, ns; survives a reset */
    uint64_t alarm;
    uint32_t latched_high;
    uint32_t alarm_high;
    bool alarm_running;
    bool irq_pending;
    bool irq_enabled;
} GoldfishRtc;

#define GOLDFISH_RTC(obj) OBJECT_CHECK(GoldfishRtc, (obj), TYPE_GOLDFISH_RTC)

static uint64_t guest_time(const GoldfishRtc *s)
{
    return (uint64_t)rtc_now() + (uint64_t)s->offset;
}

static void update_irq(GoldfishRtc *s)
{
    irq_set(&s->parent_obj.irqs[0], s->irq_pending && s->irq_enabled);
}

static void alarm_check(void *opaque)
{
    GoldfishRtc *s = opaque;
    if (!s->alarm_running) {
        timer_disarm(&s->timer);
        return;
    }
    uint64_t now = guest_time(s);
    if (s->alarm <= now) {
        timer_disarm(&s->timer);
        s->alarm_running = false;
        s->irq_pending = true;
        update_irq(s);
        return;
    }
    /* The host's clock may be set meanwhile: look again at least every hour. */
    uint64_t wait = MIN(s->alarm - now, 3600ull * NS_PER_SEC);
    timer_arm(&s->timer, clock_now(rtc_alarm_clock()) + (int64_t)wait);
}

static void set_time_half(GoldfishRtc *s, unsigned shift, uint32_t value)
{
    uint64_t now = guest_time(s);
    uint64_t wanted = (now & ~(0xffffffffull << shift)) | (uint64_t)value << shift;
    s->offset = (int64_t)((uint64_t)s->offset + (wanted - now));
    alarm_check(s);
}

static void tell_change(const GoldfishRtc *s)
{
    g_autofree char *path = object_get_canonical_path(OBJECT(s));

    qapi_event_send_rtc_change(s->offset / NS_PER_SEC, path ? path : "");
}

static uint64_t rtc_read(void *opaque, hwaddr offset, unsigned size)
{
    GoldfishRtc *s = opaque;
    uint64_t now;
    switch (offset) {
    case RTC_TIME_LOW:
        now = guest_time(s);
        s->latched_high = (uint32_t)(now >> 32);
        return (uint32_t)now;
    case RTC_TIME_HIGH:
        return s->latched_high;
    case RTC_ALARM_LOW:
        return (uint32_t)s->alarm;
    case RTC_ALARM_HIGH:
        return (uint32_t)(s->alarm >> 32);
    case RTC_IRQ_ENABLED:
        return s->irq_enabled;
    case RTC_ALARM_STATUS:
        return s->alarm_running;
    default:
        return 0;
    }
}

static void rtc_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    GoldfishRtc *s = opaque;
    switch (offset) {
    case RTC_TIME_LOW:
        /* Drivers store the high half first, so that now the time is whole. */
        set_time_half(s, 0, (uint32_t)value);
        tell_change(s);
        break;
    case RTC_TIME_HIGH:
        set_time_half(s, 32, (uint32_t)value);
        break;
    case RTC_ALARM_LOW:
        s->alarm = (uint64_t)s->alarm_high << 32 | (uint32_t)value;
        s->alarm_running = true;
        alarm_check(s);
        break;
    case RTC_ALARM_HIGH:
        s->alarm_high = (uint32_t)value;
        break;
    case RTC_IRQ_ENABLED:
        s->irq_enabled = value & 1;
        break;
    case RTC_CLEAR_ALARM:
        s->alarm_running = false;
        alarm_check(s);
        break;
    case RTC_CLEAR_INTERRUPT:
        s->irq_pending = false;
        break;
    default:
        break;
    }
    update_irq(s);
}

static const MemoryRegionOps rtc_ops = {
    .read = rtc_read,
    .write = rtc_write,
    .min_size = 4,
    .max_size = 4,
};

static bool rtc_realize(Device *dev, Error **errp)
{
    GoldfishRtc *s = GOLDFISH_RTC(dev);
    timer_init(&s->timer, main_loop(), rtc_alarm_clock(), alarm_check, s);
    return true;
}

static void rtc_unrealize(Device *dev)
{
    timer_finish(&GOLDFISH_RTC(dev)->timer);
}

static void rtc_reset(Device *dev)
{
    GoldfishRtc *s = GOLDFISH_RTC(dev);
    s->alarm = 0;
    s->alarm_high = 0;
    s->alarm_running = s->irq_pending = s->irq_enabled = false;
    alarm_check(s);
    update_irq(s);
}

static void rtc_init(Object *obj)
{
    GoldfishRtc *s = GOLDFISH_RTC(obj);
    memory_region_init_io(&s->mmio, &rtc_ops, s, TYPE_GOLDFISH_RTC, GOLDFISH_RTC_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
}

static void rtc_finalize(Object *obj)
{
    memory_region_finish(&GOLDFISH_RTC(obj)->mmio);
}

static void rtc_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->realize = rtc_realize;
    dc->unrealize = rtc_unrealize;
    dc->reset = rtc_reset;
}

static const TypeInfo rtc_type = {
    .name = TYPE_GOLDFISH_RTC,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(GoldfishRtc),
    .class_size = sizeof(DeviceClass),
    .class_init = rtc_class_init,
    .instance_init = rtc_init,
    .instance_finalize = rtc_finalize,
};

static void rtc_register(void)
{
    type_register_static(&rtc_type);
}
type_init(rtc_register)

bool goldfish_rtc_create(MemoryRegion *system, hwaddr addr, IrqLine irq, Error **errp)
{
    return sysbus_create(TYPE_GOLDFISH_RTC, system, addr, irq, errp);
}
