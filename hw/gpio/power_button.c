/*
 * The power button: a key on a pin of the GPIO controller.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/gpio.h"
#include "hw/power.h"
#include "util/timer.h"

#define TYPE_POWER_BUTTON "power-button"

/* Longer than drivers wait for a key to stop bouncing, and not yet a key that is held down. */
#define PRESS_NS (100 * NS_PER_MS)

typedef struct PowerButton {
    Device parent_obj;
    IrqLine line;
    Timer release;
} PowerButton;

#define POWER_BUTTON(obj) OBJECT_CHECK(PowerButton, (obj), TYPE_POWER_BUTTON)

static void press(void *opaque)
{
    PowerButton *s = opaque;
    irq_set(&s->line, true);
    timer_arm(&s->release, clock_now(CLOCK_VIRTUAL) + PRESS_NS);
}

static void release(void *opaque)
{
    PowerButton *s = opaque;
    timer_disarm(&s->release);
    irq_set(&s->line, false);
}

static bool power_button_realize(Device *dev, Error **errp)
{
    PowerButton *s = POWER_BUTTON(dev);
    timer_init(&s->release, main_loop(), CLOCK_VIRTUAL, release, s);
    power_button_set_handler(press, s);
    return true;
}

static void power_button_unrealize(Device *dev)
{
    power_button_set_handler(NULL, NULL);
    timer_finish(&POWER_BUTTON(dev)->release);
}

static void power_button_reset(Device *dev)
{
    release(POWER_BUTTON(dev));
}

static void power_button_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->realize = power_button_realize;
    dc->unrealize = power_button_unrealize;
    dc->reset = power_button_reset;
}

static const TypeInfo power_button_type = {
    .name = TYPE_POWER_BUTTON,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(PowerButton),
    .class_size = sizeof(DeviceClass),
    .class_init = power_button_class_init,
};

static void power_button_register(void)
{
    type_register_static(&power_button_type);
}
type_init(power_button_register)

bool power_button_create(IrqLine line, Error **errp)
{
    PowerButton *s = POWER_BUTTON(object_new(TYPE_POWER_BUTTON));
    s->line = line;
    return device_realize(DEVICE(s), errp);
}
