/*
 * Devices that come and go while the machine runs, on a bus that records what it is asked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/bus.h"
#include "qapi/qmp-registry.h"
#include "util/event-loop.h"
#include "util/timer.h"

#define TYPE_WAGON "test-wagon" /* rides on "rail", and has a bus "deck" of its own */
#define TYPE_CRATE "test-crate" /* rides on "deck" */
#define TYPE_RAIL  "test-bolted"

typedef struct Wagon {
    Device parent_obj;
    Bus deck;
} Wagon;

static GString *seen;
static bool refuse_plug, refuse_unplug;
static Device *asked;

/* ---- the bus ---- */

static bool rail_check(Bus *bus, Device *dev, Error **errp)
{
    g_assert_false(dev->realized);
    if (refuse_plug) {
        error_setg(errp, "bus '%s' is full", bus->name);
    }
    return !refuse_plug;
}

static void rail_plugged(Bus *bus, Device *dev)
{
    g_assert_true(dev->realized && dev->hotplugged);
    g_string_append_printf(seen, "plugged-%s ", dev->id);
}

static bool rail_unplug(Bus *bus, Device *dev, Error **errp)
{
    asked = dev;
    if (refuse_unplug) {
        error_setg(errp, "the guest holds '%s'", dev->id);
    }
    return !refuse_unplug;
}

static const BusHotplug rail_hotplug = {
    .check_plug = rail_check,
    .plugged = rail_plugged,
    .unplug_request = rail_unplug,
};
static const BusHotplug deck_hotplug;

static Bus rail, siding;

/* ---- the devices ---- */

static bool wagon_realize(Device *dev, Error **errp)
{
    g_autofree char *name = g_strdup_printf("%s.0", dev->id);
    Wagon *wagon = (Wagon *)dev;
    bus_init(&wagon->deck, name, "Deck", "deck", dev);
    wagon->deck.hotplug = &deck_hotplug;
    return true;
}

static void wagon_unrealize(Device *dev)
{
    bus_finish(&((Wagon *)dev)->deck);
}

static void wagon_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->user_creatable = true;
    dc->bus_type = "rail";
    dc->realize = wagon_realize;
    dc->unrealize = wagon_unrealize;
}

static void crate_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
    DEVICE_CLASS(klass)->bus_type = "deck";
}

static void bolted_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
    DEVICE_CLASS(klass)->bus_type = "rail";
    DEVICE_CLASS(klass)->fixed = true;
}

static void free_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
}

static const TypeInfo types[] = {
    { .name = TYPE_WAGON,
      .parent = TYPE_DEVICE,
      .instance_size = sizeof(Wagon),
      .class_init = wagon_class_init },
    { .name = TYPE_CRATE, .parent = TYPE_DEVICE, .class_init = crate_class_init },
    { .name = TYPE_RAIL, .parent = TYPE_DEVICE, .class_init = bolted_class_init },
    { .name = "test-free", .parent = TYPE_DEVICE, .class_init = free_class_init },
};

/* ---- the tests ---- */

static Device *add(const char *driver, const char *id, const char *bus, Error **errp)
{
    g_autoptr(QDict) props = qdict_new();
    qdict_put_str(props, "driver", driver);
    qdict_put_str(props, "id", id);
    if (bus) {
        qdict_put_str(props, "bus", bus);
    }
    return device_add(props, false, errp);
}

