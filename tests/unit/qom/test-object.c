/*
 * The object model: life cycle, properties, the composition tree and its paths.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qom/object.h"

typedef struct Lamp {
    Object parent_obj;
    uint8_t level;
    bool lit;
    char *label;
    uint64_t volume;
    uint32_t window;
    bool fixed;
} Lamp;

#define LAMP(obj) OBJECT_CHECK(Lamp, (obj), "lamp")

static unsigned live, order;
static unsigned base_init_order, derived_init_order, base_fini_order, derived_fini_order;

static bool lamp_may_set(Object *obj, const ObjectProperty *prop, Error **errp)
{
    if (LAMP(obj)->fixed) {
        error_setg(errp, "lamp is fixed: '%s' cannot change", prop->name);
        return false;
    }
    return true;
}

static void lamp_class_init(ObjectClass *klass, const void *data)
{
    klass->may_set = lamp_may_set;
    object_class_property_add_field(klass, "level", PROP_UINT8, offsetof(Lamp, level), "0..255");
    object_class_property_add_field(klass, "lit", PROP_BOOL, offsetof(Lamp, lit), NULL);
    object_class_property_add_field(klass, "label", PROP_STRING, offsetof(Lamp, label), NULL);
    object_class_property_add_field(klass, "volume", PROP_SIZE, offsetof(Lamp, volume), NULL);
    object_class_property_add_field(klass, "window", PROP_SIZE32, offsetof(Lamp, window), NULL);
}

static void lamp_init(Object *obj)
{
    live++;
    base_init_order = ++order;
}

static void lamp_finalize(Object *obj)
{
    live--;
    base_fini_order = ++order;
    g_free(LAMP(obj)->label);
}

static void red_lamp_init(Object *obj)
{
    derived_init_order = ++order;
}

static void red_lamp_finalize(Object *obj)
{
    derived_fini_order = ++order;
}

static const char *const red_interfaces[] = { "coloured", NULL };

static const TypeInfo infos[] = {
    /* Derived before base: registration order must not matter. */
    {
        .name = "red-lamp",
        .parent = "lamp",
        .instance_init = red_lamp_init,
        .instance_finalize = red_lamp_finalize,
        .interfaces = red_interfaces,
    },
    {
        .name = "lamp",
        .instance_size = sizeof(Lamp),
        .class_init = lamp_class_init,
        .instance_init = lamp_init,
        .instance_finalize = lamp_finalize,
    },
    { .name = "dark", .abstract = true },
};

static void test_life_cycle(void)
{
    Object *obj = object_new("red-lamp");

    g_assert_cmpuint(live, ==, 1);
    g_assert_cmpuint(base_init_order, <, derived_init_order);
    object_ref(obj);
    object_unref(obj);
    g_assert_cmpuint(live, ==, 1);
    object_unref(obj);
    g_assert_cmpuint(live, ==, 0);
    g_assert_cmpuint(derived_fini_order, <, base_fini_order);
}

