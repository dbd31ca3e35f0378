/*
 * Accelerators: types named NAME-accel, and the one that is used.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "accel.h"

#include "qapi/qapi-commands-process.h"
#include "qom/object.h"

#include <string.h>

#define TYPE_ACCEL        "accel" /* abstract */
#define TYPE_ACCEL_SUFFIX "-accel"
#define TYPE_TCG_ACCEL    "tcg" TYPE_ACCEL_SUFFIX
#define TYPE_KVM_ACCEL    "kvm" TYPE_ACCEL_SUFFIX

/* What there is without -accel: the interpreter, under the name that managers ask for. */
static const char *current = TYPE_TCG_ACCEL;

static ObjectClass *find_class(const char *name)
{
    g_autofree char *type = g_strconcat(name, TYPE_ACCEL_SUFFIX, NULL);

    return object_class_dynamic_cast(object_class_by_name(type), TYPE_ACCEL);
}

char *accel_names(const char *separator)
{
    g_autoptr(GSList) list = object_class_get_list(TYPE_ACCEL, false);
    GString *names = g_string_new(NULL);

    for (GSList *it = list; it; it = it->next) {
        g_string_append_printf(names, "%s%s", names->len ? separator : "",
                               object_class_get_name(it->data));
        g_string_truncate(names, names->len - strlen(TYPE_ACCEL_SUFFIX));
    }
    return g_string_free(names, false);
}

bool accel_choose(const char *list, Error **errp)
{
    g_auto(GStrv) names = g_strsplit(list, ":", 0);
    g_autofree char *accepted = NULL;

    for (char **name = names; *name; name++) {
        ObjectClass *klass = find_class(*name);

        if (klass) {
            current = object_class_get_name(klass);
            return true;
        }
    }
    accepted = accel_names(", ");
    error_setg(errp, "invalid accelerator %s; accepted is: %s", list, accepted);
    return false;
}

KvmInfo *coroutine_fn qmp_query_kvm(Error **errp)
{
    KvmInfo *info = g_new0(KvmInfo, 1);

    info->present = object_class_by_name(TYPE_KVM_ACCEL) != NULL;
    info->enabled = g_str_equal(current, TYPE_KVM_ACCEL);
    return info;
}

static const TypeInfo types[] = {
    { .name = TYPE_ACCEL, .abstract = true },
    { .name = TYPE_TCG_ACCEL, .parent = TYPE_ACCEL },
};

static void accel_register(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        type_register_static(&types[i]);
    }
}
type_init(accel_register)
