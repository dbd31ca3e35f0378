/*
 * virtio-input: keyboard, mouse and tablet (virtio 1.2, 5.8), on PCI and on a virtio bus.
 *
 * What is typed waits in the handler's queue (ui/input.h) until the driver has given buffers. The
 * guest repeats keys by itself. There are no lights: what the driver says about them is taken and
 * has no effect.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/virtio.h"
#include "hw/virtio/virtio-pci.h"
#include "ui/input.h"

#include <linux/input-event-codes.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_input.h>
#include <string.h>

#define TYPE_VIRTIO_INPUT "virtio-input-device" /* abstract */

#define QUEUE_SIZE 64
/* Items in the handler's queue: some seconds of fast typing. */
#define HANDLER_QUEUE 1024

/* What differs between the kinds. */
typedef struct InputModel {
    const char *type, *pci, *desc;
    const char *name;
    uint16_t product;
    uint16_t pci_class;
    unsigned handles; /* INPUT_TYPE_BIT() */
} InputModel;

typedef struct VirtioInput {
    VirtioDevice parent_obj;
    char *serial;
    InputHandler *handler;
    VirtQueue *events;
    uint8_t select, subsel;
} VirtioInput;

typedef struct VirtioInputClass {
    VirtioDeviceClass parent_class;
    const InputModel *model;
} VirtioInputClass;

#define VIRTIO_INPUT(obj)         OBJECT_CHECK(VirtioInput, (obj), TYPE_VIRTIO_INPUT)
#define VIRTIO_INPUT_CLASS(klass) OBJECT_CLASS_CHECK(VirtioInputClass, (klass), TYPE_VIRTIO_INPUT)

static const InputModel *model_of(const VirtioInput *s)
{
    return VIRTIO_INPUT_CLASS(OBJECT(s)->klass)->model;
}

static bool handles(const VirtioInput *s, InputType type)
{
    return model_of(s)->handles & INPUT_TYPE_BIT(type);
}

/* ---- events ---- */

/* Buttons; the wheel's steps are movements. */
static const uint16_t button_codes[INPUT_BUTTON__MAX] = {
    [INPUT_BUTTON_LEFT] = BTN_LEFT,   [INPUT_BUTTON_MIDDLE] = BTN_MIDDLE,
    [INPUT_BUTTON_RIGHT] = BTN_RIGHT, [INPUT_BUTTON_SIDE] = BTN_SIDE,
    [INPUT_BUTTON_EXTRA] = BTN_EXTRA,
};

static bool button_event(const InputItem *item, uint16_t *type, uint16_t *code, int32_t *value)
{
    if (button_codes[item->code]) {
        *type = EV_KEY;
        *code = button_codes[item->code];
        *value = item->value;
        return true;
    }
    *type = EV_REL;
    *code = item->code == INPUT_BUTTON_WHEEL_UP || item->code == INPUT_BUTTON_WHEEL_DOWN
                ? REL_WHEEL
                : REL_HWHEEL;
    *value = item->code == INPUT_BUTTON_WHEEL_UP || item->code == INPUT_BUTTON_WHEEL_RIGHT ? 1 : -1;
    return item->value; /* a step is done when the button goes down */
}

/* False: the guest needs to hear nothing of it. */
static bool to_event(const InputItem *item, struct virtio_input_event *event)
{
    uint16_t type = EV_SYN, code = SYN_REPORT;
    int32_t value = item->value;

    switch (item->type) {
    case INPUT_KEY:
        type = EV_KEY;
        code = keycode_to_linux(item->code);
        break;
    case INPUT_BUTTON:
        if (!button_event(item, &type, &code, &value)) {
            return false;
        }
        break;
    case INPUT_REL:
        type = EV_REL;
        code = item->code == INPUT_AXIS_X ? REL_X : REL_Y;
        break;
    case INPUT_ABS:
        type = EV_ABS;
        code = item->code == INPUT_AXIS_X ? ABS_X : ABS_Y;
        break;
    case INPUT_SYNC:
        value = 0;
        break;
    }
    *event = (struct virtio_input_event){ GUINT16_TO_LE(type), GUINT16_TO_LE(code),
                                          GUINT32_TO_LE(value) };
    return true;
}

/* The next thing to tell; false: nothing waits. */
static bool next_event(VirtioInput *s, struct virtio_input_event *event)
{
    InputItem item;

    while (input_handler_take(s->handler, &item)) {
        if (to_event(&item, event)) {
            return true;
        }
    }
    return false;
}