static void assert_refused(const char *driver, const char *bus, const char *message)
{
    Error *err = NULL;
    g_assert_null(add(driver, "x", bus, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
    g_assert_null(object_resolve_path("/machine/peripheral/x", NULL));
}

static void assert_stays(Device *dev, const char *message)
{
    Error *err = NULL;
    g_assert_false(device_request_unplug(dev, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
    g_assert_true(dev->realized);
}

static void sink(const char *name, QDict *event)
{
    const QDict *data = qdict_get_dict(event, "data");
    const char *id = qdict_get_str(data, "device");
    g_string_append_printf(seen, "%s-%s@%s ", name, id ? id : "anon", qdict_get_str(data, "path"));
}

static void take_seen(const char *expected)
{
    g_assert_cmpstr(seen->str, ==, expected);
    g_string_truncate(seen, 0);
}

static void test_plug(void)
{
    Device *dev = add(TYPE_WAGON, "w", "rail.0", &error_abort);
    g_assert_true(dev->hotplugged);
    take_seen("plugged-w ");
    refuse_plug = true;
    assert_refused(TYPE_WAGON, NULL, "bus 'rail.0' is full");
    refuse_plug = false;
    take_seen("");
    device_unplug(dev);
    take_seen("DEVICE_DELETED-w@/machine/peripheral/w ");
}

static void test_plug_refused(void)
{
    assert_refused(TYPE_WAGON, "siding.0", "Bus 'siding.0' does not support hotplugging");
    assert_refused(TYPE_RAIL, NULL, "Device '" TYPE_RAIL "' does not support hotplugging");
    assert_refused("test-free", NULL, "Device 'test-free' can not be hotplugged on this machine");
}

static void test_unplug(void)
{
    Device *dev = add(TYPE_WAGON, "w", NULL, &error_abort);
    take_seen("plugged-w ");
    refuse_unplug = true;
    assert_stays(dev, "the guest holds 'w'");
    refuse_unplug = false;
    g_assert_true(device_request_unplug(dev, &error_abort));
    g_assert_true(asked == dev && dev->realized);
    assert_stays(dev, "Device w is already in the process of unplug");
    /* A guest that has not reacted is asked again, and again has its time. */
    dev->unplug_expires = clock_now(CLOCK_VIRTUAL);
    asked = NULL;
    g_assert_true(device_request_unplug(dev, &error_abort));
    g_assert_true(asked == dev);
    assert_stays(dev, "Device w is already in the process of unplug");
    device_unplug_cancelled(dev);
    g_assert_true(device_request_unplug(dev, &error_abort));
    take_seen("");
    device_unplug(asked);
    take_seen("DEVICE_DELETED-w@/machine/peripheral/w ");
    g_assert_null(object_resolve_path("/machine/peripheral/w", NULL));
    g_assert_cmpuint(rail.devices->len, ==, 0);
}

static void test_unplug_with_passengers(void)
{
    Device *wagon = add(TYPE_WAGON, "w", NULL, &error_abort);
    Device *crate = add(TYPE_CRATE, "c", "w.0", &error_abort);
    add(TYPE_CRATE, "d", "w.0", &error_abort);
    /* Nobody needs to be asked about what lies on the deck. */
    g_assert_true(device_request_unplug(crate, &error_abort));
    take_seen("plugged-w DEVICE_DELETED-c@/machine/peripheral/c ");
    device_unplug(wagon);
    take_seen("DEVICE_DELETED-d@/machine/peripheral/d DEVICE_DELETED-w@/machine/peripheral/w ");
    g_assert_null(bus_find("w.0"));
}

static void test_cold(gconstpointer cold)
{
    Device *dev = DEVICE(object_resolve_path("/machine/peripheral/cold", NULL));
    g_assert_true(dev == cold && !dev->hotplugged);
    assert_stays(dev, "Bus 'siding.0' does not support hotplugging");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    module_init_types();
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        type_register_static(&types[i]);
    }
    seen = g_string_new(NULL);
    qmp_event_set_sink(sink);
    bus_init(&rail, "rail.0", "Rail", "rail", NULL);
    rail.hotplug = &rail_hotplug;
    bus_init(&siding, "siding.0", "Rail", "rail", NULL);
    Device *cold = add(TYPE_WAGON, "cold", "siding.0", &error_abort);
    devices_set_up_done();
    g_test_add_func("/hotplug/plug", test_plug);
    g_test_add_func("/hotplug/plug-refused", test_plug_refused);
    g_test_add_func("/hotplug/unplug", test_unplug);
    g_test_add_func("/hotplug/unplug-with-passengers", test_unplug_with_passengers);
    g_test_add_data_func("/hotplug/cold", cold, test_cold);
    return g_test_run();
}