static void test_casts(void)
{
    g_autoptr(Object) obj = object_new("red-lamp");

    g_assert_nonnull(object_dynamic_cast(obj, "lamp"));
    g_assert_nonnull(object_dynamic_cast(obj, "coloured"));
    g_assert_null(object_dynamic_cast(obj, "dark"));
    g_assert_cmpstr(object_get_typename(obj), ==, "red-lamp");
    if (g_test_subprocess()) {
        object_check_cast(obj, "dark", "here.c", 7);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*here.c:7: object of type 'red-lamp' is not a 'dark'*");
}

static void test_class_list(void)
{
    g_autoptr(GSList) lamps = object_class_get_list("lamp", false);
    g_autoptr(GSList) concrete = object_class_get_list("dark", false);
    g_autoptr(GSList) all = object_class_get_list("dark", true);

    g_assert_cmpuint(g_slist_length(lamps), ==, 2);
    g_assert_cmpstr(object_class_get_name(lamps->data), ==, "lamp");
    g_assert_cmpstr(object_class_get_name(lamps->next->data), ==, "red-lamp");
    g_assert_null(concrete);
    g_assert_cmpuint(g_slist_length(all), ==, 1);
    g_assert_null(object_class_by_name("no-such-type"));
}

static void assert_parse_fails(Object *obj, const char *name, const char *text)
{
    g_autoptr(Error) err = NULL;

    g_assert_false(object_property_parse(obj, name, text, &err));
    g_assert_nonnull(err);
    g_assert_nonnull(strstr(error_get_pretty(err), name));
}

static void test_field_properties(void)
{
    g_autoptr(Object) obj = object_new("red-lamp");
    Lamp *lamp = LAMP(obj);

    g_assert_true(object_property_parse(obj, "level", "200", &error_abort));
    g_assert_true(object_property_parse(obj, "lit", "on", &error_abort));
    g_assert_true(object_property_parse(obj, "label", "hall", &error_abort));
    g_assert_true(object_property_parse(obj, "label", "stairs", &error_abort));
    g_assert_true(object_property_parse(obj, "volume", "2G", &error_abort));
    g_assert_true(object_property_parse(obj, "window", "32M", &error_abort));
    g_assert_cmpuint(lamp->level, ==, 200);
    g_assert_true(lamp->lit);
    g_assert_cmpstr(lamp->label, ==, "stairs");
    g_assert_cmpuint(lamp->volume, ==, 2ull << 30);
    g_assert_cmpuint(lamp->window, ==, 32u << 20);

    assert_parse_fails(obj, "level", "256");
    assert_parse_fails(obj, "level", "-1");
    assert_parse_fails(obj, "lit", "perhaps");
    assert_parse_fails(obj, "window", "5G");
    assert_parse_fails(obj, "colour", "red");
    assert_parse_fails(obj, "type", "lamp");
    g_assert_cmpuint(lamp->level, ==, 200);
    g_assert_cmpuint(lamp->window, ==, 32u << 20);

    lamp->fixed = true;
    assert_parse_fails(obj, "level", "1");
    g_assert_cmpuint(lamp->level, ==, 200);
}

static void test_qobject_access(void)
{
    g_autoptr(Object) obj = object_new("lamp");
    g_autoptr(QDict) props = qdict_new();
    g_autoptr(QObject) value = NULL;
    g_autoptr(QObject) label = NULL;
    Error *err = NULL;

    qdict_put_int(props, "level", 7);
    qdict_put_str(props, "label", "x");
    g_assert_true(object_set_properties(obj, props, false, &error_abort));
    value = object_property_get_qobject(obj, "level", &error_abort);
    g_assert_cmpint(qdict_get_int(props, "level", 0), ==, 7);
    g_assert_nonnull(qobject_to_qnum(value));
    label = object_property_get_qobject(obj, "label", &error_abort);
    g_assert_cmpstr(qstring_get(qobject_to_qstring(label)), ==, "x");

    qdict_put_str(props, "level", "8"); /* a string is not a number outside the command line */
    g_assert_false(object_set_properties(obj, props, false, &err));
    g_clear_pointer(&err, error_free);
    g_assert_true(object_set_properties(obj, props, true, &error_abort));
    g_assert_cmpuint(LAMP(obj)->level, ==, 8);
}

static void test_tree(void)
{
    Object *room = object_get_container("/house/room");
    Object *lamp = object_new("lamp");
    Object *other = object_new("lamp");
    bool ambiguous;

    object_property_add_child(room, "lamp[*]", lamp);
    object_property_add_child(room, "lamp[*]", other);
    g_autofree char *path = object_get_canonical_path(other);
    g_assert_cmpstr(path, ==, "/house/room/lamp[1]");
    g_assert_true(object_resolve_path("/house/room/lamp[0]", NULL) == lamp);
    g_assert_true(object_resolve_path("lamp[0]", NULL) == lamp);
    g_assert_true(object_resolve_path("room/lamp[1]", NULL) == other);
    g_assert_null(object_resolve_path("/house/lamp[0]", NULL));
    g_assert_null(object_resolve_path("", &ambiguous));

    object_property_add_child(object_get_container("/shed"), "lamp[0]", object_new("lamp"));
    g_assert_null(object_resolve_path("lamp[0]", &ambiguous));
    g_assert_true(ambiguous);

    object_unparent(lamp);
    g_assert_null(object_resolve_path("/house/room/lamp[0]", NULL));
    object_unparent(object_get_container("/house"));
    object_unparent(object_get_container("/shed"));
    g_assert_cmpuint(live, ==, 0);
}

/* A path of a length that no object's has is taken for one of no object, however it is made. */
static void test_long_path(void)
{
    g_autofree char *slashes = g_strnfill(70000, '/');
    g_autofree char *box = g_strconcat(slashes, "box", NULL);
    bool ambiguous;

    object_get_container("/box");
    g_assert_nonnull(object_resolve_path(box + 10000, &ambiguous));
    g_assert_null(object_resolve_path(box, &ambiguous));
    g_assert_false(ambiguous);
    object_unparent(object_get_container("/box"));
}

static void test_link(void)
{
    Object *target = object_new("lamp");
    Object *field = NULL;
    Object *box = object_get_container("/box");

    object_property_add_child(box, "target", target);
    object_property_add_link(box, "link", "lamp", &field);
    g_autoptr(QObject) empty = object_property_get_qobject(box, "link", &error_abort);
    g_assert_cmpstr(qstring_get(qobject_to_qstring(empty)), ==, "");
    field = target;
    g_autoptr(QObject) path = object_property_get_qobject(box, "link", &error_abort);
    g_assert_cmpstr(qstring_get(qobject_to_qstring(path)), ==, "/box/target");
    g_assert_true(object_resolve_path("/box/link", NULL) == target);
    object_unparent(box);
    g_assert_cmpuint(live, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(infos); i++) {
        type_register_static(&infos[i]);
    }
    g_test_add_func("/qom/life-cycle", test_life_cycle);
    g_test_add_func("/qom/casts", test_casts);
    g_test_add_func("/qom/class-list", test_class_list);
    g_test_add_func("/qom/field-properties", test_field_properties);
    g_test_add_func("/qom/qobject-access", test_qobject_access);
    g_test_add_func("/qom/tree", test_tree);
    g_test_add_func("/qom/long-path", test_long_path);
    g_test_add_func("/qom/link", test_link);
    return g_test_run();
}