/* As many events as there are buffers for. */
static void send_events(VirtioInput *s)
{
    struct virtio_input_event event;
    bool sent = false;

    while (virtio_is_live(VIRTIO_DEVICE(s)) && !virtqueue_is_empty(s->events) &&
           next_event(s, &event)) {
        VirtQueueElement *elem = virtqueue_pop(s->events);
        uint32_t written;

        if (!elem) {
            break; /* the ring is broken */
        }
        written = virtqueue_write(s->events, elem, 0, &event, sizeof(event));
        virtqueue_push(s->events, elem, written);
        sent = true;
    }
    if (sent) {
        virtqueue_notify(s->events);
    }
}

static void on_items(void *opaque)
{
    send_events(opaque);
}

static void on_event_buffers(VirtioDevice *vdev, VirtQueue *vq)
{
    send_events(VIRTIO_INPUT(vdev));
}

static void on_status(VirtioDevice *vdev, VirtQueue *vq)
{
    VirtQueueElement *elem;

    while ((elem = virtqueue_pop(vq))) {
        virtqueue_push(vq, elem, 0);
    }
    virtqueue_notify(vq);
}

/* ---- config space (5.8.4) ---- */

typedef struct virtio_input_config InputConfig;

static void put_text(InputConfig *config, const char *text)
{
    config->size = MIN(strlen(text), sizeof(config->u.string));
    memcpy(config->u.string, text, config->size);
}

static void put_bit(InputConfig *config, unsigned bit)
{
    config->u.bitmap[bit / 8] |= 1 << bit % 8;
    config->size = MAX(config->size, bit / 8 + 1);
}

static void put_ids(const VirtioInput *s, InputConfig *config)
{
    config->size = sizeof(config->u.ids);
    config->u.ids = (struct virtio_input_devids){
        .bustype = GUINT16_TO_LE(6), /* BUS_VIRTUAL */
        .vendor = GUINT16_TO_LE(0x0627),
        .product = GUINT16_TO_LE(model_of(s)->product),
        .version = GUINT16_TO_LE(1),
    };
}

static void put_key_bits(const VirtioInput *s, InputConfig *config)
{
    for (int code = 1; handles(s, INPUT_KEY) && code < Q_KEY_CODE__MAX; code++) {
        put_bit(config, keycode_to_linux(code));
    }
    for (int button = 0; handles(s, INPUT_BUTTON) && button < INPUT_BUTTON__MAX; button++) {
        if (button_codes[button]) {
            put_bit(config, button_codes[button]);
        }
    }
}

static void put_rel_bits(const VirtioInput *s, InputConfig *config)
{
    if (handles(s, INPUT_REL)) {
        put_bit(config, REL_X);
        put_bit(config, REL_Y);
    }
    if (handles(s, INPUT_BUTTON)) {
        put_bit(config, REL_WHEEL);
        put_bit(config, REL_HWHEEL);
    }
}

static void put_event_bits(const VirtioInput *s, InputConfig *config)
{
    switch (s->subsel) {
    case EV_KEY:
        put_key_bits(s, config);
        break;
    case EV_REL:
        put_rel_bits(s, config);
        break;
    case EV_ABS:
        if (handles(s, INPUT_ABS)) {
            put_bit(config, ABS_X);
            put_bit(config, ABS_Y);
        }
        break;
    case EV_REP:
        config->size = handles(s, INPUT_KEY); /* no bits, but there is such a thing */
        break;
    }
}

static void put_abs_info(const VirtioInput *s, InputConfig *config)
{
    if (handles(s, INPUT_ABS) && (s->subsel == ABS_X || s->subsel == ABS_Y)) {
        config->size = sizeof(config->u.abs);
        config->u.abs.max = GUINT32_TO_LE(INPUT_ABS_MAX);
    }
}

static void virtio_input_get_config(VirtioDevice *vdev, uint8_t *bytes)
{
    const VirtioInput *s = VIRTIO_INPUT(vdev);
    InputConfig config = { .select = s->select, .subsel = s->subsel };

    switch (s->select) {
    case VIRTIO_INPUT_CFG_ID_NAME:
        put_text(&config, model_of(s)->name);
        break;
    case VIRTIO_INPUT_CFG_ID_SERIAL:
        put_text(&config, s->serial ? s->serial : "");
        break;
    case VIRTIO_INPUT_CFG_ID_DEVIDS:
        put_ids(s, &config);
        break;
    case VIRTIO_INPUT_CFG_EV_BITS:
        put_event_bits(s, &config);
        break;
    case VIRTIO_INPUT_CFG_ABS_INFO:
        put_abs_info(s, &config);
        break;
    }
    memcpy(bytes, &config, sizeof(config));
}

