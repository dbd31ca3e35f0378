/*
 * -device: what it accepts, what it refuses and with which words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/bus.h"
#include "hw/device.h"
#include "util/event-loop.h"

#include <string.h>

#define TYPE_GADGET "test-gadget"

typedef struct Gadget {
    Device parent_obj;
    uint32_t count;
    char *label;
} Gadget;

#define GADGET(obj) OBJECT_CHECK(Gadget, (obj), TYPE_GADGET)

static GString *events;
static unsigned alive;

static bool gadget_realize(Device *dev, Error **errp)
{
    if (GADGET(dev)->count > 100) {
        error_setg(errp, "%s: count must be at most 100", TYPE_GADGET);
        return false;
    }
    g_string_append_printf(events, "realize-%u ", GADGET(dev)->count);
    return true;
}

static void gadget_unrealize(Device *dev)
{
    g_string_append_printf(events, "unrealize-%u ", GADGET(dev)->count);
}

static void gadget_reset(Device *dev)
{
    g_string_append_printf(events, "reset-%u ", GADGET(dev)->count);
}

static void gadget_init(Object *obj)
{
    alive++;
}

static void gadget_finalize(Object *obj)
{
    alive--;
    g_free(GADGET(obj)->label);
}

static void gadget_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->user_creatable = true;
    dc->desc = "for tests";
    dc->realize = gadget_realize;
    dc->unrealize = gadget_unrealize;
    dc->reset = gadget_reset;
    object_class_property_add_field(klass, "count", PROP_UINT32, offsetof(Gadget, count),
                                    "A number");
    object_class_property_add_field(klass, "label", PROP_STRING, offsetof(Gadget, label), NULL);
}

static void fixed_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = false;
}

static void bus_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
    DEVICE_CLASS(klass)->bus_type = data;
}

static const TypeInfo types[] = {
    {
        .name = TYPE_GADGET,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(Gadget),
        .class_size = sizeof(DeviceClass),
        .class_init = gadget_class_init,
        .instance_init = gadget_init,
        .instance_finalize = gadget_finalize,
    },
    {
        .name = "test-fixed",
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(Device),
        .class_size = sizeof(DeviceClass),
        .class_init = fixed_class_init,
    },
    {
        .name = "test-rider",
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(Device),
        .class_size = sizeof(DeviceClass),
        .class_init = bus_class_init,
        .class_data = "camel",
    },
    {
        .name = "test-stranded",
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(Device),
        .class_size = sizeof(DeviceClass),
        .class_init = bus_class_init,
        .class_data = "boat",
    },
};

static void register_types(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        type_register_static(&types[i]);
    }
}
type_init(register_types)

    static QDict *parse(const char *text)
{
    QDict *props = qdict_new();
    g_auto(GStrv) items = g_strsplit(text, ",", -1);
    for (char **item = items; *item && **item; item++) {
        char *value = strchr(*item, '=');
        *value++ = '\0';
        qdict_put_str(props, *item, value);
    }
    return props;
}

static void expect_error(const char *text, const char *pattern)
{
    g_autoptr(QDict) props = parse(text);
    g_autoptr(Error) err = NULL;
    unsigned before = alive;
    g_assert_null(device_add(props, true, &err));
    g_assert_nonnull(err);
    if (!g_pattern_match_simple(pattern, error_get_pretty(err))) {
        g_error("'%s': '%s' does not match '%s'", text, error_get_pretty(err), pattern);
    }
    g_assert_cmpuint(alive, ==, before);
    g_assert_cmpstr(events->str, ==, "");
}

static Device *add(const char *text)
{
    g_autoptr(QDict) props = parse(text);
    return device_add(props, true, &error_abort);
}

static void test_life(void)
{
    Device *a = add("driver=test-gadget,id=one,count=1,label=x");
    Device *b = add("driver=test-gadget,count=2");
    g_autofree char *path_a = object_get_canonical_path(OBJECT(a));
    g_autofree char *path_b = object_get_canonical_path(OBJECT(b));
    g_assert_cmpstr(path_a, ==, "/machine/peripheral/one");
    g_assert_cmpstr(path_b, ==, "/machine/peripheral-anon/device[0]");
    g_assert_cmpstr(a->id, ==, "one");
    g_assert_null(b->id);
    devices_reset_all();
    device_remove(a);
    devices_reset_all();
    device_remove(b);
    g_assert_cmpstr(events->str, ==,
                    "realize-1 realize-2 reset-1 reset-2 unrealize-1 reset-2 "
                    "unrealize-2 ");
    g_assert_cmpuint(alive, ==, 0);
    g_string_truncate(events, 0);
}

static void test_driver(void)
{
    expect_error("id=x", "Parameter 'driver' is missing");
    expect_error("driver=nonsense-thing", "'nonsense-thing' is not a valid device model name");
    expect_error("driver=test-gadgets", "'test-gadgets' is not a valid device model name "
                                        "(did you mean 'test-gadget'?)");
    expect_error("driver=gadget", "*did you mean 'test-gadget'?)");
    expect_error("driver=", "'' is not a valid device model name");
    expect_error("driver=container", "'container' is not a valid device model name*");
    expect_error("driver=device", "*expects a non-abstract device type*");
    expect_error("driver=test-fixed", "*expects a pluggable device type*");
}

static void test_id(void)
{
    static const char *const bad[] = { "5", "", "a b", "-x", "a/b", "a[0]", "\xc3\xa4" };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text = g_strdup_printf("driver=test-gadget,id=%s", bad[i]);
        expect_error(text, "Parameter 'id' expects an identifier*");
    }
    Device *dev = add("driver=test-gadget,id=a-b.c_9");
    g_string_truncate(events, 0);
    expect_error("driver=test-gadget,id=a-b.c_9", "Duplicate device ID 'a-b.c_9'");
    device_remove(dev);
    device_remove(add("driver=test-gadget,id=a-b.c_9"));
    g_string_truncate(events, 0);
}

static void test_properties(void)
{
    expect_error("driver=test-gadget,colour=red", "*test-gadget.colour' not found");
    expect_error("driver=test-gadget,count=many", "*count*");
    expect_error("driver=test-gadget,count=4294967296", "*count*");
    expect_error("driver=test-gadget,id=big,count=101", "test-gadget: count must be at most 100");
    expect_error("driver=test-gadget,realized=on", "*realized*");
    g_assert_null(object_resolve_path("/machine/peripheral/big", NULL));

    Device *dev = add("driver=test-gadget,id=set,count=7");
    g_autoptr(Error) err = NULL;
    g_assert_false(object_property_parse(OBJECT(dev), "count", "8", &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "Attempt to set property 'count' on device 'set' "
                    "(type 'test-gadget') after it was realized");
    g_assert_cmpuint(GADGET(dev)->count, ==, 7);
    device_remove(dev);
    g_string_truncate(events, 0);
}

static void test_json(void)
{
    g_autoptr(QDict) props = parse("driver=test-gadget");
    g_autoptr(Error) err = NULL;
    qdict_put_int(props, "count", 5);
    Device *dev = device_add(props, false, &error_abort);
    g_assert_cmpuint(GADGET(dev)->count, ==, 5);
    device_remove(dev);
    qdict_put_str(props, "count", "5");
    g_assert_null(device_add(props, false, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "count"));
    g_clear_pointer(&err, error_free);
    qdict_put_int(props, "id", 5);
    g_assert_null(device_add(props, false, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Invalid parameter type for 'id', expected: string");
    g_string_truncate(events, 0);
}

static void test_bus(void)
{
    Bus bus;
    bus_init(&bus, "camel.0", "CAMEL", "camel", NULL);
    Device *dev = add("driver=test-rider");
    g_assert(dev->parent_bus == &bus && bus.devices->len == 1);
    device_remove(dev);
    dev = add("driver=test-rider,bus=camel.0");
    g_assert(dev->parent_bus == &bus);
    device_remove(dev);
    g_assert_cmpuint(bus.devices->len, ==, 0);
    expect_error("driver=test-rider,bus=horse", "Bus 'horse' not found, there is: 'camel.0'");
    expect_error("driver=test-rider,bus=main-system-bus", "Bus 'main-system-bus' not found*");
    expect_error("driver=test-gadget,bus=camel.0", "Device 'test-gadget' can't go on CAMEL bus");
    expect_error("driver=test-stranded", "No 'boat' bus found for device 'test-stranded'");
    bus_finish(&bus);
}

static void test_help(void)
{
    g_assert_false(device_print_help("nonsense-thing"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    events = g_string_new(NULL);
    bus_system();
    g_test_add_func("/device/life", test_life);
    g_test_add_func("/device/driver", test_driver);
    g_test_add_func("/device/id", test_id);
    g_test_add_func("/device/properties", test_properties);
    g_test_add_func("/device/json", test_json);
    g_test_add_func("/device/bus", test_bus);
    g_test_add_func("/device/help", test_help);
    return g_test_run();
}