static void virtio_input_set_config(VirtioDevice *vdev, const uint8_t *bytes)
{
    VirtioInput *s = VIRTIO_INPUT(vdev);

    s->select = bytes[offsetof(InputConfig, select)];
    s->subsel = bytes[offsetof(InputConfig, subsel)];
}

/* ---- life ---- */

static bool virtio_input_reset(VirtioDevice *vdev)
{
    VirtioInput *s = VIRTIO_INPUT(vdev);

    s->select = s->subsel = 0;
    input_handler_clear(s->handler);
    return true;
}

static bool virtio_input_realize(VirtioDevice *vdev, Error **errp)
{
    VirtioInput *s = VIRTIO_INPUT(vdev);
    const InputModel *model = model_of(s);

    if (s->serial && strlen(s->serial) > sizeof(((InputConfig *)NULL)->u.string)) {
        error_setg(errp, "Property 'serial' expects at most %zu bytes, not '%s'",
                   sizeof(((InputConfig *)NULL)->u.string), s->serial);
        return false;
    }
    s->events = virtio_add_queue(vdev, QUEUE_SIZE, on_event_buffers);
    virtio_add_queue(vdev, QUEUE_SIZE, on_status);
    s->handler = input_handler_new(model->name, model->handles, HANDLER_QUEUE, on_items, s);
    return true;
}

static void virtio_input_unrealize(VirtioDevice *vdev)
{
    g_clear_pointer(&VIRTIO_INPUT(vdev)->handler, input_handler_free);
}

static void virtio_input_finalize(Object *obj)
{
    g_free(VIRTIO_INPUT(obj)->serial);
}

static void virtio_input_class_init(ObjectClass *klass, const void *data)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);

    vc->device_id = VIRTIO_ID_INPUT;
    vc->config_size = sizeof(InputConfig);
    vc->realize = virtio_input_realize;
    vc->unrealize = virtio_input_unrealize;
    vc->get_config = virtio_input_get_config;
    vc->set_config = virtio_input_set_config;
    vc->reset = virtio_input_reset;
    object_class_property_add_field(klass, "serial", PROP_STRING, offsetof(VirtioInput, serial),
                                    "what the guest is told as serial number, at most 128 bytes");
}

static void model_class_init(ObjectClass *klass, const void *data)
{
    const InputModel *model = data;

    VIRTIO_INPUT_CLASS(klass)->model = model;
    VIRTIO_DEVICE_CLASS(klass)->pci_class = model->pci_class;
    DEVICE_CLASS(klass)->desc = model->desc;
    DEVICE_CLASS(klass)->user_creatable = true;
}

static const InputModel models[] = {
    { "virtio-keyboard-device", "virtio-keyboard-pci", "virtio keyboard", "QEMU Virtio Keyboard", 1,
      0x0900, INPUT_TYPE_BIT(INPUT_KEY) },
    { "virtio-mouse-device", "virtio-mouse-pci", "virtio mouse", "QEMU Virtio Mouse", 2, 0x0902,
      INPUT_TYPE_BIT(INPUT_REL) | INPUT_TYPE_BIT(INPUT_BUTTON) },
    { "virtio-tablet-device", "virtio-tablet-pci", "virtio tablet: a pointer with a position",
      "QEMU Virtio Tablet", 3, 0x0980, INPUT_TYPE_BIT(INPUT_ABS) | INPUT_TYPE_BIT(INPUT_BUTTON) },
};

static const TypeInfo virtio_input_type = {
    .name = TYPE_VIRTIO_INPUT,
    .parent = TYPE_VIRTIO_DEVICE,
    .abstract = true,
    .instance_size = sizeof(VirtioInput),
    .class_size = sizeof(VirtioInputClass),
    .instance_finalize = virtio_input_finalize,
    .class_init = virtio_input_class_init,
};

static void virtio_input_register(void)
{
    static TypeInfo types[G_N_ELEMENTS(models)];
    static VirtioPciInfo functions[G_N_ELEMENTS(models)];

    type_register_static(&virtio_input_type);
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        types[i] = (TypeInfo){
            .name = models[i].type,
            .parent = TYPE_VIRTIO_INPUT,
            .class_init = model_class_init,
            .class_data = &models[i],
        };
        functions[i] = (VirtioPciInfo){
            .name = models[i].pci,
            .device_type = models[i].type,
            .desc = models[i].desc,
        };
        type_register_static(&types[i]);
        virtio_pci_register(&functions[i]);
    }
}
type_init(virtio_input_register)
